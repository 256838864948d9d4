//! Judges conditions by what the reference knows of keys: whether a request can have the key, and whether the operator and
//! the values fit its type. Decided here for catalogs, for deployments and for lint.

use std::collections::BTreeMap;

use super::catalog::Entry;
use super::placeholder::NEWER;
use super::request::{Lack, Request};
use super::sink::Sink;
use super::together::judge_together;
use super::{GrantResource, GrantTo};
use crate::diag::{Diagnostic, Severity, Span};
use crate::model::{
    AccountId, Action, ArnPattern, Conditions, Family, Operator, Partition, SetOperator, Site,
    Text, shown,
};
use crate::reference::{ActionFacts, ConditionKey, KeyType, Reference};

/// The code of a key that AWS does not have, or no service of the actions.
pub(super) const UNKNOWN_KEY: &str = "unknown-condition-key";

/// The code of a key that AWS has and the request does not.
const UNSUPPORTED: &str = "unsupported-condition";

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
    /// The key of the condition.
    pub key: String,
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
pub fn judge_conditions(request: Request<'_>, conditions: &Conditions) -> Vec<Verdict> {
    let mut verdicts = request.judge_resources();
    let together = judge_together(conditions).into_iter();
    verdicts.extend(together.map(|(_, verdict)| verdict));
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
            let required = is_required(key, conditions);
            verdicts.extend(condition.judge_key(request, required));
            let key_type = key_type(key, request.actions, request.reference);
            verdicts.extend(condition.judge_values(key_type));
            verdicts.extend(condition.judge_variables(request));
            verdicts.extend(condition.judge_set(key_type, required));
        }
    }
    verdicts
}

/// Refuses conditions that guard nothing or never hold: for the value of a parameter, or for the resources of a scope, which
/// may be of a type without the key. What is wrong for every deployment was reported with the catalog.
pub(super) fn refuse_void(
    sink: &mut Sink,
    entry: &Entry,
    scope: Option<Span>,
    resource: &GrantResource,
    conditions: &Conditions,
    (to, reference): (GrantTo, &Reference),
) {
    let parametric = |text: &str| Text::parse(text, &BTreeMap::new()).is_err();
    let depends = entry.conditions.values().flatten().any(|(key, values)| {
        parametric(key) || values.as_slice().iter().any(|value| parametric(value))
    });
    if scope.is_none() && !depends {
        return;
    }
    let request = Request {
        actions: std::slice::from_ref(&entry.action),
        resources: resource.arns(),
        by_role: to == GrantTo::Target,
        reference,
    };
    for verdict in judge_conditions(request, conditions) {
        if verdict.severity == Severity::Error {
            let verdict = match scope {
                Some(_) if verdict.code == UNSUPPORTED && verdict.value.is_none() => Verdict {
                    help: format!(
                        "name resources of a type that has the key: `landgrant explain {}` prints the keys of each",
                        entry.action
                    ),
                    ..verdict
                },
                _ => verdict,
            };
            let key = format!("in the condition on {}", shown(&verdict.key));
            let diagnostic = verdict.at(scope.unwrap_or(entry.span)).label(key);
            sink.push(match scope {
                Some(_) => diagnostic.related(entry.span, "what the catalog grants"),
                None => diagnostic,
            });
        }
    }
}

