//! A folder as one ZIP file. Its bytes depend on nothing but the files: no clock, no owner, no order of a file system.

use std::io::{Cursor, Write as _};

use camino::Utf8Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::WriteError;
use super::content::read_if_present;
use super::loose::replace;
use crate::model::FileSet;

/// Refuses a place where something else is than an earlier archive of the same folder.
///
/// # Errors
///
/// When that is so, or what is there cannot be read.
pub fn refuse_other(folder: &str, path: &Utf8Path) -> Result<(), WriteError> {
    if path.is_dir() {
        return Err(WriteError::Exists(path.to_owned()));
    }
    let Some(content) = read_if_present(path)? else {
        return Ok(());
    };
    let earlier = ZipArchive::new(Cursor::new(content)).is_ok_and(|archive| {
        let start = format!("{folder}/");
        let mut names = archive.file_names();
        names.all(|name| name.is_ok_and(|name| name.starts_with(&start)))
    });
    match earlier {
        true => Ok(()),
        false => Err(WriteError::Exists(path.to_owned())),
    }
}

/// Writes the files, all in one folder, as a ZIP file, and gives its bytes. Scripts for a shell can be run after it is
/// unpacked.
///
/// # Errors
///
/// When the system refuses, or a ZIP file cannot hold the files.
pub fn archive(files: &FileSet, folder: &str, path: &Utf8Path) -> Result<Vec<u8>, WriteError> {
    let bytes = bytes(files, folder).map_err(|error| WriteError::Write {
        path: path.to_owned(),
        source: error.into(),
    })?;
    replace(path, &bytes)?;
    Ok(bytes)
}

fn bytes(files: &FileSet, folder: &str) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    // The first instant that the format can say.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::DEFAULT);
    for (path, text) in files {
        let mode = match path.extension() {
            Some("sh") => 0o755,
            _ => 0o644,
        };
        archive.start_file(format!("{folder}/{path}"), options.unix_permissions(mode))?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_are_the_same_bytes() {
        let files = FileSet::from_iter([("a/b.sh", "echo\n"), ("c.txt", "")]);
        let first = bytes(&files, "kit").unwrap();
        assert_eq!(first, bytes(&files, "kit").unwrap());
        let mut archive = ZipArchive::new(Cursor::new(first)).unwrap();
        let names: Vec<String> = (0..archive.len())
            .map(|index| {
                archive
                    .by_index(index)
                    .unwrap()
                    .name()
                    .unwrap()
                    .into_owned()
            })
            .collect();
        assert_eq!(names, ["kit/a/b.sh", "kit/c.txt"]);
        let script = archive.by_index(0).unwrap();
        assert_eq!(script.unix_mode().map(|mode| mode & 0o777), Some(0o755));
    }
}
