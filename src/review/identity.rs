//! What changed of a user, group or role beside its grants.

use std::collections::BTreeSet;

use super::{Fact, Kind};
use crate::model::{ConditionMap, Grant, Identity, Trust};

/// Everything that an identity is granted, wherever it stands.
pub(super) fn grants(identity: &Identity) -> BTreeSet<Grant> {
    identity.policies.values().flatten().cloned().collect()
}

/// The differences of two states of one identity, or of an identity and nothing.
pub(super) fn compare(old: Option<&Identity>, new: Option<&Identity>) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut fact = |kind, text: String| facts.push(Fact { kind, text });
    let nothing = BTreeSet::new();
    let trust = |identity: Option<&Identity>| {
        identity.map_or_else(BTreeSet::new, |identity| identity.trust.clone())
    };
    let (old_trust, new_trust) = (trust(old), trust(new));
    for come in new_trust.difference(&old_trust) {
        let narrower = old_trust.iter().find(|narrow| come.covers(narrow));
        let wider = old_trust.iter().find(|wide| wide.covers(come));
        match (wider, narrower) {
            (Some(wider), _) => fact(
                Kind::Narrowed,
                format!("trusts {} instead of {}", said(come), said(wider)),
            ),
            (None, Some(narrow)) => fact(
                Kind::Widened,
                format!("trusts {} instead of {}", said(come), said(narrow)),
            ),
            (None, None) => fact(Kind::Added, format!("trusts {}", said(come))),
        }
    }
    for gone in old_trust.difference(&new_trust) {
        let told = new_trust
            .iter()
            .any(|other| other.covers(gone) || gone.covers(other));
        if !told {
            fact(Kind::Removed, format!("trusts {} no more", said(gone)));
        }
    }
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
    if let (Some(before), Some(after)) = (old.max_session, new.max_session)
        && before != after
    {
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
                crate::model::PolicyKind::Inline => "inline",
                crate::model::PolicyKind::Managed => "a managed policy",
            };
            fact(Kind::Other, format!("{name} is {place} now"));
        }
    }
    facts
}

fn said(trust: &Trust) -> String {
    format!("{}{}", trust.principal.value, conditions(&trust.conditions))
}

/// Conditions in words, each with a blank before it.
pub fn conditions(conditions: &ConditionMap) -> String {
    let mut text = String::new();
    for (operator, keys) in conditions {
        for (key, values) in keys {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            text.push_str(&format!(" if {operator} {key} {}", values.join(" or ")));
        }
    }
    text
}
