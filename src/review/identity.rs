//! What changed of a user, group or role beside its grants.

use std::collections::BTreeSet;

use super::difference::{Difference, differences};
use super::{Fact, Kind};
use crate::model::{Grant, Identity, PolicyKind, SessionDuration, Trust, conditions};

/// Everything that an identity is granted, wherever it stands.
pub(super) fn grants(identity: &Identity) -> BTreeSet<Grant> {
    identity.policies.values().flatten().cloned().collect()
}

/// The differences of two states of one identity, or of an identity and nothing.
pub fn compare(old: Option<&Identity>, new: Option<&Identity>) -> Vec<Fact> {
    let nothing = BTreeSet::new();
    let trust = |identity: Option<&Identity>| {
        identity.map_or_else(BTreeSet::new, |identity| identity.trust.clone())
    };
    let mut facts: Vec<Fact> = differences(&trust(old), &trust(new))
        .iter()
        .map(|difference| Fact {
            kind: difference.kind,
            reach: difference.kind.reach(difference.denies()),
            text: changed_trust(difference),
        })
        .collect();
    let mut fact = |kind: Kind, text: String| {
        let reach = kind.reach(false);
        facts.push(Fact { kind, reach, text });
    };
    let groups = |identity: Option<&Identity>| {
        identity.map_or_else(|| nothing.clone(), |identity| identity.groups.clone())
    };
    let (old_groups, new_groups) = (groups(old), groups(new));
    for group in new_groups.difference(&old_groups) {
        fact(Kind::Added, format!("is in {group}"));
    }
    for group in old_groups.difference(&new_groups) {
        fact(Kind::Removed, format!("is in {group} no more"));
    }
    // The rest describes what is there before and after.
    let (Some(old), Some(new)) = (old, new) else {
        return facts;
    };
    match (&old.permissions_boundary, &new.permissions_boundary) {
        (before, after) if before == after => {}
        (None, None) => {}
        (None, Some(after)) => fact(Kind::Narrowed, format!("is bounded by {after}")),
        (Some(before), None) => fact(Kind::Widened, format!("is bounded by {before} no more")),
        (Some(before), Some(after)) => fact(
            Kind::Widened,
            format!("is bounded by {after} instead of {before}: look at both"),
        ),
    }
    // AWS has a longest session where nothing is said.
    let session = |identity: &Identity| {
        let default = SessionDuration::DEFAULT.seconds();
        identity.max_session.unwrap_or(default)
    };
    let (before, after) = (session(old), session(new));
    if before != after {
        let kind = match after > before {
            true => Kind::Widened,
            false => Kind::Narrowed,
        };
        fact(
            kind,
            format!("has sessions of at most {after} s instead of {before} s"),
        );
    }
    let tags: BTreeSet<&String> = old.tags.keys().chain(new.tags.keys()).collect();
    for key in tags {
        match (old.tags.get(key), new.tags.get(key)) {
            (before, after) if before == after => {}
            (None, Some(after)) => fact(Kind::Other, format!("is tagged {key} = {after}")),
            (Some(_), None) => fact(Kind::Other, format!("is tagged {key} no more")),
            (_, Some(after)) => fact(Kind::Other, format!("is tagged {key} = {after} now")),
            (None, None) => {}
        }
    }
    // A product may read inline policies only, so it matters where a policy stands.
    for policy in new.policies.keys() {
        let (kind, name) = policy;
        let moved = old
            .policies
            .keys()
            .any(|(other, known)| known == name && other != kind);
        if moved && !old.policies.contains_key(policy) {
            let place = match kind {
                PolicyKind::Inline => "inline",
                PolicyKind::Managed => "a managed policy",
            };
            fact(Kind::Other, format!("{name} is {place} now"));
        }
    }
    facts
}

fn changed_trust(difference: &Difference<Trust>) -> String {
    let all = |trusts: &[Trust]| {
        let all: Vec<String> = trusts.iter().map(whom).collect();
        all.join(" and ")
    };
    let verb = match difference.denies() {
        true => "denies",
        false => "trusts",
    };
    let (before, after) = (all(&difference.before), all(&difference.after));
    match (difference.kind, before.is_empty(), after.is_empty()) {
        (Kind::Other, true, _) => format!("{verb} {after}, as others cover already"),
        (Kind::Other, _, _) => format!("{verb} {before} no more, which others still cover"),
        (_, true, _) => format!("{verb} {after}"),
        (_, _, true) => format!("{verb} {before} no more"),
        _ => format!("{verb} {after} instead of {before}"),
    }
}

/// Who may do what, on what terms. An ARN, and the action by which every role is assumed, go without saying.
fn whom(trust: &Trust) -> String {
    let (kind, value) = (&trust.principal.kind, &trust.principal.value);
    let mut text = match kind.as_str() {
        "AWS" | "*" => value.clone(),
        "Service" => format!("service {value}"),
        "Federated" => format!("identity provider {value}"),
        _ => format!("{kind} {value}"),
    };
    if !trust.action.eq_ignore_ascii_case("sts:AssumeRole") {
        text.push_str(&format!(" for {}", trust.action));
    }
    text + &conditions(&trust.conditions)
}
