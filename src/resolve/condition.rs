//! Judges conditions by what the reference knows of keys: whether a request can have the key, and whether the operator and
//! the values fit its type. Decided here for catalogs, for deployments and for lint.

use std::collections::BTreeMap;

use super::GrantResource;
use super::caller::{Caller, Lack, Lacks};
use super::catalog::Entry;
use super::placeholder::NEWER;
use super::request::Request;
use super::sink::Sink;
use super::together::judge_together;
use super::verdict::{
    Condition, UNKNOWN_KEY, UNSUPPORTED, Verdict, explained, filled, is_of_identity_provider,
    is_of_issuer, is_tag_keys, key_type, own_key,
};
use crate::diag::{Severity, Span};
use crate::model::{
    Action, ArnPattern, Conditions, Effect, Family, GrantTo, Operator, SetOperator, Text, shown,
};
use crate::reference::{ActionFacts, Reference};

/// What comes of a condition of a trust that never holds.
const NOBODY: &str = "the condition never holds, so nobody could ever assume the roles";

/// Which requests lack a key.
#[derive(Clone, Copy)]
enum Extent {
    /// All.
    All,
    /// Those of some actions under a wildcard.
    Actions,
    /// All, as far as AWS documents it.
    Perhaps,
    /// Some, as the caller likes.
    Some,
}

