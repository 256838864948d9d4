//! Wildcards, with what they grant.

use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

pub(super) const RULE: Rule = Rule {
    code: "wildcard-action",
    level: LintLevel::Warn,
    summary: "the wildcard grants more than the list names",
    page: include_str!("wildcard_action.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    context
        .granted()
        .into_iter()
        .filter(|granted| granted.grant.action.has_wildcard())
        .map(|granted| {
            let actions = granted.actions(context);
            let listed = actions
                .iter()
                .filter(|facts| {
                    let features = granted.product.catalog.features.values();
                    features.flat_map(|feature| &feature.entries).any(|entry| {
                        entry.action.as_str().eq_ignore_ascii_case(&facts.canonical())
                    })
                })
                .count();
            granted.finding(
                format!(
                    "{} grants {} actions: {listed} that the catalog lists, and {} more",
                    granted.grant.action,
                    actions.len(),
                    actions.len() - listed
                ),
                "the catalog does not list the others, and actions that AWS adds later are granted unnoticed",
                "write `expand: true` for the product and omit what it does not need, or omit the wildcard",
            )
        })
        .collect()
}
