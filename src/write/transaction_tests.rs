//! Every step of a transaction fails once, and is the last of a killed process once.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::WriteError;
use super::super::digest::digest;
use super::super::disk::{Disk, Machine};
use super::super::journal::seal;
use super::super::owned::Owned;
use super::{Change, Claim, New, STAGING, Seen, is_interrupted};

/// How a disk goes wrong, counted in calls from 0.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// One call fails, the others work.
    Once(usize),
    /// Nothing can be written or made any more; moving and deleting works.
    FullFrom(usize),
    /// The process is gone: nothing happens any more.
    KilledAt(usize),
}

struct Faulty {
    fault: Fault,
    calls: AtomicUsize,
}

impl Faulty {
    fn call(&self, needs_space: bool) -> io::Result<()> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let fails = match self.fault {
            Fault::Once(at) => call == at,
            Fault::FullFrom(at) => needs_space && call >= at,
            Fault::KilledAt(at) => call >= at,
        };
        match fails {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        }
    }
}

impl Disk for Faulty {
    fn create_folder(&self, path: &Utf8Path) -> io::Result<()> {
        self.call(true)?;
        Machine.create_folder(path)
    }

    fn write_new(&self, path: &Utf8Path, content: &[u8]) -> io::Result<()> {
        if let Err(error) = self.call(true) {
            // Half of it is there.
            let _ = Machine.write_new(path, &content[..content.len() / 2]);
            return Err(error);
        }
        Machine.write_new(path, content)
    }

    /// Without waiting: the thousands of disks here lose no power.
    fn write_sealed(&self, path: &Utf8Path, content: &[u8], seal: SystemTime) -> io::Result<()> {
        self.write_new(path, content)?;
        set_modified(path, seal)
    }

    fn sync_folder(&self, _: &Utf8Path) -> io::Result<()> {
        self.call(false)
    }

    fn place(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        self.call(false)?;
        Machine.place(from, to)
    }

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        self.call(false)?;
        Machine.rename(from, to)
    }

    fn remove_file(&self, path: &Utf8Path) -> io::Result<()> {
        self.call(false)?;
        Machine.remove_file(path)
    }

    fn remove_folder(&self, path: &Utf8Path) -> io::Result<()> {
        self.call(false)?;
        Machine.remove_folder(path)
    }
}

fn set_modified(path: &Utf8Path, time: SystemTime) -> io::Result<()> {
    File::options().write(true).open(path)?.set_modified(time)
}

/// Writes a journal as a render on this machine does.
fn write_journal(out: &Utf8Path, text: &str) {
    let path = ".landgrant-render/journal";
    write(out, &[(path, text)]);
    set_modified(&out.join(path), seal(text.as_bytes())).unwrap();
}

fn tree(folder: &Utf8Path) -> BTreeMap<Utf8PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in next.read_dir_utf8().unwrap() {
            let path = entry.unwrap().into_path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), text);
            }
        }
    }
    files
}

