//! Where inputs are read: on the disk, or in a Git revision.

#![allow(clippy::disallowed_methods, reason = "load is the reader of files")]

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::revision::{Kind, Revision};
use super::{CatalogId, LoadError, files};
use crate::model::FileSet;

/// Where inputs are read.
#[derive(Debug, Clone, Default)]
pub enum Origin {
    /// The files as they are on the disk.
    #[default]
    Disk,
    /// The files as a Git revision of the repository around the current folder has them.
    #[allow(private_interfaces, reason = "made by Origin::of only")]
    Revision(Revision),
}

/// What a user names to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A deployment file.
    Deployment(Utf8PathBuf),
    /// A folder of rendered files.
    Folder(Utf8PathBuf),
    /// A catalog.
    Catalog(CatalogId),
    /// What is there before there is anything.
    Nothing,
}

impl Origin {
    /// What a name stands for, and where: a path, a catalog as `product@version`, either behind `REVISION:`, or
    /// `nothing`.
    ///
    /// # Errors
    ///
    /// When it names nothing.
    pub fn of(name: &str) -> Result<(Self, Subject), LoadError> {
        let path = Utf8Path::new(name);
        if path.is_dir() {
            return Ok((Self::Disk, Subject::Folder(path.to_owned())));
        }
        if path.exists() {
            return Ok((Self::Disk, Subject::Deployment(path.to_owned())));
        }
        if let Some((revision, rest)) = name.split_once(':') {
            let revision = Revision(revision.to_owned());
            let subject = match revision.kind(Utf8Path::new(rest))? {
                Kind::File => Subject::Deployment(rest.into()),
                Kind::Folder => Subject::Folder(rest.into()),
                Kind::Nothing => match CatalogId::parse(rest) {
                    Some(id) => Subject::Catalog(id),
                    None => {
                        return Err(LoadError::Revision {
                            revision: revision.0,
                            message: format!("it has no {rest}"),
                        });
                    }
                },
            };
            return Ok((Self::Revision(revision), subject));
        }
        match CatalogId::parse(name) {
            Some(id) => Ok((Self::Disk, Subject::Catalog(id))),
            None if name == "nothing" => Ok((Self::Disk, Subject::Nothing)),
            None => Err(LoadError::NoSubject {
                name: name.to_owned(),
            }),
        }
    }

    /// Reads a UTF-8 file.
    pub(super) fn read(&self, path: &Utf8Path) -> Result<String, LoadError> {
        match self {
            Origin::Disk => files::read(path),
            Origin::Revision(revision) => files::decode(path, revision.read(path)?),
        }
    }

    /// How a file is named in diagnostics.
    pub(super) fn name(&self, path: &Utf8Path) -> String {
        match self {
            Origin::Disk => path.to_string(),
            Origin::Revision(revision) => format!("{}:{path}", revision.0),
        }
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
        for path in revision.files(&folder, is_catalog)?.into_keys() {
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

    /// The text files below a folder that Terraform, CloudFormation or Landgrant reads, by their paths in it.
    ///
    /// # Errors
    ///
    /// When one cannot be read.
    pub fn folder(&self, folder: &Utf8Path) -> Result<FileSet, LoadError> {
        let contents = match self {
            Origin::Disk => files::below(folder, is_rendered)?,
            Origin::Revision(revision) => revision.files(folder, is_rendered)?,
        };
        contents
            .into_iter()
            .map(|(path, content)| {
                let text = files::decode(&folder.join(&path), content)?;
                Ok((path, text))
            })
            .collect()
    }
}

fn from_here(path: &Utf8Path) -> Utf8PathBuf {
    let dotted = path.starts_with(".") || path.starts_with("..") || path.is_absolute();
    match dotted {
        true => path.to_owned(),
        false => Utf8Path::new(".").join(path),
    }
}

fn is_catalog(path: &Utf8Path) -> bool {
    path.components().count() == 2 && path.extension() == Some("yaml")
}

fn is_rendered(path: &Utf8Path) -> bool {
    let known: BTreeSet<&str> = ["tf", "tofu", "yaml", "yml", "json", "template", "lock"].into();
    let of_a_tool = path
        .components()
        .any(|part| [".terraform", ".git"].contains(&part.as_str()));
    path.extension()
        .is_some_and(|extension| known.contains(extension))
        && !of_a_tool
}
