//! Compares the grants of one policy with the plan.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Findings, Input, Rule, rule};
use crate::model::{Effect, Grant, PolicyKind};
use crate::readback::observed_grants;
use crate::review::{GrantChange, Kind, compare_grants};

/// Where a policy is: in a principal, or on its own.
pub(super) struct Place<'a> {
    /// The principal, or the managed policy itself.
    pub(super) subject: (&'static str, &'a str),
    /// The policy of the principal.
    pub(super) policy: Option<(PolicyKind, &'a str)>,
}

impl Place<'_> {
    pub(super) fn add(&self, findings: &mut Findings<'_>, rule: &'static Rule, what: String) {
        match self.policy {
            Some(policy) => findings.policy(rule, self.subject, policy, what),
            None => findings.about(rule, self.subject, what),
        }
    }
}

/// Compares a policy: a finding for each kind of difference.
pub(super) fn compare(
    input: &Input<'_>,
    place: &Place<'_>,
    planned: &BTreeSet<Grant>,
    document: &Value,
    findings: &mut Findings<'_>,
) {
    let found = match observed_grants(input.plan.partition, document) {
        Ok(found) => found,
        Err(why) => {
            place.add(
                findings,
                &rule::NOT_UNDERSTOOD,
                format!("is not understood: {why}"),
            );
            return;
        }
    };
    let changes = compare_grants(planned, &found, &[input.reference]);
    for (rule, what) in [
        (&rule::EXTRA_GRANT, "grants what is not planned"),
        (&rule::WIDENED_GRANT, "grants more than planned"),
        (&rule::MISSING_GRANT, "does not grant what is planned"),
        (&rule::NARROWED_GRANT, "grants less than planned"),
        (
            &rule::REWRITTEN_GRANT,
            "grants the same, written differently",
        ),
    ] {
        let grants: Vec<GrantChange> = changes
            .iter()
            .filter(|change| rule_of(change) == rule)
            .cloned()
            .collect();
        if !grants.is_empty() {
            // An additional denial narrows nothing if the action was never granted.
            let denies = rule == &rule::NARROWED_GRANT && grants.iter().all(denies);
            let what = match denies {
                true => "denies what the plan does not",
                false => what,
            };
            place.add(findings, rule, what.to_owned());
            findings.last(|finding| {
                let changed = grants
                    .iter()
                    .flat_map(|change| change.before.iter().chain(&change.after));
                let actions: BTreeSet<String> = changed.map(|grant| grant.action.clone()).collect();
                finding.about.extend(actions);
                finding.grants = grants;
            });
        }
    }
}

/// The rule for a difference. For a denial, more and less are reversed.
fn rule_of(change: &GrantChange) -> &'static Rule {
    match (change.kind, denies(change)) {
        (Kind::Added, false) => &rule::EXTRA_GRANT,
        (Kind::Widened, false) | (Kind::Narrowed | Kind::Removed, true) => &rule::WIDENED_GRANT,
        (Kind::Narrowed, false) | (Kind::Added | Kind::Widened, true) => &rule::NARROWED_GRANT,
        (Kind::Removed, false) => &rule::MISSING_GRANT,
        (Kind::Other, _) => &rule::REWRITTEN_GRANT,
    }
}

fn denies(change: &GrantChange) -> bool {
    let mut grants = change.before.iter().chain(&change.after);
    grants.any(|grant| grant.effect == Effect::Deny)
}
