//! Reads the conditions of a catalog entry or of a trust, and reports every fault at its place.

use super::condition;
use super::placeholder::Placeholders;
use super::request::Request;
use super::sink::Sink;
use super::together::judge_together;
use super::verdict::{self, Condition, UNKNOWN_KEY};
use crate::diag::{Diagnostic, Severity, Span};
use crate::load::Place;
use crate::load::catalog::ConditionsDoc;
use crate::model::{Conditions, Effect, Operator, Partition, Text, check_condition_key, shown};

/// How conditions are read.
pub(super) struct Reading<'a> {
    /// What their texts may refer to.
    pub(super) placeholders: Placeholders<'a>,
    /// Whether a text has a parameter in it, whose value is not known here.
    pub(super) parametric: &'a dyn Fn(&str) -> bool,
    /// What they guard.
    pub(super) request: Request<'a>,
}

impl Reading<'_> {
    /// Checks conditions, and reports what is an error. The rest is for lint, of what is granted.
    pub(super) fn check(&self, sink: &mut Sink, written: &ConditionsDoc, place: Place<'_>) {
        let request = self.request;
        let placeholders = &self.placeholders;
        let all = self.read(written);
        for (operator_written, keys) in written {
            let operator_place = place.key(operator_written);
            let operator = sink.take(
                "bad-condition",
                operator_place.key_span(),
                Operator::parse(operator_written),
            );
            if keys.is_empty() {
                empty_condition(
                    sink,
                    request.effect,
                    operator_place,
                    "the operator has no condition key",
                );
            }
            for (key_written, values) in keys {
                let key_place = operator_place.key(key_written);
                if values.as_slice().is_empty() {
                    empty_condition(
                        sink,
                        request.effect,
                        key_place,
                        "the condition key has no value",
                    );
                }
                let key = placeholders
                    .parse(sink, key_written, key_place.key_span())
                    .map(|key| key.pattern())
                    .filter(|key| {
                        let checked = check_condition_key(key);
                        sink.take("bad-condition", key_place.key_span(), checked)
                            .is_some()
                    });
                let mut spans = Vec::new();
                let mut read = Vec::new();
                for (index, value) in values.as_slice().iter().enumerate() {
                    let span = key_place.index(index).span();
                    if placeholders.in_catalog {
                        refuse_literal_partition(sink, (operator, key_written), value, span);
                    }
                    let text = placeholders.parse(sink, value, span);
                    // What a parameter stands in is judged with its value, by the deployment; a key's name too.
                    if let Some(text) = text.filter(|_| !(self.parametric)(value)) {
                        read.push(verdict::filled(&text));
                        spans.push(span);
                    }
                }
                let (Some(operator), Some(key)) = (operator, &key) else {
                    continue;
                };
                let condition = Condition {
                    operator,
                    written: operator_written,
                    key,
                    values: &read,
                };
                let required = condition::is_required(key, &all);
                let judged = condition.judge(request, required).filter(|verdict| {
                    verdict.code != UNKNOWN_KEY || !(self.parametric)(key_written)
                });
                for verdict in judged {
                    if verdict.severity == Severity::Error {
                        let span = verdict
                            .value
                            .map_or(key_place.key_span(), |index| spans[index]);
                        sink.push(verdict.at(span));
                    }
                }
            }
        }
        self.check_together(sink, written, place, all);
    }

    /// What several conditions say together. Those that a parameter stands in are judged with its value, by the deployment.
    fn check_together(
        &self,
        sink: &mut Sink,
        written: &ConditionsDoc,
        place: Place<'_>,
        mut all: Conditions,
    ) {
        for (operator, keys) in written {
            let by_key = all.entry(operator.clone()).or_default();
            for (key, values) in keys {
                let mut texts = values.as_slice().iter().chain([key]);
                if texts.any(|text| (self.parametric)(text)) {
                    by_key.remove(key);
                }
            }
        }
        for (operator, verdict) in judge_together(&all, self.request.effect) {
            if verdict.severity == Severity::Error {
                let key_place = place.key(&operator).key(&verdict.key);
                sink.push(verdict.at(key_place.key_span()));
            }
        }
    }

    /// The conditions, without those that have a fault.
    pub(super) fn read(&self, written: &ConditionsDoc) -> Conditions {
        let read = |text: &String| Text::parse(text, self.placeholders.parameters).ok();
        let mut conditions = Conditions::new();
        for (operator, keys) in written {
            let by_key = conditions.entry(operator.clone()).or_default();
            for (key, values) in keys {
                let values = values.as_slice().iter().filter_map(read).collect();
                by_key.extend(read(key).map(|key| (key.pattern(), values)));
            }
        }
        conditions
    }
}

/// Refuses an ARN that names its partition, unless it is the value of a tag, which may be any text.
fn refuse_literal_partition(
    sink: &mut Sink,
    (operator, key): (Option<Operator>, &str),
    value: &str,
    span: Span,
) {
    let Some(operator) = operator.filter(|operator| operator.takes_variables()) else {
        return;
    };
    let parts: Vec<&str> = value.splitn(6, ':').collect();
    let named = matches!(parts[..], ["arn", partition, _, _, _, _] if Partition::parse(partition).is_some());
    if !named || key.contains('/') {
        return;
    }
    sink.push(
        Diagnostic::error("bad-arn", span, format!("{} names one partition", shown(value)))
            .why(match operator.negated {
                true => "in AWS GovCloud (US) or China nothing equals it, so the condition would keep nothing out",
                false => "in AWS GovCloud (US) or China nothing equals it, so the condition would let nothing through",
            })
            .help("write `arn:${partition}:…`; the deployment says which partition it is"),
    );
}

/// Without its condition an action would be granted to everybody that the vendor kept out.
fn empty_condition(sink: &mut Sink, effect: Effect, place: Place<'_>, what: &str) {
    sink.push(
        Diagnostic::error("empty-list", place.key_span(), what)
            .why(match effect {
                Effect::Allow => {
                    "nothing would be compared, and what it guards would be granted without it"
                }
                Effect::Deny => "nothing would be compared, and all would be denied without it",
            })
            .help("complete the condition, or delete it"),
    );
}
