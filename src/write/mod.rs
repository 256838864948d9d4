//! Write: the only writer of files.
//!
//! 1. `compare` holds what is there against what was rendered and against the lock of the last render.
//! 2. Refuse, before anything is touched, to overwrite or delete what somebody else wrote or edited.
//! 3. `transaction` makes all changes or none, the lock among them.

#![allow(clippy::disallowed_methods, reason = "write is the writer of files")]

mod accept;
mod archive;
mod compare;
mod content;
mod digest;
mod disk;
mod error;
mod journal;
mod lock;
mod locked;
mod loose;
mod owned;
mod strangers;
mod transaction;

use std::collections::{BTreeMap, HashMap};

use camino::{Utf8Path, Utf8PathBuf};

pub use accept::{AcceptError, accept};
pub use archive::{archive, refuse_other};
pub use compare::{Compared, Comparison, Standing, compare};
pub use content::{holds_conflict, is_text, text};
pub use digest::digest;
pub use error::{Conflict, WriteError};
pub use locked::{Last, Locked, accepted_in, is_rendered, last, last_in, locked, rendered_in};
pub use loose::{create_new, lay_down};
pub use owned::Owned;
pub use strangers::{Accepted, Part, Rendered, Stranger, What, strangers};

use crate::model::{FileSet, LOCK, PrincipalNames};
use content::read_if_present;
use lock::Lock;
pub use lock::policy_input;
use transaction::{Change, Claim, New, Seen};

/// Fewer files than this are not worth a thread.
const FEWEST_FILES: usize = 256;

/// What a render did to its folder. Paths are relative to it, sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files that were not there.
    pub created: Vec<Utf8PathBuf>,
    /// Files with another content than before.
    pub updated: Vec<Utf8PathBuf>,
    /// Files that were right already.
    pub unchanged: Vec<Utf8PathBuf>,
    /// Files of the last render that this one does not have.
    pub deleted: Vec<Utf8PathBuf>,
    /// Files that the lock says are of the last render, that this one does not have, and that no render makes: they stay.
    pub left: Vec<Utf8PathBuf>,
}

/// What a render gives.
#[derive(Debug, Clone, Copy)]
pub struct Output<'a> {
    /// The deployment's name.
    pub deployment: &'a str,
    /// Where the deployment stands, counted from the folder; nothing where that is not the same on every machine.
    pub source: Option<&'a str>,
    /// The partition of all accounts.
    pub partition: &'a str,
    /// The account that the stack sets are in, if there are any.
    pub stack_sets: Option<&'a str>,
    /// The digest of each input, by what it is: `deployment`, `catalog micetro@10.2`.
    pub inputs: &'a BTreeMap<String, String>,
    /// The files, by path relative to the folder.
    pub files: &'a FileSet,
    /// The number of the group that each target is in, from 1, by account id.
    pub targets: &'a BTreeMap<String, usize>,
    /// What the principals are called, and the hub account.
    pub names: &'a PrincipalNames,
    /// The files that are the render's to delete.
    pub owned: Owned<'a>,
    /// Digests of files beside the rendered ones that are accepted with this render, by path.
    pub accept: &'a BTreeMap<String, String>,
}

/// What will be done to a folder; nothing is yet.
#[derive(Debug)]
pub struct Changes<'a> {
    output: Output<'a>,
    out: &'a Utf8Path,
    report: Report,
    /// Files that somebody else wrote or edited, and that are overwritten or deleted all the same.
    pub overwritten: Vec<Conflict>,
    /// The digest of each file that is overwritten or deleted.
    seen: HashMap<Utf8PathBuf, String>,
    /// The lock that was there, and the one to be.
    lock: Option<Vec<u8>>,
    new_lock: Lock,
}

/// Whether a render was killed in a folder before it was through, on this machine, so that [`recover`] puts back what it
/// changed.
///
/// # Errors
///
/// When what it left cannot be read.
pub fn is_interrupted(out: &Utf8Path) -> Result<bool, WriteError> {
    Ok(transaction::is_interrupted(out) && transaction::is_ours(out)?)
}

