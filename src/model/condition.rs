//! Conditions of a statement.

use std::collections::{BTreeMap, BTreeSet};

use super::{Refusal, Text, leave_out, shown};
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

/// Checks a condition operator.
///
/// # Errors
///
/// When IAM knows no such operator.
pub fn check_condition_operator(operator: &str) -> Result<(), Refusal> {
    let base = base(operator);
    if OPERATORS.contains(&base) {
        return Ok(());
    }
    let help = match did_you_mean(base, OPERATORS.iter().copied()) {
        _ if base == "NullIfExists" => {
            "write `Null`, which asks itself whether the key is there".to_owned()
        }
        Some(near) => format!("did you mean `{near}`?"),
        None => "use an operator of the IAM policy grammar, such as `StringEquals`".to_owned(),
    };
    Err(Refusal::new(
        format!("{} is not a condition operator", shown(operator)),
        "IAM refuses a policy with an operator it does not know",
        help,
    ))
}

/// Checks a condition key.
///
/// # Errors
///
/// When it is not `service:name`.
pub fn check_condition_key(key: &str) -> Result<(), Refusal> {
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

/// Checks the value of a condition.
///
/// # Errors
///
/// When IAM takes no such character in a policy, or the operator compares with `true` and `false` only.
pub fn check_condition_value(operator: &str, value: &str) -> Result<(), Refusal> {
    if let Some(odd) = value.chars().find(|c| !super::arn::is_policy_character(*c)) {
        return Err(Refusal::new(
            format!("{} cannot be the value of a condition", shown(value)),
            "IAM takes printable Latin-1 characters only in a policy",
            leave_out(odd),
        ));
    }
    let boolean = ["Bool", "Null"].contains(&base(operator));
    if boolean && !["true", "false"].contains(&value) && !value.contains("${") {
        return Err(Refusal::new(
            format!("{} is neither true nor false", shown(value)),
            format!("`{operator}` compares with these two and would never match"),
            "write \"true\" or \"false\", in quotes",
        ));
    }
    Ok(())
}

/// The operator without its prefix and suffix.
fn base(operator: &str) -> &str {
    let base = operator
        .strip_prefix("ForAllValues:")
        .or_else(|| operator.strip_prefix("ForAnyValue:"))
        .unwrap_or(operator);
    match base.strip_suffix("IfExists") {
        Some(rest) if rest != "Null" => rest,
        _ => base,
    }
}
