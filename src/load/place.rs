//! The origin of inputs: the disk, or a Git revision.

#![allow(clippy::disallowed_methods, reason = "load is the reader of files")]

use std::collections::BTreeMap;
use std::io;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::LoadError;
use super::beside;
use super::files::{self, Wanted};
use super::revision::{Kind, Revision};
use crate::model::{CatalogId, unprintable, visible};

/// The origin of inputs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Origin {
    /// The files on disk.
    #[default]
    Disk,
    /// The files in a revision of the repository that contains the current folder.
    #[allow(private_interfaces, reason = "made by Origin::parse only")]
    Revision(Revision),
}

/// A parsed argument that names a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A deployment file.
    Deployment(Utf8PathBuf),
    /// A folder of rendered files.
    Folder(Utf8PathBuf),
    Catalog(CatalogId),
    /// The empty state.
    Nothing,
}

impl Origin {
    /// A revision of the repository that contains the current folder.
    pub fn revision(name: &str) -> Self {
        Self::Revision(Revision(name.to_owned()))
    }

    /// Parses a name: `nothing`, a catalog as `product@version`, or a path; a catalog or a path can follow `REVISION:`.
    /// A name of one of these forms is never a file of that name, which a pull request could add; with `./` before it,
    /// it is.
    ///
    /// # Errors
    ///
    /// Fails if the name refers to nothing.
    pub fn parse(name: &str) -> Result<(Self, Subject), LoadError> {
        let path = Utf8Path::new(name);
        let is_path = path.is_absolute() || path.starts_with(".") || path.starts_with("..");
        if name.is_empty() {
            return Err(LoadError::NoName);
        }
        if !is_path {
            if name == "nothing" {
                return Ok((Self::Disk, Subject::Nothing));
            }
            if let Some((revision, rest)) = name.split_once(':') {
                return in_revision(revision, rest).map_err(|error| match error {
                    LoadError::Revision { revision, message } if path.exists() => {
                        LoadError::Revision {
                            revision,
                            message: format!(
                                "{message}; for the file of this name, write ./{name}"
                            ),
                        }
                    }
                    error => error,
                });
            }
            if let Some(id) = catalog(name) {
                return Ok((Self::Disk, Subject::Catalog(id)));
            }
        }
        match (path.is_dir(), path.exists()) {
            (true, _) => Ok((Self::Disk, Subject::Folder(path.to_owned()))),
            (false, true) => Ok((Self::Disk, Subject::Deployment(path.to_owned()))),
            // Without a repository there are no revisions.
            (false, false) => match Revision(name.to_owned()).is_there() {
                Ok(true) => Err(LoadError::NoPath {
                    revision: name.to_owned(),
                }),
                Ok(false) | Err(_) => Err(LoadError::NoSubject {
                    name: name.to_owned(),
                }),
            },
        }
    }

    /// Reads a UTF-8 file. The lock, the rendered files and every report name it, a line each.
    pub(super) fn read(&self, path: &Utf8Path) -> Result<String, LoadError> {
        if unprintable(path.as_str()).is_some() {
            return Err(LoadError::Read {
                path: visible(path.as_str()).into_owned().into(),
                source: io::Error::other(
                    "there is a character in its name that cannot be printed; give it another name",
                ),
            });
        }
        match self {
            Origin::Disk => files::read(path),
            Origin::Revision(revision) => files::decode(path, revision.read(path)?),
        }
    }

    /// The path of a file or folder that a deployment names, relative to the deployment's folder.
    pub fn beside(&self, deployment: &Utf8Path, path: &str) -> Utf8PathBuf {
        let mut whole = deployment.parent().unwrap_or(Utf8Path::new("")).to_owned();
        for part in Utf8Path::new(path).components() {
            match part {
                Utf8Component::ParentDir if whole.file_name().is_some() => drop(whole.pop()),
                Utf8Component::CurDir => {}
                part => whole.push(part.as_str()),
            }
        }
        whole
    }

    /// Reads a UTF-8 file if it exists.
    pub(super) fn read_if_there(&self, path: &Utf8Path) -> Result<Option<String>, LoadError> {
        let there = match self {
            Origin::Disk => files::is_there(path),
            Origin::Revision(revision) => revision.kind(path)? == Kind::File,
        };
        match there {
            true => self.read(path).map(Some),
            false => Ok(None),
        }
    }

    /// The JSON files in a folder, if it exists, by path.
    pub(super) fn json_files(
        &self,
        folder: &Utf8Path,
    ) -> Result<Option<BTreeMap<Utf8PathBuf, String>>, LoadError> {
        let wanted = Wanted {
            is_wanted: |path| path.components().count() == 1 && path.extension() == Some("json"),
            is_entered: |_| true,
        };
        let contents = match self {
            Origin::Disk if !folder.is_dir() => return Ok(None),
            Origin::Disk => files::in_folder(folder, &wanted)?,
            Origin::Revision(revision) => match revision.kind(folder)? {
                Kind::Folder => revision.files(folder, &wanted)?,
                Kind::File | Kind::Nothing => return Ok(None),
            },
        };
        let texts = contents.into_iter().map(|(name, content)| {
            let path = folder.join(name);
            files::decode(&path, content).map(|text| (path, text))
        });
        texts.collect::<Result<_, _>>().map(Some)
    }

    /// The name of a file in diagnostics.
    pub fn name(&self, path: &Utf8Path) -> String {
        match self {
            Origin::Disk => path.to_string(),
            Origin::Revision(revision) => format!("{}:{path}", revision.0),
        }
    }

