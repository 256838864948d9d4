//! External ids that others can guess.

use std::collections::{BTreeMap, BTreeSet};

use crate::lint::{Context, Finding, Holder, Rule};
use crate::model::LintLevel;

/// A random id with this many letters and digits cannot be guessed.
const SHORTEST: usize = 16;

pub(super) const RULE: Rule = Rule {
    code: "weak-external-id",
    level: LintLevel::Warn,
    summary: "the external id can be guessed",
    page: include_str!("weak_external_id.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let resolved = context.resolved;
    let mut findings: BTreeMap<_, Finding> = BTreeMap::new();
    for (number, target) in resolved.targets.iter().enumerate() {
        let Some(id) = &target.external_id else {
            continue;
        };
        let text = id.as_str();
        let lower = text.to_lowercase();
        let known = resolved
            .products
            .iter()
            .flat_map(|product| [&product.catalog.id.product, &product.catalog.vendor])
            .chain([&resolved.name, &target.name])
            .map(|word| word.to_lowercase())
            .chain([target.account.to_string()])
            .find(|word| word.len() > 2 && lower.contains(word.as_str()));
        let reason = if text.len() < SHORTEST {
            format!("it has {} characters, fewer than {SHORTEST}", text.len())
        } else if let Some(word) = known {
            format!("it is made from `{word}`")
        } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
            "it is digits only".to_owned()
        } else {
            continue;
        };
        let finding = findings.entry(target.external_id_span).or_insert_with(|| Finding {
            span: target.external_id_span,
            asked: Vec::new(),
            subject: target.account.to_string(),
            limits: String::new(),
            holders: BTreeSet::new(),
            message: format!("the external id can be guessed: {reason}"),
            why: "it keeps another customer of the vendor out only while that customer does not know it".to_owned(),
            help: "let the vendor's product generate it, or use a random UUID".to_owned(),
        });
        finding.holders.insert(Holder::Target(number));
    }
    findings.into_values().collect()
}
