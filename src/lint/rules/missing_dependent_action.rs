//! Actions with a dependent action that is not granted.

use crate::lint::{Context, Finding, Granted, Rule};
use crate::model::LintLevel;
use crate::reference::Dependents;

pub(super) const RULE: Rule = Rule {
    code: "missing-dependent-action",
    level: LintLevel::Note,
    summary: "a dependent action is not granted",
    page: include_str!("missing_dependent_action.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for principal in context.principals() {
        for granted in &principal.grants {
            let Some(facts) = context.reference.action(granted.grant.action.as_str()) else {
                continue;
            };
            let Dependents::Known(dependents) = facts.dependents() else {
                continue;
            };
            let missing: Vec<&str> = dependents
                .into_iter()
                .filter(|needed| !principal.has(needed))
                .collect();
            if let Some(first) = missing.first() {
                findings.push(granted.finding(
                    format!(
                        "{} sometimes needs {}",
                        granted.grant.action,
                        missing.join(", ")
                    ),
                    "AWS then refuses the call, though the action itself is granted",
                    help(granted, first),
                ));
            }
        }
    }
    findings
}

/// Where else the catalog lists the action.
fn help(granted: &Granted<'_>, needed: &str) -> String {
    let feature = granted
        .product
        .catalog
        .features
        .iter()
        .find(|(_, feature)| {
            feature
                .entries
                .iter()
                .any(|entry| entry.action.as_str().eq_ignore_ascii_case(needed))
        });
    match feature {
        Some((name, _)) => format!(
            "{} lists {needed} in its feature `{name}`: select that, or leave it if the product does not need it",
            granted.product.catalog.id
        ),
        None => "ask the vendor, who does not list it; leave it if the product works".to_owned(),
    }
}
