//! Where inputs are read: on the disk, or in a Git revision.

#![allow(clippy::disallowed_methods, reason = "load is the reader of files")]

use std::collections::BTreeMap;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::LoadError;
use super::beside;
use super::files::{self, Wanted};
use super::revision::{Kind, Revision};
use crate::model::CatalogId;

/// Where inputs are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Origin {
    /// The files as they are on the disk.
    #[default]
    Disk,
    /// The files as a Git revision of the repository around the current folder has them.
    #[allow(private_interfaces, reason = "made by Origin::parse only")]
    Revision(Revision),
}

/// What a user names to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A deployment file.
    Deployment(Utf8PathBuf),
    /// A folder of rendered files.
    Folder(Utf8PathBuf),
    Catalog(CatalogId),
    /// What is there before there is anything.
    Nothing,
}

impl Origin {
    /// A Git revision of the repository around the current folder.
    pub fn revision(name: &str) -> Self {
        Self::Revision(Revision(name.to_owned()))
    }

    /// What a name stands for, and where: `nothing`, a catalog as `product@version`, a path, either of both behind
    /// `REVISION:`. What reads as one of these is never a file of that name, which a change under review can bring along;
    /// behind `./` it is.
    ///
    /// # Errors
    ///
    /// When it names nothing.
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
            // Without a repository there is no revision either.
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

    /// Reads a UTF-8 file.
    pub(super) fn read(&self, path: &Utf8Path) -> Result<String, LoadError> {
        match self {
            Origin::Disk => files::read(path),
            Origin::Revision(revision) => files::decode(path, revision.read(path)?),
        }
    }

    /// Where a file or folder is that a deployment names, counted from the deployment's own folder.
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

    /// Reads a UTF-8 file that may not be there.
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

    /// The JSON files in a folder that may not be there, by path.
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

    /// How a file is named in diagnostics.
    pub fn name(&self, path: &Utf8Path) -> String {
        match self {
            Origin::Disk => path.to_string(),
            Origin::Revision(revision) => format!("{}:{path}", revision.0),
        }
    }

    /// The path of a file that is named so in diagnostics.
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

    /// The catalogs in a folder. In a revision, a relative folder is counted from the current one, as on the disk.
    pub(super) fn catalogs_in(
        &self,
        folder: &Utf8Path,
    ) -> Result<Vec<(CatalogId, Utf8PathBuf)>, LoadError> {
        let Origin::Revision(revision) = self else {
            return files::catalogs_in(folder);
        };
        let folder = from_here(folder);
        if revision.kind(&folder)? != Kind::Folder {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for path in revision.files(&folder, &CATALOGS)?.into_keys() {
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

    /// A path that is counted from the current folder, in a revision as on the disk.
    pub fn from_here(path: &Utf8Path) -> Utf8PathBuf {
        from_here(path)
    }

    /// A text file, counted from the current folder; nothing where there is none.
    ///
    /// # Errors
    ///
    /// When it is there and cannot be read.
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

    /// Whether there is a file of this path.
    ///
    /// # Errors
    ///
    /// When it cannot be told, or is a link in a Git revision.
    pub fn has(&self, path: &Utf8Path) -> Result<bool, LoadError> {
        match self {
            Origin::Disk => Ok(path.is_file()),
            Origin::Revision(revision) => Ok(revision.kind(path)? == Kind::File),
        }
    }

    /// Whether a path stays in the repository that holds a folder.
    ///
    /// # Errors
    ///
    /// When it cannot be told.
    pub fn stays(&self, folder: &Utf8Path, path: &Utf8Path) -> Result<bool, LoadError> {
        beside::stays(self, folder, path)
    }

    /// A path that the user counts from the current folder, as it is read here.
    pub fn here(&self, path: &Utf8Path) -> Utf8PathBuf {
        match self {
            Origin::Disk => path.to_owned(),
            Origin::Revision(_) => from_here(path),
        }
    }
}

/// The catalog that a name stands for; a file of a deployment can have an `@` in its name too.
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
