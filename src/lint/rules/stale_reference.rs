//! An AWS service reference that is older than half a year.

use std::collections::BTreeSet;

use time::format_description::well_known::Iso8601;
use time::{Date, Duration};

use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

/// AWS adds actions every week, some hundreds in half a year.
const OLDEST: Duration = Duration::days(180);

pub(super) const RULE: Rule = Rule {
    code: "stale-reference",
    level: LintLevel::Note,
    summary: "the AWS reference is old",
    page: include_str!("stale_reference.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let Some(source) = context.reference.sources().first() else {
        return Vec::new();
    };
    let old =
        Date::parse(source.date, &Iso8601::DATE).is_ok_and(|date| context.today - date > OLDEST);
    if !old {
        return Vec::new();
    }
    vec![Finding {
        span: context.resolved.name_span,
        asked: Vec::new(),
        subject: source.name.to_owned(),
        limits: String::new(),
        holders: BTreeSet::new(),
        message: format!("the AWS reference is of {}", source.date),
        why: "actions that AWS added since are unknown, and resource types may be incomplete"
            .to_owned(),
        help: "install a newer release of Landgrant; add single actions with `--reference FILE`"
            .to_owned(),
    }]
}
