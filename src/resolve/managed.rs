//! Managed policies of AWS that catalogs ask for, and what stands in their place where the deployment wants that.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::catalog::{Catalog, Entry, EntryResource, Known, ManagedEntry};
use super::prerequisites::{self, within};
use super::reason::needs_text;
use super::sink::Sink;
use crate::diag::{Diagnostic, Span};
use crate::load::Place;
use crate::load::catalog::{ManagedEntryDoc, OneOrMany};
use crate::load::deployment::OmitDoc;
use crate::model::{Action, ArnPattern, Effect, Level, Partition, Prerequisites, Text, shown};
use crate::reference::{
    AttachableTo, MANAGED_DATED, ManagedPolicy, managed_policy, near_managed_policy,
};

/// Checks an entry of a catalog that asks for managed policies.
pub(super) fn check_managed(
    sink: &mut Sink,
    entry: &ManagedEntryDoc,
    (level, needs): (Level, &Prerequisites),
    place: Place<'_>,
    known: &Known<'_>,
    entries: &mut Vec<ManagedEntry>,
) {
    let own = prerequisites::check(
        sink,
        entry.when.as_ref(),
        entry.partitions.as_deref(),
        None,
        place,
        known,
    );
    let needs = within(sink, needs, own, place);
    if let Some(purpose) = &entry.purpose {
        needs_text(sink, purpose, place.key("purpose").span());
    }
    let place = place.key("managed");
    if entry.managed.as_slice().is_empty() {
        sink.push(
            Diagnostic::error("empty-list", place.key_span(), "the entry has no policy")
                .help("list at least one policy, or delete the entry"),
        );
    }
    for (index, name) in entry.managed.as_slice().iter().enumerate() {
        let span = place.index(index).span();
        let Some(policy) = managed_policy(name) else {
            sink.push(unknown(name, span));
            continue;
        };
        let what = match policy.attachable_to() {
            AttachableTo::Principals => {
                entries.push(ManagedEntry {
                    level,
                    policy,
                    needs: needs.clone(),
                    purpose: entry.purpose.clone(),
                    without: entry.without.clone(),
                    span,
                });
                continue;
            }
            AttachableTo::ServiceLinkedRoles => "roles that it makes for its services",
            AttachableTo::RootSessions => "sessions of root users",
        };
        sink.push(
            Diagnostic::error(
                "unattachable-policy",
                span,
                format!("{} cannot be attached", shown(name)),
            )
            .why(format!("AWS keeps this policy for {what}"))
            .help("name another policy, or list the actions that the product needs"),
        );
    }
}

fn unknown(name: &str, span: Span) -> Diagnostic {
    let fault = Diagnostic::error(
        "unknown-policy",
        span,
        format!("AWS has no managed policy {}", shown(name)),
    )
    .why(format!(
        "the policies in the binary are those of {MANAGED_DATED}"
    ));
    match near_managed_policy(name) {
        Some(near) => fault.help(format!("did you mean `{near}`?")),
        None => fault.help(
            "write the name as AWS does, without `arn:`; `landgrant explain NAME` says what a policy grants",
        ),
    }
}

/// Puts what the managed policies of a catalog allow today in their place, where its features and levels are selected. One
/// that is omitted stays what it is.
pub(super) fn write_out(
    sink: &mut Sink,
    catalog: &mut Catalog,
    (features, levels): (&[usize], &[Level]),
    omits: &[OmitDoc],
    at: Span,
) {
    let omitted: Vec<&ManagedPolicy> = omits
        .iter()
        .filter_map(|omit| managed_policy(omit.managed.as_deref()?))
        .collect();
    for &feature in features {
        let Some((_, feature)) = catalog.features.get_index_mut(feature) else {
            continue;
        };
        let is_kept = |entry: &ManagedEntry| {
            let mut omitted = omitted.iter();
            omitted.any(|policy| policy.name == entry.policy.name) || !levels.contains(&entry.level)
        };
        let (kept, written): (Vec<_>, Vec<_>) = std::mem::take(&mut feature.managed)
            .into_iter()
            .partition(is_kept);
        feature.managed = kept;
        for entry in written {
            match entries(&entry) {
                Ok(entries) => feature.entries.extend(entries),
                Err(why) => sink.push(
                    Diagnostic::error(
                        "unexpandable-policy",
                        at,
                        format!("`{}` cannot be expanded", entry.policy.name),
                    )
                    .related(entry.span, "asked for here")
                    .why(why)
                    .help("omit it, or leave `expand` out and have it attached"),
                ),
            }
        }
    }
}

