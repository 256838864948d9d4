//! Conditions of a statement: operators, and what keys and values must look like.

use std::collections::{BTreeMap, BTreeSet};

use super::value::{is_arn_pattern, is_date, is_ip_range, is_number};
use super::{Refusal, Text, leave_out, shown};
use crate::diag::did_you_mean;

/// Operator, then key, then values. The values of one key are alternatives, so their order means nothing.
pub type Conditions = BTreeMap<String, BTreeMap<String, BTreeSet<Text>>>;

/// A condition operator of the IAM policy grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    /// Whether it asks about all values of a key, or any.
    pub set: Option<SetOperator>,
    /// What kind of values it compares.
    pub family: Family,
    /// Whether it holds where the values differ.
    pub negated: bool,
    /// Whether it holds where the request has no such key.
    pub if_exists: bool,
    /// How its name reads without prefix and suffix.
    name: &'static str,
}

/// How an operator treats a key with several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperator {
    /// `ForAllValues:`, which holds where there is no value at all.
    ForAllValues,
    /// `ForAnyValue:`, which does not.
    ForAnyValue,
}

/// What an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Text.
    String,
    /// ARNs, part by part.
    Arn,
    /// `true` and `false`.
    Bool,
    /// Numbers.
    Numeric,
    Date,
    /// IP addresses with ranges.
    IpAddress,
    /// Bytes.
    Binary,
    /// Whether the key is there.
    Null,
}

/// Every operator without prefixes and suffixes: its family, and whether it is negated.
const OPERATORS: &[(&str, Family, bool)] = &[
    ("ArnEquals", Family::Arn, false),
    ("ArnLike", Family::Arn, false),
    ("ArnNotEquals", Family::Arn, true),
    ("ArnNotLike", Family::Arn, true),
    ("BinaryEquals", Family::Binary, false),
    ("Bool", Family::Bool, false),
    ("DateEquals", Family::Date, false),
    ("DateGreaterThan", Family::Date, false),
    ("DateGreaterThanEquals", Family::Date, false),
    ("DateLessThan", Family::Date, false),
    ("DateLessThanEquals", Family::Date, false),
    ("DateNotEquals", Family::Date, true),
    ("IpAddress", Family::IpAddress, false),
    ("NotIpAddress", Family::IpAddress, true),
    ("Null", Family::Null, false),
    ("NumericEquals", Family::Numeric, false),
    ("NumericGreaterThan", Family::Numeric, false),
    ("NumericGreaterThanEquals", Family::Numeric, false),
    ("NumericLessThan", Family::Numeric, false),
    ("NumericLessThanEquals", Family::Numeric, false),
    ("NumericNotEquals", Family::Numeric, true),
    ("StringEquals", Family::String, false),
    ("StringEqualsIgnoreCase", Family::String, false),
    ("StringLike", Family::String, false),
    ("StringNotEquals", Family::String, true),
    ("StringNotEqualsIgnoreCase", Family::String, true),
    ("StringNotLike", Family::String, true),
];

/// Keys that a request has only where an AWS service makes it as itself, which no identity policy is about: neither what a
/// user or a role sends has them, nor what a service sends for one of those (IAM User Guide, "AWS global condition context
/// keys").
const OF_SERVICES: [&str; 6] = [
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
];

/// The most characters of a tag's key.
const LONGEST_TAG_KEY: usize = 128;

/// Whether only AWS services themselves send a key.
pub fn is_of_services(key: &str) -> bool {
    OF_SERVICES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(key))
}

impl Family {
    /// Whether IAM can read a value as one of those that these operators compare.
    pub fn reads(self, value: &str) -> bool {
        match self {
            Family::String | Family::Binary => true,
            Family::Bool | Family::Null => ["true", "false"].contains(&value),
            Family::Numeric => is_number(value),
            Family::Date => is_date(value),
            Family::IpAddress => is_ip_range(value),
            Family::Arn => is_arn_pattern(value),
        }
    }
}

