//! Conditions that match every request.

use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

pub(super) const RULE: Rule = Rule {
    code: "idle-condition",
    level: LintLevel::Warn,
    summary: "a condition that restricts nothing",
    page: include_str!("idle_condition.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    context.of_conditions(RULE.code)
}
