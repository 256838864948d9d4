//! Which way something changed, and what that lets through.

use serde::{Serialize, Serializer};

/// A direction of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It is new.
    Added,
    /// It lets more through.
    Widened,
    /// It lets less through.
    Narrowed,
    /// It is gone.
    Removed,
    /// It grants neither more nor less.
    Other,
}

impl Kind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Added => "added",
            Kind::Widened => "widened",
            Kind::Narrowed => "narrowed",
            Kind::Removed => "removed",
            Kind::Other => "no change",
        }
    }

    /// The sign for it in a list.
    pub(crate) fn sign(self) -> char {
        match self {
            Kind::Added => '+',
            Kind::Widened => '▲',
            Kind::Narrowed => '▼',
            Kind::Removed => '-',
            Kind::Other => '=',
        }
    }

    /// What a change of this kind lets through, if it is of what is allowed or of what is denied.
    pub(crate) fn reach(self, denies: bool) -> Reach {
        match (self, denies) {
            (Kind::Other, _) => Reach::Same,
            (Kind::Added | Kind::Widened, false) | (Kind::Removed | Kind::Narrowed, true) => {
                Reach::More
            }
            (Kind::Added | Kind::Widened, true) | (Kind::Removed | Kind::Narrowed, false) => {
                Reach::Less
            }
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What a change lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// More than before.
    More,
    /// As much as before.
    Same,
    /// Less than before.
    Less,
}

impl Serialize for Reach {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([
            ("more", *self == Reach::More),
            ("less", *self == Reach::Less),
        ])
    }
}
