//! The content of a folder, on disk or in a Git revision. Links are not followed.

#![allow(clippy::disallowed_methods, reason = "load is the reader of files")]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use unicode_normalization::UnicodeNormalization as _;

use super::attributes;
use super::files;
use super::revision::{self, InRepository, Kind};
use super::tools::{NOTE_OF_MODULES, OF_TERRAFORM, of_terraform};
use super::{LoadError, Origin};
use crate::model::{Entry, STAGING};
use crate::open;
use crate::parts;

/// With fewer files than this, a thread is not worthwhile.
const FEWEST_FILES: usize = 256;

/// The entries of a folder, by their paths in it.
#[derive(Debug)]
pub struct Listing {
    origin: Origin,
    folder: Utf8PathBuf,
    /// The entries. Of Terraform's own folders on disk, only the file that records the sources of modules.
    pub entries: BTreeMap<String, Entry>,
    /// Folders of Terraform that are in Git although only Terraform should write to them.
    pub of_terraform: BTreeSet<Utf8PathBuf>,
    /// The object names of the files of a revision.
    blobs: HashMap<String, String>,
}

impl Origin {
    /// Lists a folder, or returns `None` if there is no such folder.
    ///
    /// # Errors
    ///
    /// Fails if the folder cannot be listed.
    pub fn listing(&self, folder: &Utf8Path) -> Result<Option<Listing>, LoadError> {
        let mut listing = Listing {
            origin: self.clone(),
            folder: folder.to_owned(),
            entries: BTreeMap::new(),
            of_terraform: BTreeSet::new(),
            blobs: HashMap::new(),
        };
        match self {
            Origin::Disk if folder.is_dir() => {
                listing.walk()?;
                listing.index(revision::index(folder)?);
                listing.pass_over_local_state()?;
            }
            Origin::Revision(revision) if revision.kind(folder)? == Kind::Folder => {
                for (mode, id, path) in revision.tree(folder)? {
                    if let Some(own) = of_terraform(Utf8Path::new(&path)) {
                        listing.of_terraform.insert(own);
                        continue;
                    }
                    listing.entries.insert(path.clone(), Entry::of_mode(&mode));
                    listing.blobs.insert(path, id);
                }
            }
            Origin::Disk | Origin::Revision(_) => return Ok(None),
        }
        Ok(Some(listing))
    }
}

impl Listing {
    /// The contents of the requested entries that are files.
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be read.
    pub fn contents(
        &self,
        is_wanted: impl Fn(&Utf8Path) -> bool,
    ) -> Result<BTreeMap<String, Vec<u8>>, LoadError> {
        let files = self.entries.iter();
        let files = files.filter(|(path, entry)| {
            **entry == Entry::File && is_wanted(Utf8Path::new(path.as_str()))
        });
        let paths: Vec<&String> = files.map(|(path, _)| path).collect();
        match &self.origin {
            Origin::Disk => {
                let parts = parts::in_parts(&paths, FEWEST_FILES, |part| {
                    let read = part.iter().map(|path| {
                        let content = files::read_in_folder(&self.folder.join(path))?;
                        Ok(((*path).clone(), content))
                    });
                    read.collect::<Result<Vec<_>, LoadError>>()
                })?;
                Ok(parts.into_iter().flatten().collect())
            }
            Origin::Revision(revision) => {
                let blobs = paths.into_iter().filter_map(|path| {
                    let id = self.blobs.get(path)?;
                    Some((Utf8PathBuf::from(path), id.clone()))
                });
                let read = revision.blobs(blobs.collect())?.into_iter();
                Ok(read
                    .map(|(path, content)| (path.into_string(), content))
                    .collect())
            }
        }
    }

    /// The deployment that a lock in the folder names as its source, if it exists. A lock can be part of a pull
    /// request, so a path outside of the repository is ignored.
    ///
    /// # Errors
    ///
    /// Fails if this cannot be determined.
    pub fn deployment(
        &self,
        lock: &Utf8Path,
        source: &str,
    ) -> Result<Option<Utf8PathBuf>, LoadError> {
        let path = self.origin.beside(&self.folder.join(lock), source);
        let is_here = self.origin.stays(&self.folder, &path)? && self.origin.has(&path)?;
        Ok(is_here.then_some(path))
    }

    /// The name in a deployment file.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read.
    pub fn name_of(&self, deployment: &Utf8Path) -> Result<Option<String>, LoadError> {
        super::name_of(&self.origin, deployment)
    }

