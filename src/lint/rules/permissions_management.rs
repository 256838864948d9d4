//! Actions with the access level Permissions management.

use crate::lint::granted::named;
use crate::lint::{Context, Finding, Notable, Rule};
use crate::model::LintLevel;
use crate::reference::AccessLevel;

pub(super) const RULE: Rule = Rule {
    code: "permissions-management",
    level: LintLevel::Warn,
    summary: "changes who may do what",
    page: include_str!("permissions_management.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let of_policies = context.attached().into_iter().filter_map(|attached| {
        let notable = Notable::of(attached.policy.granted(), context.reference);
        attached.including(&notable.manages, "change who may do what", WHY)
    });
    let of_entries = context.granted().into_iter().filter_map(|granted| {
        let manages: Vec<String> = granted
            .actions(context)
            .into_iter()
            .filter(|facts| facts.level() == Some(AccessLevel::PermissionsManagement))
            .map(|facts| facts.canonical())
            .filter(|action| granted.reaches(context, action))
            .collect();
        let message = match (manages.as_slice(), granted.grant.action.has_wildcard()) {
            ([], _) => return None,
            (_, false) => format!("{} changes who may do what", granted.grant.action),
            ([one], true) => format!(
                "{} includes {one}, which changes who may do what",
                granted.grant.action
            ),
            (many, true) => format!(
                "{} includes {}, which change who may do what",
                granted.grant.action,
                named(many)
            ),
        };
        Some(granted.finding(
            message,
            WHY,
            granted.help(
                context,
                [
                    "limit it by a `scope`, or omit it if the product works without",
                    "omit it if the product works without",
                ],
            ),
        ))
    });
    of_policies.chain(of_entries).collect()
}

const WHY: &str = "AWS classes it as permissions management: it can widen access beyond this list";
