//! The planned resources of an account, indexed for lookups.

use std::collections::{BTreeMap, BTreeSet};

use super::Input;
use super::bearer::Bearers;
use super::reach::Reach;
use crate::load::snapshot::Snapshot;
use crate::model::{Access, Grant, Identity, IdentityKind};

/// The kind of a managed policy in findings.
pub(super) const MANAGED: &str = "managed policy";

/// The planned principals and policies.
#[derive(Clone, Copy)]
pub(super) struct All<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) access: &'a Access,
    /// The principals that the planned roles trust.
    pub(super) reach: &'a Reach,
    /// Those without credentials of AWS that the planned roles trust.
    pub(super) bearers: &'a Bearers,
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
        // In `role/vendor/micetro/MicetroAccess` the path is between the kind and the name.
        let (before, name) = resource.rsplit_once('/').unwrap_or(("", resource));
        let path = before.find('/').map_or("", |slash| &before[slash..]);
        Self {
            arn,
            identity,
            path: format!("{path}/"),
            name,
        }
    }

    /// The kind of the principal in findings.
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

/// A planned managed policy, and its allowed attachments.
pub(super) struct Managed<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) snapshot: &'a Snapshot,
    pub(super) arn: &'a str,
    pub(super) grants: &'a BTreeSet<Grant>,
    pub(super) tags: Option<&'a BTreeMap<String, String>>,
}

impl Managed<'_> {
    pub(super) fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }
}
