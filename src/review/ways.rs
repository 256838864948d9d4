//! Findings that appear and vanish: those of lint where both sides have them, ways to more permissions if not.

use std::collections::{BTreeMap, BTreeSet};

use super::{Acceptance, Accepted, Finding, Findings, Found, Side, by_format, joining};
use crate::lint::{self, Held, Way};
use crate::model::{Access, AwsPolicy, Grant, Identity, IdentityKind, PolicyKind};
use crate::reference::{ManagedPolicy, managed_policy};

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
    for (before, after) in &pairs {
        add_new(before, after, old, &mut appeared);
        add_new(after, before, new, &mut vanished);
    }
    for (_, before, after) in by_format(old, new) {
        // Whoever accepted a way accepted it as far as it reached.
        add(&mut appeared, widened(before, after));
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

/// What is accepted now, and was not, or for another reason.
pub(super) fn accepted(old: &Side, new: &Side) -> Vec<Accepted> {
    let mut come = Findings::new();
    // Where the old side was never asked, nothing is news.
    if old.findings.is_some() {
        add_new(&all_accepted(old), &all_accepted(new), old, &mut come);
        let is_other = |(finding, now): &(&Finding, &Acceptance)| {
            let before = old.accepted.get(*finding);
            before.is_some_and(|before| before.reason != now.reason)
        };
        for (finding, now) in new.accepted.iter().filter(is_other) {
            come.insert(finding.clone(), now.principals.clone());
        }
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
    add_new(&before, &after, old, &mut come);
    !come.is_empty()
}

fn add(all: &mut Findings, others: Findings) {
    for (finding, principals) in others {
        all.entry(finding).or_default().extend(principals);
    }
}

/// What is found after and not before, or about others there. A role that is deployed to one more account brings what is found
/// of it in all others; only a way to more permissions is news there.
fn add_new(before: &Findings, after: &Findings, old: &Side, appeared: &mut Findings) {
    let nobody = BTreeSet::new();
    let is_there = |arn: &String| {
        let mut access = old.access.values();
        access.any(|access| access.identities.contains_key(arn))
    };
    for (finding, principals) in after {
        let known = before.get(finding);
        let in_accounts: BTreeSet<&str> = match finding.code.as_str() {
            ESCALATION => BTreeSet::new(),
            _ => known.into_iter().flatten().map(|arn| name(arn)).collect(),
        };
        let is_news = |arn: &&String| !in_accounts.contains(name(arn)) || is_there(arn);
        let come = principals.difference(known.unwrap_or(&nobody));
        let come: BTreeSet<String> = come.filter(is_news).cloned().collect();
        if known.is_none() || !come.is_empty() {
            appeared.entry(finding.clone()).or_default().extend(come);
        }
    }
}

/// What a principal is called in its account: all of its ARN behind the account.
fn name(arn: &str) -> &str {
    arn.splitn(6, ':').last().unwrap_or_default()
}

/// What the policies of an identity grant and deny, AWS's own among them.
fn of_policies(identity: &Identity) -> impl Iterator<Item = &Grant> {
    identity.policies.iter().flat_map(|((kind, name), grants)| {
        let of_aws = (*kind == PolicyKind::OfAws)
            .then(|| managed_policy(AwsPolicy::named_in(name)?))
            .flatten();
        let of_aws = of_aws.into_iter().flat_map(ManagedPolicy::granted);
        grants.iter().chain(of_aws)
    })
}

/// The managed policies of AWS's own that an identity has, itself or by its groups.
fn policies_of_aws(access: &Access, identity: &Identity) -> Vec<&'static ManagedPolicy> {
    let groups = identity.groups.iter();
    let groups = groups.filter_map(|group| access.identities.get(group));
    let all = groups.map(AsRef::as_ref).chain([identity]);
    let keys = all.flat_map(|one| one.policies.keys());
    let of_aws = keys.filter(|(kind, _)| *kind == PolicyKind::OfAws);
    let mut policies: Vec<&'static ManagedPolicy> = of_aws
        .filter_map(|(_, arn)| managed_policy(AwsPolicy::named_in(arn)?))
        .collect();
    policies.sort_by_key(|policy| policy.name);
    policies.dedup_by_key(|policy| policy.name);
    policies
}

/// What an identity holds: what its own policies and, of a user, those of its groups grant and deny together.
fn held<'a>(access: &'a Access, arn: &'a str, identity: &'a Identity) -> Held<'a> {
    let mut grants: BTreeSet<&Grant> = of_policies(identity).collect();
    if identity.kind == IdentityKind::User {
        let groups = identity
            .groups
            .iter()
            .filter_map(|group| access.identities.get(group));
        grants.extend(groups.flat_map(|group| of_policies(group)));
    }
    // Whoever is in a group has what the group has. A role is no user, and has no group.
    let members: Vec<(&String, &Identity)> = match identity.kind {
        IdentityKind::Role => Vec::new(),
        IdentityKind::User => access
            .identities
            .get_key_value(arn)
            .map(|(arn, user)| (arn, user.as_ref()))
            .into_iter()
            .collect(),
        IdentityKind::Group => {
            let all = access.identities.iter();
            let members = all.filter(|(_, one)| one.groups.contains(arn));
            members.map(|(arn, user)| (arn, user.as_ref())).collect()
        }
    };
    let mut own = BTreeSet::new();
    for (member, user) in members {
        own.insert(member.as_str());
        own.extend(user.groups.iter().map(String::as_str));
    }
    Held {
        grants: grants.into_iter().collect(),
        own,
    }
}

