//! Files beside the rendered ones that no render wrote: a team's own backend, a README, or something that should not
//! be there.

use std::collections::{BTreeMap, HashSet};
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::lock::Lock;
use super::{WriteError, transaction};
use crate::model::{FileSet, LOCK};
use crate::open;

/// What of the folder that Terraform keeps for itself sends it elsewhere.
const NOTE_OF_MODULES: &str = ".terraform/modules/modules.json";

/// Something that no render wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stranger {
    /// A file with this text.
    Text(String),
    /// A symbolic link to a folder.
    LinkToFolder,
}

/// What no render wrote in a folder, by path relative to it: files that are wanted, and links to folders. A folder with a
/// lock of its own is that of another deployment.
///
/// # Errors
///
/// When a folder or file cannot be read.
pub fn strangers(
    rendered: &FileSet,
    out: &Utf8Path,
    is_wanted: fn(&Utf8Path) -> bool,
) -> Result<BTreeMap<Utf8PathBuf, Stranger>, WriteError> {
    let lock = Lock::read(out)?;
    let known: HashSet<&str> = rendered
        .keys()
        .map(Utf8Path::as_str)
        .chain(lock.paths().map(Utf8Path::as_str))
        .collect();
    let mut found = BTreeMap::new();
    // A link to a file is followed, as its tool does, and not out of the repository.
    let mut take = |path: Utf8PathBuf| -> Result<(), WriteError> {
        let there = out.join(&path);
        if is_wanted(&path)
            && !known.contains(path.as_str())
            && let Some(content) = super::whole(&there, open::input(&there))?
        {
            let text = String::from_utf8_lossy(&content).into_owned();
            found.insert(path, Stranger::Text(text));
        }
        Ok(())
    };
    let ours: HashSet<&str> = rendered
        .keys()
        .filter_map(|path| path.components().next())
        .map(|first| first.as_str())
        .collect();
    let is_of_another = |folder: &Utf8Path, name: &str| {
        folder.as_str().is_empty() && !ours.contains(name) && out.join(name).join(LOCK).is_file()
    };
    let mut links = Vec::new();
    let mut folders = vec![Utf8PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let failed = |source| WriteError::Read {
            path: out.join(&folder),
            source,
        };
        let entries = match out.join(&folder).read_dir_utf8() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries.map_err(failed)?,
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type().map_err(failed)?;
            // Most entries are files, and the folder itself says so.
            let is_folder = kind.is_dir() || kind.is_symlink() && out.join(&path).is_dir();
            match entry.file_name() {
                _ if !is_folder => take(path)?,
                ".git" => {}
                ".terraform" => take(folder.join(NOTE_OF_MODULES))?,
                // A killed render is a finding of its own.
                transaction::STAGING if folder.as_str().is_empty() => {}
                _ if kind.is_symlink() => links.push(path),
                name if is_of_another(&folder, name) => {}
                _ => folders.push(path),
            }
        }
    }
    found.extend(links.into_iter().map(|path| (path, Stranger::LinkToFolder)));
    Ok(found)
}
