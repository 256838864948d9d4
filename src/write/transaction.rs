//! All changes to a folder, or none: a render that fails or is killed leaves what was there before.
//!
//! 1. Claim the folder: one render at a time, by a lock that the system drops with the process.
//! 2. Stage: every new file is written beside, so that a full disk is met before anything changed.
//! 3. Write the journal, which says what is going to be done, with the digests of the new files: a file can be edited after
//!    a kill, so undoing touches nothing but what was staged. Only a journal that was written here is obeyed.
//! 4. Do it: old files move aside, new ones into their places. An old file that is not as it was compared, and a new one
//!    that somebody else made since, is an error: minutes can lie between.
//! 5. Delete the journal. From this moment on the new tree is there; until then, an error undoes everything at once,
//!    and after a kill the next render does, with the journal.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::content::{read_if_present, refuse_link, refuse_links};
use super::digest::digest;
use super::disk::{Disk, or_absent};
use super::journal::{self, Step};
use super::owned::Owned;
use super::{FEWEST_FILES, WriteError};
use crate::open;
use crate::parts;

// The folder for staged files is in the output folder: renames work within one file system only.
pub(super) use crate::model::STAGING;

/// One change to a folder. Paths are relative to it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change<'a> {
    /// A file that is not there.
    Create(&'a Utf8Path, New<'a>),
    /// A file with another content.
    Replace(&'a Utf8Path, New<'a>, Seen<'a>),
    /// A file that goes.
    Delete(&'a Utf8Path, Seen<'a>),
}

/// The digest of what was in a file when it was compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a>(pub(super) &'a str);

/// What is in a file to be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct New<'a> {
    pub(super) content: &'a [u8],
    pub(super) digest: &'a str,
}

/// The right to change a folder, held until it is dropped.
pub(super) struct Claim<'a> {
    disk: &'a dyn Disk,
    out: &'a Utf8Path,
    /// Whether the folder was made for this.
    made: bool,
    // The system unlocks the file when it is closed.
    _busy: File,
}

/// Whether a render was killed in this folder before it was through, by the journal that it left.
pub(super) fn is_interrupted(out: &Utf8Path) -> bool {
    journal_in(out).symlink_metadata().is_ok()
}

/// Whether the journal in this folder is that of a render which was killed on this machine.
pub(super) fn is_ours(out: &Utf8Path) -> Result<bool, WriteError> {
    let path = journal_in(out);
    Ok(read_if_present(&path)?.is_some_and(|text| journal::is_ours(&path, &text)))
}

fn journal_in(out: &Utf8Path) -> Utf8PathBuf {
    out.join(STAGING).join("journal")
}

impl<'a> Claim<'a> {
    /// Claims a folder, which need not be there yet, and undoes what a killed render left.
    pub(super) fn new(
        disk: &'a dyn Disk,
        out: &'a Utf8Path,
        owned: Owned<'_>,
    ) -> Result<Self, WriteError> {
        let staging = out.join(STAGING);
        let path = staging.join("busy");
        for name in ["new", "old", "busy", "journal", "journal.draft"] {
            refuse_links(out, &Utf8Path::new(STAGING).join(name))?;
        }
        let mut made = false;
        loop {
            let failed = |source| WriteError::Write {
                path: path.clone(),
                source,
            };
            for folder in missing_folders(&staging) {
                create_folder(disk, &folder).map_err(failed)?;
                made |= folder == out;
            }
            let busy = match open::claimed(&path) {
                // Another render was through, and has just taken its folder away.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                opened => opened.map_err(failed)?,
            };
            match busy.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(WriteError::Busy(out.to_owned())),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
            if is_at(&busy, &path) {
                let claim = Self {
                    disk,
                    out,
                    made,
                    _busy: busy,
                };
                claim.recover(owned)?;
                return Ok(claim);
            }
        }
    }

