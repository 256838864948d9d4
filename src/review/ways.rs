//! Findings that appear and vanish: those of lint where both sides have them, ways to more permissions if not.

use std::collections::{BTreeMap, BTreeSet};

use super::{Accepted, Finding, Findings, Found, Side, by_format};
use crate::lint;
use crate::model::{Access, Grant, IdentityKind};

const ESCALATION: &str = "escalation-path";

/// What appears, then what vanishes. What is accepted now is still there.
pub(super) fn findings(old: &Side, new: &Side) -> (Vec<Found>, Vec<Found>) {
    let pairs: Vec<(Findings, Findings)> = match (&old.findings, &new.findings) {
        (Some(before), Some(_)) => {
            let mut before = before.clone();
            before.retain(|finding, _| !new.accepted.contains_key(finding));
            vec![(before, new.findings.clone().unwrap_or_default())]
        }
        _ => by_format(old, new)
            .into_iter()
            .map(|(_, old, new)| (ways(old), ways(new)))
            .collect(),
    };
    let mut appeared = Findings::new();
    let mut vanished = Findings::new();
    for (old, new) in &pairs {
        add_new(old, new, &mut appeared);
        add_new(new, old, &mut vanished);
    }
    let list = |findings: Findings| {
        findings
            .into_iter()
            .map(|(finding, principals)| Found {
                finding,
                principals,
            })
            .collect()
    };
    (list(appeared), list(vanished))
}

/// What is accepted now, and was not.
pub(super) fn accepted(old: &Side, new: &Side) -> Vec<Accepted> {
    let mut come = Findings::new();
    // Where the old side was never asked, nothing is news.
    if old.findings.is_some() {
        add_new(&all_accepted(old), &all_accepted(new), &mut come);
    }
    come.into_iter()
        .map(|(finding, principals)| Accepted {
            reason: new.accepted[&finding].reason.clone(),
            found: Found {
                finding,
                principals,
            },
        })
        .collect()
}

fn all_accepted(side: &Side) -> Findings {
    let accepted = side.accepted.iter();
    accepted
        .map(|(finding, acceptance)| (finding.clone(), acceptance.principals.clone()))
        .collect()
}

/// Whether a way to more permissions appears, for anyone. A change under review can say that it is accepted, or that nobody
/// wants to know; that does not count. What was accepted before and is found again now was there before.
pub(super) fn escalation(old: &Side, new: &Side, appeared: &[Found]) -> bool {
    let appeared = appeared
        .iter()
        .map(|found| (found.finding.clone(), found.principals.clone()));
    let mut before = Findings::new();
    let mut after: Findings = appeared.collect();
    if let (Some(found), Some(_)) = (&old.findings, &new.findings) {
        add(&mut before, found.clone());
        add(&mut before, all_accepted(old));
        add(&mut after, all_accepted(new));
    }
    after.retain(|finding, _| finding.code == ESCALATION);
    let mut come = Findings::new();
    add_new(&before, &after, &mut come);
    !come.is_empty()
}

fn add(all: &mut Findings, others: Findings) {
    for (finding, principals) in others {
        all.entry(finding).or_default().extend(principals);
    }
}

/// What is found on the second side and not on the first, or about others there.
fn add_new(old: &Findings, new: &Findings, appeared: &mut Findings) {
    let nobody = BTreeSet::new();
    for (finding, principals) in new {
        let known = old.get(finding);
        let come = principals.difference(known.unwrap_or(&nobody));
        let come: BTreeSet<String> = come.cloned().collect();
        if known.is_none() || !come.is_empty() {
            appeared.entry(finding.clone()).or_default().extend(come);
        }
    }
}

/// The ways to more permissions that what is granted opens, with everyone who can go them. A user can go what its own
/// policies and those of its groups open together.
fn ways(access: &Access) -> Findings {
    let mut found = Findings::new();
    // Roles of many accounts have the same grants.
    let mut known: BTreeMap<BTreeSet<&Grant>, Vec<Finding>> = BTreeMap::new();
    for (arn, identity) in &access.identities {
        let mut grants: BTreeSet<&Grant> = identity.policies.values().flatten().collect();
        if identity.kind == IdentityKind::User {
            let groups = identity
                .groups
                .iter()
                .filter_map(|group| access.identities.get(group));
            grants.extend(groups.flat_map(|group| group.policies.values().flatten()));
        }
        let ways = known.entry(grants).or_insert_with_key(|grants| {
            lint::ways(grants.iter().copied())
                .into_iter()
                .map(|way| Finding {
                    code: ESCALATION.to_owned(),
                    subject: way.action,
                    message: way.message,
                })
                .collect()
        });
        for way in ways {
            found.entry(way.clone()).or_default().insert(arn.clone());
        }
    }
    found
}
