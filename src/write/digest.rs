//! Digests of files.

use sha2::{Digest as _, Sha256};

/// The SHA-256 of a text with the line ends of a rendered file, whatever a checkout made of them.
pub fn digest(content: &[u8]) -> String {
    let content = super::content::unix_lines(content);
    let mut text = String::with_capacity(71);
    text.push_str("sha256:");
    for byte in Sha256::digest(content) {
        text.extend(
            [byte >> 4, byte & 15].map(|half| char::from_digit(half.into(), 16).unwrap_or('0')),
        );
    }
    text
}
