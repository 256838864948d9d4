//! What both formats do alike with the principals that were read so far.

use std::collections::BTreeMap;

use super::ReadbackError;
use crate::model::{Access, Grants, IdentityKind, PolicyKind};

/// The principals that a root module or a stack made, by what others call them: their names.
#[derive(Debug, Default)]
pub(super) struct Made(BTreeMap<(IdentityKind, String), String>);

impl Made {
    pub(super) fn add(
        &mut self,
        place: &str,
        kind: IdentityKind,
        name: &str,
        arn: &str,
    ) -> Result<(), ReadbackError> {
        match self.0.insert((kind, name.to_owned()), arn.to_owned()) {
            None => Ok(()),
            Some(_) => Err(ReadbackError::new(
                place,
                format!("there are two of the {kind} {name}"),
            )),
        }
    }

    /// The ARN of the principal of this name that was made before.
    pub(super) fn named(
        &self,
        place: &str,
        kind: IdentityKind,
        name: Option<&str>,
    ) -> Result<&str, ReadbackError> {
        let found = name.and_then(|name| self.0.get(&(kind, name.to_owned())));
        found.map(String::as_str).ok_or_else(|| {
            ReadbackError::new(
                place,
                format!("there is no {kind} {}", name.unwrap_or("without a name")),
            )
        })
    }
}

/// Puts an inline policy into a principal.
pub(super) fn add_inline(
    place: &str,
    access: &mut Access,
    arn: &str,
    kind: IdentityKind,
    name: &str,
    grants: Grants,
) -> Result<(), ReadbackError> {
    let key = (PolicyKind::Inline, name.to_owned());
    match access.identity(arn, kind).policies.insert(key, grants) {
        None => Ok(()),
        Some(_) => Err(ReadbackError::new(
            place,
            "a second inline policy of this name overwrites the first",
        )),
    }
}
