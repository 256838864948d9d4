//! Guards that compare a tag of the principal, where whoever assumes the role may pass any tag.

use std::collections::{BTreeMap, BTreeSet};

use crate::lint::{Context, Finding, Holder, Principal, Rule};
use crate::model::{
    ArnPattern, Conditions, Family, LintLevel, Operator, SetOperator, Text, TrustKind, is_fixed,
    matches,
};
use crate::resolve::{Trusted, TrustedPrincipal};

pub(super) const RULE: Rule = Rule {
    code: "caller-chosen-tag",
    level: LintLevel::Warn,
    summary: "a guard compares a tag that the caller may choose",
    page: include_str!("caller_chosen_tag.md"),
    check,
};

/// How keys and variables begin that stand for a tag of the principal.
const TAG: &str = "aws:principaltag/";

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for principal in context.principals() {
        let Holder::GrantSet(set) = principal.holder else {
            continue;
        };
        let targets = context.resolved.targets.iter();
        let roles: BTreeSet<usize> = targets
            .filter(|target| target.grant_set == set)
            .map(|target| target.role)
            .collect();
        let trusted = context.trusted().filter(|(role, _)| roles.contains(role));
        let tags = tags(&principal);
        for (_, trusted) in trusted.filter(|(_, trusted)| may_pass_tags(trusted)) {
            let open = tags.iter().filter(|(tag, _)| !is_limited(trusted, tag));
            findings
                .extend(open.map(|(tag, action)| finding(trusted, principal.holder, tag, action)));
        }
    }
    findings
}

/// The principal's tags on which something granted or denied depends, in lower case, each with an action.
fn tags(principal: &Principal<'_>) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    for granted in &principal.grants {
        let named = named(granted.grant.resource.arns(), &granted.grant.conditions);
        let action = granted.grant.action.to_string();
        tags.extend(named.into_iter().map(|tag| (tag, action.clone())));
    }
    for denial in principal.denials {
        let action = denial.actions.first().map(ToString::to_string);
        let named = named(&denial.resources, &denial.conditions);
        tags.extend(named.into_iter().zip(action.into_iter().cycle()));
    }
    tags
}

/// The tags that resources and conditions name.
fn named(resources: &[ArnPattern], conditions: &Conditions) -> Vec<String> {
    let resources = resources.iter().map(|arn| arn.text().pattern());
    let mut named: Vec<String> = resources.flat_map(|text| filled_in(&text)).collect();
    for (key, values) in conditions.values().flatten() {
        named.extend(key.to_lowercase().strip_prefix(TAG).map(str::to_owned));
        named.extend(values.iter().flat_map(|value| filled_in(&value.pattern())));
    }
    named
}

/// The tags of the principal that policy variables of a text stand for.
fn filled_in(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let variables = lower.split("${").skip(1);
    let names = variables.filter_map(|rest| {
        let name = rest.split(['}', ',']).next()?;
        Some(name.trim().strip_prefix(TAG)?.to_owned())
    });
    names.collect()
}

/// Whether somebody with credentials of AWS assumes the role, and may pass tags. Those in a token or of a service are not
/// the caller's choice.
fn may_pass_tags(trusted: &Trusted) -> bool {
    let is_caller = match &trusted.principal {
        TrustedPrincipal::Outside(kind, _) => {
            matches!(kind, TrustKind::Principal | TrustKind::Vendor(_))
        }
        _ => true,
    };
    let mut actions = trusted.actions.iter();
    is_caller && actions.any(|action| action.as_str() == "sts:TagSession")
}

/// Whether conditions say which value a tag may be passed with, or that it may not be passed.
fn is_limited(trusted: &Trusted, tag: &str) -> bool {
    trusted.written.iter().any(|(operator, keys)| {
        Operator::parse(operator).is_ok_and(|operator| {
            keys.iter().any(|(key, values)| {
                let values: Vec<String> = values.iter().map(Text::pattern).collect();
                limits(operator, &key.to_lowercase(), &values, tag)
            })
        })
    })
}

fn limits(operator: Operator, key: &str, values: &[String], tag: &str) -> bool {
    let is_it = key.strip_prefix("aws:requesttag/") == Some(tag);
    let is_list = key == "aws:tagkeys";
    let is_open = |value: &String| value.bytes().all(|byte| b"*?".contains(&byte));
    let is_own = |value: &String| value.starts_with("${aws:PrincipalTag/") && value.ends_with('}');
    match operator.family {
        _ if values.is_empty() || operator.negated => false,
        Family::Null => (is_it || is_list) && values.iter().all(|value| value == "true"),
        Family::String if is_it => values
            .iter()
            .all(|value| !is_open(value) && (is_fixed(value) || is_own(value))),
        Family::String if is_list && operator.set == Some(SetOperator::ForAllValues) => {
            let takes = |value: &String| match operator.takes_wildcards() {
                true => matches(&value.to_lowercase(), tag),
                false => value.eq_ignore_ascii_case(tag),
            };
            values.iter().all(|value| is_fixed(value) && !takes(value))
        }
        _ => false,
    }
}

fn finding(trusted: &Trusted, holder: Holder, tag: &str, action: &str) -> Finding {
    Finding {
        span: trusted.span,
        asked: Vec::new(),
        subject: format!("aws:PrincipalTag/{tag}"),
        limits: String::new(),
        holders: BTreeSet::from([holder]),
        message: format!("whoever assumes the role may pass the tag `{tag}`, on which {action} depends"),
        why: "a tag of the session counts instead of the role's own, so the caller fulfils the condition as it likes".to_owned(),
        help: format!("limit it beside `session_tags`: `aws:RequestTag/{tag}` with the values that are right, or a list without it under `ForAllValues:StringEquals` on `aws:TagKeys`"),
    }
}
