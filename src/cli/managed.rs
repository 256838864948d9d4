//! The managed policies of AWS in the summary of a render, and in what is shown of a catalog.

use std::collections::BTreeMap;

use serde::Serialize;

use super::stages::Rendered;
use super::table::{columns, paragraph, row};
use crate::diag::plural;
use crate::model::{Level, Prerequisites};
use crate::reference::{MANAGED_DATED, ManagedPolicy};
use crate::resolve::{ManagedEntry, Resolved, SelectedManaged};

/// The managed policies of AWS that are attached, with what they allow.
pub(super) fn attached(resolved: &Resolved) -> String {
    let mut places: BTreeMap<&str, (&ManagedPolicy, Vec<String>)> = BTreeMap::new();
    let mut add = |selected: &SelectedManaged, place: String| {
        let policy = selected.policy;
        let (_, known) = places.entry(policy.name).or_insert((policy, Vec::new()));
        if !known.contains(&place) {
            known.push(place);
        }
    };
    for selected in &resolved.hub_managed {
        add(selected, "hub".to_owned());
    }
    for (number, set) in resolved.grant_sets.iter().enumerate() {
        let mut targets = resolved.targets.iter();
        if !targets.any(|target| target.grant_set == number) {
            continue;
        }
        for selected in &set.managed {
            let product = &resolved.products[selected.origin.product];
            let role = resolved.roles[product.role].name.as_deref();
            let place = set.variant.as_deref().or(role).unwrap_or("targets");
            add(selected, place.to_owned());
        }
    }
    let rows = places.into_values().map(|(policy, places)| {
        vec![
            policy.full_name(),
            policy.attached().dated(),
            plural(policy.allowed_actions(), "action"),
            places.join(", "),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() {
        return String::new();
    }
    let head = vec![row(["policy", "version", "allows", "where"])];
    let note = format!("As of {MANAGED_DATED}. AWS changes what they grant, without asking.");
    columns(&[head, rows].concat()) + &paragraph(&note, 2)
}

/// Those that AWS changed since the last render.
pub(super) fn changed(one: &Rendered) -> String {
    let rows = one.changed_policies.iter();
    let rows = rows.map(|(name, before, now)| vec![name.clone(), format!("{before} → {now}")]);
    columns(&rows.collect::<Vec<_>>())
}

/// What there is to say of a managed policy of AWS beside its name.
pub(super) fn notes(entry: &ManagedEntry, said: &Prerequisites) -> String {
    let mut notes = vec![format!(
        "a managed policy of AWS, {}",
        entry.policy.attached().dated()
    )];
    notes.extend(entry.needs.words(said));
    notes.extend(entry.purpose.iter().map(|text| format!("For: {text}")));
    notes.extend(
        entry
            .without
            .iter()
            .map(|text| format!("Without it: {text}")),
    );
    notes.join("; ")
}

/// A managed policy of AWS.
#[derive(Serialize)]
pub(super) struct PolicyJson<'a> {
    policy: String,
    level: Level,
    version: &'a str,
    dated: &'a str,
    when: &'a [String],
    partitions: Vec<&'static str>,
    purpose: Option<&'a str>,
    without: Option<&'a str>,
}

impl<'a> From<&'a ManagedEntry> for PolicyJson<'a> {
    fn from(entry: &'a ManagedEntry) -> Self {
        Self {
            policy: entry.policy.full_name(),
            level: entry.level,
            version: entry.policy.version,
            dated: entry.policy.date,
            when: &entry.needs.when,
            partitions: entry
                .needs
                .partitions
                .iter()
                .map(|one| one.as_str())
                .collect(),
            purpose: entry.purpose.as_deref(),
            without: entry.without.as_deref(),
        }
    }
}
