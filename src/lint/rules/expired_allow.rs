//! Allows whose day has passed; `levels` finds them.

use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

pub(super) const RULE: Rule = Rule {
    code: "expired-allow",
    level: LintLevel::Deny,
    summary: "an `allow` entry that has expired",
    page: include_str!("expired_allow.md"),
    check,
};

/// Nothing of its own: what is left of the allows is known when every other rule is done.
fn check(_: &Context<'_>) -> Vec<Finding> {
    Vec::new()
}
