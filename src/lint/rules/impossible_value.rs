//! Values that a condition key never has.

use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

pub(super) const RULE: Rule = Rule {
    code: "impossible-value",
    level: LintLevel::Warn,
    summary: "a value that the condition key never has",
    page: include_str!("impossible_value.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    context.of_conditions(RULE.code)
}
