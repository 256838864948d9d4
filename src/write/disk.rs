//! The changes that a render makes to a file system, one call each, so that a test can let any of them fail.

use std::io::{self, Write as _};
use std::time::SystemTime;

use camino::Utf8Path;

/// What can be done to a file system.
pub(super) trait Disk: Sync {
    /// Makes one folder; its parent is there.
    fn create_folder(&self, path: &Utf8Path) -> io::Result<()>;
    /// Writes a file that is not there yet.
    fn write_new(&self, path: &Utf8Path, content: &[u8]) -> io::Result<()>;
    /// Writes a file that is not there yet, gives it a time of change, and waits until it is on the disk.
    fn write_sealed(&self, path: &Utf8Path, content: &[u8], seal: SystemTime) -> io::Result<()>;
    /// Waits until what was made, moved and deleted in a folder is on the disk.
    fn sync_folder(&self, path: &Utf8Path) -> io::Result<()>;
    /// Moves a file or a folder to where nothing is.
    fn place(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()>;
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

    fn write_sealed(&self, path: &Utf8Path, content: &[u8], seal: SystemTime) -> io::Result<()> {
        let mut file = std::fs::File::create_new(path)?;
        file.write_all(content)?;
        file.set_modified(seal)?;
        file.sync_all()
    }

    #[cfg(unix)]
    fn sync_folder(&self, path: &Utf8Path) -> io::Result<()> {
        match std::fs::File::open(path)?.sync_all() {
            // Some file systems do not know of it.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
                ) =>
            {
                Ok(())
            }
            result => result,
        }
    }

    /// A folder cannot be opened here.
    #[cfg(not(unix))]
    fn sync_folder(&self, _: &Utf8Path) -> io::Result<()> {
        Ok(())
    }

    fn place(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        // It knows how each system looks and moves in one step.
        let Err(error) = tempfile::TempPath::try_from_path(from)?.persist_noclobber(to) else {
            return Ok(());
        };
        // What is staged stays: it tells whether it was moved.
        let _ = error.path.keep();
        match error.error.kind() {
            io::ErrorKind::AlreadyExists => Err(error.error),
            // Some file systems do not know of it either.
            _ if to.symlink_metadata().is_err() => std::fs::rename(from, to),
            _ => Err(io::ErrorKind::AlreadyExists.into()),
        }
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
