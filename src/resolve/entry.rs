//! Checks one entry of a catalog: its actions, resources, conditions and placeholders.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::action;
use super::caller::Caller;
use super::catalog::{Entry, EntryResource, Inert, Known};
use super::guard::Reading;
use super::inert;
use super::prerequisites::{self, within};
use super::reason::needs_text;
use super::request::Request;
use super::sink::Sink;
use super::unknown;
use crate::diag::{Diagnostic, Span};
use crate::limits;
use crate::load::Place;
use crate::load::catalog::{EntryDoc, FeatureDoc, GuardedEntryDoc, OneOrMany};
use crate::model::{ArnPattern, Effect, GrantTo, Level, Prerequisites, placeholders};

/// A role is neither the hub's user nor one of its groups.
fn hub_only(sink: &mut Sink, entry: &GuardedEntryDoc, feature: &FeatureDoc, place: Place<'_>) {
    let Some(OneOrMany::One(resource)) = &entry.resource else {
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
    (level, feature, needs): (Level, &FeatureDoc, &Prerequisites),
    place: Place<'_>,
    known: &Known<'_>,
    (entries, inert): (&mut Vec<Entry>, &mut Vec<Inert>),
) {
    let guarded = match entry {
        // It has a check of its own.
        EntryDoc::Managed(_) => return,
        EntryDoc::Guarded(guarded) => (**guarded).clone(),
        EntryDoc::Action(action) => GuardedEntryDoc {
            action: OneOrMany::One(action.clone()),
            resource: None,
            conditions: IndexMap::new(),
            when: None,
            partitions: None,
            phase: None,
            purpose: None,
            without: None,
            inert: None,
        },
    };
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
    if let Some(reason) = &guarded.inert {
        let entry = (&guarded, reason.as_str());
        inert::check(sink, entry, level, place, known.reference, inert);
        return;
    }
    hub_only(sink, &guarded, feature, place);
    let own = prerequisites::check(
        sink,
        guarded.when.as_ref(),
        guarded.partitions.as_deref(),
        guarded.phase,
        place,
        known,
    );
    let needs = within(sink, needs, own, place);
    if let Some(purpose) = &guarded.purpose {
        needs_text(sink, purpose, place.key("purpose").span());
    }
    let repeats = check_lists(sink, &guarded, place, known);
    let resource = check_resource(sink, &guarded, place, known);
    let filled = match &resource {
        EntryResource::Arns(patterns) => patterns
            .iter()
            .filter_map(|pattern| unknown::resource(pattern, known.parameters))
            .collect(),
        EntryResource::OwnUser | EntryResource::OwnGroups => Vec::new(),
    };
    let size = size(&guarded);
    let mut actions = Vec::new();
    for (index, action) in guarded.action.as_slice().iter().enumerate() {
        let span = place.key("action").index(index).span();
        if !has_room(sink, action, size, span, known) {
            return;
        }
        let known_to_aws = (known.reference, action::NEWER_OR_INERT);
        let Some(canonical) = action::canonical(sink, action, span, known_to_aws) else {
            continue;
        };
        actions.push(canonical.clone());
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
            needs: needs.clone(),
            purpose: guarded.purpose.clone(),
            without: guarded.without.clone(),
            span,
            size,
            repeats,
        });
    }
    let request = Request {
        actions: &actions,
        resources: &filled,
        effect: Effect::Allow,
        caller: match feature.grant_to.contains(&GrantTo::Target) {
            true => Caller::Role,
            false => Caller::User,
        },
        partition: None,
        reference: known.reference,
    };
    let reading = Reading {
        placeholders: known.placeholders(),
        parametric: &|text| known.is_parametric(text),
        request,
    };
    reading.check(sink, &guarded.conditions, place.key("conditions"));
}

