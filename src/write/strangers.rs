//! Files beside the rendered ones that no render wrote: a team's own backend, a README, or something that should not
//! be there.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::lock::Lock;
use super::{Output, WriteError};

/// Folders that tools keep for themselves.
const OF_TOOLS: &[&str] = &[".terraform", ".git"];

/// Something that no render wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stranger {
    /// A file with this text.
    Text(String),
    /// A symbolic link to a folder.
    LinkToFolder,
}

/// What no render wrote among what a render writes, by path relative to `out`: files that are wanted, and links to
/// folders. Beside the folders that a render writes to, what stands in `out` itself is looked at; other folders in it can
/// be those of other deployments.
///
/// # Errors
///
/// When a folder or file cannot be read.
pub fn strangers(
    output: Output<'_>,
    out: &Utf8Path,
    is_wanted: fn(&Utf8Path) -> bool,
) -> Result<BTreeMap<Utf8PathBuf, Stranger>, WriteError> {
    let lock = Lock::read(out)?;
    let known: HashSet<&str> = output
        .files
        .keys()
        .map(Utf8Path::as_str)
        .chain(lock.paths().map(Utf8Path::as_str))
        .collect();
    let mut found = BTreeMap::new();
    let ours: BTreeSet<&str> = output
        .files
        .keys()
        .filter_map(|path| path.components().next())
        .map(|first| first.as_str())
        .collect();
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
            let whole = out.join(&path);
            let is_outside = folder.as_str().is_empty() && !ours.contains(entry.file_name());
            if whole.is_dir() {
                match kind.is_symlink() {
                    _ if is_outside || OF_TOOLS.contains(&entry.file_name()) => {}
                    true => drop(found.insert(path, Stranger::LinkToFolder)),
                    false => folders.push(path),
                }
            } else if is_wanted(&path)
                && !known.contains(path.as_str())
                && let Some(content) = super::read(&whole)?
            {
                let text = String::from_utf8_lossy(&content).into_owned();
                found.insert(path, Stranger::Text(text));
            }
        }
    }
    Ok(found)
}
