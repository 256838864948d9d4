//! What a deployment denies: actions, resources and conditions, checked as those of a catalog, and turned round where a condition
//! that lets too much through becomes one that denies too little.

use std::collections::BTreeSet;

use super::Hub;
use super::action;
use super::caller::Caller;
use super::condition::judge_conditions;
use super::guard::Reading;
use super::placeholder::Placeholders;
use super::reason::needs_reason;
use super::request::Request;
use super::sink::Sink;
use crate::diag::{Diagnostic, Severity, Span};
use crate::limits;
use crate::load::deny_doc::DenyDoc;
use crate::load::deployment::DeploymentDoc;
use crate::load::{Document, Place};
use crate::model::{Action, ArnPattern, Conditions, Effect, Partition};
use crate::reference::Reference;

/// Actions that are denied, whatever else allows them.
#[derive(Debug, Clone, PartialEq)]
pub struct Denial {
    /// The actions, sorted.
    pub actions: Vec<Action>,
    /// The resources, sorted.
    pub resources: Vec<ArnPattern>,
    pub conditions: Conditions,
    /// Why, in the deployment's words.
    pub reason: String,
    /// Where the deployment denies them.
    pub span: Span,
}

impl Denial {
    /// Whether every request for an action on a resource is denied for certain.
    pub fn always_denies(&self, action: &Action, resource: &ArnPattern) -> bool {
        self.conditions.is_empty()
            && self.actions.iter().any(|own| own.covers(action))
            && self.resources.iter().any(|own| own.covers(resource))
    }
}

/// What the hub is denied: what the deployment denies. Where there are roles, it is checked for these: a condition on who the
/// caller is may be about them alone.
pub(super) fn of_hub(
    sink: &mut Sink,
    deployment: &Document<DeploymentDoc>,
    hub: Option<&Hub>,
    reference: &Reference,
) -> Vec<Denial> {
    let doc = &deployment.doc;
    let mut roles = doc.roles.values();
    let has_targets = !doc.targets.is_empty() || roles.any(|role| !role.targets.is_empty());
    let mut told = Sink::default();
    let sink = match has_targets {
        true => &mut told,
        false => sink,
    };
    match hub {
        Some(_) => denied(sink, deployment, Caller::User, reference),
        None => Vec::new(),
    }
}

/// What a role is denied in every target, of a deployment with only this role.
pub(super) fn of_role(
    sink: &mut Sink,
    deployment: &Document<DeploymentDoc>,
    reference: &Reference,
) -> Vec<Denial> {
    match deployment.doc.targets.is_empty() {
        true => Vec::new(),
        false => denied(sink, deployment, Caller::Role, reference),
    }
}

fn denied(
    sink: &mut Sink,
    deployment: &Document<DeploymentDoc>,
    caller: Caller<'_>,
    reference: &Reference,
) -> Vec<Denial> {
    let denied = Denied {
        caller,
        partition: deployment.doc.partition,
        reference,
    };
    denied.check(sink, &deployment.doc.deny, deployment.root().key("deny"))
}

/// Whose requests are denied, and what is known of actions.
#[derive(Clone, Copy)]
struct Denied<'a> {
    caller: Caller<'a>,
    partition: Partition,
    reference: &'a Reference,
}

