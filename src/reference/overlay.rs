//! Checks an overlay as written and adds it to the reference.

use std::collections::BTreeMap;

use super::service::{ActionRow, Listed, NO_KEYS};
use super::{AccessLevel, ConditionKey, Need, Reference, ResourceType, Service, Text};
use crate::diag::{self, Diagnostic, Span, did_you_mean};
use crate::load::overlay::{
    OverlayAccessLevel, OverlayActionDoc, OverlayDoc, OverlayKeyType, OverlayServiceDoc,
};
use crate::load::{Document, Place};
use crate::model::{self, Action, Refusal, shown};

/// An overlay without faults.
#[derive(Debug, Clone)]
pub struct Overlay {
    global_keys: Vec<ConditionKey>,
    services: Vec<Addition>,
}

/// What an overlay says of one service.
#[derive(Debug, Clone)]
pub(super) struct Addition {
    prefix: String,
    doc: OverlayServiceDoc,
}

/// Checks an overlay. Gives nothing where any fault is an error.
pub fn check(document: &Document<OverlayDoc>) -> (Option<Overlay>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let global_place = document.root().key("condition_keys");
    for key in document.doc.condition_keys.keys() {
        check_key(&mut diagnostics, key, global_place.key(key).key_span());
    }
    let services_place = document.root().key("services");
    for (prefix, service) in &document.doc.services {
        let place = services_place.key(prefix);
        check_service(&mut diagnostics, prefix, service, place);
    }
    let services = document
        .doc
        .services
        .iter()
        .map(|(prefix, doc)| Addition {
            prefix: prefix.clone(),
            doc: doc.clone(),
        })
        .collect();
    let global_keys = document.doc.condition_keys.iter();
    let global_keys = global_keys.map(|(name, key)| condition_key(name, key.r#type));
    let overlay = Overlay {
        global_keys: global_keys.collect(),
        services,
    };
    (
        Some(overlay).filter(|_| !diag::has_errors(&diagnostics)),
        diagnostics,
    )
}

fn check_service(
    diagnostics: &mut Vec<Diagnostic>,
    prefix: &str,
    doc: &OverlayServiceDoc,
    place: Place<'_>,
) {
    let known = Reference::embedded().service(prefix);
    let prefix_fits = !prefix.is_empty()
        && prefix
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !prefix_fits {
        diagnostics.push(
            Diagnostic::error(
                "bad-name",
                place.key_span(),
                format!("`{}` is not a service prefix", prefix.escape_debug()),
            )
            .help("the prefix is lower-case letters, digits and hyphens: `ec2`"),
        );
        return;
    }
    if known.is_none() && doc.title.is_none() {
        diagnostics.push(
            Diagnostic::error(
                "missing-field",
                place.key_span(),
                format!("the reference has no service `{prefix}`, and this file does not name it"),
            )
            .help("correct the prefix, or add `title:`, the service's name for people"),
        );
    }
    for (name, resource_type) in &doc.resource_types {
        let place = place.key("resource_types").key(name);
        if resource_type.arns.is_empty() {
            diagnostics.push(
                Diagnostic::error(
                    "empty-list",
                    place.key_span(),
                    "the resource type has no ARN format",
                )
                .help("list its formats under `arns`"),
            );
        }
        for (index, arn) in resource_type.arns.iter().enumerate() {
            if !arn.starts_with("arn:") || arn.splitn(6, ':').count() < 6 {
                let span = place.key("arns").index(index).span();
                diagnostics.push(
                    Diagnostic::error("bad-arn", span, "this is not an ARN format").help(
                        "write it as AWS does: `arn:${Partition}:ec2:${Region}:${Account}:vpc/${VpcId}`",
                    ),
                );
            }
        }
    }
    for (name, key) in &doc.condition_keys {
        let place = place.key("condition_keys").key(name);
        check_key(diagnostics, name, place.key_span());
        for (index, action) in key.actions.iter().flatten().enumerate() {
            let of_service = known.into_iter().flat_map(Service::actions);
            let mut names = of_service
                .map(|facts| facts.name())
                .chain(doc.actions.keys().map(String::as_str));
            if !names.any(|name| stands_for(action, name)) {
                let span = place.key("actions").index(index).span();
                diagnostics.push(
                    Diagnostic::error(
                        "unknown-action",
                        span,
                        format!("the service has no action {}", shown(action)),
                    )
                    .help("name actions of the reference or of this file, without the prefix: `RunInstances`"),
                );
            }
        }
    }
    let mut seen: BTreeMap<String, Place<'_>> = BTreeMap::new();
    for (name, action) in &doc.actions {
        let place = place.key("actions").key(name);
        if let Some(first) = seen.insert(name.to_ascii_lowercase(), place) {
            diagnostics.push(
                Diagnostic::error(
                    "duplicate-action",
                    place.key_span(),
                    "the action appears here twice",
                )
                .related(first.key_span(), "first here")
                .why("AWS ignores the case of actions")
                .help("keep the one that is in AWS's own case"),
            );
        }
        match Action::parse(&format!("{prefix}:{name}")) {
            Ok(action) if action.has_wildcard() => diagnostics.push(
                Diagnostic::error(
                    "bad-action",
                    place.key_span(),
                    "this stands for several actions",
                )
                .help("list each action by its name"),
            ),
            Ok(_) => {}
            Err(refusal) => diagnostics.push(refused(place, true, refusal)),
        }
        if let Some(facts) = known
            .and_then(|known| known.action(name))
            .filter(|facts| facts.verified())
        {
            diagnostics.push(
                Diagnostic::warning(
                    "known-action",
                    place.key_span(),
                    format!("the reference knows {} already", facts.canonical()),
                )
                .why("what this file says of it replaces all that the reference says")
                .help("delete it, unless the reference is wrong"),
            );
        }
        check_action(diagnostics, doc, known, action, place);
    }
}

fn check_action(
    diagnostics: &mut Vec<Diagnostic>,
    doc: &OverlayServiceDoc,
    known: Option<&Service>,
    action: &OverlayActionDoc,
    place: Place<'_>,
) {
    for (name, resource) in &action.resource_types {
        let place = place.key("resource_types").key(name);
        let declared = doc.resource_types.contains_key(name);
        if !declared && known.and_then(|known| known.resource_type(name)).is_none() {
            let names = doc.resource_types.keys().map(String::as_str).chain(
                known
                    .into_iter()
                    .flat_map(|known| known.resource_types().iter().map(ResourceType::name)),
            );
            let diagnostic = Diagnostic::error(
                "unknown-resource-type",
                place.key_span(),
                format!("the service has no resource type `{}`", name.escape_debug()),
            );
            diagnostics.push(match did_you_mean(name, names) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help("declare it under the service's `resource_types`"),
            });
        }
        check_keys(diagnostics, &resource.condition_keys, place);
    }
    check_keys(diagnostics, &action.condition_keys, place);
    for (index, dependent) in action.dependent_actions.iter().flatten().enumerate() {
        if let Err(refusal) = Action::parse(dependent) {
            let place = place.key("dependent_actions").index(index);
            diagnostics.push(refused(place, false, refusal));
        }
    }
}

fn check_keys(diagnostics: &mut Vec<Diagnostic>, keys: &[String], place: Place<'_>) {
    for (index, key) in keys.iter().enumerate() {
        check_key(
            diagnostics,
            key,
            place.key("condition_keys").index(index).span(),
        );
    }
}

fn check_key(diagnostics: &mut Vec<Diagnostic>, key: &str, span: Span) {
    let fits = key
        .split_once(':')
        .is_some_and(|(prefix, name)| !prefix.is_empty() && !name.is_empty());
    if !fits || key.contains(char::is_whitespace) {
        diagnostics.push(
            Diagnostic::error("bad-condition", span, "this is not a condition key")
                .help("a key has a prefix and a name: `aws:RequestTag/${TagKey}`"),
        );
    }
}

/// Whether a name, which may have wildcards, stands for an action.
fn stands_for(written: &str, action: &str) -> bool {
    model::matches(&written.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

fn refused(place: Place<'_>, at_key: bool, refusal: Refusal) -> Diagnostic {
    let span = if at_key {
        place.key_span()
    } else {
        place.span()
    };
    Diagnostic::error("bad-action", span, refusal.what)
        .why(refusal.why)
        .help(refusal.help)
}

impl Overlay {
    pub(super) fn global_keys(&self) -> &[ConditionKey] {
        &self.global_keys
    }

    pub(super) fn services(&self) -> &[Addition] {
        &self.services
    }
}

impl Addition {
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(super) fn empty_service(&self) -> Service {
        let title = self.doc.title.as_ref().unwrap_or(&self.prefix);
        Service::new(owned(&self.prefix), owned(title))
    }

    /// Adds what the overlay says; what was known of the same action or resource type goes.
    pub(super) fn add_to(&self, service: &mut Service) {
        for (name, doc) in &self.doc.resource_types {
            let arns = doc.arns.iter().map(|arn| owned(arn)).collect();
            match resource_type(service, name) {
                Some(index) => service.types[index].arns = arns,
                None => service.types.push(ResourceType {
                    name: owned(name),
                    keys: NO_KEYS,
                    arns,
                }),
            }
        }
        for (name, doc) in &self.doc.actions {
            let mut types: Vec<Listed> = doc
                .resource_types
                .iter()
                .filter_map(|(name, resource)| {
                    Some(Listed {
                        index: resource_type(service, name)?,
                        need: if resource.required {
                            Need::Required
                        } else {
                            Need::Optional
                        },
                        keys: key_set(service, &resource.condition_keys),
                    })
                })
                .collect();
            types.sort_by_key(|listed| service.types[listed.index].name.to_ascii_lowercase());
            let row = ActionRow {
                name: owned(name),
                level: Some(level(doc.access_level)),
                keys: key_set(service, &doc.condition_keys),
                types,
                dependents: doc
                    .dependent_actions
                    .as_ref()
                    .map(|listed| listed.iter().map(|one| owned(one)).collect()),
                deprecated: doc.deprecated,
            };
            match service.find(name) {
                Ok(index) => service.rows[index] = row,
                Err(index) => service.rows.insert(index, row),
            }
        }
        for (name, key) in &self.doc.condition_keys {
            let index = key_index(service, name);
            service.keys[index] = condition_key(name, key.r#type);
            for row in 0..service.rows.len() {
                let mut listed = key.actions.iter().flatten();
                let action = &service.rows[row].name;
                if key.actions.is_none() || listed.any(|listed| stands_for(listed, action)) {
                    let mut set = service.key_sets[service.rows[row].keys].clone();
                    set.push(index);
                    service.key_sets.push(set);
                    service.rows[row].keys = service.key_sets.len() - 1;
                }
            }
        }
    }
}

fn condition_key(name: &str, kind: OverlayKeyType) -> ConditionKey {
    ConditionKey {
        name: owned(name),
        kind: Some(Text::Borrowed(kind.as_str())),
    }
}

fn resource_type(service: &Service, name: &str) -> Option<usize> {
    service
        .types
        .iter()
        .position(|known| known.name.eq_ignore_ascii_case(name))
}

/// Adds a set of condition keys, and each key that the service does not have yet.
fn key_set(service: &mut Service, keys: &[String]) -> usize {
    if keys.is_empty() {
        return NO_KEYS;
    }
    let set = keys.iter().map(|key| key_index(service, key)).collect();
    service.key_sets.push(set);
    service.key_sets.len() - 1
}

/// The number of a key, which is added where the service does not have it.
fn key_index(service: &mut Service, key: &str) -> usize {
    let found = service
        .keys
        .iter()
        .position(|known| known.name().eq_ignore_ascii_case(key));
    found.unwrap_or_else(|| {
        service.keys.push(ConditionKey {
            name: owned(key),
            kind: None,
        });
        service.keys.len() - 1
    })
}

fn level(level: OverlayAccessLevel) -> AccessLevel {
    match level {
        OverlayAccessLevel::List => AccessLevel::List,
        OverlayAccessLevel::Read => AccessLevel::Read,
        OverlayAccessLevel::Write => AccessLevel::Write,
        OverlayAccessLevel::Tagging => AccessLevel::Tagging,
        OverlayAccessLevel::PermissionsManagement => AccessLevel::PermissionsManagement,
    }
}

fn owned(text: &str) -> Text {
    Text::Owned(text.to_owned())
}
