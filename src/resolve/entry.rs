//! Checks one entry of a catalog: its actions, resources, conditions and placeholders.

use indexmap::IndexMap;

use super::action;
use super::catalog::{Entry, EntryResource, Known};
use super::condition;
use super::request::Request;
use super::sink::Sink;
use super::together::judge_together;
use super::unknown;
use super::verdict;
use super::verdict::Condition;
use super::verdict::UNKNOWN_KEY;
use crate::diag::{Diagnostic, Severity, Span};
use crate::limits;
use crate::load::Place;
use crate::load::catalog::{EntryDoc, FeatureDoc, GuardedEntryDoc, OneOrMany};
use crate::model::{
    ArnPattern, Conditions, GrantTo, Level, Operator, ParameterKind, Partition, Text,
    check_condition_key, shown,
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
    (level, feature): (Level, &FeatureDoc),
    place: Place<'_>,
    known: &Known<'_>,
    entries: &mut Vec<Entry>,
) {
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
    let resource = check_resource(sink, &guarded, place, known);
    let filled = match &resource {
        EntryResource::Arns(patterns) => patterns
            .iter()
            .filter_map(|pattern| unknown::resource(pattern, known.parameters))
            .collect(),
        EntryResource::OwnUser | EntryResource::OwnGroups => Vec::new(),
    };
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
    let size = size(&guarded);
    let mut actions = Vec::new();
    for (index, action) in guarded.action.as_slice().iter().enumerate() {
        let span = place.key("action").index(index).span();
        if !has_room(sink, action, size, span, known) {
            return;
        }
        let Some(canonical) = action::canonical(sink, action, span, known.reference) else {
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
            when: guarded.when.clone(),
            without: guarded.without.clone(),
            span,
            size,
        });
    }
    let request = Request {
        actions: &actions,
        resources: &filled,
        by_role: feature.grant_to.contains(&GrantTo::Target),
        partition: None,
        reference: known.reference,
    };
    check_conditions(sink, &guarded, place, known, request);
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

fn check_conditions(
    sink: &mut Sink,
    entry: &GuardedEntryDoc,
    place: Place<'_>,
    known: &Known<'_>,
    request: Request<'_>,
) {
    let placeholders = known.placeholders();
    let all = read_conditions(entry, known);
    for (written, keys) in &entry.conditions {
        let operator_place = place.key("conditions").key(written);
        let operator = sink.take(
            "bad-condition",
            operator_place.key_span(),
            Operator::parse(written),
        );
        if keys.is_empty() {
            empty_condition(sink, operator_place, "the operator has no condition key");
        }
        for (key_written, values) in keys {
            let key_place = operator_place.key(key_written);
            if values.as_slice().is_empty() {
                empty_condition(sink, key_place, "the condition key has no value");
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
                refuse_literal_partition(sink, (operator, key_written), value, span);
                let text = placeholders.parse(sink, value, span);
                // What a parameter stands in is judged with its value, by the deployment; a key's name too.
                if let Some(text) = text.filter(|_| !known.is_parametric(value)) {
                    read.push(verdict::filled(&text));
                    spans.push(span);
                }
            }
            let (Some(operator), Some(key)) = (operator, &key) else {
                continue;
            };
            let condition = Condition {
                operator,
                written,
                key,
                values: &read,
            };
            let required = condition::is_required(key, &all);
            let of_key = condition
                .judge_key(request, required)
                .filter(|verdict| verdict.code != UNKNOWN_KEY || !known.is_parametric(key_written));
            let key_type = verdict::key_type(key, request.actions, known.reference);
            let of_values = condition.judge_values(key_type);
            let of_request = condition.judge_request(request);
            for verdict in of_key.into_iter().chain(of_values).chain(of_request) {
                // The others are for lint, of what is granted.
                if verdict.severity == Severity::Error {
                    let span = verdict
                        .value
                        .map_or(key_place.key_span(), |index| spans[index]);
                    sink.push(verdict.at(span));
                }
            }
        }
    }
    check_together(sink, entry, place, known, all);
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

/// What several conditions say together. Those that a parameter stands in are judged with its value, by the deployment.
fn check_together(
    sink: &mut Sink,
    entry: &GuardedEntryDoc,
    place: Place<'_>,
    known: &Known<'_>,
    mut all: Conditions,
) {
    for (operator, keys) in &entry.conditions {
        let by_key = all.entry(operator.clone()).or_default();
        for (key, values) in keys {
            let mut texts = values.as_slice().iter().chain([key]);
            if texts.any(|text| known.is_parametric(text)) {
                by_key.remove(key);
            }
        }
    }
    for (operator, verdict) in judge_together(&all) {
        if verdict.severity == Severity::Error {
            let key_place = place.key("conditions").key(&operator).key(&verdict.key);
            sink.push(verdict.at(key_place.key_span()));
        }
    }
}

/// The conditions of an entry, without those that have a fault.
fn read_conditions(entry: &GuardedEntryDoc, known: &Known<'_>) -> Conditions {
    let read = |text: &String| Text::parse(text, &known.samples).ok();
    let mut conditions = Conditions::new();
    for (operator, keys) in &entry.conditions {
        let by_key = conditions.entry(operator.clone()).or_default();
        for (key, values) in keys {
            let values = values.as_slice().iter().filter_map(read).collect();
            by_key.extend(read(key).map(|key| (key.pattern(), values)));
        }
    }
    conditions
}

/// Without its condition an action would be granted to everybody that the vendor kept out.
fn empty_condition(sink: &mut Sink, place: Place<'_>, what: &str) {
    sink.push(
        Diagnostic::error("empty-list", place.key_span(), what)
            .why("nothing would be compared, and the action would be granted without its guard")
            .help("complete the condition, or delete it"),
    );
}