/// What the reviewer of a grant or a trust is told of its conditions: each verdict with the operator that it is about, or
/// none where it is about the resources.
pub fn judge_conditions(
    request: Request<'_>,
    conditions: &Conditions,
) -> Vec<(Option<String>, Verdict)> {
    let resources = request.judge_resources().into_iter();
    let mut verdicts: Vec<_> = resources.map(|verdict| (None, verdict)).collect();
    let together = judge_together(conditions, request.effect).into_iter();
    verdicts.extend(together.map(|(operator, verdict)| (Some(operator), verdict)));
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
            let judged = condition.judge(request, is_required(key, conditions));
            verdicts.extend(judged.map(|verdict| (Some(written.clone()), verdict)));
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
        effect: Effect::Allow,
        caller: match to {
            GrantTo::Target => Caller::Role,
            GrantTo::Hub => Caller::User,
        },
        partition: None,
        reference,
    };
    for (operator, verdict) in judge_conditions(request, conditions) {
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
            let operator = operator.unwrap_or_default();
            let key = format!("in `{operator}` on {}", shown(&verdict.key));
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

impl Condition<'_> {
    /// All that is wrong with it.
    pub(super) fn judge(
        &self,
        request: Request<'_>,
        required: bool,
    ) -> impl Iterator<Item = Verdict> {
        let key_type = key_type(self.key, request.actions, request.reference);
        let of_key = self.judge_key(request, required);
        let mut of_values = self.judge_values(key_type, request.effect);
        of_values.extend(self.judge_request(request));
        // Everybody else is none.
        if request.caller.is_service() && self.key.eq_ignore_ascii_case("aws:PrincipalIsAWSService")
        {
            of_values.retain(|verdict| verdict.code != "impossible-value");
        }
        if request.caller.assumes() && !self.operator.negated && self.has_only(&of_values) {
            for verdict in &mut of_values {
                verdict.severity = Severity::Error;
                verdict.why = NOBODY.to_owned();
            }
        }
        let of_set = self.judge_set(key_type, required);
        of_key.into_iter().chain(of_values).chain(of_set)
    }

    /// Whether all values are ones that no request has.
    fn has_only(&self, told: &[Verdict]) -> bool {
        let never = |index: usize| {
            told.iter().any(|verdict| {
                let of_it = verdict.value.is_none_or(|value| value == index);
                of_it && ["impossible-value", UNSUPPORTED].contains(&verdict.code)
            })
        };
        !self.values.is_empty() && (0..self.values.len()).all(never)
    }

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
        let assumes = request.caller.assumes();
        let void = self.is_void(required);
        let meant = void && self.asks_for_absence();
        let lack = request.caller.lack(key, reference);
        // Who sends the key or does not has to be asked for it. What is denied without it is denied on purpose.
        let let_in = void && !meant && request.effect == Effect::Allow;
        let lack = lack.filter(|lack| lack.how != Lacks::Sometimes || let_in);
        if let Some(Lack { how, who, help }) = lack {
            let severity = match how {
                Lacks::Never if !meant && (void || assumes) => Severity::Error,
                _ => Severity::Warning,
            };
            let message = format!("{who} the condition key {}", shown(key));
            let extent = match how {
                Lacks::Never => Extent::All,
                Lacks::Unclear => Extent::Perhaps,
                Lacks::Sometimes => Extent::Some,
            };
            let verdict =
                self.unsupported(severity, message, (void, assumes, request.effect), extent);
            let help = match how {
                Lacks::Sometimes => {
                    format!("ask for the key too: `\"Null\": {{\"{key}\": \"false\"}}`")
                }
                _ => help,
            };
            return Some(Verdict { help, ..verdict });
        }
        // Of an identity provider, the caller knows all that there is to know.
        if assumes && is_of_issuer(key) {
            return None;
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
                severity: Severity::Error,
                help: match reference.near_key(key, &facts) {
                    Some(near) => format!("did you mean `{near}`? {NEWER}"),
                    None => format!("{}; {NEWER}", explained(actions.first()?)),
                },
                ..self.unsupported(
                    Severity::Error,
                    message,
                    (void, assumes, request.effect),
                    Extent::All,
                )
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
            let meant = meant || (optional && !self.operator.negated && none.len() < asked.len());
            let severity = match !meant && (void || assumes) {
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
        let extent = match having {
            0 => Extent::All,
            _ => Extent::Actions,
        };
        let verdict = self.unsupported(severity, message, (void, assumes, request.effect), extent);
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

    /// The verdict on a key that requests lack. `void` is whether it lets through what lacks the key, and `assumes` whether
    /// the request is to assume a role. Of findings, each says for itself what comes of it.
    fn unsupported(
        &self,
        severity: Severity,
        message: String,
        (void, assumes, effect): (bool, bool, Effect),
        extent: Extent,
    ) -> Verdict {
        if effect == Effect::Deny {
            return self.unsupported_denial(message, void, extent);
        }
        let outcome = match (extent, void) {
            (Extent::All, true) => "so the condition guards nothing",
            (Extent::All, false) if assumes => "so nobody gets in",
            (Extent::All, false) => "so it is never granted",
            (Extent::Actions, true) => "and are granted without the guard",
            (Extent::Actions, false) => "and are never granted",
            (Extent::Perhaps, true) => "so the condition may guard nothing",
            (Extent::Perhaps, false) => "so it may let nobody in",
            (Extent::Some, _) => "and the condition lets in all others",
        };
        let (message, why) = match (severity, void) {
            (Severity::Error, true) if assumes => (
                message,
                "the condition holds where its key is absent, so it keeps nobody out",
            ),
            (Severity::Error, false) if assumes => (message, NOBODY),
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

    /// The same of what is denied: a Deny that never applies keeps nothing out, and one that always does keeps out more than it
    /// says.
    fn unsupported_denial(&self, message: String, void: bool, extent: Extent) -> Verdict {
        let all = matches!(extent, Extent::All | Extent::Perhaps);
        let outcome = match (all, void) {
            (true, true) => "so it is denied whatever the condition says",
            (true, false) => "so it is never denied",
            (false, true) => "and are denied whatever the condition says",
            (false, false) => "and are never denied",
        };
        let (severity, why) = match (all, void) {
            (true, false) => (
                Severity::Error,
                "IAM compares with a key that is never there, so the condition never holds and nothing is denied",
            ),
            _ => (
                Severity::Warning,
                "a negated operator and `IfExists` hold where the key is absent, and others do not",
            ),
        };
        Verdict {
            code: UNSUPPORTED,
            severity,
            key: self.key.to_owned(),
            value: None,
            message: format!("{message}, {outcome}"),
            why: why.to_owned(),
            help: String::new(),
        }
    }
}
