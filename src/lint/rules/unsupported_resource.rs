//! A resource of an entry that none of its actions takes.

use std::collections::BTreeSet;

use crate::lint::{Context, Finding, Level, Rule};
use crate::resolve::GrantResource;

pub(super) const RULE: Rule = Rule {
    code: "unsupported-resource",
    level: Level::Warn,
    summary: "a resource that the action never has",
    page: include_str!("unsupported_resource.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let granted = context.granted();
    let mut findings = context.of_conditions(RULE.code);
    let mut told = BTreeSet::new();
    for one in &granted {
        let GrantResource::Arns(arns) = &one.grant.resource else {
            continue;
        };
        for arn in arns {
            // An entry may list the resources of several actions together: one that takes it is enough.
            let taken = granted
                .iter()
                .filter(|other| {
                    other.grant.origin == one.grant.origin
                        && other.grant.resource == one.grant.resource
                })
                .flat_map(|other| other.actions(context))
                .any(|facts| facts.takes(arn));
            // The actions of one entry share its resources: one of them is enough to say it.
            if !taken && told.insert((one.grant.origin, &one.grant.resource, arn)) {
                findings.push(one.finding(
                    format!("no action here takes {}", arn.text().pattern()),
                    "AWS never compares it with anything, so it allows nothing and misleads the reader",
                    "ask the vendor what is meant; `landgrant explain ACTION` prints what an action takes",
                ));
            }
        }
        let actions = one.actions(context);
        let denied = actions
            .iter()
            .filter(|facts| !arns.iter().any(|arn| facts.takes(arn)))
            .count();
        if denied > 0 && one.grant.action.has_wildcard() {
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
