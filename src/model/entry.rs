//! What stands at a path of a folder.

/// What stands at a path of a folder, by itself: a link is not what it leads to.
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
    /// What Git has under a mode.
    pub fn of_mode(mode: &str) -> Self {
        match mode {
            "120000" => Self::Link,
            "160000" => Self::Submodule,
            _ => Self::File,
        }
    }
}
