//! Conditions on keys that requests for the action never have, or not for all resources of a call.

use crate::lint::{Context, Finding, Granted, Principal, Rule};
use crate::model::{LintLevel, Operator, shown};
use crate::reference::{ActionFacts, ActionResource};

pub(super) const RULE: Rule = Rule {
    code: "unsupported-condition",
    level: LintLevel::Warn,
    summary: "a condition key that the action never has",
    page: include_str!("unsupported_condition.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = context.of_conditions(RULE.code);
    for principal in context.principals() {
        for granted in &principal.grants {
            findings.extend(never_whole(context, &principal, granted));
        }
    }
    findings
}

/// The service whose documentation says that each resource of a call is authorized separately. For other services, such
/// as AWS Glue, AWS's own policies use one condition for all required resource types, although some lack the key.
const CHECKED_ONE_BY_ONE: &str = "ec2";

/// A call names a resource of each required type, and is only allowed if it is allowed on each of them. A condition on
/// a key that only some of these types have denies the call, unless another entry allows the others.
fn never_whole(
    context: &Context<'_>,
    principal: &Principal<'_>,
    granted: &Granted<'_>,
) -> Option<Finding> {
    let action = &granted.grant.action;
    let required = required_keys(granted);
    if required.is_empty() || action.service() != CHECKED_ONE_BY_ONE || action.has_wildcard() {
        return None;
    }
    let facts = *context.reference.expand(action.as_str()).first()?;
    let on =
        |listed: &ActionResource<'_>, key: &str| facts.has_key_on(*listed, key, context.reference);
    let key = required.into_iter().find(|key| {
        let mut types = facts.required();
        types.any(|listed| on(&listed, key))
    })?;
    let allowed = |listed: &ActionResource<'_>| {
        principal
            .grants
            .iter()
            .any(|other| other.grants(action.as_str()) && allows(context, other, facts, *listed))
    };
    let lacking: Vec<&str> = facts
        .required()
        .filter(|listed| !on(listed, key) && takes(granted, *listed) && !allowed(listed))
        .map(|listed| listed.resource_type().name())
        .collect();
    let (first, others) = lacking.split_first()?;
    let more = match others.len() {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    Some(granted.finding(
        format!(
            "AWS lists {first}{more} for every call of {action}, without the condition key {}, and no entry grants it there",
            shown(key)
        ),
        "a condition guards only what has its key",
        "add `IfExists` to the operator, which then lets through what lacks the key, or grant the action on that in an entry of its own",
    ))
}

/// The keys whose presence the conditions require.
fn required_keys<'a>(granted: &Granted<'a>) -> Vec<&'a str> {
    let mut required = Vec::new();
    for (operator, keys) in &granted.grant.conditions {
        for (key, values) in keys {
            let values: Vec<String> = values.iter().map(|value| value.pattern()).collect();
            let strict = Operator::parse(operator).is_ok_and(|operator| {
                !operator.holds_without_key(values.iter().map(String::as_str))
            });
            if strict {
                required.push(key.as_str());
            }
        }
    }
    required
}

/// Whether an entry may allow an action on resources of a type.
fn allows(
    context: &Context<'_>,
    other: &Granted<'_>,
    facts: ActionFacts<'_>,
    listed: ActionResource<'_>,
) -> bool {
    takes(other, listed)
        && required_keys(other)
            .iter()
            .all(|key| facts.has_key_on(listed, key, context.reference))
}

fn takes(granted: &Granted<'_>, listed: ActionResource<'_>) -> bool {
    let mut resources = granted.grant.resource.arns().iter();
    granted.is_own() || resources.any(|arn| listed.accepts(arn))
}
