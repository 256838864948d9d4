//! Actions on `*` that support resource-level permissions.

use crate::lint::{Context, Finding, Rule};
use crate::model::{ArnPattern, LintLevel};
use crate::resolve::GrantResource;

/// How many ARN patterns are listed; the others are counted.
const MOST: usize = 2;

pub(super) const RULE: Rule = Rule {
    code: "unscoped-resource",
    level: LintLevel::Warn,
    summary: "granted on everything, though it could be limited",
    page: include_str!("unscoped_resource.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    context
        .granted()
        .into_iter()
        .filter_map(|granted| {
            let everything = match &granted.grant.resource {
                GrantResource::Arns(arns) => arns.contains(&ArnPattern::any()),
                GrantResource::OwnUser | GrantResource::OwnGroups => false,
            };
            let facts = context.reference.action(granted.grant.action.as_str())?;
            if !everything || granted.is_denied(granted.grant.action.as_str()) || facts.only_star() || !facts.verified() {
                return None;
            }
            let to: Vec<String> = facts
                .patterns_in_short()
                .iter()
                .map(|arn| arn.text().pattern())
                .map(|arn| arn.replace("${partition}", context.resolved.partition.as_str()))
                .collect();
            let shown = to[..to.len().min(MOST)].join(" ");
            let more = match to.len().saturating_sub(MOST) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let (sometimes, help) = match facts.always_names_resource() {
                true => ("", "write `resources: typed` in the deployment, or a `scope` with the resources that the product works on"),
                false => (" in part", "write a `scope` with what the product works on; AWS does not say that every call names one of these: they may be alternatives, or some calls name none and need `*`"),
            };
            Some(granted.finding(
                format!("{} could be limited{sometimes} to {shown}{more}", granted.grant.action),
                "on `*` it works on every resource of the account, whoever created it",
                help,
            ))
        })
        .collect()
}