    /// Git attributes that change a file in a checkout or an archive, by path.
    ///
    /// # Errors
    ///
    /// Fails if Git fails.
    pub fn attributes(&self) -> Result<BTreeMap<String, BTreeSet<&'static str>>, LoadError> {
        let paths = self.entries.keys().map(String::as_str);
        attributes::look_up(&self.origin, &self.folder, paths)
    }

    /// Entries in Git beside the folder, or beside one of its parents, whose names differ only in case or
    /// normalization: on a disk that ignores these differences, their content ends up in the folder. Paths are relative
    /// to the folder.
    ///
    /// # Errors
    ///
    /// Fails if this cannot be determined.
    pub fn namesakes(&self) -> Result<Vec<String>, LoadError> {
        let (whole, root) = match &self.origin {
            Origin::Disk => match InRepository::find(&self.folder)? {
                None => return Ok(Vec::new()),
                Some(repository) => (repository.inner().to_owned(), Some(repository)),
            },
            Origin::Revision(revision) => (revision.whole_path(&self.folder)?, None),
        };
        let mut found = Vec::new();
        let mut up = String::new();
        for at in whole.ancestors() {
            let (Some(folder), Some(own)) = (at.parent(), at.file_name()) else {
                break;
            };
            up.push_str("../");
            let names = match (&self.origin, &root) {
                (Origin::Revision(revision), _) => revision.names_in(folder)?,
                (Origin::Disk, Some(repository)) => names_in(&repository.root().join(folder))?,
                (Origin::Disk, None) => Vec::new(),
            };
            // A case-insensitive disk has only one of them.
            if !names.iter().any(|name| name == own) {
                continue;
            }
            let is_alike = |name: &&String| *name != own && folded(name) == folded(own);
            found.extend(
                names
                    .iter()
                    .filter(is_alike)
                    .map(|name| format!("{up}{name}")),
            );
        }
        Ok(found)
    }

    /// Walks all folders on disk, except those that tools keep for themselves.
    fn walk(&mut self) -> Result<(), LoadError> {
        open::unlinked(&self.folder).map_err(|source| LoadError::List {
            path: self.folder.clone(),
            source,
        })?;
        let mut folders = vec![Utf8PathBuf::new()];
        while let Some(inner) = folders.pop() {
            let whole = match inner.as_str() {
                "" => self.folder.clone(),
                _ => self.folder.join(&inner),
            };
            let failed = |source: io::Error| LoadError::List {
                path: whole.clone(),
                source,
            };
            for entry in whole.read_dir_utf8().map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let kind = entry.file_type().map_err(failed)?;
                let path = inner.join(entry.file_name());
                match entry.file_name() {
                    ".git" => {}
                    OF_TERRAFORM if !kind.is_file() => {
                        let note = inner.join(NOTE_OF_MODULES);
                        if self.folder.join(&note).is_file() {
                            self.entries.insert(note.into_string(), Entry::File);
                        }
                    }
                    // A killed render, which leaves a folder, is reported separately.
                    STAGING if inner.as_str().is_empty() && kind.is_dir() => {}
                    _ if kind.is_dir() => folders.push(path),
                    _ => {
                        let what = match (kind.is_file(), kind.is_symlink()) {
                            (true, _) => Entry::File,
                            (_, true) => Entry::Link,
                            _ => Entry::Special,
                        };
                        self.entries.insert(path.into_string(), what);
                    }
                }
            }
        }
        Ok(())
    }

    /// Adds what only Git's index shows: a submodule that is not checked out is an empty folder on disk, and a link can
    /// be a text file there.
    fn index(&mut self, index: Vec<(String, String)>) {
        let mut submodules = HashSet::new();
        for (mode, path) in index {
            if let Some(own) = of_terraform(Utf8Path::new(&path)) {
                self.of_terraform.insert(own);
                continue;
            }
            match Entry::of_mode(&mode) {
                Entry::Submodule => drop(submodules.insert(path)),
                Entry::Link => {
                    let known = self.entries.entry(path);
                    known.and_modify(|entry| *entry = Entry::Link);
                }
                Entry::File | Entry::Special => {}
            }
        }
        if !submodules.is_empty() {
            self.entries.retain(|path, _| {
                let mut above = Utf8Path::new(path.as_str()).ancestors();
                !above.any(|part| submodules.contains(part.as_str()))
            });
            let submodules = submodules.into_iter();
            self.entries
                .extend(submodules.map(|path| (path, Entry::Submodule)));
        }
    }

    /// A Terraform state that Git ignores and does not have is not in any clone; it is left from an apply on this
    /// machine.
    fn pass_over_local_state(&mut self) -> Result<(), LoadError> {
        let is_state = |path: &String| {
            let name = Utf8Path::new(path).file_name().unwrap_or_default();
            LOCAL_STATE.contains(&name)
        };
        if self.entries.keys().any(is_state) {
            for path in revision::ignored(&self.folder)?
                .iter()
                .filter(|path| is_state(path))
            {
                self.entries.remove(path);
            }
        }
        Ok(())
    }
}

/// The names of the entries of a folder on disk.
fn names_in(folder: &Utf8Path) -> Result<Vec<String>, LoadError> {
    let failed = |source: io::Error| LoadError::List {
        path: folder.to_owned(),
        source,
    };
    let entries = folder.read_dir().map_err(failed)?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    names.collect::<io::Result<_>>().map_err(failed)
}

/// A name as compared by disks that ignore case and Unicode normalization and, on Windows, trailing dots and blanks.
fn folded(name: &str) -> String {
    let name = name.trim_end_matches(['.', ' ']);
    name.nfc().flat_map(char::to_lowercase).nfc().collect()
}

/// Files that Terraform leaves in a root module with a local state.
const LOCAL_STATE: &[&str] = &[
    "terraform.tfstate",
    "terraform.tfstate.backup",
    ".terraform.tfstate.lock.info",
];