impl Operator {
    /// The operator with a name such as `ForAnyValue:StringLikeIfExists`.
    ///
    /// # Errors
    ///
    /// When IAM knows no such operator.
    pub fn parse(text: &str) -> Result<Operator, Refusal> {
        let prefixes = [
            ("ForAllValues:", SetOperator::ForAllValues),
            ("ForAnyValue:", SetOperator::ForAnyValue),
        ];
        let (set, base) = prefixes
            .iter()
            .find_map(|(prefix, set)| Some((Some(*set), text.strip_prefix(prefix)?)))
            .unwrap_or((None, text));
        let (if_exists, base) = match base.strip_suffix("IfExists") {
            Some(rest) if rest != "Null" => (true, rest),
            _ => (false, base),
        };
        if let Some((name, family, negated)) = OPERATORS.iter().find(|(name, ..)| *name == base) {
            return Ok(Operator {
                set,
                family: *family,
                negated: *negated,
                if_exists,
                name,
            });
        }
        let help = match meant(text) {
            _ if text.contains("${") => {
                "write it in full: nothing is filled into an operator".to_owned()
            }
            _ if base == "NullIfExists" => {
                "write `Null`, which asks itself whether the key is there".to_owned()
            }
            Some(near) => format!("did you mean `{near}`?"),
            None => "use an operator of the IAM policy grammar, such as `StringEquals`".to_owned(),
        };
        Err(Refusal::new(
            format!("{} is not a condition operator", shown(text)),
            "IAM refuses a policy with an operator it does not know",
            help,
        ))
    }

    /// Whether a condition holds for a request that does not have its key, whatever the key.
    pub fn holds_without_key<'a>(self, mut values: impl Iterator<Item = &'a str>) -> bool {
        match (self.family, self.set) {
            (Family::Null, _) => values.any(|value| value.eq_ignore_ascii_case("true")),
            (_, Some(SetOperator::ForAllValues)) => true,
            (_, Some(SetOperator::ForAnyValue)) => self.if_exists,
            (_, None) => self.negated || self.if_exists,
        }
    }

    /// Whether a condition with such values holds only for requests whose key has one of them.
    pub fn asks_for(self, values: &[String]) -> bool {
        self.family != Family::Null
            && !self.negated
            && !self.holds_without_key(values.iter().map(String::as_str))
            && !values.is_empty()
            && values.iter().all(|value| is_fixed(value))
    }

    /// Whether it keeps out what a positive operator asks for, where both compare with the same value.
    pub fn is_opposite_of(self, positive: Operator) -> bool {
        let arns = |operator: Operator| operator.family == Family::Arn;
        self.negated
            && !positive.negated
            && (self.name.replacen("Not", "", 1) == positive.name
                || (self.name == "StringNotLike" && positive.name == "StringEquals")
                || (arns(self) && arns(positive)))
    }

    /// Whether IAM fills policy variables into the values that it compares.
    pub fn takes_variables(self) -> bool {
        matches!(self.family, Family::String | Family::Arn)
    }

    /// Whether `*` and `?` in its values stand for other characters.
    pub fn takes_wildcards(self) -> bool {
        self.family == Family::Arn || self.name.ends_with("Like")
    }
}

/// Whether the value of a condition is the same whoever sends the request: IAM fills no variable into it, or only a tag of
/// what the request is for.
pub fn is_fixed(value: &str) -> bool {
    let filled_in = value.split("${").skip(1);
    filled_in
        .map(|rest| rest.split('}').next().unwrap_or_default())
        .all(|name| match name.split_once(':') {
            Some((_, key)) => {
                key.to_ascii_lowercase().starts_with("resourcetag/") && !key.contains(',')
            }
            None => true,
        })
}

/// The operator that a misspelt one is meant to be. It is negated if that is, and keeps prefix and suffix.
fn meant(text: &str) -> Option<String> {
    let without = |name: &str| name.to_lowercase().replacen("not", "", 1);
    let (prefix, base) = match text.rsplit_once(':') {
        Some((prefix, base)) => {
            let prefix = did_you_mean(prefix.trim(), ["ForAllValues", "ForAnyValue"])?;
            (format!("{prefix}:"), base.trim())
        }
        None => (String::new(), text.trim()),
    };
    let lower = base.to_lowercase();
    let (lower, suffix) = match lower.strip_suffix("ifexists") {
        Some(rest) => (rest, "IfExists"),
        None => (lower.as_str(), ""),
    };
    let negated = lower.contains("not");
    let known: Vec<(String, &str)> = OPERATORS
        .iter()
        .filter(|(_, family, is_negated)| {
            *is_negated == negated && (suffix.is_empty() || *family != Family::Null)
        })
        .map(|(name, ..)| (without(name), *name))
        .collect();
    let near = did_you_mean(&without(lower), known.iter().map(|(name, _)| name.as_str()))?;
    let (_, name) = known.iter().find(|(name, _)| name == near)?;
    Some(format!("{prefix}{name}{suffix}"))
}

