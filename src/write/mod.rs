//! Write: the only writer of files.
//!
//! 1. Compare what is there with what was rendered and with the lock of the last render.
//! 2. Refuse, before anything is touched, to overwrite or delete what somebody else wrote or edited.
//! 3. Write each changed file beside its place and rename it there; delete what the last render wrote and this one
//!    does not; write the lock last.

#![allow(clippy::disallowed_methods, reason = "write is the writer of files")]

mod lock;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write as _};

use camino::{Utf8Path, Utf8PathBuf};

use lock::Lock;

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
    /// A lock that cannot be understood.
    #[error(
        "{path}:{line}: {what}; restore it from version control, or delete it together with the rendered files"
    )]
    Lock {
        /// The lock file.
        path: Utf8PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A file that should be made and is there.
    #[error("{0} exists already; delete it first, or choose another folder")]
    Exists(Utf8PathBuf),
    /// What the system refuses.
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
}

/// What a render gives.
#[derive(Debug, Clone, Copy)]
pub struct Output<'a> {
    /// The deployment's name.
    pub deployment: &'a str,
    /// The files, by path relative to the folder.
    pub files: &'a BTreeMap<Utf8PathBuf, String>,
    /// The number of the group that each target is in, from 1, by account id.
    pub targets: &'a BTreeMap<String, usize>,
}

/// What will be done to a folder; nothing is yet.
#[derive(Debug)]
pub struct Changes<'a> {
    output: Output<'a>,
    out: &'a Utf8Path,
    report: Report,
}

/// The number of the group that each target was put in when this deployment was last rendered into the folder.
///
/// # Errors
///
/// When the lock cannot be read or understood.
pub fn last_targets(
    deployment: &str,
    out: &Utf8Path,
) -> Result<BTreeMap<String, usize>, WriteError> {
    let lock = Lock::read(out)?;
    let ours = lock.deployment.as_deref() == Some(deployment);
    Ok(if ours { lock.targets } else { BTreeMap::new() })
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
    let Output {
        deployment, files, ..
    } = output;
    let lock = Lock::read(out)?;
    if let Some(theirs) = lock
        .deployment
        .as_ref()
        .filter(|theirs| *theirs != deployment && !force)
    {
        return Err(WriteError::OtherDeployment {
            out: out.to_owned(),
            theirs: theirs.clone(),
            ours: deployment.to_owned(),
        });
    }
    let mut report = Report::default();
    let mut conflicts = Vec::new();
    for (path, text) in files {
        refuse_links(out, path)?;
        match read(&out.join(path))? {
            None => report.created.push(path.clone()),
            Some(old) if *unix_lines(&old) == *text.as_bytes() => {
                report.unchanged.push(path.clone())
            }
            Some(old) => {
                if !lock.wrote(path, &old) {
                    conflicts.push(Conflict {
                        path: out.join(path),
                        edited: lock.knows(path),
                    });
                }
                report.updated.push(path.clone());
            }
        }
    }
    for path in lock.paths().filter(|path| !files.contains_key(*path)) {
        refuse_links(out, path)?;
        if let Some(old) = read(&out.join(path))? {
            if !lock.wrote(path, &old) {
                conflicts.push(Conflict {
                    path: out.join(path),
                    edited: true,
                });
            }
            report.deleted.push(path.clone());
        }
    }
    if !conflicts.is_empty() && !force {
        return Err(WriteError::Conflicts(conflicts));
    }
    Ok(Changes {
        output,
        out,
        report,
    })
}

/// Writes what was prepared.
///
/// # Errors
///
/// When the system refuses.
pub fn write(changes: Changes<'_>) -> Result<Report, WriteError> {
    let Changes {
        output,
        out,
        report,
    } = changes;
    let files = output.files;
    for path in report.created.iter().chain(&report.updated) {
        replace(&out.join(path), files[path].as_bytes())?;
    }
    for path in &report.deleted {
        delete(out, path)?;
    }
    let new_lock = Lock::of(output.deployment, files, output.targets).to_string();
    let lock_path = out.join(lock::NAME);
    if read(&lock_path)?.as_deref() != Some(new_lock.as_bytes()) {
        replace(&lock_path, new_lock.as_bytes())?;
    }
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

fn read(path: &Utf8Path) -> Result<Option<Vec<u8>>, WriteError> {
    match std::fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(WriteError::Io {
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
        if step
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.file_type().is_symlink())
        {
            return Err(WriteError::SymbolicLink(step));
        }
    }
    Ok(())
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

/// Deletes a file and the folders that it leaves empty.
fn delete(out: &Utf8Path, path: &Utf8Path) -> Result<(), WriteError> {
    let full = out.join(path);
    std::fs::remove_file(&full).map_err(|source| WriteError::Io {
        path: full.clone(),
        source,
    })?;
    for folder in path
        .ancestors()
        .skip(1)
        .filter(|folder| !folder.as_str().is_empty())
    {
        // A folder that still holds something, such as a team's own state, stays.
        if std::fs::remove_dir(out.join(folder)).is_err() {
            break;
        }
    }
    Ok(())
}

fn conflicts_message(conflicts: &[Conflict]) -> String {
    let mut lines = vec![
        "nothing was written, because these files are not as Landgrant wrote them:".to_owned(),
    ];
    for conflict in conflicts {
        let what = if conflict.edited {
            "edited by hand"
        } else {
            "written by somebody else"
        };
        lines.push(format!("  {} ({what})", conflict.path));
    }
    lines.push("move the changes into the deployment, or overwrite them with --force".to_owned());
    lines.join("\n")
}
