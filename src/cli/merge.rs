//! Rendered files with conflict markers, and how to resolve them.

use camino::{Utf8Path, Utf8PathBuf};

use super::stages::Inputs;
use super::{diff, shell, ui};
use crate::write::{self, Conflict, WriteError};

/// The command that takes one side of every rendered file, except for the lock: a render reads both of its sides, so
/// that every target keeps its group.
pub(super) fn one_side(out: &Utf8Path) -> String {
    let lock = format!(":!{out}/landgrant.lock");
    let (out, lock) = (shell::word(out.as_str()), shell::word(&lock));
    format!("git checkout --ours -- {out} {lock}")
}

/// Why a render overwrites nothing: the diff of hand edits, which would be lost, but not that of conflict markers.
pub(super) fn refused(conflicts: Vec<Conflict>, out: &Utf8Path, inputs: &Inputs) -> anyhow::Error {
    let (merged, written): (Vec<Conflict>, Vec<Conflict>) = conflicts
        .into_iter()
        .partition(|conflict| conflict.edited && write::holds_conflict(&conflict.before));
    ui::warn(&diff::lost(&written));
    let written = (!written.is_empty()).then(|| WriteError::Conflicts(written).to_string());
    if merged.is_empty() {
        return anyhow::anyhow!(written.unwrap_or_default());
    }
    let paths: Vec<&Utf8PathBuf> = merged.iter().map(|conflict| &conflict.path).collect();
    let paths = paths.iter().map(|path| format!("  {path}\n"));
    let marks = format!(
        "nothing was written, because a merge left conflict markers in these files:\n{}\
         take one side of all rendered files, and render again:\n  {}\n  {}",
        paths.collect::<String>(),
        one_side(out),
        inputs.command("render"),
    );
    anyhow::anyhow!(
        [Some(marks), written]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("\n")
    )
}