/// Whether some condition on a key fails for a request that does not have it.
pub(super) fn is_required(key: &str, conditions: &Conditions) -> bool {
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
pub(super) fn own_key<'a>(
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
    pub(super) fn asks_for_absence(&self) -> bool {
        self.operator.family == Family::Null
            || (self.operator.set == Some(SetOperator::ForAllValues) && is_tag_keys(self.key))
    }

    /// Whether the condition lets everything through where no request has its key, unless another one asks for the key.
    fn is_void(&self, required: bool) -> bool {
        self.holds_without_key() && !required
    }

    /// What is wrong with the key for actions on resources: AWS has no such key, or a request of some action never has it.
    /// Where another condition asks for the key too, the two together never hold.
    pub(super) fn judge_key(&self, request: Request<'_>, required: bool) -> Option<Verdict> {
        let key = self.key;
        let Request {
            actions,
            resources,
            reference,
            ..
        } = request;
        if let Some(Lack { who, help }) = request.lack(key) {
            let severity = match self.is_void(required) && !self.asks_for_absence() {
                true => Severity::Error,
                false => Severity::Warning,
            };
            let message = format!("{who} the condition key {}", shown(key));
            let verdict = self.unsupported(severity, message, required, true);
            return Some(Verdict {
                help: help.to_owned(),
                ..verdict
            });
        }
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
                code: UNKNOWN_KEY,
                help: match reference.near_key(key, &facts) {
                    Some(near) => format!("did you mean `{near}`? {NEWER}"),
                    None => format!("{}; {NEWER}", explained(actions.first()?)),
                },
                ..self.unsupported(Severity::Error, message, required, true)
            });
        }
        let none: Vec<&Action> = lacking
            .iter()
            .filter(|(_, _, having)| *having == 0)
            .map(|(action, ..)| *action)
            .collect();
        let (action, all, having) = *lacking
            .iter()
            .find(|(_, _, having)| *having == 0)
            .or(lacking.first())?;
        let others = match none.len() {
            0 | 1 => String::new(),
            2 => " and another action".to_owned(),
            more => format!(" and {} other actions", more - 1),
        };
        let (severity, message) = if having == 0 {
            // Beside actions that have the key, `IfExists` and `ForAllValues` are how AWS itself leaves the others out.
            let optional =
                self.operator.if_exists || self.operator.set == Some(SetOperator::ForAllValues);
            let meant = self.asks_for_absence()
                || (optional && !self.operator.negated && none.len() < asked.len());
            let severity = match self.is_void(required) && !meant {
                true => Severity::Error,
                false => Severity::Warning,
            };
            let any = [ArnPattern::any()];
            let on_others = none.iter().any(|action| {
                let facts = reference.expand(action.as_str());
                facts
                    .iter()
                    .any(|facts| facts.has_key(key, &any, reference))
            });
            let these = if on_others { " on these resources" } else { "" };
            let message = format!(
                "no request of {action}{others}{these} has the condition key {}",
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
        let verdict = self.unsupported(severity, message, required, having == 0);
        Some(Verdict {
            help: match none.len() < asked.len() {
                true => format!(
                    "give the actions without the key an entry of their own; {}",
                    explained(action)
                ),
                false => format!("compare with a key that is there: {}", explained(action)),
            },
            ..verdict
        })
    }

    /// The verdict on a key that requests lack: all of them, or those of some actions under a wildcard. Of findings, each says
    /// for itself what comes of it.
    fn unsupported(
        &self,
        severity: Severity,
        message: String,
        required: bool,
        all: bool,
    ) -> Verdict {
        let void = self.is_void(required);
        let outcome = match (void, all) {
            (true, true) => "so the condition guards nothing",
            (true, false) => "and are granted without the guard",
            (false, true) => "so it is never granted",
            (false, false) => "and are never granted",
        };
        let (message, why) = match (severity, void) {
            (Severity::Error, true) => (
                message,
                "the condition holds where its key is absent, so IAM would grant this as if nothing guarded it",
            ),
            (Severity::Error, false) => (
                message,
                "IAM compares with a key that is never there, so the condition never holds and nothing is granted",
            ),
            _ => (
                format!("{message}, {outcome}"),
                "a condition guards only what has its key",
            ),
        };
        Verdict {
            code: UNSUPPORTED,
            severity,
            key: self.key.to_owned(),
            value: None,
            message,
            why: why.to_owned(),
            help: String::new(),
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
pub(super) fn is_of_identity_provider(key: &str, reference: &Reference) -> bool {
    let (prefix, _) = key.split_once(':').unwrap_or((key, ""));
    let of_sts = reference
        .service("sts")
        .is_some_and(|sts| sts.key(key).is_some());
    prefix.contains('.') || (of_sts && prefix == "saml")
}

fn is_tag_keys(key: &str) -> bool {
    key.eq_ignore_ascii_case("aws:TagKeys")
}

pub(super) fn explained(action: &Action) -> String {
    format!("`landgrant explain {action}` prints the keys that there are")
}
