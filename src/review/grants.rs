//! Two sets of grants held against each other: what is new, gone, wider or narrower.

use std::collections::BTreeSet;

use super::Kind;
use crate::model::{Effect, Grant};
use crate::reference::{AccessLevel, Reference};

/// A difference between two sets of grants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GrantChange {
    /// In which direction.
    pub kind: Kind,
    /// The most far-reaching access level of what it is about; none for an action that AWS does not know.
    pub level: Option<AccessLevel>,
    /// What was granted; empty for what is new.
    pub before: Vec<Grant>,
    /// What is granted; empty for what is gone.
    pub after: Vec<Grant>,
}

impl GrantChange {
    /// Whether more can be done than before. A denial that goes lets more through.
    pub fn is_more(&self) -> bool {
        let denies = self
            .before
            .iter()
            .chain(&self.after)
            .any(|grant| grant.effect == Effect::Deny);
        match self.kind {
            Kind::Added | Kind::Widened => !denies,
            Kind::Removed | Kind::Narrowed => denies,
            Kind::Other => false,
        }
    }
}

/// The differences between two sets of grants, the most far-reaching first.
pub(super) fn compare(
    old: &BTreeSet<Grant>,
    new: &BTreeSet<Grant>,
    reference: &Reference,
) -> Vec<GrantChange> {
    let gone: Vec<&Grant> = old.difference(new).collect();
    let come: Vec<&Grant> = new.difference(old).collect();
    let mut changes = Vec::new();
    let mut change = |kind, before: Vec<&Grant>, after: Vec<&Grant>| {
        let level = before
            .iter()
            .chain(&after)
            .filter_map(|grant| level(&grant.action, reference))
            .max();
        changes.push(GrantChange {
            kind,
            level,
            before: before.into_iter().cloned().collect(),
            after: after.into_iter().cloned().collect(),
        });
    };
    // What is gone and is told with what came instead of it.
    let mut told: BTreeSet<&Grant> = BTreeSet::new();
    let mut narrowed: BTreeSet<&Grant> = BTreeSet::new();
    for &grant in &come {
        if let Some(wider) = old.iter().find(|wider| wider.covers(grant)) {
            match gone.contains(&wider) {
                true => drop(narrowed.insert(wider)),
                // It is granted twice now.
                false => change(Kind::Other, vec![], vec![grant]),
            }
            continue;
        }
        let narrower: Vec<&Grant> = old.iter().filter(|narrow| grant.covers(narrow)).collect();
        if narrower.is_empty() {
            change(Kind::Added, vec![], vec![grant]);
        } else {
            told.extend(&narrower);
            change(Kind::Widened, narrower, vec![grant]);
        }
    }
    for &grant in &gone {
        let left: Vec<&Grant> = new.iter().filter(|left| grant.covers(left)).collect();
        if new.iter().any(|wider| wider.covers(grant)) {
            // Still granted, by a wider one that was there before.
            if !told.contains(grant) {
                change(Kind::Other, vec![grant], vec![]);
            }
        } else if narrowed.contains(grant) || !left.is_empty() {
            change(Kind::Narrowed, vec![grant], left);
        } else {
            change(Kind::Removed, vec![grant], vec![]);
        }
    }
    changes.sort_by(|a, b| (a.kind, b.level, a).cmp(&(b.kind, a.level, b)));
    changes
}

/// The most far-reaching access level of an action or of all that a wildcard stands for.
fn level(action: &str, reference: &Reference) -> Option<AccessLevel> {
    let facts = match action {
        "*" => return Some(AccessLevel::PermissionsManagement),
        _ if action.contains(['*', '?']) => reference.expand(action),
        _ => reference.action(action).into_iter().collect(),
    };
    facts.into_iter().filter_map(|facts| facts.level()).max()
}
