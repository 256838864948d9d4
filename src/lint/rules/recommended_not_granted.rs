//! Recommended actions that were not selected.

use std::collections::{BTreeMap, BTreeSet};

use crate::lint::{Context, Finding, Rule};
use crate::model::{Level as CatalogLevel, LintLevel};
use crate::resolve::LeftOutReason;

pub(super) const RULE: Rule = Rule {
    code: "recommended-not-granted",
    level: LintLevel::Note,
    summary: "a recommended action is not granted",
    page: include_str!("recommended_not_granted.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for product in &context.resolved.products {
        let mut by_feature: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for left_out in &product.left_out {
            if left_out.level == CatalogLevel::Recommended
                && left_out.reason == LeftOutReason::Level
            {
                by_feature
                    .entry(&left_out.feature)
                    .or_default()
                    .push(left_out.action.as_str());
            }
        }
        for (feature, actions) in by_feature {
            findings.push(Finding {
                span: product.span,
                asked: Vec::new(),
                subject: feature.to_owned(),
                limits: String::new(),
                holders: BTreeSet::new(),
                message: format!(
                    "{}, {feature}: recommended and not granted: {}",
                    product.catalog.id,
                    actions.join(", ")
                ),
                why: "the feature works in part without them; the summary of `render` says what stops".to_owned(),
                help: "write `levels: [required, recommended]`, and `omit` what you do not want".to_owned(),
            });
        }
    }
    findings
}
