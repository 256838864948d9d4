//! Actions that AWS classes as permissions management.

use crate::lint::{Context, Finding, Level, Rule};
use crate::reference::AccessLevel;

pub(super) const RULE: Rule = Rule {
    code: "permissions-management",
    level: Level::Warn,
    summary: "changes who may do what",
    page: include_str!("permissions_management.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    context
        .granted()
        .into_iter()
        .filter_map(|granted| {
            let manages: Vec<String> = granted
                .actions(context)
                .into_iter()
                .filter(|facts| facts.level() == Some(AccessLevel::PermissionsManagement))
                .map(|facts| facts.canonical())
                .collect();
            let message = match (manages.len(), granted.grant.action.has_wildcard()) {
                (0, _) => return None,
                (_, false) => format!("{} changes who may do what", granted.grant.action),
                (many, true) => format!(
                    "{} includes {many} that change who may do what",
                    granted.grant.action
                ),
            };
            Some(granted.finding(
                message,
                "AWS classes it as permissions management: it can widen access beyond this list",
                "limit it by a `scope`, or omit it if the product works without",
            ))
        })
        .collect()
}
