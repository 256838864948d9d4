//! What the other parts of the program learn from a lock.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use super::lock::Lock;
use super::{Accepted, WriteError};
use crate::model::PrincipalNames;

/// What a lock says of its folder, beside the digests.
///
/// That is the word of whoever wrote the lock, and in a review it comes with the change that is reviewed: it may decide
/// what is an error or is told as more, and never what is passed over. What it says is accepted is told where it appears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Locked {
    /// The name of the deployment.
    pub deployment: Option<String>,
    /// Where the deployment stands, counted from the folder.
    pub source: Option<String>,
    /// The partition of all accounts.
    pub partition: Option<String>,
    /// The hub account.
    pub hub: Option<String>,
    /// The account that the stack sets are in.
    pub stack_sets: Option<String>,
    /// The files that were written.
    pub files: BTreeSet<String>,
    /// Files that no render wrote, and somebody accepted.
    pub accepted: Accepted,
    /// The versions of the managed policies of AWS that are attached, by name.
    pub policies: BTreeMap<String, String>,
    /// The first line that names another partition or account than one above it.
    ambiguous: Option<usize>,
}

impl Locked {
    /// Refuses a lock in which a merge left two partitions or two accounts in one place; `path` is where it stands.
    ///
    /// # Errors
    ///
    /// When it is one.
    pub fn refuse_ambiguous(&self, path: &Utf8Path) -> Result<(), WriteError> {
        match self.ambiguous {
            None => Ok(()),
            Some(line) => Err(WriteError::Lock {
                path: path.to_owned(),
                line,
                what: "a line above it gives another value, as a merge can leave behind, and one of the two is wrong",
            }),
        }
    }
}

/// What a lock says; `path` is where it stands, for errors.
///
/// # Errors
///
/// When the lock cannot be understood.
pub fn locked(path: &Utf8Path, lock: &[u8]) -> Result<Locked, WriteError> {
    let mut lock = Lock::parse(path, lock.to_vec())?;
    Ok(Locked {
        ambiguous: lock.ambiguous,
        deployment: lock.deployment.take(),
        source: lock.source.take(),
        partition: lock.partition.take(),
        hub: lock.names.hub.take(),
        stack_sets: lock.stack_sets.take(),
        accepted: std::mem::take(&mut lock.accepted),
        policies: lock.policies(),
        files: lock.into_paths(),
    })
}

/// The files that the lock of a folder says somebody accepted.
///
/// # Errors
///
/// When the lock cannot be read or understood.
pub fn accepted_in(out: &Utf8Path) -> Result<Accepted, WriteError> {
    Ok(Lock::read(out)?.accepted)
}

/// Whether this deployment was rendered into the folder.
///
/// # Errors
///
/// When the lock cannot be read or understood.
pub fn is_rendered(deployment: &str, out: &Utf8Path) -> Result<bool, WriteError> {
    Ok(rendered_in(out)?.as_deref() == Some(deployment))
}

/// The deployment that was last rendered into a folder, or the kit that was written there.
///
/// # Errors
///
/// When the lock cannot be read or understood.
pub fn rendered_in(out: &Utf8Path) -> Result<Option<String>, WriteError> {
    Ok(Lock::read(out)?.deployment)
}

/// What the last render of a deployment decided, and the next one goes by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Last {
    /// The number of the group that each target was put in, from 1, by account id.
    pub targets: BTreeMap<String, usize>,
    /// What the principals were called; after a merge, in the last render of each side.
    pub names: Vec<PrincipalNames>,
    /// The versions of the managed policies of AWS that were attached, by name.
    pub policies: BTreeMap<String, String>,
}

/// What was decided when this deployment was last rendered into the folder; nothing where it never was.
///
/// # Errors
///
/// When the lock cannot be read or understood.
pub fn last(deployment: &str, out: &Utf8Path) -> Result<Last, WriteError> {
    let ours = last_of(deployment, Lock::read(out)?);
    Ok(ours.unwrap_or_default())
}

/// The same by the text of a lock, where it is of this deployment; `path` is where it stands, for errors.
///
/// # Errors
///
/// When the lock cannot be understood.
pub fn last_in(deployment: &str, path: &Utf8Path, lock: &str) -> Result<Option<Last>, WriteError> {
    let lock = Lock::parse(path, lock.as_bytes().to_vec())?;
    Ok(last_of(deployment, lock))
}

fn last_of(deployment: &str, mut lock: Lock) -> Option<Last> {
    let ours = lock.deployment.as_deref() == Some(deployment);
    ours.then(|| Last {
        targets: std::mem::take(&mut lock.targets),
        policies: lock.policies(),
        names: lock.all_names(),
    })
}