fn write(folder: &Utf8Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

const OLD: &[(&str, &str)] = &[
    ("hub/main.tf", "old hub"),
    ("hub/backend.tf", "the team's own"),
    ("targets/1/main.tf", "target that goes"),
    ("lock", "old lock"),
];

fn old() -> BTreeMap<Utf8PathBuf, String> {
    OLD.iter()
        .map(|(path, text)| (Utf8PathBuf::from(path), (*text).to_owned()))
        .collect()
}

fn new(content: &'static [u8]) -> New<'static> {
    New {
        content,
        digest: digest(content).leak(),
    }
}

fn seen(content: &'static str) -> Seen<'static> {
    Seen(digest(content.as_bytes()).leak())
}

fn changes() -> Vec<Change<'static>> {
    vec![
        Change::Replace(
            Utf8Path::new("hub/main.tf"),
            new(b"new hub"),
            seen("old hub"),
        ),
        Change::Create(
            Utf8Path::new("targets/2/main.tf"),
            new(b"target that comes"),
        ),
        Change::Create(
            Utf8Path::new("targets/2/deep/variables.tf"),
            new(b"more of it"),
        ),
        Change::Delete(Utf8Path::new("targets/1/main.tf"), seen("target that goes")),
        Change::Replace(Utf8Path::new("lock"), new(b"new lock"), seen("old lock")),
    ]
}

/// Runs the changes on a disk with a fault. What came of it, the tree before and after the next claim, and the calls.
fn run(fault: Fault) -> (bool, bool, BTreeMap<Utf8PathBuf, String>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let out = Utf8Path::from_path(folder.path()).unwrap();
    write(out, OLD);
    let disk = Faulty {
        fault,
        calls: AtomicUsize::new(0),
    };
    let done =
        Claim::new(&disk, out, Owned::Rendered(&[])).and_then(|claim| claim.apply(&changes()));
    let interrupted = is_interrupted(out);
    // The next render.
    drop(Claim::new(&Machine, out, Owned::Rendered(&[])).unwrap());
    (
        done.is_ok(),
        interrupted,
        tree(out),
        disk.calls.load(Ordering::Relaxed),
    )
}

#[test]
fn every_failure_and_every_kill_leaves_the_old_tree_or_the_new_one() {
    let (done, _, new, calls) = run(Fault::Once(usize::MAX));
    assert!(done);
    assert_eq!(new[Utf8Path::new("hub/main.tf")], "new hub");
    assert_eq!(new[Utf8Path::new("hub/backend.tf")], "the team's own");
    assert!(!new.contains_key(Utf8Path::new("targets/1/main.tf")));
    assert_eq!(new.len(), 5);
    let old = old();
    assert!(calls > 25, "only {calls} steps");
    let (mut undone, mut kept, mut interrupted) = (0, 0, 0);
    for call in 0..calls {
        for fault in [
            Fault::Once(call),
            Fault::FullFrom(call),
            Fault::KilledAt(call),
        ] {
            let (done, was_interrupted, tree, _) = run(fault);
            if tree == old {
                undone += 1;
                assert!(!done, "{fault:?} says that it is done");
            } else {
                kept += 1;
                assert_eq!(tree, new, "{fault:?}");
            }
            interrupted += usize::from(was_interrupted);
            let killed = matches!(fault, Fault::KilledAt(_));
            assert!(
                !was_interrupted || killed || !done,
                "{fault:?} leaves a journal"
            );
        }
    }
    // Each of the outcomes was seen.
    assert!(
        undone > 30 && kept > 10 && interrupted > 5,
        "{undone} {kept} {interrupted}"
    );
}

#[test]
fn a_kill_while_undoing_is_undone_too() {
    let folder = tempfile::tempdir().unwrap();
    let out = Utf8Path::from_path(folder.path()).unwrap();
    let mut seen = 0;
    for first in 0..40 {
        for second in 0..20 {
            let case = out.join(format!("{first}-{second}"));
            write(&case, OLD);
            let old = tree(&case);
            let killed = |fault| Faulty {
                fault,
                calls: AtomicUsize::new(0),
            };
            let disk = killed(Fault::KilledAt(first));
            let done = Claim::new(&disk, &case, Owned::Rendered(&[]))
                .and_then(|claim| claim.apply(&changes()));
            if !is_interrupted(&case) || done.is_ok() {
                continue;
            }
            let disk = killed(Fault::KilledAt(second));
            drop(Claim::new(&disk, &case, Owned::Rendered(&[])));
            drop(Claim::new(&Machine, &case, Owned::Rendered(&[])).unwrap());
            assert_eq!(tree(&case), old, "{first} {second}");
            seen += 1;
        }
    }
    assert!(seen > 100, "only {seen} cases");
}

#[test]
fn a_journal_cannot_lead_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let above = Utf8Path::from_path(folder.path()).unwrap();
    let out = above.join("out");
    write(above, &[("precious", "kept")]);
    for line in [
        "create 0 x ../precious",
        "create 0 x /etc/nothing",
        "nonsense",
    ] {
        write_journal(&out, line);
        assert!(
            Claim::new(&Machine, &out, Owned::Rendered(&[])).is_err(),
            "{line}"
        );
        assert_eq!(
            std::fs::read_to_string(above.join("precious")).unwrap(),
            "kept"
        );
    }
}

#[test]
fn a_journal_takes_nothing_of_others() {
    let planted = |journal: &str, old: &[(&str, &str)]| {
        let folder = tempfile::tempdir().unwrap();
        let out = Utf8Path::from_path(folder.path()).unwrap();
        write(out, OLD);
        write_journal(out, journal);
        write(out, old);
        let claimed = Claim::new(&Machine, out, Owned::Rendered(&[])).map(drop);
        let kept = tree(out);
        assert_eq!(kept[Utf8Path::new("hub/backend.tf")], "the team's own");
        claimed.is_ok()
    };
    let other = digest(b"what was staged");
    let old = [(".landgrant-render/old/7", "planted")];
    planted("create 7 hub/backend.tf\n", &[]);
    assert!(planted(&format!("create 7 {other} hub/backend.tf\n"), &[]));
    let theirs = digest(b"the team's own");
    assert!(planted(&format!("create 7 {theirs} hub/backend.tf\n"), &[]));
    assert!(!planted(
        &format!("replace 7 {other} hub/backend.tf\n"),
        &old
    ));
    assert!(!planted("delete 7 - hub/backend.tf\n", &old));
}

/// Whatever it says: a pull request can bring a journal, and files that it would put in place.
#[test]
fn a_planted_journal_is_not_obeyed() {
    let staged = digest(b"new hub");
    for journal in [
        "delete 0 - terraform/hub/zz_override.tf\n".to_owned(),
        format!("replace 0 {staged} hub/main.tf\n"),
        format!("create 0 {} hub/main.tf\n", digest(b"old hub")),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let out = Utf8Path::from_path(folder.path()).unwrap();
        write(out, OLD);
        let planted = [
            (".landgrant-render/journal", journal.as_str()),
            (
                ".landgrant-render/old/0",
                "# Generated by `landgrant render`",
            ),
        ];
        write(out, &planted);
        let before = tree(out);
        let claimed = Claim::new(&Machine, out, Owned::Rendered(&[])).map(drop);
        let said = claimed.unwrap_err().to_string();
        assert!(said.contains("was not killed on this machine"), "{said}");
        let mut now = tree(out);
        now.remove(Utf8Path::new(".landgrant-render/busy"));
        assert_eq!(now, before, "{journal}");
    }
}

#[cfg(unix)]
#[test]
fn a_planted_link_leads_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let out = Utf8Path::from_path(folder.path()).unwrap();
    for name in ["new", "old", "busy", "journal"] {
        write(out, OLD);
        std::fs::create_dir(out.join(".landgrant-render")).unwrap();
        let link = out.join(".landgrant-render").join(name);
        std::os::unix::fs::symlink(out.join("hub"), &link).unwrap();
        assert!(
            Claim::new(&Machine, out, Owned::Rendered(&[])).is_err(),
            "{name}"
        );
        assert_eq!(
            std::fs::read_to_string(out.join("hub/backend.tf")).unwrap(),
            "the team's own"
        );
        std::fs::remove_dir_all(out.join(".landgrant-render")).unwrap();
    }
}

