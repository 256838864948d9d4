//! A folder held against what is rendered, and against what the last render wrote.

use std::collections::{BTreeSet, HashSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::content::{is_text, read_if_present, text};
use super::digest::digest;
use super::lock::Lock;
use super::strangers::Accepted;
use super::transaction;
use super::{FEWEST_FILES, Output, WriteError};
use crate::model::FileSet;
use crate::parts;

/// How a file stands to what is rendered now and to what the last render wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is what is rendered.
    Same,
    /// It is not there.
    Missing {
        /// Whether the last render wrote it, so that it was deleted since.
        known: bool,
    },
    /// It is what the last render wrote, and would be rendered differently now.
    Outdated,
    /// It is neither what is rendered now nor what the last render wrote.
    Altered {
        /// Whether the last render wrote a file of this name; somebody else did, if not.
        known: bool,
    },
    /// The last render wrote it, and this one does not.
    Extra {
        /// Whether it was edited since.
        altered: bool,
    },
}

impl Standing {
    /// Whether it holds what a render must not overwrite; if so, whether that is an edit of a rendered file.
    pub(super) fn is_altered(self) -> Option<bool> {
        match self {
            Standing::Altered { known } => Some(known),
            Standing::Extra { altered: true } => Some(true),
            _ => None,
        }
    }
}

/// A file of a folder, or one that should be in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Its path, relative to the folder.
    pub path: Utf8PathBuf,
    /// How it stands.
    pub standing: Standing,
    /// What is in it, unless that is what is rendered.
    pub before: Option<String>,
    /// The digest of that, by which it is known again when it is replaced.
    pub(super) digest: Option<String>,
}

impl Compared {
    /// A file that is neither as it is rendered nor missing.
    fn other(lock: &Lock, path: &Utf8Path, old: &[u8], standing: fn(Last) -> Standing) -> Self {
        let digest = digest(old);
        let last = Last {
            known: lock.knows(path),
            same: lock.wrote(path, &digest),
        };
        Self {
            path: path.to_owned(),
            standing: standing(last),
            before: Some(text(old)),
            digest: Some(digest),
        }
    }
}

/// How a file stands to the last render.
struct Last {
    /// Whether it wrote a file of this name.
    known: bool,
    /// Whether it wrote exactly this.
    same: bool,
}

/// A folder held against what is rendered.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Every file that is rendered now, then every other one that was rendered last.
    pub files: Vec<Compared>,
    /// In what the lock is not what a render would write, in words.
    pub stale_lock: Vec<String>,
    /// The deployment that the folder holds, if it is another one.
    other_deployment: Option<String>,
    /// Whether a render was killed here before it was through, and then whether that was on this machine.
    pub interrupted: Option<bool>,
    /// The lock of what is rendered.
    pub(super) lock: Lock,
}

impl Comparison {
    /// Refuses a folder that holds another deployment: every file of it would be one too many.
    ///
    /// # Errors
    ///
    /// When it does.
    pub fn refuse_other_deployment(
        &self,
        output: Output<'_>,
        out: &Utf8Path,
    ) -> Result<(), WriteError> {
        match &self.other_deployment {
            None => Ok(()),
            Some(theirs) => Err(WriteError::OtherDeployment {
                out: out.to_owned(),
                theirs: theirs.clone(),
                ours: output.deployment.to_owned(),
            }),
        }
    }
}

/// Compares a file set with a folder. Nothing is changed.
///
/// # Errors
///
/// When a file or the lock cannot be read.
pub fn compare(output: Output<'_>, out: &Utf8Path) -> Result<Comparison, WriteError> {
    let lock = Lock::read(out)?;
    let files = output.files;
    let (right, compared) = std::thread::scope(|scope| {
        // Digests take as long as reading does.
        let right = scope.spawn(|| Lock::from_output(&output));
        let compared = in_parts(out, &lock, files);
        (right.join(), compared)
    });
    let mut right = right.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    right.accepted = still_accepted(output, out, &lock)?;
    let mut compared = compared?;
    let mut links = Links::default();
    let rendered: HashSet<&str> = files.keys().map(Utf8Path::as_str).collect();
    let extra = lock
        .paths()
        .filter(|path| !rendered.contains(path.as_str()));
    for path in extra {
        if !links.refuse(out, path)? {
            continue;
        }
        if let Some(old) = read_if_present(&out.join(path))? {
            compared.push(Compared::other(&lock, path, &old, |last| Standing::Extra {
                altered: !last.same,
            }));
        }
    }
    Ok(Comparison {
        files: compared,
        stale_lock: lock.stale(&right),
        lock: right,
        other_deployment: lock.deployment.filter(|theirs| theirs != output.deployment),
        interrupted: match transaction::is_interrupted(out) {
            true => Some(transaction::is_ours(out)?),
            false => None,
        },
    })
}

