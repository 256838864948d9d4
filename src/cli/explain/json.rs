//! Prints explanations as JSON. The format has its own types and version, separate from internal types.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::catalog::{InertJson, partitions, phase};
use super::super::report;
use super::{Explanation, How};
use crate::model::Level;
use crate::reference::{AccessLevel, ActionFacts, ConditionKey, Dependents, Need};

#[derive(Serialize)]
struct ExplainJson<'a> {
    format: &'static str,
    /// The action with AWS's capitalization, or the wildcard as given.
    asked: String,
    wildcard: bool,
    /// The number of actions per access level.
    counts: BTreeMap<&'static str, usize>,
    actions: Vec<ActionJson<'a>>,
    asked_for_by: Vec<AskingJson<'a>>,
    never_granted: Vec<NeverJson<'a>>,
}

/// What a catalog lists and what is never granted.
#[derive(Serialize)]
struct NeverJson<'a> {
    catalog: String,
    feature: &'a str,
    #[serde(flatten)]
    inert: InertJson<'a>,
}

#[derive(Serialize)]
struct ActionJson<'a> {
    action: String,
    service: &'a str,
    /// Null if the action is newer than the base source; its capitalization is uncertain then, too.
    access_level: Option<AccessLevel>,
    deprecated: bool,
    condition_keys: Vec<&'a str>,
    /// The type of every key in this document; null if the source does not have it.
    condition_key_types: BTreeMap<&'a str, Option<&'a str>>,
    resource_types: Vec<ResourceTypeJson<'a>>,
    /// Null if the source does not have it.
    dependent_actions: Option<Vec<&'a str>>,
}

#[derive(Serialize)]
struct ResourceTypeJson<'a> {
    name: &'a str,
    need: Need,
    arns: Vec<&'a str>,
    condition_keys: Vec<&'a str>,
}

#[derive(Serialize)]
struct AskingJson<'a> {
    catalog: String,
    /// Null if the catalog asks for the action because its product assumes roles.
    feature: Option<&'a str>,
    level: Option<Level>,
    /// The entry's action: the requested one, a wildcard that matches it, or one that the requested wildcard matches.
    action: &'a str,
    relation: How,
    written: Option<&'a str>,
    when: &'a [String],
    partitions: Vec<&'static str>,
    phase: Option<&'static str>,
    purpose: Option<&'a str>,
    without: Option<&'a str>,
}

pub(super) fn text(explanation: &Explanation<'_>) -> serde_json::Result<String> {
    let wildcard = explanation.asked.has_wildcard();
    let mut counts = BTreeMap::new();
    for facts in &explanation.actions {
        let level = facts.level().map_or("unknown", |level| level.as_str());
        *counts.entry(level).or_insert(0) += 1;
    }
    let asked = match explanation.actions.as_slice() {
        [facts] if !wildcard => facts.canonical(),
        _ => explanation.asked.to_string(),
    };
    let mut asked_for_by: Vec<AskingJson<'_>> = explanation
        .entries
        .iter()
        .map(|asking| AskingJson {
            catalog: asking.catalog.id.to_string(),
            feature: Some(asking.feature),
            level: Some(asking.entry.level),
            action: asking.entry.action.as_str(),
            relation: asking.how,
            written: asking.entry.written.as_deref(),
            when: &asking.entry.needs.when,
            partitions: partitions(&asking.entry.needs),
            phase: phase(asking.entry),
            purpose: asking.entry.purpose.as_deref(),
            without: asking.entry.without.as_deref(),
        })
        .collect();
    asked_for_by.extend(explanation.assume_roles.iter().map(|catalog| AskingJson {
        catalog: catalog.id.to_string(),
        feature: None,
        level: None,
        action: "sts:AssumeRole",
        relation: How::Same,
        written: None,
        when: &[],
        partitions: Vec::new(),
        phase: None,
        purpose: None,
        without: None,
    }));
    let never_granted = explanation.inert.iter();
    let never_granted = never_granted.map(|(catalog, feature, inert)| NeverJson {
        catalog: catalog.id.to_string(),
        feature,
        inert: InertJson::from(*inert),
    });
    report::json(&ExplainJson {
        format: "landgrant/explain/v1",
        asked,
        wildcard,
        counts,
        actions: explanation
            .actions
            .iter()
            .map(|facts| action(*facts))
            .collect(),
        asked_for_by,
        never_granted: never_granted.collect(),
    })
}

fn action(facts: ActionFacts<'_>) -> ActionJson<'_> {
    ActionJson {
        action: facts.canonical(),
        service: facts.service().title(),
        access_level: facts.level(),
        deprecated: facts.deprecated(),
        condition_keys: facts.condition_keys().collect(),
        condition_key_types: facts
            .all_condition_keys()
            .into_iter()
            .map(|name| (name, facts.service().key(name).and_then(ConditionKey::kind)))
            .collect(),
        resource_types: facts
            .resources()
            .map(|resource| ResourceTypeJson {
                name: resource.resource_type().name(),
                need: resource.need(),
                arns: resource.resource_type().arns().collect(),
                condition_keys: resource.condition_keys().collect(),
            })
            .collect(),
        dependent_actions: match facts.dependents() {
            Dependents::Known(actions) => Some(actions),
            Dependents::Unknown => None,
        },
    }
}
