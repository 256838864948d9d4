//! Write: the only writer of files.
//!
//! 1. `compare` holds what is there against what was rendered and against the lock of the last render.
//! 2. Refuse, before anything is touched, to overwrite or delete what somebody else wrote or edited.
//! 3. `transaction` makes all changes or none, the lock among them.

#![allow(clippy::disallowed_methods, reason = "write is the writer of files")]

mod accept;
mod archive;
mod compare;
mod digest;
mod disk;
mod journal;
mod lock;
mod loose;
mod owned;
mod strangers;
mod transaction;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, Read as _};

use camino::{Utf8Path, Utf8PathBuf};

pub use accept::{AcceptError, accept};
pub use archive::{archive, refuse_other};
pub use compare::{Compared, Comparison, Standing, compare};
pub use digest::digest;
pub use loose::{create_new, lay_down};
pub use owned::Owned;
pub use strangers::{Accepted, Part, Rendered, Stranger, What, strangers};

use crate::model::{FileSet, LOCK, PrincipalNames};
use crate::open;
use lock::Lock;
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

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Files that somebody else wrote or edited.
    #[error("{}", conflicts_message(.0))]
    Conflicts(Vec<Conflict>),
    /// A symbolic link on the way to a file.
    #[error(
        "{0} is a symbolic link, and in an output folder none is followed, since it can lead out of it; put what it leads to in its place"
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
    /// A file that somebody else changed or made between the look at the folder and the write: by hand, or another render.
    #[error(
        "{0} was changed while this render was at work; it is left as it is, and nothing was written to its folder, so run this one again"
    )]
    Meanwhile(Utf8PathBuf),
    /// A file that somebody else wrote where an older one has to be put back.
    #[error(
        "{0} was changed after a render wrote it and was stopped, so what was there before cannot be put back; move it elsewhere, and render again"
    )]
    EditedSince(Utf8PathBuf),
    /// A journal that no render on this machine wrote.
    #[error(
        "{0} holds the journal of a render that was not killed on this machine: a pull request or a copy brought it, so it is not obeyed. Restore {0} from version control, delete {0}/{staging}, and render again; what a killed render has moved aside lies in {0}/{staging}/old",
        staging = transaction::STAGING
    )]
    ForeignJournal(Utf8PathBuf),
    /// A failure, and another one on the way back to what was there before.
    #[error(
        "{}; and what was changed until then is not put back yet, which the next render does: {}",
        with_causes(.error),
        with_causes(.undoing)
    )]
    Undoing {
        /// Why not all was written.
        error: Box<WriteError>,
        /// Why not all was put back.
        undoing: Box<WriteError>,
    },
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
    Write {
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
                what: "a line above it gives another one, as a merge leaves them, and one of the two is wrong",
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

/// Whether a file holds a rendered text, whatever a checkout made of its line ends.
pub fn is_text(content: &[u8], rendered: &str) -> bool {
    *unix_lines(content) == *rendered.as_bytes()
}

/// What a file holds, as text with the line ends of a rendered one.
pub fn text(content: &[u8]) -> String {
    String::from_utf8_lossy(&unix_lines(content)).into_owned()
}

/// Whether a merge left its marks in a text.
pub fn holds_conflict(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("<<<<<<< "))
}

fn last_of(deployment: &str, mut lock: Lock) -> Option<Last> {
    let ours = lock.deployment.as_deref() == Some(deployment);
    ours.then(|| Last {
        targets: std::mem::take(&mut lock.targets),
        names: lock.all_names(),
    })
}

/// Reads a file of an output folder; nothing where there is none.
fn read_if_present(path: &Utf8Path) -> Result<Option<Vec<u8>>, WriteError> {
    whole(path, open::output(path))
}

fn whole(path: &Utf8Path, file: io::Result<File>) -> Result<Option<Vec<u8>>, WriteError> {
    let read = |mut file: File| {
        let mut content = Vec::new();
        file.read_to_end(&mut content).map(|_| content)
    };
    match file.and_then(read) {
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

/// Refuses an output folder to which a link of a repository leads.
fn refuse_outside(out: &Utf8Path) -> Result<(), WriteError> {
    match open::unlinked(out) {
        Ok(_) => Ok(()),
        Err(source) => Err(WriteError::Read {
            path: out.to_owned(),
            source,
        }),
    }
}

/// Every step from the output folder down to the file must be a real folder or absent.
fn refuse_links(out: &Utf8Path, path: &Utf8Path) -> Result<(), WriteError> {
    refuse_outside(out)?;
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

/// An error with what it comes from, for a message that names two.
fn with_causes(error: &WriteError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

fn conflicts_message(conflicts: &[Conflict]) -> String {
    let mut lines = vec![
        "nothing was written, because these files are not as Landgrant wrote them:".to_owned(),
    ];
    for conflict in conflicts {
        let what = match (conflict.edited, holds_conflict(&conflict.before)) {
            (true, true) => "holds a merge conflict",
            (true, false) => "edited by hand",
            (false, _) => "written by somebody else",
        };
        lines.push(format!("  {} ({what})", conflict.path));
    }
    lines.push("move the changes into the deployment, or overwrite them with --force".to_owned());
    lines.join("\n")
}
