//! Judges what the conditions of a grant say together: that they restrict nothing, or that no request fulfils all of them.

use std::collections::BTreeSet;

use super::verdict::Verdict;
use super::verdict::filled;
use crate::diag::Severity;
use crate::model::{
    Conditions, Effect, Family, Operator, SetOperator, covers, literal, overlap, shown,
};

/// Keys that every signed request has.
///
/// Source: AWS IAM User Guide, "AWS global condition context keys", under "Availability".
const ALWAYS_THERE: [&str; 5] = [
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:PrincipalType",
    "aws:SecureTransport",
    "aws:userid",
];

/// Keys in whose values AWS documents no use for a wildcard, since it stands for strangers too.
///
/// Source: the same, "Sensitive condition keys".
const SENSITIVE: [&str; 10] = [
    "aws:PrincipalAccount",
    "aws:PrincipalOrgID",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:SourceAccount",
    "aws:SourceOrgID",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:VpceAccount",
    "aws:VpceOrgID",
];

/// An operator with a key and its values.
struct Part<'a> {
    operator: Operator,
    written: &'a str,
    key: &'a str,
    values: BTreeSet<String>,
}

/// The numbers between two, with these unless it is open.
struct Range {
    low: f64,
    high: f64,
    open: bool,
}

impl Range {
    fn is_beyond(&self, other: &Range) -> bool {
        self.low > other.high || (self.low >= other.high && (self.open || other.open))
    }
}

/// The operators of conditions, each with a key and its values.
fn parts(conditions: &Conditions) -> Vec<Part<'_>> {
    conditions
        .iter()
        .filter_map(|(written, keys)| Some((written, Operator::parse(written).ok()?, keys)))
        .flat_map(|(written, operator, keys)| {
            keys.iter().map(move |(key, values)| Part {
                operator,
                written,
                key,
                values: values.iter().map(filled).collect(),
            })
        })
        .collect()
}

/// Whether two keys are the same: of a tag of the resource or the request, several services have their own name.
fn same_key(one: &str, other: &str) -> bool {
    let of_tag = |key: &str| {
        let key = key.to_lowercase();
        let rest = key.split_once(':').map(|(_, rest)| rest.to_owned());
        rest.filter(|rest| {
            let mut tags = ["resourcetag/", "requesttag/"].iter();
            tags.any(|start| rest.starts_with(start))
        })
        .unwrap_or(key)
    };
    of_tag(one) == of_tag(other)
}

/// What never holds beside conditions that are given, each with the operator that it stands under.
pub(super) fn judge_against(conditions: &Conditions, given: &Conditions) -> Vec<(String, Verdict)> {
    let given = parts(given);
    let parts = parts(conditions).into_iter();
    let never = parts.filter(|part| {
        given.iter().any(|known| {
            part.contradicts(known)
                || known.contradicts(part)
                || part.excludes(known)
                || known.excludes(part)
        })
    });
    never
        .map(|part| {
            let message = format!(
                "`{}` on {} never holds for this principal",
                part.written,
                shown(part.key)
            );
            let verdict = Verdict {
                why:
                    "it keeps out whom the principal lets in, so nobody could ever assume the roles"
                        .to_owned(),
                help: "compare with what the principal has, or leave the condition out".to_owned(),
                ..part.verdict("contradicting-conditions", Severity::Error, message)
            };
            (part.written.to_owned(), verdict)
        })
        .collect()
}

/// What is wrong, each with the operator that it stands under.
pub(super) fn judge_together(conditions: &Conditions, effect: Effect) -> Vec<(String, Verdict)> {
    let parts = parts(conditions);
    let mut verdicts = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let other = parts.iter().enumerate().find(|(place, other)| {
            // Where each excludes the other, the first is told.
            let told = *place < index && other.excludes(part);
            // Keys that parameters make the same are a fault of their own.
            let apart = part.written != other.written;
            part.contradicts(other) || (apart && part.excludes(other) && !told)
        });
        let other = other.map(|(_, other)| other);
        let contradiction = other.map(|other| part.contradiction(other, effect));
        let told = part.idle().into_iter().chain(contradiction);
        verdicts.extend(told.map(|verdict| (part.written.to_owned(), verdict)));
    }
    verdicts
}

