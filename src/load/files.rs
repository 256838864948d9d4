//! Finds and reads input files.

#![allow(clippy::disallowed_methods, reason = "load is the reader of files")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};

use camino::{Utf8Path, Utf8PathBuf};

use crate::limits;
use crate::model::CatalogId;
use crate::open;

/// An input that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file that cannot be opened.
    #[error("cannot read {path}{}", hint(source))]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A snapshot, credential report or Terraform plan that cannot be opened.
    #[error("cannot read the {what} {path}")]
    Saved {
        /// The kind of file.
        what: &'static str,
        /// The file.
        path: Utf8PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A Terraform plan in binary form.
    #[error("{path} is not JSON; write the plan with `terraform show -json planned > plan.json`")]
    NotJson {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A folder of snapshots without any.
    #[error("there is no snapshot in {path}; name each ACCOUNT.json, such as 111111111111.json")]
    NoSnapshots {
        /// The folder.
        path: Utf8PathBuf,
    },
    /// A file that is not UTF-8.
    #[error("{path}:{line}: this is not UTF-8; save the file in that encoding")]
    Encoding {
        /// The file.
        path: Utf8PathBuf,
        /// The first line that is not UTF-8.
        line: usize,
    },
    /// A file that its schema accepts but its types reject.
    #[error("cannot read {path}; this is a fault of Landgrant, please report it: {message}")]
    Unreadable {
        /// The file.
        path: String,
        /// The error of serde.
        message: String,
    },
    /// A folder that cannot be listed.
    #[error("cannot list the folder {path}")]
    List {
        /// The folder.
        path: Utf8PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A missing revision, or a path that is not in the revision.
    #[error("cannot read from the Git revision {revision}: {message}")]
    Revision {
        /// The revision, as the user named it.
        revision: String,
        /// The message of Git.
        message: String,
    },
    /// A repository for which Git fails.
    #[error("git cannot say what it has of {path}, which is in a repository: {message}")]
    Git {
        /// The folder.
        path: Utf8PathBuf,
        /// The message of Git.
        message: String,
    },
    /// A file that Terraform keeps for itself, under version control.
    #[error(
        "{path} is under version control, and Terraform takes it for what it put there itself: programs, and the folders of modules; take it out, and add .terraform to .gitignore"
    )]
    Tracked {
        /// The folder, after the Git revision that it is in.
        path: String,
    },
    /// A link or submodule where a tool would follow it.
    #[error("{path} is a {what}, which is not read here; put the files themselves in its place")]
    NotFollowed {
        /// The link, after the Git revision that it is in.
        path: String,
        /// A symbolic link or a submodule.
        what: &'static str,
    },
    /// A name that consists of a revision only.
    #[error(
        "`{revision}` is a Git revision: say what to compare in it, `{revision}:landgrant.yaml`"
    )]
    NoPath { revision: String },
    /// An empty name.
    #[error(
        "a side of a review has no name; name a deployment, a folder of rendered files, a catalog, or `nothing`"
    )]
    NoName,
    /// A name that refers to nothing.
    #[error(
        "there is no {name}; name a deployment, a folder of rendered files, a catalog as product@version, or one of them in a Git revision as main:landgrant.yaml"
    )]
    NoSubject { name: String },
    /// A file that would be ignored.
    #[error("{path} would be ignored: name it {}", path.with_extension("yaml"))]
    Misnamed {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A user's catalog with the name of a built-in one.
    #[error(
        "{path} has the name of the built-in catalog {id}; give it a version of its own, such as {}/{}-acme.yaml, so that a reviewer can tell the two apart",
        id.product,
        id.version
    )]
    Shadowed {
        /// The user's file.
        path: Utf8PathBuf,
        /// The built-in catalog.
        id: CatalogId,
    },
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => " (`landgrant init` writes a deployment to start from)",
        _ => "",
    }
}

/// Reads a UTF-8 file. A byte order mark is removed.
pub(super) fn read(path: &Utf8Path) -> Result<String, LoadError> {
    decode(path, read_bytes(path)?)
}

/// Whether there is an entry with this name that is not a folder. Reading it fails unless it is a regular file.
pub(super) fn is_there(path: &Utf8Path) -> bool {
    path.exists() && !path.is_dir()
}

/// Reads a file with any content.
pub(super) fn read_bytes(path: &Utf8Path) -> Result<Vec<u8>, LoadError> {
    whole(path, open::input(path))
}

/// Reads a file in a folder that is known to be in its repository.
pub(super) fn read_in_folder(path: &Utf8Path) -> Result<Vec<u8>, LoadError> {
    whole(path, open::input_in_folder(path))
}

