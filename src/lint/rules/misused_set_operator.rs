//! Set operators that match unexpectedly, or that are missing.

use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

pub(super) const RULE: Rule = Rule {
    code: "misused-set-operator",
    level: LintLevel::Warn,
    summary: "a set operator that is missing, or that matches too much",
    page: include_str!("misused_set_operator.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    context.of_conditions(RULE.code)
}