impl Part<'_> {
    fn verdict(&self, code: &'static str, severity: Severity, message: String) -> Verdict {
        Verdict {
            code,
            severity,
            key: self.key.to_owned(),
            value: None,
            message,
            why: String::new(),
            help: String::new(),
        }
    }

    fn has(&self, value: &str) -> bool {
        let mut values = self.values.iter();
        values.any(|own| own.eq_ignore_ascii_case(value))
    }

    /// Whether its values stand for all that the key can be.
    fn takes_all(&self) -> bool {
        let any = |is: &dyn Fn(&str) -> bool| self.values.iter().any(|value| is(value));
        let is_star = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte == b'*');
        match self.operator.family {
            Family::Null | Family::Bool => self.has("true") && self.has("false"),
            Family::String => self.operator.takes_wildcards() && any(&is_star),
            Family::Arn => any(&|value| {
                let parts = value.strip_prefix("arn:").unwrap_or(value).split(':');
                parts.clone().all(is_star) && matches!(parts.count(), 1 | 5 | 6)
            }),
            Family::IpAddress => {
                let everything = |value: &str, colon: bool| {
                    value.ends_with("/0") && value.contains(':') == colon
                };
                any(&|value| everything(value, false)) && any(&|value| everything(value, true))
            }
            _ => false,
        }
    }

    /// Whether a wildcard stands in the id of an account, an organization or a network.
    fn takes_strangers(&self) -> bool {
        let sensitive = SENSITIVE
            .iter()
            .any(|key| self.key.eq_ignore_ascii_case(key));
        let wild = |value: &String| value.contains(['*', '?']) && !value.contains("${");
        sensitive
            && self.operator.family == Family::String
            && self.operator.takes_wildcards()
            && !self.operator.negated
            && self.values.iter().any(wild)
    }

    /// Whether a value is what the request has of the key itself.
    fn is_itself(&self, value: &str) -> bool {
        let value = match self.operator.takes_wildcards() {
            true => value.trim_matches('*'),
            false => value,
        };
        let variable = value
            .strip_prefix("${")
            .and_then(|name| name.strip_suffix('}'));
        variable.is_some_and(|name| {
            let (name, default) = name.split_once(',').unwrap_or((name, ""));
            !default.contains("${") && same_key(name.trim(), self.key)
        })
    }

    /// What is wrong if it holds for every request, or for every one that has the key.
    fn idle(&self) -> Option<Verdict> {
        let Operator {
            family, if_exists, ..
        } = self.operator;
        let optional = if_exists || self.operator.set == Some(SetOperator::ForAllValues);
        let always = ALWAYS_THERE
            .iter()
            .any(|key| self.key.eq_ignore_ascii_case(key));
        let all = !self.operator.negated && self.takes_all();
        let what = if all && (optional || always || family == Family::Null) {
            "holds for every request"
        } else if all && family == Family::IpAddress {
            "holds for every request that has the key"
        } else if self.takes_strangers() {
            "has a wildcard, which stands for those of strangers too"
        } else if self.operator.takes_variables()
            && !self.operator.negated
            && self.values.iter().any(|value| self.is_itself(value))
        {
            "compares the key with itself"
        } else {
            return None;
        };
        let message = format!("`{}` on {} {what}", self.written, shown(self.key));
        Some(Verdict {
            why: "it reads like a guard and restricts nothing".to_owned(),
            help: "compare with the values that are meant, or leave the condition out".to_owned(),
            ..self.verdict("idle-condition", Severity::Warning, message)
        })
    }

    /// Whether no request fulfils this and another condition. Of two that contradict each other, one is told.
    fn contradicts(&self, other: &Part<'_>) -> bool {
        let same = self.key.eq_ignore_ascii_case(other.key);
        if !same || self.operator.family == Family::Null || self.values.is_empty() {
            return false;
        }
        let values = || self.values.iter().map(String::as_str);
        if self.operator.holds_without_key(values()) {
            return false;
        }
        let absent = other.operator.family == Family::Null
            && !other.values.is_empty()
            && other
                .values
                .iter()
                .all(|value| value.eq_ignore_ascii_case("true"));
        let single = self.operator.set.is_none() && other.operator.set.is_none();
        absent
            || (single
                && other.operator.is_opposite_of(self.operator)
                && self.values.iter().all(|value| other.names(value)))
    }

    /// Whether no value of the key fulfils both this, which asks for the key, and another condition.
    fn excludes(&self, other: &Part<'_>) -> bool {
        let known = |part: &Part<'_>| {
            !part.operator.negated
                && part.operator.set.is_none()
                && !part.values.is_empty()
                && !part.values.iter().any(|value| value.contains("${"))
        };
        self.key.eq_ignore_ascii_case(other.key)
            && self.operator.family == other.operator.family
            && !self.operator.if_exists
            && known(self)
            && known(other)
            && self.values.iter().all(|one| {
                let mut values = other.values.iter();
                values.all(|value| self.parts_from(one, other, value))
            })
    }

    /// Whether what the operator asks for with a value is never what another one asks for with another.
    fn parts_from(&self, value: &str, other: &Part<'_>, others: &str) -> bool {
        let ignores = [self, other].map(|part| part.written.contains("IgnoreCase"));
        let text = |part: &Part<'_>, value: &str| {
            let text = match part.operator.takes_wildcards() {
                true => value.to_owned(),
                false => literal(value),
            };
            match ignores.contains(&true) {
                true => text.to_lowercase(),
                false => text,
            }
        };
        match self.operator.family {
            Family::Bool => {
                let reads = |value: &str| Family::Bool.reads(&value.to_lowercase());
                reads(value) && reads(others) && !value.eq_ignore_ascii_case(others)
            }
            Family::String | Family::Arn => !overlap(&text(self, value), &text(other, others)),
            Family::Numeric | Family::Date => {
                let ranges = self.range(value).zip(other.range(others));
                ranges.is_some_and(|(one, other)| one.is_beyond(&other) || other.is_beyond(&one))
            }
            _ => false,
        }
    }

    /// The numbers that the operator asks for with a value. Dates are compared by their digits, in UTC; seconds since 1970
    /// are not compared with them.
    fn range(&self, value: &str) -> Option<Range> {
        let value = match self.operator.family {
            Family::Date => {
                let (date, time) = value.split_once('T').unwrap_or((value, "00:00:00Z"));
                let time = time.strip_suffix('Z')?;
                let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect();
                let (date, time): (String, String) = (digits(date), digits(time));
                let whole = date.len() == 8 && time.len() == 6 && value.contains('-');
                format!("{date}{time}").parse().ok().filter(|_| whole)?
            }
            _ => value.parse().ok().filter(|value: &f64| value.is_finite())?,
        };
        let name = self.written.trim_end_matches("IfExists");
        Some(Range {
            low: match name.contains("LessThan") {
                true => f64::NEG_INFINITY,
                false => value,
            },
            high: match name.contains("GreaterThan") {
                true => f64::INFINITY,
                false => value,
            },
            open: !name.ends_with("Equals"),
        })
    }

    /// Whether one of the values stands for a value. A `*` in an ARN stays within its part, which is not looked at.
    fn names(&self, value: &str) -> bool {
        let like = self.operator.takes_wildcards() && self.operator.family == Family::String;
        self.values.contains(value) || (like && self.values.iter().any(|own| covers(own, value)))
    }

    fn contradiction(&self, other: &Part<'_>, effect: Effect) -> Verdict {
        let message = format!(
            "`{}` and `{}` on {} never hold together",
            self.written,
            other.written,
            shown(self.key)
        );
        let why = match other.operator.family {
            Family::Null => "one asks for the key, the other for a request without it",
            _ if other.operator.negated => "one asks for a value that the other keeps out",
            _ => "no value is what both ask for",
        };
        Verdict {
            why: match effect {
                Effect::Allow => format!("{why}, so nothing is granted"),
                Effect::Deny => format!("{why}, so nothing is denied"),
            },
            help: "leave one of them out, or compare with other values".to_owned(),
            ..self.verdict("contradicting-conditions", Severity::Error, message)
        }
    }
}
