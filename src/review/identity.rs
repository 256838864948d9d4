//! What changed of a user, group or role beside its grants.

use std::collections::BTreeSet;

use super::difference::{Difference, differences};
use super::{Fact, Kind, Reach};
use crate::model::{
    Access, AwsPolicy, ConditionMap, Effect, Grant, Identity, PolicyKind, Scope, SessionDuration,
    Term, Trust, conditions,
};
use crate::reference::{MANAGED_DATED, managed_policy};

/// What stands around an identity, and decides how far a change of it reaches.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// The account that it is in.
    pub account: &'a str,
    /// What was granted before, its groups among it.
    pub before: &'a Access,
    /// The keys, in lower case, of the tags that grants of either state depend on.
    pub tags: &'a BTreeSet<String>,
}

impl Around<'_> {
    /// Whether a group denied its members anything.
    fn denied(&self, group: &str) -> bool {
        let group = self.before.identities.get(group);
        let mut grants = group
            .iter()
            .flat_map(|group| group.policies.values().flatten());
        grants.any(|grant| grant.effect == Effect::Deny)
    }
}

/// Who may assume a role of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Trusted<'a> {
    trust: Trust,
    /// The role's own account.
    own: &'a str,
}

impl Term for Trusted<'_> {
    fn effect(&self) -> Effect {
        self.trust.effect
    }

    fn action(&self) -> &str {
        &self.trust.action
    }

    fn action_mut(&mut self) -> &mut String {
        &mut self.trust.action
    }

    fn scope(&self) -> Scope<'_> {
        let principal = &self.trust.principal;
        (&principal.kind, &principal.value)
    }

    fn scope_covers(&self, other: &Self) -> bool {
        let (own, others) = (&self.trust.principal, &other.trust.principal);
        own.covers(others, self.own)
    }

    fn conditions(&self) -> &ConditionMap {
        &self.trust.conditions
    }

    fn conditions_mut(&mut self) -> &mut ConditionMap {
        &mut self.trust.conditions
    }
}

/// Everything that an identity is granted, wherever it stands.
pub(super) fn grants(identity: &Identity) -> BTreeSet<Grant> {
    identity.policies.values().flatten().cloned().collect()
}

/// The differences of two states of one identity, or of an identity and nothing.
pub fn compare(around: Around<'_>, old: Option<&Identity>, new: Option<&Identity>) -> Vec<Fact> {
    let nothing = BTreeSet::new();
    let trust = |identity: Option<&Identity>| -> BTreeSet<Trusted<'_>> {
        let trusts = identity.into_iter().flat_map(|identity| &identity.trust);
        let in_account = |trust: &Trust| Trusted {
            trust: with_own_arn(trust),
            own: around.account,
        };
        trusts.map(in_account).collect()
    };
    let before = trust(old);
    let was_let_in = |one: &Trusted<'_>| {
        let mut before = before.iter();
        before.any(|known| known.effect() == Effect::Allow && known.scope_covers(one))
    };
    let mut facts: Vec<Fact> = differences(&before, &trust(new))
        .iter()
        .map(|difference| Fact {
            kind: difference.kind,
            reach: difference.kind.reach(difference.denies()),
            text: changed_trust(difference),
            lets_in: !difference.denies() && !difference.after.iter().all(was_let_in),
        })
        .collect();
    let groups = |identity: Option<&Identity>| {
        identity.map_or_else(|| nothing.clone(), |identity| identity.groups.clone())
    };
    let (old_groups, new_groups) = (groups(old), groups(new));
    for group in new_groups.difference(&old_groups) {
        facts.push(fact(Kind::Added, format!("is in {group}")));
    }
    for group in old_groups.difference(&new_groups) {
        match around.denied(group) {
            false => facts.push(fact(Kind::Removed, format!("is no longer in {group}"))),
            true => facts.push(Fact {
                kind: Kind::Removed,
                reach: Reach::More,
                text: format!("is no longer in {group}, which denied something"),
                lets_in: false,
            }),
        }
    }
    let before = old.map_or(&nothing, |identity| &identity.instance_profiles);
    let after = new.map_or(&nothing, |identity| &identity.instance_profiles);
    for profile in after.difference(before) {
        let text = format!("is in the instance profile {profile}");
        facts.push(fact(Kind::Added, text));
    }
    for profile in before.difference(after) {
        let text = format!("is in the instance profile {profile} no more");
        facts.push(fact(Kind::Removed, text));
    }
    facts.extend(policies_of_aws(old, new));
    // The rest describes what is there before and after.
    let (Some(old), Some(new)) = (old, new) else {
        return facts;
    };
    let mut fact = |kind: Kind, text: String| facts.push(fact(kind, text));
    match (&old.permissions_boundary, &new.permissions_boundary) {
        (before, after) if before == after => {}
        (None, None) => {}
        (None, Some(after)) => fact(Kind::Narrowed, format!("is bounded by {after}")),
        (Some(before), None) => fact(Kind::Widened, format!("is no longer bounded by {before}")),
        (Some(before), Some(after)) => fact(
            Kind::Widened,
            format!("is bounded by {after} instead of {before}: look at both"),
        ),
    }
    // AWS has a default for the maximum session duration.
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
        let (before, after) = (old.tags.get(key), new.tags.get(key));
        let text = match (before, after) {
            (before, after) if before == after => continue,
            (_, None) => format!("is no longer tagged {key}"),
            (None, Some(after)) => format!("is tagged {key} = {after}"),
            (Some(_), Some(after)) => format!("is now tagged {key} = {after}"),
        };
        // Which values let more through is not known.
        match around.tags.contains(&key.to_ascii_lowercase()) {
            true => fact(
                Kind::Widened,
                format!("{text}, and what is granted depends on that tag"),
            ),
            false => fact(Kind::Other, text),
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
                PolicyKind::Managed | PolicyKind::OfAws => "a managed policy",
            };
            fact(Kind::Other, format!("{name} is now {place}"));
        }
    }
    facts
}

