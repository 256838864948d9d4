//! Actions that only the newest source lists.

use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

pub(super) const RULE: Rule = Rule {
    code: "unknown-action",
    level: LintLevel::Warn,
    summary: "the action is newer than the AWS reference",
    page: include_str!("unknown_action.md"),
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
                .is_some_and(|facts| !facts.verified())
        })
        .map(|granted| {
            granted.finding(
                format!("{} is newer than the AWS reference", granted.grant.action),
                "its spelling, access level and resource types are unverified, so no other rule can judge it",
                "look it up in the Service Authorization Reference, and describe it in a file for `--reference`",
            )
        })
        .collect()
}
