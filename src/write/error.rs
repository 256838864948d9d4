//! Why a render wrote nothing, or not everything.

use std::io;

use camino::Utf8PathBuf;

use super::content::holds_conflict;
use super::transaction::STAGING;

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Files that somebody else wrote or edited.
    #[error("{}", conflicts_message(.0))]
    Conflicts(Vec<Conflict>),
    /// A symbolic link on the way to a file.
    #[error(
        "{0} is a symbolic link; links in an output folder are not followed, since they can lead out of it. Replace it with what it points to"
    )]
    SymbolicLink(Utf8PathBuf),
    /// A folder that holds another deployment.
    #[error(
        "{out} holds the deployment {theirs}; rendering {ours} there would delete it. Choose another folder with --out, or use --force if {theirs} was renamed"
    )]
    OtherDeployment {
        /// The folder.
        out: Utf8PathBuf,
        /// The deployment that is there.
        theirs: String,
        /// The deployment that was to be rendered.
        ours: String,
    },
    /// Another render is at work in the folder.
    #[error("another render is writing to {0}; try again when it has finished")]
    Busy(Utf8PathBuf),
    /// A file that somebody else changed or made between the look at the folder and the write: by hand, or another render.
    #[error(
        "{0} was changed during this render; it is left as it is, and nothing was written to its folder. Run the command again"
    )]
    Meanwhile(Utf8PathBuf),
    /// A file that somebody else wrote where an older one has to be put back.
    #[error(
        "{0} was changed after an interrupted render wrote it, so the previous file cannot be restored; move it elsewhere, and render again"
    )]
    EditedSince(Utf8PathBuf),
    /// A journal that no render on this machine wrote.
    #[error(
        "{0} holds the journal of a render that was not killed on this machine: it came with a pull request or a copy, so it is ignored. Restore {0} from version control, delete {0}/{staging}, and render again; files that a killed render moved aside are in {0}/{staging}/old",
        staging = STAGING
    )]
    ForeignJournal(Utf8PathBuf),
    /// A failure, and another one on the way back to what was there before.
    #[error(
        "{}; what was changed before that could not be undone, and the next render undoes it: {}",
        with_causes(.error),
        with_causes(.undoing)
    )]
    Undoing {
        /// Why not all was written.
        error: Box<WriteError>,
        /// Why not all was put back.
        undoing: Box<WriteError>,
    },
    /// A lock or journal that cannot be understood.
    #[error(
        "{path}:{line}: {what}; restore it from version control, or delete it, and render again"
    )]
    Lock {
        /// The file.
        path: Utf8PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A file that should be made and is there.
    #[error("{0} already exists; delete it first, or choose another folder")]
    Exists(Utf8PathBuf),
    /// Files that should be written out, and hold something else.
    #[error(
        "{} would be overwritten; nothing was written. Choose another folder with --out, or overwrite with --force",
        .0.iter().map(|path| path.as_str()).collect::<Vec<_>>().join(", ")
    )]
    Changed(Vec<Utf8PathBuf>),
    /// What the system refuses to show.
    #[error("cannot read {path}")]
    Read {
        /// The file or folder.
        path: Utf8PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What the system refuses to change.
    #[error("cannot write {path}")]
    Write {
        /// The file or folder.
        path: Utf8PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// A file that a render would overwrite or delete, and must not.
#[derive(Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The file.
    pub path: Utf8PathBuf,
    /// Whether the last render wrote it, so that it was edited since.
    pub edited: bool,
    /// What is in it.
    pub before: String,
    /// What was rendered; nothing where the file would be deleted.
    pub after: Option<String>,
}

/// An error with what it comes from, for a message that names two.
fn with_causes(error: &WriteError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

fn conflicts_message(conflicts: &[Conflict]) -> String {
    let mut lines = vec![
        "nothing was written, because these files are not as Landgrant wrote them:".to_owned(),
    ];
    for conflict in conflicts {
        let what = match (conflict.edited, holds_conflict(&conflict.before)) {
            (true, true) => "has a merge conflict",
            (true, false) => "edited by hand",
            (false, _) => "written by somebody else",
        };
        lines.push(format!("  {} ({what})", conflict.path));
    }
    lines.push("move the changes into the deployment, or overwrite them with --force".to_owned());
    lines.join("\n")
}
