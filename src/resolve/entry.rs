//! Checks one entry of a catalog: its actions, resources, conditions and placeholders.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::action;
use super::catalog::{Entry, EntryResource, Known};
use super::sink::Sink;
use super::{GrantTo, Level, ParameterKind};
use crate::diag::{Diagnostic, Span, did_you_mean};
use crate::limits;
use crate::load::Place;
use crate::load::catalog::{EntryDoc, FeatureDoc, GuardedEntryDoc, OneOrMany};
use crate::model::{
    ArnPattern, Text, check_condition_key, check_condition_operator, check_condition_value, shown,
};

/// A role is neither the hub's user nor one of its groups.
pub(super) fn hub_only(sink: &mut Sink, entry: &EntryDoc, feature: &FeatureDoc, place: Place<'_>) {
    let EntryDoc::Guarded(guarded) = entry else {
        return;
    };
    let Some(OneOrMany::One(resource)) = &guarded.resource else {
        return;
    };
    if resource != "own-user" && resource != "own-groups" {
        return;
    }
    let span = place.key("resource").span();
    if feature.grant_to.contains(&GrantTo::Target) {
        sink.push(
            Diagnostic::error(
                "misplaced-resource",
                span,
                format!("`{resource}` in a feature that is granted in targets"),
            )
            .why("the user and its groups are in the hub account; a role in a target has neither")
            .help("move the entry into a feature with `grant_to: [hub]`"),
        );
    }
}

pub(super) fn check_entry(
    sink: &mut Sink,
    entry: &EntryDoc,
    level: Level,
    place: Place<'_>,
    known: &Known<'_>,
    entries: &mut Vec<Entry>,
) {
    let samples = &known.samples;
    let guarded = match entry {
        EntryDoc::Guarded(guarded) => (**guarded).clone(),
        EntryDoc::Action(action) => GuardedEntryDoc {
            action: OneOrMany::One(action.clone()),
            resource: None,
            conditions: IndexMap::new(),
            when: None,
            without: None,
        },
    };
    let resource = check_resource(sink, &guarded, place, samples);
    let filled = match &resource {
        EntryResource::Arns(patterns) => patterns
            .iter()
            .filter_map(|pattern| Text::parse(pattern, samples).ok())
            .filter_map(|text| ArnPattern::check(&text, None).ok())
            .collect(),
        EntryResource::OwnUser | EntryResource::OwnGroups => Vec::new(),
    };
    check_conditions(sink, &guarded, place, samples);
    if let Some(name) = &guarded.when {
        let boolean = known
            .parameters
            .get(name)
            .is_some_and(|parameter| parameter.kind == ParameterKind::Boolean);
        if !boolean {
            sink.push(
                Diagnostic::error(
                    "unknown-parameter",
                    place.key("when").span(),
                    format!("{} is not a boolean parameter of this catalog", shown(name)),
                )
                .help("declare it under `parameters` with `type: boolean`"),
            );
        }
    }
    if guarded.action.as_slice().is_empty() {
        sink.push(
            Diagnostic::error(
                "empty-list",
                place.key("action").key_span(),
                "the entry has no action",
            )
            .help("list at least one action, or delete the entry"),
        );
    }
    for (index, action) in guarded.action.as_slice().iter().enumerate() {
        let span = place.key("action").index(index).span();
        if !has_room(sink, action, span, known) {
            return;
        }
        let Some(canonical) = action::canonical(sink, action, span, known.reference) else {
            continue;
        };
        let written = Some(action).filter(|action| *action != canonical.as_str());
        let resource_span = place.key("resource").span();
        entries.push(Entry {
            level,
            resource: action::supported(
                sink,
                &canonical,
                resource.clone(),
                &filled,
                resource_span,
                known.reference,
            ),
            action: canonical,
            written: written.cloned(),
            conditions: guarded.conditions.clone(),
            when: guarded.when.clone(),
            without: guarded.without.clone(),
            span,
        });
    }
}

/// Whether the catalog can have one more entry. Each action that a wildcard stands for is looked at by itself, so that a few
/// thousand of them would take minutes.
fn has_room(sink: &mut Sink, action: &str, span: Span, known: &Known<'_>) -> bool {
    let before = known.weight.get();
    if before > limits::CATALOG {
        return false;
    }
    let stands_for = match action.contains(['*', '?']) {
        true => known.reference.expand(action).len(),
        false => 0,
    };
    let weight = before + limits::ENTRY + stands_for;
    known.weight.set(weight);
    if weight > limits::CATALOG {
        sink.push(
            Diagnostic::error(
                "too-many-items",
                span,
                "this catalog has more entries, or more actions that its wildcards stand for, than are read",
            )
            .why(format!(
                "an entry counts {}, and one more for each action that a wildcard stands for; they may be {} together",
                limits::ENTRY,
                limits::CATALOG
            ))
            .help("name an action once, and not under several wildcards"),
        );
    }
    weight <= limits::CATALOG
}