/// Nothing is moved where a staged file is a link: it would lead elsewhere from its new place.
#[cfg(unix)]
#[test]
fn a_planted_link_is_put_in_no_files_place() {
    for staged in ["old/0", "new/hub/main.tf"] {
        let folder = tempfile::tempdir().unwrap();
        let out = Utf8Path::from_path(folder.path()).unwrap();
        write(out, OLD);
        let journal = format!("replace 0 {} hub/main.tf\n", digest(b"old hub"));
        write_journal(out, &journal);
        let link = out.join(".landgrant-render").join(staged);
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(out.join("hub/backend.tf"), &link).unwrap();
        let claimed = Claim::new(&Machine, out, Owned::Rendered(&[])).map(drop);
        assert!(claimed.unwrap_err().to_string().contains("symbolic link"));
        assert!(!out.join("hub/main.tf").is_symlink(), "{staged}");
        assert_eq!(tree(out)[Utf8Path::new("hub/main.tf")], "old hub");
    }
}

/// Folders in which a render was killed, each at another call.
fn killed() -> Vec<(usize, tempfile::TempDir)> {
    let mut folders = Vec::new();
    for call in 0..40 {
        let folder = tempfile::tempdir().unwrap();
        let out = Utf8Path::from_path(folder.path()).unwrap();
        write(out, OLD);
        let disk = Faulty {
            fault: Fault::KilledAt(call),
            calls: AtomicUsize::new(0),
        };
        let done =
            Claim::new(&disk, out, Owned::Rendered(&[])).and_then(|claim| claim.apply(&changes()));
        if is_interrupted(out) && done.is_err() {
            folders.push((call, folder));
        }
    }
    folders
}

#[test]
fn what_was_edited_after_a_kill_is_not_lost() {
    let (mut refused, mut kept) = (0, 0);
    for (call, folder) in killed() {
        let out = Utf8Path::from_path(folder.path()).unwrap();
        // A new file of the render, and one that it replaces.
        let edited = ["targets/2/main.tf", "hub/main.tf"];
        write(out, &edited.map(|path| (path, "mine")));
        let claimed = Claim::new(&Machine, out, Owned::Rendered(&[])).map(drop);
        for path in edited {
            assert_eq!(tree(out)[Utf8Path::new(path)], "mine", "{call}");
        }
        if let Err(error) = claimed {
            refused += 1;
            assert!(error.to_string().contains("hub/main.tf was changed"));
            // As the error says: move it away.
            std::fs::remove_file(out.join("hub/main.tf")).unwrap();
            drop(Claim::new(&Machine, out, Owned::Rendered(&[])).unwrap());
            let mut now = tree(out);
            assert_eq!(
                now.remove(Utf8Path::new("targets/2/main.tf")).unwrap(),
                "mine"
            );
            assert_eq!(now, old(), "{call}");
        } else {
            kept += 1;
        }
    }
    assert!(refused > 3 && kept > 0, "{refused} {kept}");
}

