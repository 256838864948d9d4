//! The kinds of entries in a folder.

/// The kind of an entry; links are not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    File,
    /// A symbolic link.
    Link,
    /// Another repository, checked out or not.
    Submodule,
    /// A device, a pipe, a socket.
    Special,
}

impl Entry {
    /// The kind of an entry with a Git mode.
    pub fn of_mode(mode: &str) -> Self {
        match mode {
            "120000" => Self::Link,
            "160000" => Self::Submodule,
            _ => Self::File,
        }
    }
}
