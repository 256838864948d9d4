//! Conditions of a statement.

use std::collections::{BTreeMap, BTreeSet};

use super::{Refusal, Text, shown};
use crate::diag::did_you_mean;

/// Operator, then key, then values. The values of one key are alternatives, so their order means nothing.
pub type Conditions = BTreeMap<String, BTreeMap<String, BTreeSet<Text>>>;

/// The condition operators of the IAM policy grammar, without prefixes and suffixes.
const OPERATORS: &[&str] = &[
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

/// Checks an operator and a condition key.
///
/// # Errors
///
/// When IAM knows no such operator, or the key is not `service:name`.
pub fn check_condition(operator: &str, key: &str) -> Result<(), Refusal> {
    let base = operator
        .strip_prefix("ForAllValues:")
        .or_else(|| operator.strip_prefix("ForAnyValue:"))
        .unwrap_or(operator);
    let base = match base.strip_suffix("IfExists") {
        Some(rest) if rest != "Null" => rest,
        _ => base,
    };
    if !OPERATORS.contains(&base) {
        let help = match did_you_mean(base, OPERATORS.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "use an operator of the IAM policy grammar, such as `StringEquals`".to_owned(),
        };
        return Err(Refusal::new(
            format!("{} is not a condition operator", shown(operator)),
            "IAM refuses a policy with an operator it does not know",
            help,
        ));
    }
    let key_fits = key.split_once(':').is_some_and(|(service, name)| {
        !service.is_empty() && !name.is_empty() && !key.contains("${")
    }) && key.chars().all(super::arn::is_policy_character);
    if !key_fits {
        return Err(Refusal::new(
            format!("{} is not a condition key", shown(key)),
            "a condition key is a service prefix, a colon and a name; a policy variable in a key is never filled in",
            "write it as `aws:ResourceTag/owner`",
        ));
    }
    Ok(())
}
