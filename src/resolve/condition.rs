//! Judges conditions by what the reference knows of keys: whether a request can have the key, and whether the operator and
//! the values fit its type. Decided here for catalogs, for deployments and for lint.

use crate::diag::{Diagnostic, Severity, Span};
use crate::model::{
    AccountId, Action, ArnPattern, Conditions, Family, Operator, Partition, SetOperator, Site,
    Text, check_condition_value, shown,
};
use crate::reference::{ActionFacts, ConditionKey, KeyType, Reference, ValueType};

use super::placeholder::NEWER;

/// One key of an operator, with the values that it is compared with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Condition<'a> {
    pub(super) operator: Operator,
    /// The operator as it is written.
    pub(super) written: &'a str,
    pub(super) key: &'a str,
    pub(super) values: &'a [String],
}

/// Something that is wrong with a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The code of its diagnostic.
    pub code: &'static str,
    /// An error where the condition guards nothing or could never hold; a warning where lint asks.
    pub severity: Severity,
    /// The value that is wrong, by number; the key if absent.
    pub value: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// What to write instead.
    pub help: String,
}

/// What the reviewer of a grant is told of its conditions.
pub fn judge_conditions(
    action: &Action,
    resources: &[ArnPattern],
    conditions: &Conditions,
    reference: &Reference,
) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for (written, keys) in conditions {
        let Ok(operator) = Operator::parse(written) else {
            continue;
        };
        for (key, values) in keys {
            let values: Vec<String> = values.iter().map(filled).collect();
            let condition = Condition {
                operator,
                written,
                key,
                values: &values,
            };
            let actions = std::slice::from_ref(action);
            verdicts.extend(condition.judge_key(actions, resources, reference));
            let key_type = key_type(key, actions, reference);
            verdicts.extend(condition.judge_values(key_type));
            verdicts.extend(condition.judge_set(key_type, is_required(key, conditions)));
        }
    }
    verdicts
}

/// Whether some condition on a key fails for a request that does not have it.
fn is_required(key: &str, conditions: &Conditions) -> bool {
    conditions.iter().any(|(operator, keys)| {
        keys.iter().any(|(other, values)| {
            let values: Vec<String> = values.iter().map(filled).collect();
            other.eq_ignore_ascii_case(key)
                && Operator::parse(operator).is_ok_and(|operator| {
                    !operator.holds_without_key(values.iter().map(String::as_str))
                })
        })
    })
}

/// A value with some partition and account in their places, so that it has the shape that IAM compares.
pub(super) fn filled(text: &Text) -> String {
    match AccountId::parse("111111111111") {
        Ok(account) => text.at(Site {
            partition: Partition::Aws,
            account: &account,
        }),
        Err(_) => text.pattern(),
    }
}

/// The type of a key's values: as the actions' own services know it, or whoever has the key.
pub(super) fn key_type(key: &str, actions: &[Action], reference: &Reference) -> Option<KeyType> {
    own_key(key, actions, reference)
        .or_else(|| reference.key(key))
        .and_then(ConditionKey::key_type)
}

/// The key of a service that one of the actions belongs to.
fn own_key<'a>(
    key: &str,
    actions: &[Action],
    reference: &'a Reference,
) -> Option<&'a ConditionKey> {
    actions
        .iter()
        .filter_map(|action| reference.service(action.service()))
        .find_map(|service| service.key(key))
}

