//! Why rendered text is not accepted.

use std::fmt;

use camino::Utf8PathBuf;

use crate::model::Access;

/// Why rendered text is not what the plan says.
#[derive(Debug, thiserror::Error)]
pub enum ReadbackError {
    /// Text that grants something else, by format.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Differs(Vec<Difference>),
    /// Text that is not understood.
    #[error("{place}: {what}")]
    NotUnderstood {
        /// Where it stands, for people: the path of the file or the folder of the module, counted from the rendered folder;
        /// then, after a blank, the block, the resource or the parameter in it. Of what is settled only together, the ARN.
        place: String,
        /// What is not understood.
        what: String,
    },
}

/// What the text of one format grants otherwise than planned.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Terraform or CloudFormation.
    pub format: &'static str,
    /// The root modules and templates that do.
    pub places: Vec<Utf8PathBuf>,
    /// What they should grant.
    pub planned: Access,
    /// What they do.
    pub read: Access,
}

impl Difference {
    /// Joins what another unit of the format grants otherwise.
    pub(super) fn add(&mut self, other: Self) {
        if !self.places.contains(&other.places[0]) {
            self.places.extend(other.places);
        }
        for (all, more) in [
            (&mut self.planned, other.planned),
            (&mut self.read, other.read),
        ] {
            all.extend(more);
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the rendered {} grants something other than the plan:\n  {}",
            self.format,
            self.planned.differences(&self.read).join("\n  ")
        )
    }
}

impl ReadbackError {
    pub(crate) fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::NotUnderstood {
            place: place.into(),
            what: what.into(),
        }
    }
}
