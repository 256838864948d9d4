//! `iam:PassRole` without a condition on the service.

use crate::lint::{Context, Finding, Level, Rule};

const KEY: &str = "iam:PassedToService";

pub(super) const RULE: Rule = Rule {
    code: "pass-role-without-service",
    level: Level::Warn,
    summary: "roles can be passed to any service",
    page: include_str!("pass_role_without_service.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    context
        .granted()
        .into_iter()
        .filter(|granted| {
            let conditions = &granted.grant.conditions;
            let guarded = conditions
                .values()
                .flat_map(|keys| keys.keys())
                .any(|key| key.eq_ignore_ascii_case(KEY));
            granted.grants("iam:PassRole") && !guarded
        })
        .map(|granted| {
            granted.finding(
                format!("{} passes roles to any service", granted.grant.action),
                "a role that trusts another service as well can be handed to that one",
                format!("copy the catalog and add a condition on {KEY} with the services that the product uses"),
            )
        })
        .collect()
}