impl Condition<'_> {
    /// Whether the condition holds for a request that does not have its key.
    fn holds_without_key(&self) -> bool {
        let values = self.values.iter().map(String::as_str);
        self.operator.holds_without_key(values)
    }

    /// Whether it is meant to hold without its key: `Null` says so, and a request without tags sets none that a list of
    /// tags leaves out.
    fn asks_for_absence(&self) -> bool {
        self.operator.family == Family::Null
            || (self.operator.set == Some(SetOperator::ForAllValues) && is_tag_keys(self.key))
    }

    /// What comes of the condition where no request has its key.
    fn without_key(&self) -> &'static str {
        match self.holds_without_key() {
            true => {
                "the condition holds where its key is absent, so IAM would grant this as if nothing guarded it"
            }
            false => {
                "IAM compares with a key that is never there, so the condition never holds and nothing is granted"
            }
        }
    }

    /// What is wrong with the key for actions on resources: AWS has no such key, or a request of some action never has it.
    pub(super) fn judge_key(
        &self,
        actions: &[Action],
        resources: &[ArnPattern],
        reference: &Reference,
    ) -> Option<Verdict> {
        let key = self.key;
        let asked: Vec<(&Action, Vec<ActionFacts<'_>>)> = actions
            .iter()
            .filter(|action| action.as_str() != "*")
            .map(|action| (action, reference.expand(action.as_str())))
            .collect();
        let lacking: Vec<(&Action, usize, usize)> = asked
            .iter()
            .map(|(action, facts)| {
                let has = |facts: &&ActionFacts<'_>| facts.has_key(key, resources, reference);
                (*action, facts.len(), facts.iter().filter(has).count())
            })
            .filter(|(_, all, having)| having < all)
            .collect();
        let verdict = |code, severity, message| Verdict {
            code,
            severity,
            value: None,
            message,
            why: self.without_key().to_owned(),
            help: String::new(),
        };
        let known = own_key(key, actions, reference).or_else(|| reference.key(key));
        let elsewhere = own_key(key, actions, reference).is_none()
            && reference.global_key(key).is_none()
            && !is_of_identity_provider(key, reference);
        if elsewhere && lacking.len() == asked.len() && (known.is_none() || !lacking.is_empty()) {
            let facts: Vec<ActionFacts<'_>> =
                asked.iter().flat_map(|(_, facts)| facts.clone()).collect();
            let message = match known {
                None => format!("AWS has no condition key {}", shown(key)),
                Some(_) => format!(
                    "{} is a condition key of another service than {}",
                    shown(key),
                    actions.first()?
                ),
            };
            return Some(Verdict {
                help: match reference.near_key(key, &facts) {
                    Some(near) => format!("did you mean `{near}`? {NEWER}"),
                    None => format!("{}; {NEWER}", explained(actions.first()?)),
                },
                ..verdict("unknown-condition-key", Severity::Error, message)
            });
        }
        let (action, all, having) = *lacking
            .iter()
            .find(|(_, _, having)| *having == 0)
            .or(lacking.first())?;
        let others = match lacking.len() {
            1 => String::new(),
            2 => " and another action".to_owned(),
            more => format!(" and {} other actions", more - 1),
        };
        let (severity, message) = if having == 0 {
            let severity = match self.holds_without_key() && !self.asks_for_absence() {
                true => Severity::Error,
                false => Severity::Warning,
            };
            let message = format!(
                "no request of {action}{others} has the condition key {}",
                shown(key)
            );
            (severity, message)
        } else {
            let message = format!(
                "{} of the {all} actions under {action} never have the condition key {}",
                all - having,
                shown(key)
            );
            (Severity::Warning, message)
        };
        Some(Verdict {
            help: format!(
                "give what does not have the key an entry of its own; {}",
                explained(action)
            ),
            ..verdict("unsupported-condition", severity, message)
        })
    }

    /// What is wrong with the values: IAM cannot read one, or the operator is one for another type than the key's.
    pub(super) fn judge_values(&self, key_type: Option<KeyType>) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        for (index, value) in self.values.iter().enumerate() {
            if let Err(refusal) = check_condition_value(self.operator, value) {
                verdicts.push(Verdict {
                    code: "bad-condition",
                    severity: Severity::Error,
                    value: Some(index),
                    message: refusal.what,
                    why: refusal.why,
                    help: refusal.help,
                });
                continue;
            }
            if let Some(misfit) = key_type.and_then(|key_type| self.misfit(key_type.value, value)) {
                verdicts.push(Verdict {
                    value: Some(index),
                    ..misfit
                });
            }
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
            // Many keys that hold an ARN are documented as text.
            Family::Arn if key == ValueType::String => {
                let lower = self.key.to_ascii_lowercase();
                if lower.ends_with("arn") || lower.ends_with("arns") {
                    return None;
                }
                false
            }
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
        let message = format!(
            "`{}` does not fit {}, which is {}",
            self.written,
            shown(self.key),
            described(key)
        );
        let help = format!("write {}", operators(own));
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
            _ => "IAM compares another form of the value than is meant here",
        };
        Verdict {
            code: "mismatched-operator",
            severity,
            value: None,
            message,
            why: why.to_owned(),
            help: help.to_owned(),
        }
    }

    /// What is wrong with how the operator treats several values, or none.
    pub(super) fn judge_set(&self, key_type: Option<KeyType>, required: bool) -> Option<Verdict> {
        let multivalued = key_type?.multivalued;
        let verdict = |message: String, why: &str, help: String| Verdict {
            code: "misused-set-operator",
            severity: Severity::Warning,
            value: None,
            message,
            why: why.to_owned(),
            help,
        };
        match (self.operator.set, multivalued) {
            (None, true) if self.operator.family != Family::Null => Some(verdict(
                format!(
                    "`{}` compares one value, and {} has several",
                    self.written,
                    shown(self.key)
                ),
                "what IAM does with the others is not documented",
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
                    "all of no values are in any list, so the grant reaches requests that the condition seems to keep out",
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

impl Verdict {
    /// The verdict as the diagnostic of a place.
    pub(super) fn at(self, span: Span) -> Diagnostic {
        Diagnostic {
            severity: self.severity,
            ..Diagnostic::error(self.code, span, self.message)
        }
        .why(self.why)
        .help(self.help)
    }
}

/// Whether a key comes from the token of an identity provider, whose names AWS does not list: `HOST:claim`, or one of SAML.
fn is_of_identity_provider(key: &str, reference: &Reference) -> bool {
    let (prefix, _) = key.split_once(':').unwrap_or((key, ""));
    let of_sts = reference
        .service("sts")
        .is_some_and(|sts| sts.key(key).is_some());
    prefix.contains('.') || (of_sts && prefix == "saml")
}

fn is_tag_keys(key: &str) -> bool {
    key.eq_ignore_ascii_case("aws:TagKeys")
}

/// IAM may read `True` as well, and text that says so is no proof of the opposite.
fn reads_as_bool(value: &str) -> bool {
    ["true", "false"]
        .iter()
        .any(|known| value.eq_ignore_ascii_case(known))
}

fn explained(action: &Action) -> String {
    format!("`landgrant explain {action}` prints the keys that there are")
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
