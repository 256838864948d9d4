//! The digests of a kit's files, as `sha256sum --check` and `shasum -a 256 --check` read them.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::model::FileSet;

/// One line for each file, by path. Paths hold no line ends and no backslashes: they are made of checked names.
pub(super) fn render(files: &FileSet) -> String {
    let mut text = String::new();
    for (path, content) in files {
        for byte in Sha256::digest(content.as_bytes()) {
            let _ = write!(text, "{byte:02x}");
        }
        let _ = writeln!(text, "  {path}");
    }
    text
}