/// The managed policies of AWS's own that come and go. What they grant is not in any file, and AWS changes it.
fn policies_of_aws(old: Option<&Identity>, new: Option<&Identity>) -> Vec<Fact> {
    let attached = |identity: Option<&'_ Identity>| -> BTreeSet<String> {
        let policies = identity.into_iter().flat_map(|one| one.policies.keys());
        let of_aws = policies.filter(|(kind, _)| *kind == PolicyKind::OfAws);
        of_aws.map(|(_, arn)| arn.clone()).collect()
    };
    let (before, after) = (attached(old), attached(new));
    let come = after.difference(&before).map(|arn| (Kind::Added, arn));
    let gone = before.difference(&after).map(|arn| (Kind::Removed, arn));
    come.chain(gone)
        .map(|(kind, arn)| {
            let policy = AwsPolicy::named_in(arn).and_then(managed_policy);
            let (what, denies) = match policy {
                None => (
                    format!("{arn}, which the data of {MANAGED_DATED} do not know"),
                    false,
                ),
                Some(policy) => {
                    let allows = policy.allowed_actions();
                    let grants = match allows {
                        0 => "which allows nothing".to_owned(),
                        1 => "which allows 1 action".to_owned(),
                        many => format!("which allows {many} actions"),
                    };
                    let dated = policy.attached().dated();
                    (
                        format!("{} of AWS, {dated}, {grants}", policy.full_name()),
                        allows == 0,
                    )
                }
            };
            let text = match kind {
                Kind::Added => format!("has the managed policy {what}"),
                _ => format!("no longer has the managed policy {what}"),
            };
            let reach = kind.reach(denies);
            Fact {
                kind,
                reach,
                text,
                lets_in: false,
            }
        })
        .collect()
}

fn fact(kind: Kind, text: String) -> Fact {
    let reach = kind.reach(false);
    Fact {
        kind,
        reach,
        text,
        lets_in: false,
    }
}

fn changed_trust(difference: &Difference<Trusted<'_>>) -> String {
    let all = |trusts: &[Trusted<'_>]| {
        let all: Vec<String> = trusts.iter().map(|one| whom(&one.trust)).collect();
        all.join(" and ")
    };
    let verb = match difference.denies() {
        true => "denies",
        false => "trusts",
    };
    let (before, after) = (all(&difference.before), all(&difference.after));
    match (difference.kind, before.is_empty(), after.is_empty()) {
        (Kind::Other, true, _) => format!("{verb} {after}, as others cover already"),
        (Kind::Other, _, _) => format!("no longer {verb} {before}, which others still cover"),
        (_, true, _) => format!("{verb} {after}"),
        (_, _, true) => format!("no longer {verb} {before}"),
        _ => format!("{verb} {after} instead of {before}"),
    }
}

/// How a user or a role that a policy names meets a condition on who sends the request.
const OWN_ARN: (&str, &str) = ("ArnEquals", "aws:PrincipalArn");

/// A trust with the condition that whom it names meets anyway, so that it can be compared with the trust of an account
/// that has this condition.
fn with_own_arn(trust: &Trust) -> Trust {
    let mut trust = trust.clone();
    let principal = &trust.principal;
    let is_named = [":user/", ":role/"]
        .iter()
        .any(|kind| principal.value.contains(kind));
    let (operator, key) = OWN_ARN;
    let keys = trust.conditions.get(operator).into_iter().flatten();
    let mut keys = keys.filter(|(known, _)| known.eq_ignore_ascii_case(key));
    if principal.kind == "AWS" && is_named && keys.next().is_none() {
        let arn = BTreeSet::from([principal.value.clone()]);
        let keys = trust.conditions.entry(operator.to_owned()).or_default();
        keys.insert(key.to_owned(), arn);
    }
    trust
}

/// The conditions of a trust, without the one that whom it names meets anyway.
fn own_conditions(trust: &Trust) -> ConditionMap {
    let mut all = trust.conditions.clone();
    let (operator, key) = OWN_ARN;
    if let Some(keys) = all.get_mut(operator) {
        let arn = BTreeSet::from([trust.principal.value.clone()]);
        keys.retain(|known, values| !known.eq_ignore_ascii_case(key) || *values != arn);
    }
    all
}

/// Who may do what, on what terms. An ARN, and the action by which every role is assumed, go without saying.
fn whom(trust: &Trust) -> String {
    let mut text = trust.principal.in_words();
    if !trust.action.eq_ignore_ascii_case("sts:AssumeRole") {
        text.push_str(&format!(" for {}", trust.action));
    }
    text + &conditions(&own_conditions(trust))
}
