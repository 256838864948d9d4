//! Allows that have nothing to allow; `levels` finds them.

use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

pub(super) const RULE: Rule = Rule {
    code: "unused-allow",
    level: LintLevel::Warn,
    summary: "an `allow` entry that matches nothing",
    page: include_str!("unused_allow.md"),
    check,
};

/// Nothing of its own: what is left of the allows is known when every other rule is done.
fn check(_: &Context<'_>) -> Vec<Finding> {
    Vec::new()
}
