//! Write: the only writer of files.
//!
//! 1. `compare` holds what is there against what was rendered and against the lock of the last render.
//! 2. Refuse, before anything is touched, to overwrite or delete what somebody else wrote or edited.
//! 3. `transaction` makes all changes or none, the lock among them.

#![allow(clippy::disallowed_methods, reason = "write is the writer of files")]

mod archive;
mod compare;
mod disk;
mod lock;
mod owned;
mod strangers;
mod transaction;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};

use camino::{Utf8Path, Utf8PathBuf};

pub use archive::{archive, refuse_other};
pub use compare::{Compared, Comparison, Standing, compare};
pub use lock::digest;
pub use owned::Owned;
pub use strangers::{Stranger, strangers};

use crate::model::{FileSet, PrincipalNames};
use lock::Lock;
use transaction::{Change, Claim, New};

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

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Files that somebody else wrote or edited.
    #[error("{}", conflicts_message(.0))]
    Conflicts(Vec<Conflict>),
    /// A symbolic link on the way to a file.
    #[error(
        "{0} is a symbolic link; nothing is written through it, since it can lead out of the output folder"
    )]
    SymbolicLink(Utf8PathBuf),
    /// A folder that holds another deployment.
    #[error(
        "{out} holds the deployment {theirs}; rendering {ours} there would delete it. Choose another folder with --out, or --force if {theirs} was renamed"
    )]
    OtherDeployment {
        /// The folder.
        out: Utf8PathBuf,
        /// The deployment that is there.
        theirs: String,
        /// The deployment that was to be rendered.
        ours: String,
    },
    /// Another render is at work in the folder.
    #[error("another render is writing to {0}; try again when it is through")]
    Busy(Utf8PathBuf),
    /// Another render was through between the look at the folder and the write.
    #[error("another render has just written to {0}; nothing was written, so run this one again")]
    Meanwhile(Utf8PathBuf),
    /// A file that was written after a render was killed, where an older one has to be put back.
    #[error(
        "{0} was changed after a render was killed, so what was there before cannot be put back; move it elsewhere, and render again"
    )]
    EditedSince(Utf8PathBuf),
    /// A lock or journal that cannot be understood.
    #[error(
        "{path}:{line}: {what}; restore it from version control, or delete it, and render again"
    )]
    Lock {
        /// The file.
        path: Utf8PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A file that should be made and is there.
    #[error("{0} exists already; delete it first, or choose another folder")]
    Exists(Utf8PathBuf),
    /// Files that should be written out, and hold something else.
    #[error(
        "{} would be overwritten; nothing was written. Choose another folder with --out, or overwrite with --force",
        .0.iter().map(|path| path.as_str()).collect::<Vec<_>>().join(", ")
    )]
    Changed(Vec<Utf8PathBuf>),
    /// What the system refuses to show.
    #[error("cannot read {path}")]
    Read {
        /// The file or folder.
        path: Utf8PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What the system refuses to change.
    #[error("cannot write {path}")]
    Io {
        /// The file or folder.
        path: Utf8PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// A file that a render would overwrite or delete, and must not.
#[derive(Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The file.
    pub path: Utf8PathBuf,
    /// Whether the last render wrote it, so that it was edited since.
    pub edited: bool,
    /// What is in it.
    pub before: String,
    /// What was rendered; nothing where the file would be deleted.
    pub after: Option<String>,
}

/// What a render gives.
#[derive(Debug, Clone, Copy)]
pub struct Output<'a> {
    /// The deployment's name.
    pub deployment: &'a str,
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
}

/// What will be done to a folder; nothing is yet.
#[derive(Debug)]
pub struct Changes<'a> {
    output: Output<'a>,
    out: &'a Utf8Path,
    report: Report,
    /// Files that somebody else wrote or edited, and that are overwritten or deleted all the same.
    pub overwritten: Vec<Conflict>,
    /// The lock that was there, and the one to be.
    lock: Option<Vec<u8>>,
    new_lock: Lock,
}

