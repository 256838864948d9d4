//! What is known about a request, and the result of a condition: yes, no, or depends.

use std::collections::BTreeSet;

use super::glob::literal;

/// The result of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    Yes,
    /// It does not match.
    No,
    /// It depends on these condition keys, in the spelling of the policy.
    Depends(BTreeSet<String>),
}

/// What is known about a condition key in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Whether the request may lack the key.
    pub absent: bool,
    /// The pattern of its value, or of each of its values; `None` if the request never has the key.
    pub value: Option<String>,
    /// Whether the caller chooses the value, or to omit the key.
    pub chosen: bool,
}

impl Fact {
    /// The request has the key, with this value.
    pub fn known(value: &str) -> Self {
        Self::like(&literal(value))
    }

    /// The request has the key, with a value that matches this pattern.
    pub fn like(pattern: &str) -> Self {
        Self {
            absent: false,
            value: Some(pattern.to_owned()),
            chosen: false,
        }
    }

    /// The request lacks the key.
    pub fn absent() -> Self {
        Self {
            absent: true,
            value: None,
            chosen: false,
        }
    }

    /// Nothing is known about the key.
    pub fn unknown() -> Self {
        Self {
            absent: true,
            ..Self::like("*")
        }
    }

    /// The caller chooses the value and, if it `may_lack`, whether to send the key.
    pub fn chosen(may_lack: bool) -> Self {
        Self {
            absent: may_lack,
            chosen: true,
            ..Self::like("*")
        }
    }
}

impl Holds {
    /// It depends on one key.
    pub fn on(key: &str) -> Self {
        Self::Depends(BTreeSet::from([key.to_owned()]))
    }

    /// Whether both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, other) | (other, Self::Yes) => other,
            (Self::Depends(mut one), Self::Depends(other)) => {
                one.extend(other);
                Self::Depends(one)
            }
        }
    }

    /// Whether one of them holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.negated().and(other.negated()).negated()
    }

    /// Whether it does not hold.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            depends => depends,
        }
    }
}

impl From<bool> for Holds {
    fn from(holds: bool) -> Self {
        match holds {
            true => Self::Yes,
            false => Self::No,
        }
    }
}
