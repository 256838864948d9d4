//! What a deployment denies: actions, resources and conditions, checked as those of a catalog, and turned round where a condition
//! that lets too much through becomes one that denies too little.

use std::collections::BTreeSet;

use super::action;
use super::caller::Caller;
use super::catalog::Catalog;
use super::condition::judge_conditions;
use super::denied::{Denial, Undenied};
use super::guard::Reading;
use super::placeholder::Placeholders;
use super::reason::needs_reason;
use super::request::Request;
use super::sink::Sink;
use super::{Hub, Product, SelectedFeature};
use crate::diag::{Diagnostic, Severity, Span};
use crate::limits;
use crate::load::catalog::CatalogDoc;
use crate::load::deny_doc::DenyDoc;
use crate::load::deployment::{DeploymentDoc, ProductDoc};
use crate::load::{Document, Place};
use crate::model::{Action, ArnPattern, Effect, GrantTo, Partition, shown};
use crate::reference::Reference;

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
        partition: Some(deployment.doc.partition),
        reference,
    };
    denied.check(sink, &deployment.doc.deny, deployment.root().key("deny"))
}

/// What a catalog demands to be denied, each with the feature that it is for. The reason says who demands it.
pub(super) fn of_catalog(
    sink: &mut Sink,
    doc: &CatalogDoc,
    root: Place<'_>,
    reference: &Reference,
) -> Vec<(Option<String>, Denial)> {
    let features = doc.features.iter().map(|(name, feature)| {
        let place = root.key("features").key(name).key("deny");
        let grant_to: Vec<GrantTo> = feature.grant_to.clone();
        (Some(name.clone()), &feature.deny, grant_to, place)
    });
    let everywhere = doc
        .features
        .values()
        .flat_map(|feature| feature.grant_to.clone());
    let all = (None, &doc.deny, everywhere.collect(), root.key("deny"));
    let mut denials = Vec::new();
    for (feature, docs, grant_to, place) in std::iter::once(all).chain(features) {
        let denied = Denied {
            caller: match grant_to.contains(&GrantTo::Target) {
                true => Caller::Role,
                false => Caller::User,
            },
            partition: None,
            reference,
        };
        for mut denial in denied.check(sink, docs, place) {
            denial.reason = format!("{} demands this: {}", doc.title, denial.reason);
            denials.push((feature.clone(), denial));
        }
    }
    denials
}

/// What the catalogs of a role demand to be denied, in the hub and in the role, without what the deployment leaves out.
#[derive(Debug, Default)]
pub(super) struct Demanded {
    pub(super) in_hub: Vec<Denial>,
    pub(super) in_role: Vec<Denial>,
}

/// Gathers what is demanded, and notes with each product what the deployment leaves out.
pub(super) fn demanded(
    sink: &mut Sink,
    deployment: &Document<DeploymentDoc>,
    products: &mut [Product],
) -> Demanded {
    let mut demanded = Demanded::default();
    for product in products {
        let known = deployment.doc.products.iter().enumerate();
        let mut known = known.filter(|(_, doc)| doc.catalog == product.catalog.id.to_string());
        let Some((index, doc)) = known.next() else {
            continue;
        };
        let place = deployment
            .root()
            .key("products")
            .index(index)
            .key("omit_deny");
        product.undenied = undenied(sink, doc, &product.catalog, place);
        let is_left_out = |action: &Action| {
            let mut undenied = product.undenied.iter();
            undenied.any(|one| one.action.same_as(action))
        };
        for (feature, denial) in &product.catalog.denials {
            let mut denial = denial.clone();
            denial.actions.retain(|action| !is_left_out(action));
            if denial.actions.is_empty() {
                continue;
            }
            let of_it =
                |one: &&SelectedFeature| feature.as_ref().is_none_or(|name| *name == one.name);
            let features = || product.features.iter().filter(of_it);
            if features().any(|one| one.in_hub) {
                demanded.in_hub.push(denial.clone());
            }
            if features().any(|one| one.in_targets) {
                demanded.in_role.push(denial);
            }
        }
    }
    demanded
}

/// What the deployment does not deny though a catalog demands it.
fn undenied(
    sink: &mut Sink,
    doc: &ProductDoc,
    catalog: &Catalog,
    place: Place<'_>,
) -> Vec<Undenied> {
    let mut undenied = Vec::new();
    for (index, omit) in doc.omit_deny.iter().enumerate() {
        let place = place.index(index);
        needs_reason(
            sink,
            &omit.reason,
            place.key("reason").span(),
            "the vendor demands that it is denied, and whoever asks why it is not will look here",
            "say in a sentence why it is not denied",
        );
        let listed = catalog
            .denials
            .iter()
            .flat_map(|(_, denial)| &denial.actions);
        let listed: Vec<&Action> = listed.collect();
        let same = |action: &&&Action| action.as_str().eq_ignore_ascii_case(&omit.action);
        match listed.iter().find(same) {
            Some(action) => undenied.push(Undenied {
                action: (**action).clone(),
                reason: omit.reason.trim().to_owned(),
            }),
            None => {
                let names: Vec<&str> = listed.iter().map(|action| action.as_str()).collect();
                sink.push(
                    Diagnostic::error(
                        "unlisted-action",
                        place.key("action").span(),
                        format!("{} demands no Deny of {}", catalog.id, shown(&omit.action)),
                    )
                    .help(match names.is_empty() {
                        true => "delete it: the catalog demands no Deny".to_owned(),
                        false => format!("it demands: {}", names.join(", ")),
                    }),
                );
            }
        }
    }
    undenied
}

/// Whose requests are denied, and what is known of actions.
#[derive(Clone, Copy)]
struct Denied<'a> {
    caller: Caller<'a>,
    /// The deployment's partition; a catalog is for all of them.
    partition: Option<Partition>,
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
            let arn = ArnPattern::parse(&text, self.partition);
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
            partition: self.partition,
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
