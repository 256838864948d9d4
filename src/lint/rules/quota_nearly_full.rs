//! Quotas that are nearly exhausted.

use std::collections::BTreeSet;

use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;
use crate::plan::budget;

/// The usage in percent from which a quota is reported.
const NEARLY: usize = 80;

pub(super) const RULE: Rule = Rule {
    code: "quota-nearly-full",
    level: LintLevel::Warn,
    summary: "a quota is nearly used up",
    page: include_str!("quota_nearly_full.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let resolved = context.resolved;
    let span = resolved
        .hub
        .as_ref()
        .map(|hub| hub.span)
        .or(resolved.targets.first().map(|target| target.span))
        .unwrap_or(resolved.name_span);
    budget(context.plan)
        .into_iter()
        .filter(|one| one.percent() >= NEARLY && !one.grows)
        .map(|one| {
            let left = match one.targets_left {
                Some(left) => format!("; {left} more targets fit"),
                None => String::new(),
            };
            Finding {
                span,
                asked: Vec::new(),
                subject: one.what.clone(),
                limits: String::new(),
                holders: BTreeSet::new(),
                message: format!(
                    "{}: {} of {} {}{left}",
                    one.what, one.used, one.limit, one.unit
                ),
                why: "AWS refuses what exceeds it, but only at deploy time".to_owned(),
                help: "leave out what is not needed, or split the deployment, before it is full"
                    .to_owned(),
            }
        })
        .collect()
}
