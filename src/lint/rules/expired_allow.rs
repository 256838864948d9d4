//! `allow` entries whose date has passed. `levels` finds them.

use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

pub(super) const RULE: Rule = Rule {
    code: "expired-allow",
    level: LintLevel::Deny,
    summary: "an `allow` entry that has expired",
    page: include_str!("expired_allow.md"),
    check,
};

/// Finds nothing itself: whether entries are used is only known after all other rules.
fn check(_: &Context<'_>) -> Vec<Finding> {
    Vec::new()
}
