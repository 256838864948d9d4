//! External ids that others can guess, and ids that two principals share.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::Span;
use crate::lint::{Context, Finding, Holder, Rule};
use crate::model::{Family, LintLevel, Operator, Text, is_fixed};
use crate::resolve::{ExternalIds, Trusted};

/// A random id with this many letters and digits cannot be guessed.
const SHORTEST: usize = 16;

pub(super) const RULE: Rule = Rule {
    code: "weak-external-id",
    level: LintLevel::Warn,
    summary: "the external id can be guessed, or another principal has it too",
    page: include_str!("weak_external_id.md"),
    check,
};

/// An external id that a role asks for.
struct Asked<'a> {
    text: String,
    span: Span,
    /// What a finding about it is about.
    subject: String,
    holder: Holder,
    /// The name and the account of the target whose own it is.
    target: Option<(&'a str, String)>,
    /// Whom it is asked of, by number; absent if it is the target's own.
    of: Option<usize>,
}

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings: BTreeMap<_, Finding> = BTreeMap::new();
    for asked in all(context) {
        let Some(reason) = weakness(context, &asked) else {
            continue;
        };
        let finding = findings.entry((asked.span, asked.text)).or_insert_with(|| Finding {
            span: asked.span,
            asked: Vec::new(),
            subject: asked.subject,
            limits: String::new(),
            holders: BTreeSet::new(),
            message: format!("the external id can be guessed: {reason}"),
            why: "it keeps another customer of the vendor out only while that customer does not know it".to_owned(),
            help: "let the vendor's product generate it, or use a random UUID".to_owned(),
        });
        finding.holders.insert(asked.holder);
    }
    findings.into_values().chain(shared(context)).collect()
}

/// Every external id that somebody is asked for.
fn all<'a>(context: &Context<'a>) -> Vec<Asked<'a>> {
    let resolved = context.resolved;
    let mut all = Vec::new();
    for (number, target) in resolved.targets.iter().enumerate() {
        all.extend(target.external_id.as_ref().map(|id| Asked {
            text: id.as_str().to_owned(),
            span: target.external_id_span,
            subject: target.account.to_string(),
            holder: Holder::Target(number),
            target: Some((target.name.as_str(), target.account.to_string())),
            of: None,
        }));
    }
    for (index, (role, trusted)) in context.trusted().enumerate() {
        all.extend(listed(trusted).into_iter().map(|(text, span)| Asked {
            subject: text.clone(),
            text,
            span,
            holder: Holder::Role(role),
            target: None,
            of: Some(index),
        }));
    }
    all
}

/// The ids that a principal is asked for in every target: those of the list, and those of conditions.
fn listed(trusted: &Trusted) -> Vec<(String, Span)> {
    let mut listed = Vec::new();
    if let ExternalIds::These(ids) = &trusted.external_ids {
        let ids = ids.iter().map(|id| id.as_str().to_owned());
        listed.extend(ids.zip(trusted.external_ids_at.iter().copied()));
    }
    for ((operator, key), span) in &trusted.written_at {
        let asks =
            Operator::parse(operator).is_ok_and(|one| one.family == Family::String && !one.negated);
        if asks && key.eq_ignore_ascii_case("sts:ExternalId") {
            let values = trusted.written[operator][key].iter();
            let values = values.map(Text::pattern);
            // One that IAM fills in is no id at all, which `missing-external-id` tells.
            let values = values.filter(|value| is_fixed(value));
            listed.extend(values.map(|value| (value, *span)));
        }
    }
    listed
}

fn weakness(context: &Context<'_>, asked: &Asked<'_>) -> Option<String> {
    let resolved = context.resolved;
    let text = asked.text.as_str();
    let lower = text.to_lowercase();
    let products = resolved.products.iter();
    let of_target = asked.target.iter();
    let known = products
        .flat_map(|product| [product.catalog.id.product.as_str(), &product.catalog.vendor])
        .chain([resolved.name.as_str()])
        .chain(of_target.flat_map(|(name, account)| [*name, account.as_str()]))
        .map(str::to_lowercase)
        .find(|word| word.len() > 2 && lower.contains(word.as_str()));
    let (literal, _) = text.split_at(text.find(['*', '?']).unwrap_or(text.len()));
    if literal.len() < SHORTEST {
        Some(match literal.len() == text.len() {
            true => format!("it has {} characters, fewer than {SHORTEST}", text.len()),
            false => format!(
                "{} characters stand before its wildcard, fewer than {SHORTEST}",
                literal.len()
            ),
        })
    } else if let Some(word) = known {
        Some(format!("it is made from `{word}`"))
    } else {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| "it is digits only".to_owned())
    }
}

/// A finding for each id that two principals of a role are asked for: either could have the other one's.
fn shared(context: &Context<'_>) -> Vec<Finding> {
    let mut first: BTreeMap<(Holder, String), usize> = BTreeMap::new();
    let mut findings = Vec::new();
    for asked in all(context) {
        let Some(of) = asked.of else { continue };
        let known = *first
            .entry((asked.holder, asked.text.clone()))
            .or_insert(of);
        if known != of {
            findings.push(Finding {
                span: asked.span,
                asked: Vec::new(),
                subject: asked.subject,
                limits: String::new(),
                holders: BTreeSet::from([asked.holder]),
                message: "another principal of the role is asked for the same external id".to_owned(),
                why: "each knows the id of the other, so it no longer tells for whom one of them acts".to_owned(),
                help: "have each principal send an id of its own".to_owned(),
            });
        }
    }
    findings
}