/// What the lock of a folder says of the accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts {
    /// The deployment that was rendered.
    pub deployment: Option<String>,
    /// The partition of all accounts.
    pub partition: Option<String>,
    /// The hub account.
    pub hub: Option<String>,
    /// The account that the stack sets are in.
    pub stack_sets: Option<String>,
    /// The number of the group that each target was put in.
    pub targets: BTreeMap<String, usize>,
    /// The files that were written.
    pub files: BTreeSet<Utf8PathBuf>,
}

/// What a lock says of the accounts; `path` is where it stands, for errors.
///
/// # Errors
///
/// When the lock cannot be understood.
pub fn accounts(path: &Utf8Path, lock: &str) -> Result<Accounts, WriteError> {
    let lock = Lock::parse(path, lock.as_bytes().to_vec())?;
    Ok(Accounts {
        files: lock.paths().map(Utf8Path::to_owned).collect(),
        deployment: lock.deployment,
        partition: lock.partition,
        hub: lock.names.hub,
        stack_sets: lock.stack_sets,
        targets: lock.targets,
    })
}

/// Whether this deployment was rendered into the folder.
///
/// # Errors
///
/// When the lock cannot be read or understood.
pub fn is_rendered(deployment: &str, out: &Utf8Path) -> Result<bool, WriteError> {
    let lock = Lock::read(out)?;
    Ok(lock.deployment.as_deref() == Some(deployment))
}

/// The digests of the rendered files that a lock names, by path: several of one file after a merge.
///
/// # Errors
///
/// When the lock cannot be understood.
pub fn digests(
    path: &Utf8Path,
    lock: &str,
) -> Result<BTreeMap<String, BTreeSet<String>>, WriteError> {
    Ok(Lock::parse(path, lock.as_bytes().to_vec())?.into_files())
}

/// What the last render of a deployment decided, and the next one goes by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Last {
    /// The number of the group that each target was put in, from 1, by account id.
    pub targets: BTreeMap<String, usize>,
    /// What the principals were called.
    pub names: PrincipalNames,
}

