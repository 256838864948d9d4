//! The rules, by name. A new one has a line here, a file, a page, and fixtures.

mod deprecated_action;

use super::Rule;

/// Every rule, by name.
pub const RULES: &[&Rule] = &[&deprecated_action::RULE];