/// Checks a condition operator.
///
/// # Errors
///
/// When IAM knows no such operator.
pub fn check_condition_operator(operator: &str) -> Result<(), Refusal> {
    Operator::parse(operator).map(drop)
}

/// Checks a condition key.
///
/// # Errors
///
/// When it is not `service:name`.
pub fn check_condition_key(key: &str) -> Result<(), Refusal> {
    let key_fits = key
        .split_once(':')
        .is_some_and(|(service, name)| !service.is_empty() && !name.is_empty())
        && !key.contains("${")
        && key.chars().all(super::arn::is_policy_character);
    if !key_fits {
        return Err(Refusal::new(
            format!("{} is not a condition key", shown(key)),
            "a condition key is a service prefix, a colon and a name; a policy variable in a key is never filled in",
            "write it as `aws:ResourceTag/owner`",
        ));
    }
    if key.contains(['*', '?']) {
        return Err(Refusal::new(
            format!("{} is not a condition key", shown(key)),
            "IAM accepts no wildcard in a key, and no tag can be called so: the request never has it",
            "name the key in full, as in `aws:ResourceTag/owner`, with an entry for each",
        ));
    }
    let tag = key
        .split_once('/')
        .filter(|(head, _)| head.to_ascii_lowercase().ends_with("tag"));
    if tag.is_some_and(|(_, tag)| tag.chars().count() > LONGEST_TAG_KEY) {
        return Err(Refusal::new(
            format!("{} is not a condition key", shown(key)),
            "the key of a tag has at most 128 characters: no request has this one",
            "write the key as the tag has it",
        ));
    }
    Ok(())
}

/// Checks the value of a condition, whatever its key. Places stand in it filled in.
///
/// # Errors
///
/// When IAM accepts no such character in a policy, or the operator can compare nothing with it.
pub fn check_condition_value(operator: Operator, value: &str) -> Result<(), Refusal> {
    if let Some(odd) = value.chars().find(|c| !super::arn::is_policy_character(*c)) {
        return Err(Refusal::new(
            format!("{} cannot be the value of a condition", shown(value)),
            "IAM accepts printable Latin-1 characters only in a policy",
            leave_out(odd),
        ));
    }
    if value.contains("${") && !operator.takes_variables() {
        return Err(Refusal::new(
            format!("{} contains a policy variable", shown(value)),
            "IAM fills variables only into what operators for text and ARNs compare, and this one would compare the braces",
            "write the value itself",
        ));
    }
    let (what, help) = match operator.family {
        _ if operator.family.reads(value) => return Ok(()),
        Family::String | Family::Binary => return Ok(()),
        Family::Bool | Family::Null => (
            "is neither true nor false",
            "write \"true\" or \"false\", in quotes",
        ),
        Family::Numeric => ("is not a number", "write digits: \"3600\""),
        Family::Date => (
            "is not a date",
            "write it as \"2026-11-30\" or \"2026-11-30T23:59:59Z\", or as seconds since 1970",
        ),
        Family::IpAddress => (
            "is neither an IP address nor a range of them",
            "write it as \"203.0.113.0/24\" or \"2001:db8::/32\"",
        ),
        Family::Arn => (
            "is not an ARN",
            "write all six parts, `arn:${partition}:service:region:account:resource`, with `*` where anything will do",
        ),
    };
    let outcome = match operator.negated {
        true => "always holds, so it guards nothing",
        false => "never holds",
    };
    Err(Refusal::new(
        format!("{} {what}", shown(value)),
        format!(
            "`{}` compares nothing else, and the condition {outcome}",
            operator.name
        ),
        help,
    ))
}

#[cfg(test)]
mod tests {
    use super::{Operator, check_condition_value};

