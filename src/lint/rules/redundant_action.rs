//! Actions that a wildcard also grants.

use crate::lint::{Context, Finding, Granted, Rule};
use crate::model::LintLevel;
use crate::resolve::GrantResource;

pub(super) const RULE: Rule = Rule {
    code: "redundant-action",
    level: LintLevel::Warn,
    summary: "another grant includes it",
    page: include_str!("redundant_action.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for principal in context.principals() {
        let wide: Vec<&Granted<'_>> = principal
            .grants
            .iter()
            .filter(|wide| wide.grant.action.has_wildcard() && wide.grant.conditions.is_empty())
            .collect();
        for granted in &principal.grants {
            let wider = wide
                .iter()
                .find(|other| other.grant.span != granted.grant.span && includes(other, granted));
            if let Some(wider) = wider {
                findings.push(granted.finding(
                    format!("`{}` includes {}", wider.grant.action, granted.grant.action),
                    "leaving out the action alone changes nothing, and the list looks narrower than it is",
                    format!("omit `{}` and keep what the product needs, or the other way round", wider.grant.action),
                ));
            }
        }
    }
    findings
}

/// Whether the wide grant, which has a wildcard and no conditions, includes the narrow one.
fn includes(wide: &Granted<'_>, narrow: &Granted<'_>) -> bool {
    let resources = || match (&wide.grant.resource, &narrow.grant.resource) {
        (GrantResource::Arns(wide), GrantResource::Arns(narrow)) => narrow
            .iter()
            .all(|narrow| wide.iter().any(|wide| wide.covers(narrow))),
        (wide, narrow) => wide == narrow,
    };
    !wide.grant.action.same_as(&narrow.grant.action)
        && wide.grant.action.covers(&narrow.grant.action)
        && resources()
}
