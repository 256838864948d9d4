//! Judges whether the operator and the values of a condition fit the type of its key.

use super::verdict::Condition;
use super::verdict::Verdict;
use crate::diag::Severity;
use crate::model::{Effect, Family, SetOperator, check_condition_value, shown};
use crate::reference::{KeyType, ValueType};

impl Condition<'_> {
    /// What is wrong with the values: IAM cannot read one, or the operator is one for another type than the key's.
    pub(super) fn judge_values(&self, key_type: Option<KeyType>, effect: Effect) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        for (index, value) in self.values.iter().enumerate() {
            if let Err(refusal) = check_condition_value(self.operator, value) {
                verdicts.push(Verdict {
                    code: "bad-condition",
                    severity: Severity::Error,
                    key: self.key.to_owned(),
                    value: Some(index),
                    message: refusal.what,
                    why: refusal.why,
                    help: refusal.help,
                });
                continue;
            }
            let misfit = key_type.and_then(|key_type| self.misfit(key_type.value, value));
            let impossible = self.judge_form(value, effect);
            // Of two reasons, the one for which it is refused is told.
            let worst = impossible.into_iter().chain(misfit);
            verdicts.extend(
                worst
                    .min_by_key(|verdict| verdict.severity)
                    .map(|verdict| Verdict {
                        value: Some(index),
                        ..verdict
                    }),
            );
        }
        // The same of each value is said once.
        verdicts.dedup_by(|next, kept| {
            next.severity == Severity::Warning && next.message == kept.message
        });
        verdicts
    }

    /// How an operator and a value do not fit the type of the key.
    fn misfit(&self, key: ValueType, value: &str) -> Option<Verdict> {
        let wild = value.contains(['*', '?']) && !value.contains("${");
        let literal_wildcard = wild && !self.operator.takes_wildcards();
        let family = self.operator.family;
        let own = own_family(key);
        let sure = match family {
            _ if family == own || family == Family::Null => {
                return (family == Family::String && literal_wildcard).then(|| {
                    self.mismatch(
                        Severity::Warning,
                        wildcard_message(self.written),
                        "write `StringLike` or `StringNotLike` where any text is meant",
                    )
                });
            }
            // Many keys that hold an ARN are documented as text, and a tag may hold one. The value is one.
            Family::Arn if key == ValueType::String => return None,
            // AWS documents both for the time since 1970.
            Family::Numeric if key == ValueType::Date => {
                if self.key.eq_ignore_ascii_case("aws:EpochTime") {
                    return None;
                }
                false
            }
            Family::String => self.never_equal(key, value, literal_wildcard),
            // "String" is what AWS writes of many keys whose values have a form of their own.
            _ => !matches!(key, ValueType::String | ValueType::Binary),
        };
        let severity = match sure {
            true => Severity::Error,
            false => Severity::Warning,
        };
        let (message, help) = match (sure, family, key) {
            // AWS accepts both, and recommends the one.
            (false, Family::String, ValueType::Arn) => (
                format!(
                    "`{}` compares {}, which is an ARN, as text",
                    self.written,
                    shown(self.key)
                ),
                format!("AWS recommends {} for ARNs", operators(own)),
            ),
            _ => (
                format!(
                    "`{}` does not fit {}, which is {}",
                    self.written,
                    shown(self.key),
                    described(key)
                ),
                format!("write {}", operators(own)),
            ),
        };
        Some(self.mismatch(severity, message, &help))
    }

    /// Whether text can never be equal to a value of another type.
    fn never_equal(&self, key: ValueType, value: &str, literal_wildcard: bool) -> bool {
        let like = self.operator.takes_wildcards() && value.contains(['*', '?']);
        if like || value.contains("${") {
            return false;
        }
        match key {
            // The types of some keys of services are wrong, so only a name that says so is believed.
            ValueType::Arn => {
                self.key.to_ascii_lowercase().ends_with("arn")
                    && (literal_wildcard || !Family::Arn.reads(value))
            }
            ValueType::Bool => !reads_as_bool(value),
            ValueType::Numeric => !Family::Numeric.reads(value),
            ValueType::Date => !Family::Date.reads(value),
            ValueType::IpAddress => !Family::IpAddress.reads(value) || value.contains('/'),
            ValueType::String | ValueType::Binary => false,
        }
    }

    fn mismatch(&self, severity: Severity, message: String, help: &str) -> Verdict {
        let why = match (severity, self.operator.negated) {
            (Severity::Error, true) => {
                "the two are never equal, so the condition always holds and guards nothing"
            }
            (Severity::Error, false) => "the two are never equal, so the condition never holds",
            _ => {
                "compared so, another way to write the same value is not equal, and a wildcard stands for more or less than is meant"
            }
        };
        Verdict {
            code: "mismatched-operator",
            severity,
            key: self.key.to_owned(),
            value: None,
            message,
            why: why.to_owned(),
            help: help.to_owned(),
        }
    }

    /// What is wrong with how the operator treats several values, or none.
    pub(super) fn judge_set(&self, key_type: Option<KeyType>, required: bool) -> Option<Verdict> {
        let multivalued = key_type?.multivalued;
        let verdict = |message: String, help: String| {
            Verdict {
            code: "misused-set-operator",
            severity: Severity::Warning,
            key: self.key.to_owned(),
            value: None,
            message,
            why: "IAM treats an empty set as a match, and nothing is documented for several values without an operator for sets".to_owned(),
            help,
        }
        };
        match (self.operator.set, multivalued) {
            (None, true) if self.operator.family != Family::Null => Some(verdict(
                format!(
                    "`{}` compares one value, and {} has several",
                    self.written,
                    shown(self.key)
                ),
                format!(
                    "write `ForAnyValue:{0}` or `ForAllValues:{0}`",
                    self.written
                ),
            )),
            (Some(SetOperator::ForAllValues), _) if !required && !self.asks_for_absence() => {
                let base = self.written.trim_start_matches("ForAllValues:");
                Some(verdict(
                    format!(
                        "`{}` holds for a request without {}",
                        self.written,
                        shown(self.key)
                    ),
                    match multivalued {
                        true => format!(
                            "add `\"Null\": {{\"{}\": \"false\"}}`, unless that is meant",
                            self.key
                        ),
                        false => format!("write `{base}`: the key has one value"),
                    },
                ))
            }
            _ => None,
        }
    }
}

