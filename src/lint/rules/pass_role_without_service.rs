//! `iam:PassRole` without a condition on the service.

use std::collections::BTreeMap;

use crate::lint::ways::{UNNAMED, passes_to};
use crate::lint::{Context, Finding, Rule};
use crate::model::{Effect, Fact, Holds, LintLevel, matches};

const KEY: &str = "iam:PassedToService";

pub(super) const RULE: Rule = Rule {
    code: "pass-role-without-service",
    level: LintLevel::Warn,
    summary: "roles can be passed to any service",
    page: include_str!("pass_role_without_service.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let any = Fact::known(UNNAMED);
    let of_policies = context.attached().into_iter().filter_map(|attached| {
        let mut grants = attached.policy.granted().iter();
        let passes = grants.any(|grant| {
            grant.effect == Effect::Allow
                && matches(&grant.action.to_lowercase(), "iam:passrole")
                && passes_to(&grant.conditions, &any) != Holds::No
        });
        let passed = passes.then(|| vec!["iam:PassRole".to_owned()]);
        attached.including(&passed?, "passes roles to any service", WHY)
    });
    let of_entries = context
        .granted()
        .into_iter()
        .filter(|granted| {
            let partition = context.plan.partition;
            let conditions = granted.conditions(&|text| text.anywhere(partition));
            granted.grants("iam:PassRole")
                && granted.reaches(context, "iam:PassRole")
                && passes_to(&conditions, &any) != Holds::No
        })
        .map(|granted| {
            let conditions = granted.conditions(&|text| text.anywhere(context.plan.partition));
            let mut keys = conditions.values().flat_map(BTreeMap::keys);
            let but = match keys.any(|key| key.eq_ignore_ascii_case(KEY)) {
                true => " that its conditions do not leave out",
                false => "",
            };
            granted.finding(
                format!("{} passes roles to any service{but}", granted.grant.action),
                WHY,
                format!("copy the catalog and add a condition on {KEY} with the services that the product uses"),
            )
        });
    of_policies.chain(of_entries).collect()
}

const WHY: &str = "a role that trusts another service as well can be handed to that one";