    /// The path of a file, from its name in diagnostics.
    pub(super) fn path(&self, name: &str) -> Utf8PathBuf {
        let path = match self {
            Origin::Disk => name,
            Origin::Revision(revision) => {
                let rest = name.strip_prefix(&revision.0);
                rest.and_then(|rest| rest.strip_prefix(':')).unwrap_or(name)
            }
        };
        path.into()
    }

    /// The catalogs in a folder. In a revision too, a relative path is relative to the current folder.
    pub(super) fn catalogs_in(
        &self,
        folder: &Utf8Path,
    ) -> Result<Vec<(CatalogId, Utf8PathBuf)>, LoadError> {
        let Origin::Revision(revision) = self else {
            return files::catalogs_in(folder);
        };
        Self::catalogs_of(revision, &from_here(folder))
    }

    /// The catalogs in a folder that a deployment names.
    pub(super) fn catalogs_beside(
        &self,
        folder: &Utf8Path,
    ) -> Result<Vec<(CatalogId, Utf8PathBuf)>, LoadError> {
        match self {
            Origin::Disk if !folder.is_dir() => Ok(Vec::new()),
            Origin::Disk => files::catalogs_in(folder),
            Origin::Revision(revision) => Self::catalogs_of(revision, folder),
        }
    }

    fn catalogs_of(
        revision: &Revision,
        folder: &Utf8Path,
    ) -> Result<Vec<(CatalogId, Utf8PathBuf)>, LoadError> {
        if revision.kind(folder)? != Kind::Folder {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for path in revision.files(folder, &CATALOGS)?.into_keys() {
            if let (Some(product), Some(version)) = (
                path.parent().and_then(Utf8Path::file_name),
                path.file_stem(),
            ) {
                let id = CatalogId {
                    product: product.to_owned(),
                    version: version.to_owned(),
                };
                found.push((id, folder.join(&path)));
            }
        }
        Ok(found)
    }

    /// A path relative to the current folder, on disk or in a revision.
    pub fn from_here(path: &Utf8Path) -> Utf8PathBuf {
        from_here(path)
    }

    /// A text file relative to the current folder, or `None` if it does not exist.
    ///
    /// # Errors
    ///
    /// Fails if the file exists but cannot be read.
    pub fn read_here(&self, path: &Utf8Path) -> Result<Option<String>, LoadError> {
        match self {
            Origin::Disk if !path.exists() => Ok(None),
            Origin::Disk => files::read(path).map(Some),
            Origin::Revision(revision) => {
                let path = from_here(path);
                match revision.kind(&path)? {
                    Kind::File => files::decode(&path, revision.read(&path)?).map(Some),
                    Kind::Folder | Kind::Nothing => Ok(None),
                }
            }
        }
    }

    /// Whether a file with this path exists.
    ///
    /// # Errors
    ///
    /// Fails if this cannot be determined, or if the path is a link in a Git revision.
    pub fn has(&self, path: &Utf8Path) -> Result<bool, LoadError> {
        match self {
            Origin::Disk => Ok(path.is_file()),
            Origin::Revision(revision) => Ok(revision.kind(path)? == Kind::File),
        }
    }

    /// Whether a path stays in the repository of a folder.
    ///
    /// # Errors
    ///
    /// Fails if this cannot be determined.
    pub fn stays(&self, folder: &Utf8Path, path: &Utf8Path) -> Result<bool, LoadError> {
        beside::stays(self, folder, path)
    }

    /// A path that the user gives relative to the current folder, as it is read from here.
    pub fn here(&self, path: &Utf8Path) -> Utf8PathBuf {
        match self {
            Origin::Disk => path.to_owned(),
            Origin::Revision(_) => from_here(path),
        }
    }
}

/// The catalog that a name refers to; the path of a deployment can contain `@` too.
fn catalog(name: &str) -> Option<CatalogId> {
    let path = Utf8Path::new(name);
    let is_file = matches!(path.extension(), Some("yaml" | "yml"));
    CatalogId::parse(name).filter(|_| !is_file && path.components().count() == 1)
}

fn in_revision(name: &str, rest: &str) -> Result<(Origin, Subject), LoadError> {
    let revision = Revision(name.to_owned());
    if rest.is_empty() {
        return Err(LoadError::NoPath {
            revision: revision.0,
        });
    }
    let subject = match (revision.kind(Utf8Path::new(rest))?, catalog(rest)) {
        (_, Some(id)) => Subject::Catalog(id),
        (Kind::File, None) => Subject::Deployment(rest.into()),
        (Kind::Folder, None) if matches!(Utf8Path::new(rest).extension(), Some("yaml" | "yml")) => {
            return Err(LoadError::Revision {
                revision: revision.0,
                message: format!("{rest} is a folder there, and no deployment"),
            });
        }
        (Kind::Folder, None) => Subject::Folder(rest.into()),
        (Kind::Nothing, None) => {
            let meant = revision
                .near(Utf8Path::new(rest))?
                .map(|near| format!("; did you mean {name}:{near}?"))
                .unwrap_or_default();
            return Err(LoadError::Revision {
                revision: revision.0,
                message: format!("it has no {rest}{meant}"),
            });
        }
    };
    Ok((Origin::Revision(revision), subject))
}

fn from_here(path: &Utf8Path) -> Utf8PathBuf {
    let dotted = path.starts_with(".") || path.starts_with("..") || path.is_absolute();
    match dotted {
        true => path.to_owned(),
        false => Utf8Path::new(".").join(path),
    }
}

const CATALOGS: Wanted = Wanted {
    is_wanted: is_catalog,
    is_entered: |_| true,
};

fn is_catalog(path: &Utf8Path) -> bool {
    path.components().count() == 2 && path.extension() == Some("yaml")
}