    /// Makes all changes, or none.
    pub(super) fn apply(&self, changes: &[Change<'_>]) -> Result<(), WriteError> {
        let steps = self.steps(changes);
        let done = self.stage(changes, &steps).and_then(|()| {
            let missing = missing(&steps);
            steps
                .iter()
                .try_for_each(|step| self.make_step(step, changes, &missing))
        });
        if let Err(error) = done {
            return Err(match self.undo(&steps, Owned::All) {
                Ok(()) => error,
                Err(undoing) => WriteError::Undoing {
                    error: Box::new(error),
                    undoing: Box::new(undoing),
                },
            });
        }
        self.remove(&self.staged("journal"))?;
        // The new tree is there. What is left to do is to tidy up, and the next render does it if this one cannot.
        for step in &steps {
            if let Step::Delete(_, path) = step {
                self.remove_empty_folders(path);
            }
        }
        Ok(())
    }

    /// What is going to be done, folders first.
    fn steps<'c>(&self, changes: &[Change<'c>]) -> Vec<Step<'c>> {
        let folders = self.new_folders(changes);
        let folders = folders.into_iter().map(Utf8Path::new).map(Step::Folder);
        let changes = changes.iter().enumerate();
        folders
            .chain(changes.map(|(number, change)| match change {
                Change::Create(path, new) => Step::Create(number, new.digest, path),
                Change::Replace(path, new, _) => Step::Replace(number, new.digest, path),
                Change::Delete(path, _) => Step::Delete(number, path),
            }))
            .collect()
    }

    /// The folders that come with new files, each after the one that it is in. Paths are compared by their bytes: part by
    /// part takes far longer.
    fn new_folders<'c>(&self, changes: &[Change<'c>]) -> BTreeSet<&'c str> {
        let mut new: BTreeSet<&str> = BTreeSet::new();
        let mut there: BTreeSet<&str> = BTreeSet::new();
        for change in changes {
            let Change::Create(path, _) = change else {
                continue;
            };
            for folder in unseen_above(path, |folder| {
                new.contains(folder) || there.contains(folder)
            }) {
                // What is not there has nothing in it.
                let in_new = folder
                    .parent()
                    .is_some_and(|above| new.contains(above.as_str()));
                match in_new || !self.out.join(folder).exists() {
                    true => new.insert(folder.as_str()),
                    false => there.insert(folder.as_str()),
                };
            }
        }
        new
    }

    fn stage(&self, changes: &[Change<'_>], steps: &[Step<'_>]) -> Result<(), WriteError> {
        for folder in ["new", "old"] {
            let path = self.staged(folder);
            self.did(&path, self.disk.create_folder(&path))?;
        }
        let files: Vec<(&Utf8Path, &[u8])> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Create(path, new) | Change::Replace(path, new, _) => {
                    Some((*path, new.content))
                }
                Change::Delete(..) => None,
            })
            .collect();
        parts::in_parts(&files, FEWEST_FILES, |part| self.write_part(part))?;
        let journal = journal::text(steps);
        let draft = self.staged("journal.draft");
        let path = self.staged("journal");
        let seal = journal::seal(journal.as_bytes());
        let written = self.disk.write_sealed(&draft, journal.as_bytes(), seal);
        self.did(&draft, written)?;
        self.did(&path, self.disk.rename(&draft, &path))?;
        // After a power cut the journal has to be there if anything that it tells of is. To wait for every staged file
        // would take a third of a millisecond each, and a render of thousands many times as long.
        let folder = self.out.join(STAGING);
        self.did(&folder, self.disk.sync_folder(&folder))
    }

    /// Writes staged files, and makes their folders.
    fn write_part(&self, files: &[(&Utf8Path, &[u8])]) -> Result<(), WriteError> {
        let mut made: BTreeSet<&str> = BTreeSet::new();
        for (path, content) in files {
            for folder in unseen_above(path, |folder| made.contains(folder)) {
                let there = self.new_file(folder);
                self.did(&there, create_folder(self.disk, &there))?;
                made.insert(folder.as_str());
            }
            let path = self.new_file(path);
            self.did(&path, self.disk.write_new(&path, content))?;
        }
        Ok(())
    }

    /// Makes one step. What is in a missing folder comes with it, however much it is.
    fn make_step(
        &self,
        step: &Step<'_>,
        changes: &[Change<'_>],
        missing: &BTreeSet<&str>,
    ) -> Result<(), WriteError> {
        let comes_along = |path: &Utf8Path| {
            path.parent()
                .is_some_and(|above| missing.contains(above.as_str()))
        };
        match step {
            Step::Folder(path) | Step::Create(_, _, path) if comes_along(path) => Ok(()),
            Step::Folder(path) | Step::Create(_, _, path) => self.place(path),
            Step::Replace(number, _, path) => {
                self.move_aside(*number, path, &changes[*number])?;
                self.place(path)
            }
            Step::Delete(number, path) => self.move_aside(*number, path, &changes[*number]),
        }
    }

    /// Takes back whatever of the steps was made, the last first. It can be interrupted and begun again.
    fn undo(&self, steps: &[Step<'_>], owned: Owned<'_>) -> Result<(), WriteError> {
        if !is_interrupted(self.out) {
            return self.clean();
        }
        // All is looked at before the first step is taken back.
        for step in steps {
            self.refuse_edited(step)?;
        }
        for step in steps.iter().rev() {
            match step {
                // One that is not empty holds what is not ours.
                Step::Folder(path) => drop(self.disk.remove_folder(&self.out.join(path))),
                // A staged file that is gone was moved into its place. What is there now may be another.
                Step::Create(_, staged, path) => {
                    let there = self.out.join(path);
                    let content =
                        read_if_present(&there)?.filter(|content| digest(content) == *staged);
                    if let Some(content) = content
                        && !self.new_file(path).exists()
                        && owned.has(path, &content)
                    {
                        self.remove(&there)?;
                    }
                }
                Step::Replace(number, _, path) | Step::Delete(number, path) => {
                    let old = self.old_file(*number);
                    if old.exists() {
                        self.rename(&old, path)?;
                    }
                }
            }
        }
        self.remove(&self.staged("journal"))?;
        self.clean()
    }

    /// Refuses to put an old file back over one that is neither it nor what was staged.
    fn refuse_edited(&self, step: &Step<'_>) -> Result<(), WriteError> {
        let (number, staged, path) = match step {
            Step::Replace(number, staged, path) => (number, Some(staged), path),
            Step::Delete(number, path) => (number, None, path),
            Step::Folder(_) | Step::Create(..) => return Ok(()),
        };
        let path = self.out.join(path);
        let Some(old) = read_if_present(&self.old_file(*number))? else {
            return Ok(());
        };
        let is_ours = match staged {
            Some(staged) => self.holds(&path, staged)?,
            None => false,
        };
        match read_if_present(&path)? {
            Some(content) if !is_ours && content != old => Err(WriteError::EditedSince(path)),
            _ => Ok(()),
        }
    }

    fn holds(&self, path: &Utf8Path, digested: &str) -> Result<bool, WriteError> {
        Ok(read_if_present(path)?.is_some_and(|content| digest(&content) == digested))
    }

    /// Puts back what a killed render moved, and deletes what it staged.
    fn recover(&self, owned: Owned<'_>) -> Result<(), WriteError> {
        let path = self.staged("journal");
        let Some(content) = read_if_present(&path)? else {
            return self.clean();
        };
        let text = match String::from_utf8(content) {
            Ok(text) if journal::is_ours(&path, text.as_bytes()) => text,
            _ => return Err(WriteError::ForeignJournal(self.out.to_owned())),
        };
        let steps = journal::steps(self.out, &path, &text)?;
        self.refuse_staged_links(&self.staged("new"))?;
        self.refuse_staged_links(&self.staged("old"))?;
        self.undo(&steps, owned)
    }

    /// A render stages files and folders only, and a link would lead elsewhere from where it is put.
    fn refuse_staged_links(&self, folder: &Utf8Path) -> Result<(), WriteError> {
        let Ok(entries) = folder.read_dir_utf8() else {
            return Ok(());
        };
        for entry in entries.flatten() {
            refuse_link(entry.path())?;
            if entry.path().is_dir() {
                self.refuse_staged_links(entry.path())?;
            }
        }
        Ok(())
    }

    /// Deletes staged files, and old ones that are not needed any more.
    fn clean(&self) -> Result<(), WriteError> {
        for folder in ["new", "old"] {
            self.remove_staged(&self.staged(folder))?;
        }
        self.remove(&self.staged("journal.draft"))
    }

    /// Deletes a folder of staged files.
    fn remove_staged(&self, folder: &Utf8Path) -> Result<(), WriteError> {
        let Ok(entries) = folder.read_dir_utf8() else {
            return Ok(());
        };
        for entry in entries.flatten() {
            match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                true => self.remove_staged(entry.path())?,
                false => self.remove(entry.path())?,
            }
        }
        self.did(folder, or_absent(self.disk.remove_folder(folder)))
    }

    /// Deletes the folders that a deleted file leaves empty. One that holds a team's own state stays.
    fn remove_empty_folders(&self, path: &Utf8Path) {
        for folder in path
            .ancestors()
            .skip(1)
            .filter(|folder| !folder.as_str().is_empty())
        {
            if self.disk.remove_folder(&self.out.join(folder)).is_err() {
                break;
            }
        }
    }

    /// Moves an old file aside, and sees that it is the one that was compared. From here on nobody else has it: whatever
    /// is looked at where it stood can change before it is moved.
    fn move_aside(
        &self,
        number: usize,
        path: &Utf8Path,
        change: &Change<'_>,
    ) -> Result<(), WriteError> {
        let from = self.out.join(path);
        let old = self.old_file(number);
        self.did(&from, self.disk.rename(&from, &old))?;
        match change {
            Change::Replace(_, _, Seen(seen)) | Change::Delete(_, Seen(seen))
                if !self.holds(&old, seen)? =>
            {
                Err(WriteError::Meanwhile(from))
            }
            _ => Ok(()),
        }
    }

    /// Moves what is staged to its place, where nothing is.
    fn place(&self, path: &Utf8Path) -> Result<(), WriteError> {
        let to = self.out.join(path);
        match self.disk.place(&self.new_file(path), &to) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(WriteError::Meanwhile(to))
            }
            result => self.did(&to, result),
        }
    }

    /// Moves an old file back to its place.
    fn rename(&self, from: &Utf8Path, path: &Utf8Path) -> Result<(), WriteError> {
        let to = self.out.join(path);
        self.did(&to, self.disk.rename(from, &to))
    }

    fn remove(&self, path: &Utf8Path) -> Result<(), WriteError> {
        self.did(path, or_absent(self.disk.remove_file(path)))
    }

    fn did(&self, path: &Utf8Path, result: io::Result<()>) -> Result<(), WriteError> {
        result.map_err(|source| WriteError::Write {
            path: path.to_owned(),
            source,
        })
    }

    fn staged(&self, name: &str) -> Utf8PathBuf {
        self.out.join(STAGING).join(name)
    }

    /// Staged files lie as they will, so that a folder that is not there yet moves into its place as a whole.
    fn new_file(&self, path: &Utf8Path) -> Utf8PathBuf {
        self.staged("new").join(path)
    }

    fn old_file(&self, number: usize) -> Utf8PathBuf {
        self.staged("old").join(number.to_string())
    }
}

