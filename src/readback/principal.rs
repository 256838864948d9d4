//! What both formats do alike with the principals that were read so far.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::ReadbackError;
use crate::model::{Access, Grant, IdentityKind, Partition, PolicyKind};

/// The ARN of the principal of this name that the module or stack made before.
pub(super) fn named(
    place: &str,
    access: &Access,
    partition: Partition,
    account: impl Display,
    kind: IdentityKind,
    name: Option<&str>,
) -> Result<String, ReadbackError> {
    let prefix = format!("arn:{partition}:iam::{account}:{kind}/");
    let found = access.identities.iter().find(|(arn, identity)| {
        identity.kind == kind && arn.starts_with(&prefix) && arn.rsplit('/').next() == name
    });
    match found {
        Some((arn, _)) => Ok(arn.clone()),
        None => Err(ReadbackError::new(
            place,
            format!("there is no {kind} {}", name.unwrap_or("without a name")),
        )),
    }
}

/// Puts an inline policy into a principal.
pub(super) fn add_inline(
    place: &str,
    access: &mut Access,
    arn: &str,
    kind: IdentityKind,
    name: &str,
    grants: BTreeSet<Grant>,
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
