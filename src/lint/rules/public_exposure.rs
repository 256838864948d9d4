//! Actions that change resource policies or publish resources.

use crate::lint::sensitive::EXPOSURE;
use crate::lint::{Context, Finding, Level, Rule};

pub(super) const RULE: Rule = Rule {
    code: "public-exposure",
    level: Level::Warn,
    summary: "can open resources to others",
    page: include_str!("public_exposure.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for granted in context.granted() {
        for (action, what) in EXPOSURE {
            if granted.grants(action) {
                let under = match granted.grant.action.has_wildcard() {
                    true => format!(" (under {})", granted.grant.action),
                    false => String::new(),
                };
                let mut finding = granted.finding(
                    format!("{action}{under} {what}"),
                    "access that is given to outsiders this way stands in no IAM policy of the account",
                    "limit it by a `scope`, or forbid outsiders by a policy of the organization",
                );
                finding.subject = (*action).to_owned();
                findings.push(finding);
            }
        }
    }
    findings
}