/// The ways to more permissions that what is granted opens, with everyone who can go them.
pub fn ways(access: &Access) -> Findings {
    let mut found = Findings::new();
    // Roles of many accounts have the same grants.
    let mut known: BTreeMap<(Held<'_>, Vec<&str>), Vec<Finding>> = BTreeMap::new();
    for (arn, identity) in joining::identities(access) {
        let policies = policies_of_aws(access, identity);
        let names = policies.iter().map(|policy| policy.name).collect();
        let key = (held(access, arn, identity), names);
        let ways = known.entry(key).or_insert_with_key(|(held, _)| {
            let ways = lint::ways_with(held, &policies);
            ways.into_iter().map(finding).collect()
        });
        for way in ways {
            found.entry(way.clone()).or_default().insert(arn.clone());
        }
    }
    found
}

/// The ways that were there and reach further now, with everyone whom they take further: a denial or a condition on one of
/// the steps went, its resources grew, or what bounded all of it did.
fn widened(old: &Access, new: &Access) -> Findings {
    type Pair<'a> = (Held<'a>, Held<'a>, bool);
    let mut found = Findings::new();
    let mut known: BTreeMap<Pair<'_>, Vec<Finding>> = BTreeMap::new();
    let known_before: BTreeMap<_, _> = joining::identities(old).collect();
    for (arn, after) in joining::identities(new) {
        let Some(before) = known_before.get(arn) else {
            continue;
        };
        let bound = &before.permissions_boundary;
        let unbound = bound.is_some() && *bound != after.permissions_boundary;
        let pair = (held(old, arn, before), held(new, arn, after), unbound);
        if pair.0 == pair.1 && !unbound {
            continue;
        }
        let ways = known
            .entry(pair)
            .or_insert_with_key(|(before, after, unbound)| {
                let there: Vec<Way> = lint::ways(before);
                let wider = match unbound {
                    true => lint::ways(after),
                    false => lint::widened_ways(before, after),
                };
                wider
                    .into_iter()
                    .filter(|way| there.contains(way))
                    .map(finding)
                    .map(|finding| Finding {
                        message: format!("{}; it reaches further than before", finding.message),
                        ..finding
                    })
                    .collect()
            });
        for way in ways {
            found.entry(way.clone()).or_default().insert(arn.clone());
        }
    }
    found
}

fn finding(way: Way) -> Finding {
    Finding {
        code: ESCALATION.to_owned(),
        subject: way.action,
        message: way.message,
    }
}
