//! How files of an output folder are read and compared, and which paths are refused.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read as _};

use camino::Utf8Path;

use super::WriteError;
use crate::open;

/// Whether a file holds a rendered text, whatever a checkout made of its line ends.
pub fn is_text(content: &[u8], rendered: &str) -> bool {
    *unix_lines(content) == *rendered.as_bytes()
}

/// What a file holds, as text with the line ends of a rendered one.
pub fn text(content: &[u8]) -> String {
    String::from_utf8_lossy(&unix_lines(content)).into_owned()
}

/// Whether a merge left its marks in a text.
pub fn holds_conflict(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("<<<<<<< "))
}

/// Reads a file of an output folder; nothing where there is none.
pub(super) fn read_if_present(path: &Utf8Path) -> Result<Option<Vec<u8>>, WriteError> {
    let read = |mut file: File| {
        let mut content = Vec::new();
        file.read_to_end(&mut content).map(|_| content)
    };
    match open::output(path).and_then(read) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(WriteError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Text as it was rendered: a checkout on Windows may end its lines otherwise, which is not an edit.
pub(super) fn unix_lines(content: &[u8]) -> Cow<'_, [u8]> {
    if !content.contains(&b'\r') {
        return Cow::Borrowed(content);
    }
    let mut unix = Vec::with_capacity(content.len());
    for (index, &byte) in content.iter().enumerate() {
        if byte != b'\r' || content.get(index + 1) != Some(&b'\n') {
            unix.push(byte);
        }
    }
    Cow::Owned(unix)
}

/// Refuses an output folder to which a link of a repository leads.
pub(super) fn refuse_outside(out: &Utf8Path) -> Result<(), WriteError> {
    match open::unlinked(out) {
        Ok(_) => Ok(()),
        Err(source) => Err(WriteError::Read {
            path: out.to_owned(),
            source,
        }),
    }
}

/// Every step from the output folder down to the file must be a real folder or absent.
pub(super) fn refuse_links(out: &Utf8Path, path: &Utf8Path) -> Result<(), WriteError> {
    refuse_outside(out)?;
    let mut step = out.to_owned();
    for component in path.components() {
        step.push(component);
        refuse_link(&step)?;
    }
    Ok(())
}

pub(super) fn refuse_link(path: &Utf8Path) -> Result<(), WriteError> {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.file_type().is_symlink() => {
            Err(WriteError::SymbolicLink(path.to_owned()))
        }
        _ => Ok(()),
    }
}