fn check_resource(
    sink: &mut Sink,
    entry: &GuardedEntryDoc,
    place: Place<'_>,
    samples: &BTreeMap<String, String>,
) -> EntryResource {
    let written = match &entry.resource {
        None => return EntryResource::Arns(vec!["*".to_owned()]),
        Some(written) => written.as_slice(),
    };
    match written {
        [one] if one == "own-user" => return EntryResource::OwnUser,
        [one] if one == "own-groups" => return EntryResource::OwnGroups,
        [] => sink.push(
            Diagnostic::error(
                "empty-list",
                place.key("resource").key_span(),
                "no resource",
            )
            .why("IAM refuses a statement without a resource")
            .help("write `\"*\"`, or delete the field"),
        ),
        _ => {}
    }
    for (index, pattern) in written.iter().enumerate() {
        let place = place.key("resource").index(index);
        if pattern == "own-user" || pattern == "own-groups" {
            sink.push(
                Diagnostic::error(
                    "misplaced-resource",
                    place.span(),
                    format!("`{pattern}` beside other resources"),
                )
                .why("it stands for ARNs that only the deployment knows, and is an entry's only resource")
                .help("write an entry of its own: the same action may stand in several"),
            );
            continue;
        }
        check_arn(sink, pattern, place, samples);
    }
    EntryResource::Arns(written.to_vec())
}

fn check_arn(sink: &mut Sink, pattern: &str, place: Place<'_>, samples: &BTreeMap<String, String>) {
    if let Some(text) = check_text(sink, pattern, place.span(), samples) {
        sink.take("bad-arn", place.span(), ArnPattern::check(&text, None));
    }
}

fn check_conditions(
    sink: &mut Sink,
    entry: &GuardedEntryDoc,
    place: Place<'_>,
    samples: &BTreeMap<String, String>,
) {
    for (operator, keys) in &entry.conditions {
        let operator_place = place.key("conditions").key(operator);
        sink.take(
            "bad-condition",
            operator_place.key_span(),
            check_condition_operator(operator),
        );
        if keys.is_empty() {
            empty_condition(sink, operator_place, "the operator has no condition key");
        }
        for (key, values) in keys {
            let key_place = operator_place.key(key);
            if values.as_slice().is_empty() {
                empty_condition(sink, key_place, "the condition key has no value");
            }
            if let Some(filled) = check_text(sink, key, key_place.key_span(), samples) {
                sink.take(
                    "bad-condition",
                    key_place.key_span(),
                    check_condition_key(&filled.pattern()),
                );
            }
            for (index, value) in values.as_slice().iter().enumerate() {
                let span = key_place.index(index).span();
                if check_text(sink, value, span, samples).is_some() {
                    sink.take(
                        "bad-condition",
                        span,
                        check_condition_value(operator, value),
                    );
                }
            }
        }
    }
}

/// Without its condition an action would be granted to everybody that the vendor kept out.
fn empty_condition(sink: &mut Sink, place: Place<'_>, what: &str) {
    sink.push(
        Diagnostic::error("empty-list", place.key_span(), what)
            .why("nothing would be compared, and the action would be granted without its guard")
            .help("complete the condition, or delete it"),
    );
}

fn check_text(
    sink: &mut Sink,
    text: &str,
    span: Span,
    samples: &BTreeMap<String, String>,
) -> Option<Text> {
    match Text::parse(text, samples) {
        Ok(text) => Some(text),
        Err(error) => {
            let known = samples
                .keys()
                .map(String::as_str)
                .chain(["account", "partition"]);
            sink.push(unknown_placeholder(&error.name, span, known));
            None
        }
    }
}

/// The fault of a placeholder that names nothing.
pub(super) fn unknown_placeholder<'a>(
    name: &str,
    span: Span,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let known: Vec<&str> = known.collect();
    if name.starts_with("${") {
        return Diagnostic::error(
            "unknown-placeholder",
            span,
            format!("the placeholder {} is not closed", shown(name)),
        )
        .help("close it with `}`; a dollar sign before a brace is written `${$}{`");
    }
    let diagnostic = Diagnostic::error(
        "unknown-placeholder",
        span,
        format!("the placeholder {} names nothing", shown(name)),
    );
    match did_you_mean(name, known.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `${{{near}}}`?")),
        None => diagnostic.help(format!(
            "known here: {}; an IAM policy variable has a colon, as in `${{aws:username}}`",
            known.join(", ")
        )),
    }
}
