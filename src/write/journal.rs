//! The journal of a render: what it is going to do, a line for each step, and whether it is this machine's own.
//!
//! A journal makes and deletes files, and a pull request can bring one of any text. What Git cannot bring is the time at
//! which a file was changed: it gives what it checks out the time at which it does, and tools that put back the time of a
//! commit know whole seconds. So a journal is sealed by a time that its text gives, to the microsecond.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use camino::Utf8Path;
use sha2::{Digest as _, Sha256};

use super::WriteError;
use super::content::refuse_links;
use super::lock::is_inside;

/// One line of the journal.
#[derive(Debug)]
pub(super) enum Step<'a> {
    Folder(&'a Utf8Path),
    /// With the digest of what is staged.
    Create(usize, &'a str, &'a Utf8Path),
    /// With the digest of what is staged.
    Replace(usize, &'a str, &'a Utf8Path),
    Delete(usize, &'a Utf8Path),
}

/// The steps as they are written down.
pub(super) fn text(steps: &[Step<'_>]) -> String {
    let mut text = String::new();
    for step in steps {
        // A text takes whatever is written to it.
        let _ = match step {
            Step::Folder(path) => writeln!(text, "folder 0 - {path}"),
            Step::Create(number, digest, path) => writeln!(text, "create {number} {digest} {path}"),
            Step::Replace(number, digest, path) => {
                writeln!(text, "replace {number} {digest} {path}")
            }
            Step::Delete(number, path) => writeln!(text, "delete {number} - {path}"),
        };
    }
    text
}

/// The steps that a journal in an output folder tells; `path` is where it stands.
pub(super) fn steps<'a>(
    out: &Utf8Path,
    path: &Utf8Path,
    text: &'a str,
) -> Result<Vec<Step<'a>>, WriteError> {
    let step = |(index, line): (usize, &'a str)| {
        let failed = || WriteError::Lock {
            path: path.to_owned(),
            line: index + 1,
            what: "this is not a line of a journal",
        };
        let fields: Vec<&str> = line.splitn(4, ' ').collect();
        let &[what, number, staged, path] = fields.as_slice() else {
            return Err(failed());
        };
        let number: usize = number.parse().map_err(|_| failed())?;
        if !is_inside(path) {
            return Err(failed());
        }
        let path = Utf8Path::new(path);
        refuse_links(out, path)?;
        Ok(match what {
            "folder" => Step::Folder(path),
            "create" => Step::Create(number, staged, path),
            "replace" => Step::Replace(number, staged, path),
            "delete" => Step::Delete(number, path),
            _ => return Err(failed()),
        })
    };
    text.lines().enumerate().map(step).collect()
}

/// The time of change that a journal of this text gets.
pub(super) fn seal(text: &[u8]) -> SystemTime {
    let digest = Sha256::digest(text);
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    };
    // Every file system takes seconds of 31 bits, and never a whole one: that is what others can set.
    let seconds = number(&digest[..4]) >> 1;
    let micros = 1 + number(&digest[4..8]) % 999_999;
    SystemTime::UNIX_EPOCH + Duration::from_micros(seconds * 1_000_000 + micros)
}

/// Whether a journal of this text was written by a render that was killed here.
pub(super) fn is_ours(path: &Utf8Path, text: &[u8]) -> bool {
    let changed = path.symlink_metadata().and_then(|known| known.modified());
    changed.is_ok_and(|changed| changed == seal(text))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::{Duration, SystemTime};

    use camino::Utf8Path;

    use super::{is_ours, seal};

    #[test]
    fn only_the_time_of_its_own_text_seals_a_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("journal");
        let text = b"delete 0 - hub/main.tf\n";
        // As a checkout writes it, and as a tool does that knows the time of the commit.
        std::fs::write(&path, text).unwrap();
        assert!(!is_ours(&path, text));
        let seconds = seal(text).duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let seconds = Duration::from_secs(seconds.as_secs());
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + seconds).unwrap();
        assert!(!is_ours(&path, text));
        file.set_modified(seal(text)).unwrap();
        assert!(is_ours(&path, text));
        assert!(!is_ours(&path, b"delete 0 - hub/other.tf\n"));
    }
}
