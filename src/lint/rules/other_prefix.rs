//! Actions that exist under two prefixes.

use crate::lint::sensitive::OTHER_PREFIX;
use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

pub(super) const RULE: Rule = Rule {
    code: "other-prefix",
    level: LintLevel::Note,
    summary: "AWS has the operation under another prefix",
    page: include_str!("other_prefix.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for granted in context.granted() {
        let action = granted.grant.action.as_str();
        if let Some((_, other)) = OTHER_PREFIX.iter().find(|(one, _)| *one == action) {
            findings.push(granted.finding(
                format!("{action} may be meant as {other}"),
                "AWS has the API operation of that name under the other prefix; this one may allow nothing that the product calls",
                "ask the vendor which of the two the product needs",
            ));
        }
    }
    findings
}