#[test]
fn what_was_put_back_by_hand_after_a_kill_is_no_edit() {
    let mut seen = 0;
    for (call, folder) in killed() {
        let out = Utf8Path::from_path(folder.path()).unwrap();
        // As `git checkout` does.
        write(out, OLD);
        drop(Claim::new(&Machine, out, Owned::Rendered(&[])).unwrap());
        assert_eq!(tree(out), old(), "{call}");
        seen += 1;
    }
    assert!(seen > 5, "only {seen} cases");
}

#[test]
fn what_was_changed_or_made_since_it_was_compared_is_kept() {
    for (path, text) in [
        // A file that is replaced, one that goes, one that comes, and one where a folder comes.
        ("hub/main.tf", "mine"),
        ("targets/1/main.tf", "mine"),
        ("hub/new.tf", "mine"),
        ("targets/2/backend.tf", "mine"),
        ("targets/2/main.tf", "mine"),
        ("lock", "of another render"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let out = Utf8Path::from_path(folder.path()).unwrap();
        write(out, OLD);
        let mut changes = changes();
        changes.insert(0, Change::Create(Utf8Path::new("hub/new.tf"), new(b"new")));
        let disk = Edited {
            path: out.join(path),
            text,
        };
        let done = Claim::new(&disk, out, Owned::All).and_then(|claim| claim.apply(&changes));
        let mut right = old();
        right.insert(path.into(), text.to_owned());
        assert_eq!(tree(out), right, "{path}");
        let error = done.expect_err(path).to_string();
        assert!(error.contains("was changed during this render"), "{error}");
    }
}

/// A disk on which somebody writes a file when all is staged, and the journal too.
struct Edited {
    path: Utf8PathBuf,
    text: &'static str,
}

impl Disk for Edited {
    fn create_folder(&self, path: &Utf8Path) -> io::Result<()> {
        Machine.create_folder(path)
    }

    fn write_new(&self, path: &Utf8Path, content: &[u8]) -> io::Result<()> {
        Machine.write_new(path, content)
    }

    fn write_sealed(&self, path: &Utf8Path, content: &[u8], seal: SystemTime) -> io::Result<()> {
        Machine.write_sealed(path, content, seal)
    }

    fn sync_folder(&self, path: &Utf8Path) -> io::Result<()> {
        if path.ends_with(STAGING) {
            std::fs::create_dir_all(self.path.parent().unwrap())?;
            std::fs::write(&self.path, self.text)?;
        }
        Machine.sync_folder(path)
    }

    fn place(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        Machine.place(from, to)
    }

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        Machine.rename(from, to)
    }

    fn remove_file(&self, path: &Utf8Path) -> io::Result<()> {
        Machine.remove_file(path)
    }

    fn remove_folder(&self, path: &Utf8Path) -> io::Result<()> {
        Machine.remove_folder(path)
    }
}

#[test]
fn a_failure_is_told_even_where_undoing_fails_too() {
    let folder = tempfile::tempdir().unwrap();
    let out = Utf8Path::from_path(folder.path()).unwrap();
    let mut both = 0;
    for call in 0..40 {
        let case = out.join(call.to_string());
        write(&case, OLD);
        // Nothing works from this call on, neither the way forth nor the way back.
        let disk = Faulty {
            fault: Fault::KilledAt(call),
            calls: AtomicUsize::new(0),
        };
        let done = Claim::new(&disk, &case, Owned::All).and_then(|claim| claim.apply(&changes()));
        if let Err(error @ WriteError::Undoing { .. }) = done {
            both += 1;
            let text = error.to_string();
            assert_eq!(text.matches("cannot write ").count(), 2, "{text}");
            assert_eq!(text.matches("no storage space").count(), 2, "{text}");
        }
    }
    assert!(both > 5, "only {both}");
}

#[test]
fn two_at_once_are_one_and_a_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let out = Utf8Path::from_path(folder.path()).unwrap();
    let first = Claim::new(&Machine, out, Owned::Rendered(&[])).unwrap();
    assert!(Claim::new(&Machine, out, Owned::Rendered(&[])).is_err());
    drop(first);
    assert!(Claim::new(&Machine, out, Owned::Rendered(&[])).is_ok());
    assert!(tree(out).is_empty());
}
