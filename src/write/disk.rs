//! The changes that a render makes to a file system, one call each, so that a test can let any of them fail.

use std::io::{self, Write as _};

use camino::Utf8Path;

/// What can be done to a file system.
pub(super) trait Disk: Sync {
    /// Makes one folder; its parent is there.
    fn create_folder(&self, path: &Utf8Path) -> io::Result<()>;
    /// Writes a file that is not there yet.
    fn write_new(&self, path: &Utf8Path, content: &[u8]) -> io::Result<()>;
    /// Moves a file, over whatever file is there.
    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()>;
    /// Deletes a file.
    fn remove_file(&self, path: &Utf8Path) -> io::Result<()>;
    /// Deletes an empty folder.
    fn remove_folder(&self, path: &Utf8Path) -> io::Result<()>;
}

/// The file system of the machine.
pub(super) struct Machine;

impl Disk for Machine {
    fn create_folder(&self, path: &Utf8Path) -> io::Result<()> {
        std::fs::create_dir(path)
    }

    fn write_new(&self, path: &Utf8Path, content: &[u8]) -> io::Result<()> {
        std::fs::File::create_new(path)?.write_all(content)
    }

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove_file(&self, path: &Utf8Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Utf8Path) -> io::Result<()> {
        std::fs::remove_dir(path)
    }
}

/// An error that does not matter when it says that there is nothing to delete.
pub(super) fn or_absent(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