/// What was decided when this deployment was last rendered into the folder; nothing where it never was.
///
/// # Errors
///
/// When the lock cannot be read or understood.
pub fn last(deployment: &str, out: &Utf8Path) -> Result<Last, WriteError> {
    let lock = Lock::read(out)?;
    let ours = lock.deployment.as_deref() == Some(deployment);
    Ok(match ours {
        true => Last {
            targets: lock.targets,
            names: lock.names,
        },
        false => Last::default(),
    })
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
    let lock = read(&out.join(lock::NAME))?;
    let compared = compare(output, out)?;
    if let Some(theirs) = compared.other_deployment.as_ref().filter(|_| !force) {
        return Err(WriteError::OtherDeployment {
            out: out.to_owned(),
            theirs: theirs.clone(),
            ours: output.deployment.to_owned(),
        });
    }
    let mut report = Report::default();
    let mut overwritten = Vec::new();
    for file in compared.files {
        let Compared {
            path,
            standing,
            before,
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
            .map(|path| Change::Replace(path, new(path))),
    );
    steps.extend(report.deleted.iter().map(|path| Change::Delete(path)));
    let text = new_lock.to_string();
    let lock = Utf8Path::new(lock::NAME);
    let new = New {
        content: text.as_bytes(),
        digest: &digest(text.as_bytes()),
    };
    match &old_lock {
        None => steps.push(Change::Create(lock, new)),
        Some(old) if *unix_lines(old) != *new.content => steps.push(Change::Replace(lock, new)),
        Some(_) => {}
    }
    if steps.is_empty() {
        return Ok(report);
    }
    let claim = Claim::new(&disk::Machine, out, output.owned)?;
    // A render that came first has written its lock.
    if read(&out.join(lock))? != old_lock {
        return Err(WriteError::Meanwhile(out.to_owned()));
    }
    claim.apply(&steps)?;
    Ok(report)
}

/// Makes new files; all of them, or none where one exists.
///
/// # Errors
///
/// When a file exists, or the system refuses.
pub fn create_new(files: &[(Utf8PathBuf, String)]) -> Result<(), WriteError> {
    for (path, _) in files {
        if path.symlink_metadata().is_ok() {
            return Err(WriteError::Exists(path.clone()));
        }
    }
    for (path, text) in files {
        replace(path, text.as_bytes())?;
    }
    Ok(())
}

/// Writes files that are not kept in any lock, and tells those that were not there as they are. Nothing is written where
/// one of them holds something else, unless that is to be overwritten by `force`.
///
/// # Errors
///
/// When a file holds something else, or the system refuses.
pub fn lay_down(
    files: &[(Utf8PathBuf, String)],
    force: bool,
) -> Result<Vec<Utf8PathBuf>, WriteError> {
    let mut wanted = Vec::new();
    let mut changed = Vec::new();
    for (path, text) in files {
        refuse_link(path)?;
        match read(path)? {
            Some(there) if *unix_lines(&there) == *text.as_bytes() => continue,
            Some(_) if !force => changed.push(path.clone()),
            _ => wanted.push((path, text)),
        }
    }
    if !changed.is_empty() {
        return Err(WriteError::Changed(changed));
    }
    for (path, text) in &wanted {
        replace(path, text.as_bytes())?;
    }
    Ok(wanted.into_iter().map(|(path, _)| path.clone()).collect())
}

fn read(path: &Utf8Path) -> Result<Option<Vec<u8>>, WriteError> {
    match std::fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(WriteError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Text as it was rendered: a checkout on Windows may end its lines otherwise, which is not an edit.
fn unix_lines(content: &[u8]) -> Cow<'_, [u8]> {
    if !content.contains(&b'\r') {
        return Cow::Borrowed(content);
    }
    let mut unix = Vec::with_capacity(content.len());
    for (index, &byte) in content.iter().enumerate() {
        if byte != b'\r' || content.get(index + 1) != Some(&b'\n') {
            unix.push(byte);
        }
    }
    Cow::Owned(unix)
}

/// Every step from the output folder down to the file must be a real folder or absent.
fn refuse_links(out: &Utf8Path, path: &Utf8Path) -> Result<(), WriteError> {
    let mut step = out.to_owned();
    for component in path.components() {
        step.push(component);
        refuse_link(&step)?;
    }
    Ok(())
}

fn refuse_link(path: &Utf8Path) -> Result<(), WriteError> {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.file_type().is_symlink() => {
            Err(WriteError::SymbolicLink(path.to_owned()))
        }
        _ => Ok(()),
    }
}

fn replace(path: &Utf8Path, content: &[u8]) -> Result<(), WriteError> {
    let failed = |source| WriteError::Io {
        path: path.to_owned(),
        source,
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_str().is_empty() => folder,
        _ => Utf8Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".landgrant-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // The usual permissions of a new file; the umask takes its part.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    file.write_all(content).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// How a conflict in a rendered file ends: a render writes the file anew.
pub const END_OF_CONFLICT: &str = "`git checkout --ours` takes one side, then render again";

/// Whether a merge left its marks in a text.
pub fn holds_conflict(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("<<<<<<< "))
}

fn conflicts_message(conflicts: &[Conflict]) -> String {
    let mut lines = vec![
        "nothing was written, because these files are not as Landgrant wrote them:".to_owned(),
    ];
    for conflict in conflicts {
        let what = match (conflict.edited, holds_conflict(&conflict.before)) {
            (true, true) => &format!("holds a merge conflict; {END_OF_CONFLICT}"),
            (true, false) => "edited by hand",
            (false, _) => "written by somebody else",
        };
        lines.push(format!("  {} ({what})", conflict.path));
    }
    lines.push("move the changes into the deployment, or overwrite them with --force".to_owned());
    lines.join("\n")
}