impl Denied<'_> {
    /// Checks what is denied. Nothing is left out but what has a fault.
    fn check(self, sink: &mut Sink, docs: &[DenyDoc], place: Place<'_>) -> Vec<Denial> {
        if !has_room(sink, docs, place, self.reference) {
            return Vec::new();
        }
        let each = docs.iter().enumerate();
        each.filter_map(|(index, doc)| self.one(sink, doc, place.index(index)))
            .collect()
    }

    fn one(self, sink: &mut Sink, doc: &DenyDoc, place: Place<'_>) -> Option<Denial> {
        needs_reason(
            sink,
            &doc.reason,
            place.key("reason").span(),
            "whoever is denied something will look here",
            "say in a sentence why it is denied",
        );
        for (key, is_empty) in [
            ("actions", doc.actions.as_slice().is_empty()),
            ("resources", doc.resources.as_slice().is_empty()),
        ] {
            if is_empty {
                sink.push(
                    Diagnostic::error(
                        "empty-list",
                        place.key(key).key_span(),
                        format!("the denial has no {key}"),
                    )
                    .help("list at least one, or delete the denial"),
                );
            }
        }
        let placeholders = Placeholders::of_deployment(Some(self.reference));
        let mut resources = BTreeSet::new();
        for (index, resource) in doc.resources.as_slice().iter().enumerate() {
            let span = place.key("resources").index(index).span();
            let text = placeholders.parse(sink, resource, span)?;
            let arn = ArnPattern::parse(&text, Some(self.partition));
            resources.insert(sink.take("bad-arn", span, arn)?);
        }
        let resources: Vec<ArnPattern> = resources.into_iter().collect();
        let mut actions = BTreeSet::new();
        for (index, written) in doc.actions.as_slice().iter().enumerate() {
            let span = place.key("actions").index(index).span();
            let action = action::canonical(sink, written, span, (self.reference, action::NEWER))?;
            self.refuse_unsupported(sink, &action, &resources, place.key("resources").span());
            actions.insert(action);
        }
        let actions: Vec<Action> = actions.into_iter().collect();
        let request = Request {
            actions: &actions,
            resources: &resources,
            effect: Effect::Deny,
            caller: self.caller,
            partition: Some(self.partition),
            reference: self.reference,
        };
        let reading = Reading {
            placeholders,
            parametric: &|_| false,
            request,
        };
        let conditions_place = place.key("conditions");
        reading.check(sink, &doc.conditions, conditions_place);
        let conditions = reading.read(&doc.conditions);
        for (_, verdict) in judge_conditions(request, &conditions) {
            // The errors of conditions were reported at their places.
            let of_resources = verdict.key.is_empty();
            if of_resources || verdict.severity == Severity::Warning {
                let span = match of_resources {
                    true => place.key("resources").span(),
                    false => conditions_place.key_span(),
                };
                sink.push(verdict.at(span));
            }
        }
        Some(Denial {
            actions,
            resources,
            conditions,
            reason: doc.reason.trim().to_owned(),
            span: place.span(),
        })
    }

    /// Refuses resources none of which an action takes: nothing would be denied.
    fn refuse_unsupported(
        self,
        sink: &mut Sink,
        action: &Action,
        resources: &[ArnPattern],
        span: Span,
    ) {
        if action.as_str() == "*" {
            return;
        }
        let facts = self.reference.expand(action.as_str());
        let written: Vec<String> = resources.iter().map(|arn| arn.text().pattern()).collect();
        if let Some(refused) = action::refused(action, &written, resources, &facts, span) {
            sink.push(refused.why(
                "AWS compares the request with a resource that this action never has, so nothing would be denied",
            ));
        }
    }
}

/// Whether all of it can be looked at: each action that a wildcard stands for is, with each resource.
fn has_room(sink: &mut Sink, docs: &[DenyDoc], place: Place<'_>, reference: &Reference) -> bool {
    let mut weight = 0;
    for doc in docs {
        let keys = doc.conditions.values().flatten();
        let values = keys.flat_map(|(key, values)| std::iter::once(key).chain(values.as_slice()));
        let texts = doc.resources.as_slice().iter().chain(values);
        let size: usize = texts.map(|text| 1 + text.len() / limits::LONG_TEXT).sum();
        for action in doc.actions.as_slice() {
            let stands_for = match action != "*" && action.contains(['*', '?']) {
                true => reference.expand(action).len(),
                false => 0,
            };
            weight += limits::ENTRY + (1 + stands_for) * size;
            if weight > limits::CATALOG {
                sink.push(
                    Diagnostic::error(
                        "too-many-items",
                        place.key_span(),
                        "the deployment denies more actions on more resources than are read",
                    )
                    .why(format!(
                        "an action counts {}, and one more for each of its resources and condition values; one with a wildcard has these again for each action that it stands for; they may be {} together",
                        limits::ENTRY,
                        limits::CATALOG
                    ))
                    .help("name an action once, and fewer resources, with wildcards"),
                );
                return false;
            }
        }
    }
    true
}