    #[test]
    fn some_conditions_hold_without_their_key() {
        for (operator, value, holds) in [
            ("StringEquals", "a", false),
            ("StringNotEquals", "a", true),
            ("NotIpAddress", "10.0.0.0/8", true),
            ("StringEqualsIfExists", "a", true),
            ("ForAnyValue:StringNotEquals", "a", false),
            ("ForAnyValue:StringEqualsIfExists", "a", true),
            ("ForAllValues:StringEquals", "a", true),
            ("Null", "true", true),
            ("Null", "false", false),
        ] {
            let parsed = Operator::parse(operator).unwrap();
            let found = parsed.holds_without_key([value].into_iter());
            assert_eq!(found, holds, "{operator}");
        }
    }

    #[test]
    fn misspelt_operators_are_told_with_their_sense() {
        for (written, meant) in [
            ("stringequals", "StringEquals"),
            ("NotStringEquals", "StringNotEquals"),
            ("NotStringLike", "StringNotLike"),
            ("IpAddressNot", "NotIpAddress"),
            ("ForAnyValue: StringEquals", "ForAnyValue:StringEquals"),
            ("ForAllValue:StringLike", "ForAllValues:StringLike"),
            ("StringEqualIfExist", ""),
            ("StringEqualIfExists", "StringEqualsIfExists"),
            ("NotBool", ""),
            ("ForSomeValues:StringLike", ""),
        ] {
            let help = Operator::parse(written).unwrap_err().help;
            let told = help.strip_prefix("did you mean `").unwrap_or_default();
            assert_eq!(told.trim_end_matches("`?"), meant, "{written}");
        }
    }

    #[test]
    fn some_conditions_ask_for_values_that_are_fixed() {
        for (operator, value, asks) in [
            ("StringEquals", "a", true),
            ("ForAnyValue:StringLike", "a*", true),
            ("ArnLike", "arn:${partition}:iam::${account}:role/a", true),
            ("StringEquals", "${iam:ResourceTag/team}", true),
            ("StringEquals", "${aws:ResourceTag/team, 'a'}", false),
            ("StringEquals", "${sts:RoleSessionName}", false),
            ("StringEqualsIfExists", "a", false),
            ("ForAllValues:StringEquals", "a", false),
            ("ForAnyValue:StringNotEquals", "a", false),
            ("Null", "false", false),
        ] {
            let found = Operator::parse(operator)
                .unwrap()
                .asks_for(&[value.to_owned()]);
            assert_eq!(found, asks, "{operator} {value}");
        }
    }

    #[test]
    fn values_that_nothing_equals_are_refused() {
        let check = |operator: &str, value: &str| {
            check_condition_value(Operator::parse(operator).unwrap(), value)
        };
        for (operator, value) in [
            ("Bool", "true"),
            ("NumericLessThan", "3600"),
            ("NumericLessThan", "-0.5"),
            ("DateLessThan", "2026-11-30"),
            ("DateLessThan", "2026-11-30T23:59:59Z"),
            ("DateLessThan", "1796083199"),
            ("IpAddress", "203.0.113.0/24"),
            ("NotIpAddress", "2001:db8::/32"),
            ("ArnLike", "arn:aws:iam::*:role/*"),
            ("ArnEquals", "${aws:PrincipalArn}"),
            ("ArnLike", "*"),
            ("StringLike", "${aws:PrincipalTag/team}-*"),
        ] {
            assert!(check(operator, value).is_ok(), "{operator} {value}");
        }
        for (operator, value) in [
            ("Bool", "yes"),
            ("Bool", "${aws:SecureTransport}"),
            ("Null", ""),
            ("NumericLessThan", "1h"),
            ("NumericLessThan", "1e3"),
            ("DateLessThan", "2026-13-01"),
            ("DateLessThan", "2026-02-30"),
            ("DateLessThan", "2025-02-29T12:00Z"),
            ("DateLessThan", "30.11.2026"),
            ("IpAddress", "203.0.113.0/33"),
            ("IpAddress", "203.0.113.0/024"),
            ("IpAddress", "203.0.113"),
            ("NotIpAddress", "10.*"),
            ("ArnEquals", "role/admin"),
            ("ArnLike", "arn:aws:iam::*"),
        ] {
            assert!(check(operator, value).is_err(), "{operator} {value}");
        }
    }
}
