//! Actions whose spelling differs from AWS's in case.

use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

pub(super) const RULE: Rule = Rule {
    code: "miscased-action",
    level: LintLevel::Note,
    summary: "the vendor spells the action differently from AWS",
    page: include_str!("miscased_action.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    context
        .granted()
        .into_iter()
        .filter_map(|granted| {
            let (_, feature) = granted
                .product
                .catalog
                .features
                .get_index(granted.grant.origin.feature)?;
            let entry = feature
                .entries
                .iter()
                .find(|entry| entry.span == granted.grant.span)?;
            let written = entry.written.as_ref()?;
            let message = format!("the vendor writes {written}, AWS {}", entry.action);
            Some(granted.finding(
                message,
                "IAM ignores the case, people who search for an action do not; what is rendered has AWS's spelling",
                "nothing to do; tell the vendor, if you like",
            ))
        })
        .collect()
}