impl Drop for Claim<'_> {
    /// Leaves no trace; where that is not possible, the next render does.
    fn drop(&mut self) {
        if is_interrupted(self.out) || self.clean().is_err() {
            return;
        }
        let _ = self.disk.remove_file(&self.staged("busy"));
        let _ = self.disk.remove_folder(&self.out.join(STAGING));
        if self.made {
            // For nothing, if it is empty.
            let _ = self.disk.remove_folder(self.out);
        }
    }
}

/// The folders that are not there yet.
fn missing<'a>(steps: &[Step<'a>]) -> BTreeSet<&'a str> {
    let folders = steps.iter().filter_map(|step| match step {
        Step::Folder(path) => Some(path.as_str()),
        _ => None,
    });
    folders.collect()
}

/// The folders that a file is in, the outermost first, from the first on that was not seen yet.
fn unseen_above(path: &Utf8Path, seen: impl Fn(&str) -> bool) -> Vec<&Utf8Path> {
    let above = path.ancestors().skip(1);
    let mut unseen: Vec<&Utf8Path> = above
        .take_while(|folder| !folder.as_str().is_empty() && !seen(folder.as_str()))
        .collect();
    unseen.reverse();
    unseen
}

/// Somebody else may make the same folder at the same time.
fn create_folder(disk: &dyn Disk, path: &Utf8Path) -> io::Result<()> {
    match disk.create_folder(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        result => result,
    }
}

fn missing_folders(path: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut missing: Vec<Utf8PathBuf> = path
        .ancestors()
        .take_while(|folder| !folder.as_str().is_empty() && !folder.is_dir())
        .map(Utf8Path::to_owned)
        .collect();
    missing.reverse();
    missing
}

/// Whether an open file is still the one at `path`: another render may have taken it away in between.
#[cfg(unix)]
fn is_at(file: &File, path: &Utf8Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), path.metadata()) {
        (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// An open file cannot be taken away.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Utf8Path) -> bool {
    true
}

#[cfg(test)]
#[path = "transaction_tests.rs"]
mod tests;
