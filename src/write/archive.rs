//! A folder as one ZIP file. Its bytes depend on nothing but the files: no clock, no owner, no order of a file system.

use std::io::{Cursor, Write as _};

use camino::Utf8Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{WriteError, replace};
use crate::model::FileSet;

/// Writes the files, all in one folder, as a ZIP file, and gives its bytes. Scripts for a shell can be run after it is
/// unpacked.
///
/// # Errors
///
/// When the system refuses, or a ZIP file cannot hold the files.
pub fn archive(files: &FileSet, folder: &str, path: &Utf8Path) -> Result<Vec<u8>, WriteError> {
    let bytes = bytes(files, folder).map_err(|error| WriteError::Io {
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
        let mut archive = zip::ZipArchive::new(Cursor::new(first)).unwrap();
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
