//! The positions and messages of serde_json errors.

use crate::diag::{FileId, Span};

/// The byte offset of an error. serde_json counts lines and columns from 1, and columns in bytes.
pub(super) fn place(file: FileId, text: &str, error: &serde_json::Error) -> Span {
    let before: usize = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let mut start = (before + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let width = text[start..].chars().next().map_or(0, char::len_utf8);
    Span {
        file,
        start,
        end: start + width,
    }
}

/// The message without the position.
pub(super) fn error_message(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let what = message.split(" at line ").next();
    what.unwrap_or_default().to_owned()
}
