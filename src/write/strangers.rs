//! Files beside the rendered ones that no render wrote: a team's own backend, a README, or something that should not
//! be there.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::lock::Lock;
use super::{Output, WriteError};

/// Folders that tools keep for themselves.
const OF_TOOLS: &[&str] = &[".terraform", ".git"];

/// Files that Terraform, OpenTofu or CloudFormation may take for theirs.
const EXTENSIONS: &[&str] = &["tf", "tofu", "json", "yaml", "yml", "template"];

/// The texts of files that no render wrote, in the folders that a render writes to, by path relative to `out`. Only
/// those that can declare resources.
///
/// # Errors
///
/// When a folder or file cannot be read.
pub fn strangers(
    output: Output<'_>,
    out: &Utf8Path,
) -> Result<BTreeMap<Utf8PathBuf, String>, WriteError> {
    let lock = Lock::read(out)?;
    let known: HashSet<&str> = output
        .files
        .keys()
        .map(Utf8Path::as_str)
        .chain(lock.paths().map(Utf8Path::as_str))
        .collect();
    let mut found = BTreeMap::new();
    let mut folders: Vec<Utf8PathBuf> = output
        .files
        .keys()
        .filter_map(|path| path.components().next())
        .map(|first| Utf8PathBuf::from(first.as_str()))
        .collect::<BTreeSet<Utf8PathBuf>>()
        .into_iter()
        .collect();
    while let Some(folder) = folders.pop() {
        let failed = |source| WriteError::Io {
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
            if entry.file_type().map_err(failed)?.is_dir() {
                if !OF_TOOLS.contains(&entry.file_name()) {
                    folders.push(path);
                }
                continue;
            }
            let can_declare = path
                .extension()
                .is_some_and(|extension| EXTENSIONS.contains(&extension));
            if !can_declare || known.contains(path.as_str()) {
                continue;
            }
            if let Some(content) = super::read(&out.join(&path))? {
                found.insert(path, String::from_utf8_lossy(&content).into_owned());
            }
        }
    }
    Ok(found)
}
