//! Condition operators whose type is not that of the key.

use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

pub(super) const RULE: Rule = Rule {
    code: "mismatched-operator",
    level: LintLevel::Warn,
    summary: "an operator for another type of value",
    page: include_str!("mismatched_operator.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    context.of_conditions(RULE.code)
}