/// What is accepted from now on: what was and is still there, and what is new. After a merge, what is there decides.
fn still_accepted(output: Output<'_>, out: &Utf8Path, lock: &Lock) -> Result<Accepted, WriteError> {
    let mut accepted = Accepted::new();
    for (path, digests) in &lock.accepted {
        if output.files.contains_key(path) || !out.join(path).is_file() {
            continue;
        }
        let digests = match (digests.len(), read_if_present(&out.join(path))?) {
            (2.., Some(content)) if digests.contains(&digest(&content)) => {
                BTreeSet::from([digest(&content)])
            }
            _ => digests.clone(),
        };
        accepted.insert(path.clone(), digests);
    }
    for (path, digest) in output.accept {
        accepted.insert(path.clone(), BTreeSet::from([digest.clone()]));
    }
    Ok(accepted)
}

/// Compares files on every processor; a folder of a thousand targets is thousands of small files.
fn in_parts(out: &Utf8Path, lock: &Lock, files: &FileSet) -> Result<Vec<Compared>, WriteError> {
    let all: Vec<(&Utf8Path, &str)> = files.iter().collect();
    let parts = parts::in_parts(&all, FEWEST_FILES, |part| {
        let mut links = Links::default();
        part.iter()
            .map(|(path, rendered)| match links.refuse(out, path)? {
                true => compare_file(out, lock, path, rendered),
                false => Ok(missing(lock, path)),
            })
            .collect::<Result<Vec<Compared>, WriteError>>()
    })?;
    Ok(parts.into_iter().flatten().collect())
}

/// A file that is not there.
fn missing(lock: &Lock, path: &Utf8Path) -> Compared {
    Compared {
        path: path.to_owned(),
        standing: Standing::Missing {
            known: lock.knows(path),
        },
        before: None,
        digest: None,
    }
}

/// Compares one file.
fn compare_file(
    out: &Utf8Path,
    lock: &Lock,
    path: &Utf8Path,
    rendered: &str,
) -> Result<Compared, WriteError> {
    Ok(match read_if_present(&out.join(path))? {
        None => missing(lock, path),
        Some(old) if is_text(&old, rendered) => Compared {
            path: path.to_owned(),
            standing: Standing::Same,
            before: None,
            digest: None,
        },
        Some(old) => Compared::other(lock, path, &old, |last| match last {
            Last { same: true, .. } => Standing::Outdated,
            Last { known, .. } => Standing::Altered { known },
        }),
    })
}

/// Refuses symbolic links on the way to files; each folder is looked at once for all files that follow each other.
#[derive(Default)]
struct Links {
    folder: Utf8PathBuf,
    /// How many of the folder's parts are real folders.
    real: usize,
}

impl Links {
    /// Whether the folder of a file is there at all.
    fn refuse(&mut self, out: &Utf8Path, path: &Utf8Path) -> Result<bool, WriteError> {
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        let parts = folder.components().count();
        if folder != self.folder {
            let alike = folder.components().zip(self.folder.components());
            let alike = alike.take_while(|(one, other)| one == other).count();
            // What is not there has nothing below it.
            let absent = self.real < self.folder.components().count() && alike > self.real;
            if !absent {
                self.real = self.real.min(alike);
                let mut step = out.to_owned();
                for (number, part) in folder.components().enumerate() {
                    step.push(part);
                    if number < self.real {
                        continue;
                    }
                    super::content::refuse_link(&step)?;
                    if !step.is_dir() {
                        break;
                    }
                    self.real = number + 1;
                }
            }
            self.folder = folder.to_owned();
        }
        if self.real < parts {
            return Ok(false);
        }
        super::content::refuse_link(&out.join(path))?;
        Ok(true)
    }
}
