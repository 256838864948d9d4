//! Actions that AWS describes as deprecated.

use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

pub(super) const RULE: Rule = Rule {
    code: "deprecated-action",
    level: LintLevel::Warn,
    summary: "AWS marks the action as deprecated",
    page: include_str!("deprecated_action.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    context
        .granted()
        .into_iter()
        .filter(|granted| {
            context
                .reference
                .action(granted.grant.action.as_str())
                .is_some_and(|facts| facts.deprecated())
        })
        .map(|granted| {
            granted.finding(
                format!("{} is deprecated", granted.grant.action),
                "AWS may switch it off, and its successor is another action that this one does not grant",
                "ask the vendor which action takes its place, and omit this one when the product no longer calls it",
            )
        })
        .collect()
}
