//! Resources of an entry that none of its actions supports.

use std::collections::BTreeMap;

use crate::lint::{Context, Finding, Granted, Rule};
use crate::model::{ArnPattern, LintLevel};
use crate::reference::ActionResource;
use crate::resolve::{GrantResource, Origin};

pub(super) const RULE: Rule = Rule {
    code: "unsupported-resource",
    level: LintLevel::Warn,
    summary: "a resource that the action never has",
    page: include_str!("unsupported_resource.md"),
    check,
};

/// The resources that the actions of an entry support.
#[derive(Default)]
struct Taken<'a> {
    /// By service and name.
    types: BTreeMap<(&'a str, &'a str), ActionResource<'a>>,
    /// Whether one of the actions is not in the reference.
    unknown: bool,
}

impl<'a> Taken<'a> {
    fn add(&mut self, context: &Context<'a>, granted: &Granted<'a>) {
        for facts in granted.actions(context) {
            self.unknown |= !facts.verified() && facts.only_star();
            let service = facts.service().prefix();
            let types = facts
                .resources()
                .map(|listed| ((service, listed.resource_type().name()), listed));
            self.types.extend(types);
        }
    }

    fn takes(&self, arn: &ArnPattern) -> bool {
        *arn == ArnPattern::any() || self.unknown || self.types.values().any(|one| one.accepts(arn))
    }
}

fn check(context: &Context<'_>) -> Vec<Finding> {
    let granted = context.granted();
    // An entry can list resources for several actions, so one action that supports a resource is enough.
    let mut entries: BTreeMap<(Origin, &GrantResource), Taken<'_>> = BTreeMap::new();
    for one in &granted {
        let entry = (one.grant.origin, &one.grant.resource);
        entries.entry(entry).or_default().add(context, one);
    }
    let mut findings = context.of_conditions(RULE.code);
    for one in &granted {
        let GrantResource::Arns(arns) = &one.grant.resource else {
            continue;
        };
        // The actions of an entry share its resources, so one action is enough to report.
        let taken = entries.remove(&(one.grant.origin, &one.grant.resource));
        for arn in arns {
            if taken.as_ref().is_some_and(|taken| !taken.takes(arn)) {
                findings.push(one.finding(
                    format!("no action here takes {}", arn.text().pattern()),
                    "AWS never compares it with anything, so it allows nothing and misleads the reader",
                    "ask the vendor what is meant; `landgrant explain ACTION` prints what an action takes",
                ));
            }
        }
        if !one.grant.action.has_wildcard() {
            continue;
        }
        let actions = one.actions(context);
        let denied = actions
            .iter()
            .filter(|facts| !arns.iter().any(|arn| facts.takes(arn)))
            .count();
        if denied > 0 {
            findings.push(one.finding(
                format!(
                    "{denied} of the {} actions under {} take none of its resources",
                    actions.len(),
                    one.grant.action
                ),
                "AWS compares them with resources that they never have, and so denies them",
                "if the product needs them, grant them on what they take",
            ));
        }
    }
    findings
}