/// What a policy allows, as entries of the catalog that asks for it.
fn entries(entry: &ManagedEntry) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    for statement in entry.policy.statements() {
        if statement.effect == Effect::Deny {
            return Err("it denies actions, which no entry of a catalog can".to_owned());
        }
        if statement.actions.is_but || statement.resources.is_but {
            let (all, but) = match statement.actions.is_but {
                true => ("actions", "NotAction"),
                false => ("resources", "NotResource"),
            };
            return Err(format!(
                "it allows all {all} but some, with `{but}`: a list of today's would be another policy"
            ));
        }
        let listed = statement.resources.listed.iter();
        let resources: Vec<String> = listed
            .map(|arn| arn.replace("arn:aws:", "arn:${partition}:"))
            .collect();
        let is_arn = |arn: &&String| {
            let text = Text::parse(arn, &BTreeMap::new()).ok();
            text.is_some_and(|text| ArnPattern::parse(&text, Some(Partition::Aws)).is_ok())
        };
        if let Some(odd) = resources.iter().find(|arn| !is_arn(arn)) {
            return Err(format!("{} in it is no ARN that is rendered", shown(odd)));
        }
        let conditions: IndexMap<String, IndexMap<String, OneOrMany>> = statement
            .conditions
            .iter()
            .map(|(operator, keys)| {
                let keys = keys.iter().map(|(key, values)| {
                    let values = values.iter();
                    let values = values.map(|value| value.replace("arn:aws:", "arn:${partition}:"));
                    (key.clone(), OneOrMany::Many(values.collect()))
                });
                (operator.clone(), keys.collect())
            })
            .collect();
        for action in &statement.actions.listed {
            let action = Action::parse(action)
                .map_err(|_| format!("{} in it is no action that is rendered", shown(action)))?;
            entries.push(Entry {
                level: entry.level,
                action,
                written: None,
                resource: EntryResource::Arns(resources.clone()),
                conditions: conditions.clone(),
                needs: entry.needs.clone(),
                purpose: entry.purpose.clone(),
                without: entry.without.clone(),
                span: entry.span,
                size: resources.len(),
                repeats: false,
            });
        }
    }
    Ok(entries)
}

/// Every managed policy that a catalog asks for, in whatever feature.
fn asked_for(catalog: &Catalog) -> impl Iterator<Item = &ManagedEntry> {
    let features = catalog.features.values();
    features.flat_map(|feature| &feature.managed)
}

/// The policy that an omission names; a diagnostic where no catalog asks for it.
pub(super) fn omitted(
    sink: &mut Sink,
    written: &str,
    catalogs: &[&Catalog],
    span: Span,
) -> Option<&'static ManagedPolicy> {
    let entries = || catalogs.iter().flat_map(|catalog| asked_for(catalog));
    let policy = managed_policy(written);
    let found = policy.filter(|policy| entries().any(|entry| entry.policy.name == policy.name));
    if found.is_none() && !catalogs.is_empty() {
        let titles: Vec<String> = catalogs
            .iter()
            .map(|catalog| catalog.id.to_string())
            .collect();
        let mut fault = Diagnostic::error(
            "unlisted-policy",
            span,
            format!(
                "{} does not ask for the managed policy {}",
                titles.join(" or "),
                shown(written)
            ),
        );
        let names: Vec<String> = entries()
            .map(|entry| format!("`{}`", entry.policy.full_name()))
            .collect();
        fault = match names.is_empty() {
            true => fault.help("delete this entry: it asks for none"),
            false => fault.help(format!("it asks for {}", names.join(", "))),
        };
        sink.push(fault);
    }
    found
}