/// Checks where parameters with lists stand, and whether any stands in the entry. With two lists in one text, or one in
/// resources and conditions, it would not be said which values belong together.
fn check_lists(
    sink: &mut Sink,
    entry: &GuardedEntryDoc,
    place: Place<'_>,
    known: &Known<'_>,
) -> bool {
    let is_list = |name: &&str| {
        let parameter = known.parameters.get(*name);
        parameter.is_some_and(|parameter| parameter.list)
    };
    let in_text = |text: &str| -> Vec<String> {
        let lists = placeholders(text).filter(is_list);
        let lists: BTreeSet<&str> = lists.collect();
        lists.into_iter().map(str::to_owned).collect()
    };
    let mut refuse = |span: Span, what: String, why: &str, help: &str| {
        sink.push(
            Diagnostic::error("misplaced-list", span, what)
                .why(why)
                .help(help),
        );
    };
    let several = "it is not said which value of one belongs to which of the other, and every pair would grant more than is meant";
    let one_list = "write whole ARNs in one list, or use a list in one place only";
    let mut in_resources: BTreeSet<String> = BTreeSet::new();
    let mut repeats = false;
    let resources = entry.resource.as_ref().map(OneOrMany::as_slice);
    for (index, pattern) in resources.unwrap_or_default().iter().enumerate() {
        let found = in_text(pattern);
        if let [first, second, ..] = found.as_slice() {
            let span = place.key("resource").index(index).span();
            let what = format!("the lists `{first}` and `{second}` are in one resource");
            refuse(span, what, several, one_list);
        }
        in_resources.extend(found);
    }
    repeats |= !in_resources.is_empty();
    for (operator, keys) in &entry.conditions {
        for (key, values) in keys {
            let place = place.key("conditions").key(operator).key(key);
            if let Some(list) = in_text(key).first() {
                let what = format!("the list `{list}` is in a condition key");
                let why = "several keys would all have to hold, and one key has one name";
                let help = "use a parameter without `list` there, or one entry for each key";
                refuse(place.key_span(), what, why, help);
            }
            for (index, value) in values.as_slice().iter().enumerate() {
                let found = in_text(value);
                let span = place.index(index).span();
                repeats |= !found.is_empty();
                if let [first, second, ..] = found.as_slice() {
                    let what = format!("the lists `{first}` and `{second}` are in one value");
                    refuse(span, what, several, one_list);
                } else if let Some(list) = found.iter().find(|list| in_resources.contains(*list)) {
                    let what = format!("the list `{list}` is in the resources too");
                    refuse(span, what, several, one_list);
                }
            }
        }
    }
    repeats
}

/// What each action of an entry has of its own once it is granted: resources and values of conditions, long ones as several.
fn size(entry: &GuardedEntryDoc) -> usize {
    let one = OneOrMany::One("*".to_owned());
    let resources = entry.resource.as_ref().unwrap_or(&one).as_slice();
    let keys = entry.conditions.values().flatten();
    let values = keys.flat_map(|(key, values)| std::iter::once(key).chain(values.as_slice()));
    let texts = resources.iter().chain(values);
    texts.map(|text| 1 + text.len() / limits::LONG_TEXT).sum()
}

/// Whether the catalog can have one more entry, of this size. Each action that a wildcard stands for is looked at by itself,
/// with each resource, so that a few thousand of them would take minutes.
fn has_room(sink: &mut Sink, action: &str, size: usize, span: Span, known: &Known<'_>) -> bool {
    let before = known.weight.get();
    if before > limits::CATALOG || sink.is_full() {
        return false;
    }
    let stands_for = match action.contains(['*', '?']) {
        true => known.reference.expand(action).len(),
        false => 0,
    };
    let weight = before + limits::ENTRY + (1 + stands_for) * size;
    known.weight.set(weight);
    if weight > limits::CATALOG {
        sink.push(
            Diagnostic::error(
                "too-many-items",
                span,
                "this catalog has more entries, or more actions on more resources, than are read",
            )
            .why(format!(
                "an action of an entry counts {}, and one more for each of its resources and condition values; one with a wildcard has these again for each action that it stands for; they may be {} together",
                limits::ENTRY,
                limits::CATALOG
            ))
            .help("name an action once, and not under several wildcards; name fewer resources, with wildcards"),
        );
    }
    weight <= limits::CATALOG
}

fn check_resource(
    sink: &mut Sink,
    entry: &GuardedEntryDoc,
    place: Place<'_>,
    known: &Known<'_>,
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
        // A whole ARN is checked with its value: nothing is known of it here.
        if unknown::whole(pattern, known.parameters).is_none()
            && let Some(text) = known.placeholders().parse(sink, pattern, place.span())
        {
            sink.take("bad-arn", place.span(), ArnPattern::parse(&text, None));
        }
    }
    EntryResource::Arns(written.to_vec())
}
