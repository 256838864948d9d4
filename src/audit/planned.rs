//! What is planned in an account, as it is looked for.

use std::collections::BTreeSet;

use super::Input;
use super::reach::Reach;
use crate::load::snapshot::Snapshot;
use crate::model::{Access, Grant, Identity, IdentityKind};

/// What a managed policy is called in findings.
pub(super) const MANAGED: &str = "managed policy";

/// Everything that is planned.
#[derive(Clone, Copy)]
pub(super) struct All<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) access: &'a Access,
    /// Whom the planned roles let in.
    pub(super) reach: &'a Reach,
}

/// A planned principal of the account.
pub(super) struct Planned<'a> {
    pub(super) arn: &'a str,
    pub(super) identity: &'a Identity,
    pub(super) path: String,
    pub(super) name: &'a str,
}

impl<'a> Planned<'a> {
    pub(super) fn new(arn: &'a str, identity: &'a Identity) -> Self {
        let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
        // `role/vendor/micetro/MicetroAccess`: between the kind and the name stands the path.
        let (before, name) = resource.rsplit_once('/').unwrap_or(("", resource));
        let path = before.find('/').map_or("", |slash| &before[slash..]);
        Self {
            arn,
            identity,
            path: format!("{path}/"),
            name,
        }
    }

    /// How a finding names it.
    pub(super) fn subject(&self) -> (&'static str, &'a str) {
        (kind_name(self.identity.kind), self.name)
    }
}

pub(super) fn kind_name(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::User => "user",
        IdentityKind::Group => "group",
        IdentityKind::Role => "role",
    }
}

/// A planned managed policy, and where it may be.
pub(super) struct Managed<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) snapshot: &'a Snapshot,
    pub(super) arn: &'a str,
    pub(super) grants: &'a BTreeSet<Grant>,
}

impl Managed<'_> {
    pub(super) fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }
}
