//! `allow` entries that match no finding. `levels` finds them.

use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

pub(super) const RULE: Rule = Rule {
    code: "unused-allow",
    level: LintLevel::Warn,
    summary: "an `allow` entry that matches nothing",
    page: include_str!("unused_allow.md"),
    check,
};

/// Finds nothing itself: whether entries are used is only known after all other rules.
fn check(_: &Context<'_>) -> Vec<Finding> {
    Vec::new()
}
