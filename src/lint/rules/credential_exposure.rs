//! Actions that return or make credentials.

use crate::lint::sensitive::CREDENTIALS;
use crate::lint::{Context, Finding, Level, Rule};

pub(super) const RULE: Rule = Rule {
    code: "credential-exposure",
    level: Level::Warn,
    summary: "returns something to sign in with",
    page: include_str!("credential_exposure.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for granted in context.granted() {
        for (action, what) in CREDENTIALS {
            if granted.grants(action) {
                let under = match granted.grant.action.has_wildcard() {
                    true => format!(" (under {})", granted.grant.action),
                    false => String::new(),
                };
                let mut finding = granted.finding(
                    format!("{action}{under} {what}"),
                    "what is handed out can be used elsewhere, and long after the product's own access has ended",
                    "omit it if the product works without, or limit it by a `scope`",
                );
                finding.subject = (*action).to_owned();
                findings.push(finding);
            }
        }
    }
    findings
}
