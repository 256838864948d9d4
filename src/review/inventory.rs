//! Changes besides those of grants: rule levels, catalogs, quotas and targets.

use std::collections::{BTreeMap, BTreeSet};

use super::principals;
use super::{CatalogChange, LevelChange, Listed, Move, QuotaChange, Side, TargetChange};
use crate::model::IdentityKind;
use crate::plan::Budget;

/// Rules with another level, where both sides have a deployment.
pub(super) fn levels(old: &Side, new: &Side) -> Vec<LevelChange> {
    let both = new.levels.iter().filter_map(|(rule, after)| {
        Some(LevelChange {
            rule,
            before: *old.levels.get(rule)?,
            after: *after,
        })
    });
    both.filter(|change| change.before != change.after)
        .collect()
}

/// Catalogs that differ, where both sides have any.
pub(super) fn catalogs(old: &Side, new: &Side) -> Vec<CatalogChange> {
    if old.catalogs.is_empty() || new.catalogs.is_empty() {
        return Vec::new();
    }
    let keys: BTreeSet<_> = old.catalogs.keys().chain(new.catalogs.keys()).collect();
    keys.into_iter()
        .map(|key| CatalogChange {
            product: key.0.clone(),
            role: key.1.clone(),
            before: old.catalogs.get(key).cloned(),
            after: new.catalogs.get(key).cloned(),
        })
        .filter(|change| change.before != change.after)
        .collect()
}

pub(super) fn moves(old: &Side, new: &Side) -> Vec<Move> {
    let are_catalogs = old.formats.is_none() && new.formats.is_none();
    old.listed
        .iter()
        .filter_map(|(key, before)| {
            let after = new.listed.get(key).filter(|after| *after != before)?;
            Some(Move {
                product: key.0.clone(),
                action: key.1.clone(),
                before: before.clone(),
                after: after.clone(),
                is_more: are_catalogs && after.iter().any(|place| !is_selected_with(before, place)),
            })
        })
        .collect()
}

/// Whether whoever selects a feature and a level selects any of these too: the recommended actions of a feature come with the
/// required ones.
fn is_selected_with(before: &BTreeSet<Listed>, place: &Listed) -> bool {
    let mut before = before.iter();
    before.any(|known| {
        known.feature == place.feature && (known.level == place.level || known.level == "required")
    })
}

/// Quotas by what they limit: which role is the largest can change.
pub(super) fn quotas(old: &Side, new: &Side) -> Vec<QuotaChange> {
    let (Some(old), Some(new)) = (&old.quotas, &new.quotas) else {
        return Vec::new();
    };
    let used = |quota: Option<&Budget>| quota.map(|quota| quota.used);
    fn find<'q>(quotas: &'q [Budget], key: &str) -> Option<&'q Budget> {
        quotas.iter().find(|quota| quota.key == key)
    }
    let mut keys: Vec<&String> = Vec::new();
    for quota in new.iter().chain(old) {
        if !keys.contains(&&quota.key) {
            keys.push(&quota.key);
        }
    }
    keys.into_iter()
        .filter_map(|key| {
            let (before, after) = (find(old, key), find(new, key));
            let known = after.or(before)?;
            (used(before) != used(after)).then(|| QuotaChange {
                what: known.what.clone(),
                before: used(before),
                after: used(after),
                limit: known.limit,
                unit: known.unit,
            })
        })
        .collect()
}

/// Roles that came or went, and those that other groups may assume now.
pub(super) fn targets(old: &Side, new: &Side) -> Vec<TargetChange> {
    let (old, new) = (roles(old), roles(new));
    let arns: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    arns.into_iter()
        .map(|arn| TargetChange {
            role: arn.clone(),
            before: old.get(arn).cloned(),
            after: new.get(arn).cloned(),
        })
        .filter(|target| target.before != target.after)
        .collect()
}

/// The groups whose inline policies name a role, by the role's ARN.
fn roles(side: &Side) -> BTreeMap<String, BTreeSet<String>> {
    let mut roles: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for access in side.access.values() {
        for (arn, identity) in &access.identities {
            if identity.kind == IdentityKind::Role && arn.starts_with("arn:") {
                roles.entry(arn.clone()).or_default();
            }
        }
        for (arn, identity) in &access.identities {
            let name = principals::parts(arn, None).1;
            for grant in identity.policies.values().flatten() {
                if grant.action == "sts:AssumeRole"
                    && let Some(groups) = roles.get_mut(&grant.resource)
                {
                    groups.insert(name.clone());
                }
            }
        }
    }
    roles
}