/// IAM may read `True` as well, and text that says so is no proof of the opposite.
fn reads_as_bool(value: &str) -> bool {
    ["true", "false"]
        .iter()
        .any(|known| value.eq_ignore_ascii_case(known))
}

fn wildcard_message(operator: &str) -> String {
    format!("`{operator}` takes `*` and `?` for themselves")
}

/// The operators that are for values of a type.
fn own_family(key: ValueType) -> Family {
    match key {
        ValueType::String => Family::String,
        ValueType::Arn => Family::Arn,
        ValueType::Bool => Family::Bool,
        ValueType::Numeric => Family::Numeric,
        ValueType::Date => Family::Date,
        ValueType::IpAddress => Family::IpAddress,
        ValueType::Binary => Family::Binary,
    }
}

fn described(key: ValueType) -> &'static str {
    match key {
        ValueType::String => "text",
        ValueType::Arn => "an ARN",
        ValueType::Bool => "true or false",
        ValueType::Numeric => "a number",
        ValueType::Date => "a date",
        ValueType::IpAddress => "an IP address",
        ValueType::Binary => "bytes",
    }
}

fn operators(family: Family) -> &'static str {
    match family {
        Family::String => "an operator for text, such as `StringEquals`",
        Family::Arn => "`ArnLike` or `ArnNotLike`",
        Family::Bool => "`Bool`",
        Family::Numeric => "an operator for numbers, such as `NumericLessThan`",
        Family::Date => "an operator for dates, such as `DateLessThan`",
        Family::IpAddress => "`IpAddress` or `NotIpAddress`",
        Family::Binary => "`BinaryEquals`",
        Family::Null => "`Null`",
    }
}
