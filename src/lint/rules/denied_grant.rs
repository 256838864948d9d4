//! Entries of a catalog that are granted, and denied on all that they are granted on.

use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

pub(super) const RULE: Rule = Rule {
    code: "denied-grant",
    level: LintLevel::Warn,
    summary: "granted, and denied again",
    page: include_str!("denied_grant.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let granted = context.granted().into_iter();
    granted
        .filter(|granted| granted.is_denied(granted.grant.action.as_str()))
        .map(|granted| {
            granted.finding(
                format!(
                    "{} is granted, and denied on all that it is granted on",
                    granted.grant.action
                ),
                "a Deny prevails, so the product cannot use it, and the list reads as if it could",
                "`omit` it with the reason of the denial, which the summary and the kit then tell, or narrow the denial",
            )
        })
        .collect()
}
