//! A catalog as grants: what it would grant if all of it were selected.

use std::collections::{BTreeMap, BTreeSet};

use super::catalog::{Catalog, Entry, EntryResource};
use super::denied::Denial;
use crate::model::{
    Access, Action, ConditionMap, Effect, Grant, GrantTo, Grants, IdentityKind, Partition,
    PolicyKind, Prerequisites, Text,
};

/// What a catalog would grant if every feature and level were selected: what the hub account gets, and each target.
pub fn catalog_access(catalog: &Catalog) -> Access {
    let mut access = Access::default();
    for (place, to) in [
        ("in the hub account", GrantTo::Hub),
        ("in each target account", GrantTo::Target),
    ] {
        for (name, feature) in &catalog.features {
            let is_empty = feature.entries.is_empty() && feature.managed.is_empty();
            if is_empty || !feature.grant_to.contains(&to) {
                continue;
            }
            let identity = access.identity(
                &format!("{}, {place}", catalog.id.product),
                IdentityKind::Role,
            );
            let policy = (PolicyKind::Inline, name.clone());
            let denied = catalog.denials.iter();
            let denied = denied.filter(|(of, _)| of.as_ref().is_none_or(|of| of == name));
            let denied = denied.flat_map(|(_, denial)| denials(denial));
            let grants = feature.entries.iter().flat_map(grants);
            identity
                .policies
                .insert(policy, grants.chain(denied).collect());
            for entry in &feature.managed {
                let arn = entry.policy.arn(Partition::Aws);
                let key = (PolicyKind::OfAws, arn);
                identity.policies.insert(key, Grants::default());
            }
        }
    }
    access
}

/// What stands for a parameter that a permission depends on, as the operator of a condition.
const WHEN: &str = "parameter";

/// What stands for the partitions and the phase that a permission is for, as the operator of a condition.
const IN: &str = "in";

fn grants(entry: &Entry) -> BTreeSet<Grant> {
    let resources = match &entry.resource {
        EntryResource::OwnUser => vec!["own-user".to_owned()],
        EntryResource::OwnGroups => vec!["own-groups".to_owned()],
        EntryResource::Arns(arns) => arns.clone(),
    };
    let mut conditions: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = entry
        .conditions
        .iter()
        .map(|(operator, keys)| {
            let keys = keys
                .iter()
                .map(|(key, values)| (key.clone(), values.as_slice().iter().cloned().collect()))
                .collect();
            (operator.clone(), keys)
        })
        .collect();
    let Prerequisites {
        when,
        partitions,
        setup,
    } = &entry.needs;
    let mut needs = |operator: &str, key: &str, values: BTreeSet<String>| {
        let keys = conditions.entry(operator.to_owned()).or_default();
        keys.insert(key.to_owned(), values);
    };
    for parameter in when {
        needs(WHEN, parameter, BTreeSet::from(["true".to_owned()]));
    }
    if !partitions.is_empty() {
        let names = partitions.iter().map(ToString::to_string);
        needs(IN, "partition", names.collect());
    }
    if *setup {
        needs(IN, "phase", BTreeSet::from(["setup".to_owned()]));
    }
    resources
        .into_iter()
        .map(|resource| Grant {
            effect: Effect::Allow,
            action: entry.action.to_string(),
            resource,
            conditions: conditions.clone(),
        })
        .collect()
}

fn denials(denial: &Denial) -> Vec<Grant> {
    let values = |values: &BTreeSet<Text>| values.iter().map(Text::pattern).collect();
    let conditions = denial.conditions.iter().map(|(operator, keys)| {
        let keys = keys.iter().map(|(key, own)| (key.clone(), values(own)));
        (operator.clone(), keys.collect())
    });
    let conditions: ConditionMap = conditions.collect();
    let on = |action: &Action| {
        let each = denial.resources.iter().map(|resource| Grant {
            effect: Effect::Deny,
            action: action.to_string(),
            resource: resource.text().pattern(),
            conditions: conditions.clone(),
        });
        each.collect::<Vec<_>>()
    };
    denial.actions.iter().flat_map(on).collect()
}
