//! Changes of what is granted, with how far each reaches.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::Serialize;

use super::difference::differences;
use super::{Kind, Reach};
use crate::model::Grant;
use crate::reference::{AccessLevel, Reference};

/// A difference between two sets of grants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct GrantChange {
    /// In which direction.
    #[serde(rename = "change")]
    pub kind: Kind,
    /// The most far-reaching access level of what it is about; none for an action that AWS does not know.
    #[serde(rename = "access_level")]
    pub level: Option<AccessLevel>,
    /// Whether it lets more or less through. A denial that goes lets more through.
    #[serde(flatten)]
    pub reach: Reach,
    /// What was granted; empty for what is new.
    pub before: Vec<Grant>,
    /// What is granted; empty for what is gone.
    pub after: Vec<Grant>,
}

/// The differences between two sets of grants, the most far-reaching first. Each action has the most far-reaching level that
/// any of the references has for it: a change can bring an overlay along that calls a write a list.
pub fn compare(
    old: &BTreeSet<Grant>,
    new: &BTreeSet<Grant>,
    references: &[&Reference],
) -> Vec<GrantChange> {
    let mut changes: Vec<GrantChange> = differences(old, new)
        .into_iter()
        .map(|difference| GrantChange {
            kind: difference.kind,
            level: difference
                .before
                .iter()
                .chain(&difference.after)
                .flat_map(|grant| {
                    let levels = references.iter();
                    levels.filter_map(|reference| level(&grant.action, reference))
                })
                .max_by_key(|level| level.reach()),
            reach: difference.kind.reach(difference.denies()),
            before: difference.before,
            after: difference.after,
        })
        .collect();
    let far = |change: &GrantChange| Reverse(change.level.map(AccessLevel::reach));
    changes.sort_by(|a, b| (a.kind, far(a), a).cmp(&(b.kind, far(b), b)));
    changes
}

/// Whether an action stands for those of more than one service: `*`, `*:*`, `ia?:*`.
pub fn is_of_many_services(action: &str) -> bool {
    let service = action
        .split_once(':')
        .map_or(action, |(service, _)| service);
    service.contains(['*', '?'])
}

/// The most far-reaching access level of an action or of all that a wildcard stands for.
fn level(action: &str, reference: &Reference) -> Option<AccessLevel> {
    let facts = match action {
        _ if is_of_many_services(action) => return Some(AccessLevel::PermissionsManagement),
        _ if action.contains(['*', '?']) => reference.expand(action),
        _ => reference.action(action).into_iter().collect(),
    };
    let levels = facts.into_iter().filter_map(|facts| facts.level());
    levels.max_by_key(|level| level.reach())
}
