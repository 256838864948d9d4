//! A condition on a key that requests of the action never have.

use crate::lint::{Context, Finding, Level, Rule};

pub(super) const RULE: Rule = Rule {
    code: "unsupported-condition",
    level: Level::Warn,
    summary: "a condition key that the action never has",
    page: include_str!("unsupported_condition.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    context.of_conditions(RULE.code)
}