/// Puts a folder back to what it was before a render that was killed in it, and takes away what that one staged.
///
/// # Errors
///
/// When the system refuses, or another render is at work there.
pub fn recover(out: &Utf8Path, owned: Owned<'_>) -> Result<(), WriteError> {
    match out.join(transaction::STAGING).is_dir() {
        true => Claim::new(&disk::Machine, out, owned).map(drop),
        false => Ok(()),
    }
}

/// Compares a file set with a folder. With `force`, files that somebody else wrote or edited will be overwritten too.
///
/// # Errors
///
/// When a file is not ours to overwrite, or cannot be read.
pub fn prepare<'a>(
    output: Output<'a>,
    out: &'a Utf8Path,
    force: bool,
) -> Result<Changes<'a>, WriteError> {
    let lock = read_if_present(&out.join(LOCK))?;
    let compared = compare(output, out)?;
    if !force {
        compared.refuse_other_deployment(output, out)?;
    }
    let mut report = Report::default();
    let mut overwritten = Vec::new();
    let mut seen = HashMap::new();
    for file in compared.files {
        let Compared {
            path,
            standing,
            before,
            digest,
        } = file;
        let is_extra = matches!(standing, Standing::Extra { .. });
        let content = before.as_deref().unwrap_or_default().as_bytes();
        if is_extra && !output.owned.has(&path, content) {
            report.left.push(path);
            continue;
        }
        if let Some(edited) = standing.is_altered() {
            overwritten.push(Conflict {
                path: out.join(&path),
                edited,
                before: before.unwrap_or_default(),
                after: output.files.get(&path).map(str::to_owned),
            });
        }
        if let Some(digest) = digest {
            seen.insert(path.clone(), digest);
        }
        match standing {
            Standing::Same => report.unchanged.push(path),
            Standing::Missing { .. } => report.created.push(path),
            Standing::Outdated | Standing::Altered { .. } => report.updated.push(path),
            Standing::Extra { .. } => report.deleted.push(path),
        }
    }
    if !overwritten.is_empty() && !force {
        return Err(WriteError::Conflicts(overwritten));
    }
    Ok(Changes {
        output,
        out,
        report,
        overwritten,
        seen,
        lock,
        new_lock: compared.lock,
    })
}

/// Writes what was prepared: all of it, or nothing.
///
/// # Errors
///
/// When the system refuses, or another render came first.
pub fn write(changes: Changes<'_>) -> Result<Report, WriteError> {
    let Changes {
        output,
        out,
        report,
        seen,
        lock: old_lock,
        new_lock,
        ..
    } = changes;
    let new = |path: &Utf8PathBuf| New {
        content: output.files[path].as_bytes(),
        digest: new_lock.digest_of(path),
    };
    let mut steps: Vec<Change<'_>> = Vec::new();
    steps.extend(
        report
            .created
            .iter()
            .map(|path| Change::Create(path, new(path))),
    );
    steps.extend(
        report
            .updated
            .iter()
            .map(|path| Change::Replace(path, new(path), Seen(&seen[path]))),
    );
    let deleted = report.deleted.iter();
    steps.extend(deleted.map(|path| Change::Delete(path, Seen(&seen[path]))));
    let text = new_lock.to_string();
    let lock = Utf8Path::new(LOCK);
    let new = New {
        content: text.as_bytes(),
        digest: &digest(text.as_bytes()),
    };
    let old_digest = old_lock.as_deref().map(digest);
    match &old_digest {
        None => steps.push(Change::Create(lock, new)),
        Some(old) if old != new.digest => steps.push(Change::Replace(lock, new, Seen(old))),
        Some(_) => {}
    }
    if steps.is_empty() {
        return Ok(report);
    }
    let claim = Claim::new(&disk::Machine, out, output.owned)?;
    // A render that came first has written its lock. Whether a file was changed is seen when it is moved aside.
    let lock = out.join(lock);
    if read_if_present(&lock)? != old_lock {
        return Err(WriteError::Meanwhile(lock));
    }
    claim.apply(&steps)?;
    Ok(report)
}
