//! Files that are kept in no lock: each is written beside its place, and moved there.

use std::io::{self, Write as _};

use camino::{Utf8Path, Utf8PathBuf};

use super::WriteError;
use super::content::{read_if_present, refuse_links, unix_lines};
use crate::model::FileSet;

/// Makes new files in a folder; all of them, or none where one exists.
///
/// # Errors
///
/// When a file exists, a symbolic link in the folder is on the way to it, or the system refuses.
pub fn create_new(root: &Utf8Path, files: &FileSet) -> Result<(), WriteError> {
    for path in files.keys() {
        refuse_links(root, path)?;
        let path = root.join(path);
        if path.symlink_metadata().is_ok() {
            return Err(WriteError::Exists(path));
        }
    }
    let mut made: Vec<Utf8PathBuf> = Vec::new();
    for (path, text) in files {
        let path = root.join(path);
        if let Err(error) = create(&path, text.as_bytes()) {
            for path in made {
                // What cannot be taken back is told by the next try, which finds it in its way.
                let _ = std::fs::remove_file(path);
            }
            return Err(error);
        }
        made.push(path);
    }
    Ok(())
}

/// Writes files that are not kept in any lock into a folder, and tells how many were not there as they are. Nothing is
/// written where one of them holds something else, unless that is to be overwritten by `force`.
///
/// # Errors
///
/// When a file holds something else, a symbolic link in the folder is on the way to it, or the system refuses.
pub fn lay_down(root: &Utf8Path, files: &FileSet, force: bool) -> Result<usize, WriteError> {
    let mut missing = Vec::new();
    let mut changed = Vec::new();
    for (path, text) in files {
        refuse_links(root, path)?;
        let path = root.join(path);
        match read_if_present(&path)? {
            Some(there) if *unix_lines(&there) == *text.as_bytes() => {}
            Some(_) => changed.push((path, text)),
            None => missing.push((path, text)),
        }
    }
    if !changed.is_empty() && !force {
        let paths = changed.into_iter().map(|(path, _)| path);
        return Err(WriteError::Changed(paths.collect()));
    }
    for (path, text) in &changed {
        replace(path, text.as_bytes())?;
    }
    for (path, text) in &missing {
        create(path, text.as_bytes())?;
    }
    Ok(changed.len() + missing.len())
}

/// Writes a file, over whatever is there.
pub(super) fn replace(path: &Utf8Path, content: &[u8]) -> Result<(), WriteError> {
    let persisted = beside(path, content)?.persist(path);
    persisted.map(drop).map_err(|error| WriteError::Write {
        path: path.to_owned(),
        source: error.error,
    })
}

/// Writes a file where nothing is.
fn create(path: &Utf8Path, content: &[u8]) -> Result<(), WriteError> {
    let persisted = beside(path, content)?.persist_noclobber(path);
    persisted
        .map(drop)
        .map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => WriteError::Exists(path.to_owned()),
            _ => WriteError::Write {
                path: path.to_owned(),
                source: error.error,
            },
        })
}

/// A file that is going to be moved to a path, beside it: nobody sees half of it there.
fn beside(path: &Utf8Path, content: &[u8]) -> Result<tempfile::NamedTempFile, WriteError> {
    let failed = |source| WriteError::Write {
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
    Ok(file)
}