fn whole(path: &Utf8Path, file: io::Result<File>) -> Result<Vec<u8>, LoadError> {
    let read = |file: File| {
        let mut content = Vec::new();
        file.take(limits::INPUT_BYTES + 1)
            .read_to_end(&mut content)?;
        match content.len() as u64 > limits::INPUT_BYTES {
            true => Err(io::Error::other(format!(
                "it has more than {} MiB",
                limits::INPUT_BYTES >> 20
            ))),
            false => Ok(content),
        }
    };
    file.and_then(read).map_err(|source| LoadError::Read {
        path: path.to_owned(),
        source,
    })
}

/// Reads a UTF-8 file with a saved account or plan. A byte order mark is removed.
pub(super) fn read_saved(what: &'static str, path: &Utf8Path) -> Result<String, LoadError> {
    read(path).map_err(|error| match error {
        LoadError::Read { path, source } => LoadError::Saved { what, path, source },
        other => other,
    })
}

/// Opens a file that is too large for memory. A byte order mark is skipped.
pub(super) fn open_saved(
    what: &'static str,
    path: &Utf8Path,
) -> Result<BufReader<File>, LoadError> {
    let open = || {
        let mut reader = BufReader::with_capacity(1 << 16, open::input(path)?);
        if reader.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
            reader.consume(3);
        }
        Ok(reader)
    };
    open().map_err(|source| LoadError::Saved {
        what,
        path: path.to_owned(),
        source,
    })
}

/// The paths of the files in a folder, sorted.
pub(super) fn paths_in(folder: &Utf8Path) -> Result<Vec<Utf8PathBuf>, LoadError> {
    let mut files = list(folder)?;
    files.retain(|path| !path.is_dir());
    files.sort();
    Ok(files)
}

/// The text of a UTF-8 file. A byte order mark is removed.
pub(super) fn decode(path: &Utf8Path, bytes: Vec<u8>) -> Result<String, LoadError> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        LoadError::Encoding {
            path: path.to_owned(),
            line: good.iter().filter(|byte| **byte == b'\n').count() + 1,
        }
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// The catalogs in a folder: `PRODUCT/VERSION.yaml`, sorted.
pub(super) fn catalogs_in(folder: &Utf8Path) -> Result<Vec<(CatalogId, Utf8PathBuf)>, LoadError> {
    let mut found = Vec::new();
    for product in list(folder)? {
        if !product.is_dir() {
            continue;
        }
        for file in list(&product)? {
            let (Some(product), Some(version)) = (product.file_name(), file.file_stem()) else {
                continue;
            };
            if file.extension() == Some("yml") {
                return Err(LoadError::Misnamed { path: file.clone() });
            }
            if file.extension() == Some("yaml") {
                let id = CatalogId {
                    product: product.to_owned(),
                    version: version.to_owned(),
                };
                found.push((id, file));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Selects the files below a folder that are read. Paths are relative to the folder.
///
/// Links to files are followed, as tools do. Links to folders, and links out of the repository, are errors.
pub(super) struct Wanted {
    pub(super) is_wanted: fn(&Utf8Path) -> bool,
    /// Which folders and files are visited; those of tools are skipped.
    pub(super) is_entered: fn(&Utf8Path) -> bool,
}

impl Wanted {
    pub(super) fn takes(&self, path: &Utf8Path) -> bool {
        (self.is_wanted)(path)
    }

    pub(super) fn enters(&self, path: &Utf8Path) -> bool {
        (self.is_entered)(path)
    }
}

/// The selected files directly in the folder, by name.
pub(super) fn in_folder(
    folder: &Utf8Path,
    wanted: &Wanted,
) -> Result<BTreeMap<Utf8PathBuf, Vec<u8>>, LoadError> {
    let mut found = BTreeMap::new();
    for path in list(folder)? {
        let name = Utf8PathBuf::from(path.file_name().unwrap_or_default());
        if wanted.takes(&name) && !path.is_dir() {
            found.insert(name, read_in_folder(&path)?);
        }
    }
    Ok(found)
}

fn list(folder: &Utf8Path) -> Result<Vec<Utf8PathBuf>, LoadError> {
    match open::inside(folder) {
        Ok(_) => list_in_folder(folder),
        Err(source) => Err(LoadError::List {
            path: folder.to_owned(),
            source,
        }),
    }
}

/// Lists a folder that is known to be in its repository.
fn list_in_folder(folder: &Utf8Path) -> Result<Vec<Utf8PathBuf>, LoadError> {
    let failed = |source| LoadError::List {
        path: folder.to_owned(),
        source,
    };
    let entries = folder.read_dir_utf8().map_err(failed)?;
    entries
        .map(|entry| entry.map(|entry| entry.into_path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)
}
