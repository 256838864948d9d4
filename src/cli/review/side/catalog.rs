//! A side that is a catalog: what it would grant if all of it were selected.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::ui;
use super::Reader;
use crate::load::{self, CatalogId, Origin};
use crate::model::{Access, Effect, Grant, IdentityKind, PolicyKind};
use crate::resolve::{self, Catalog, Entry, EntryResource, GrantTo, Level as Listing};
use crate::review::{CatalogState, Listed, Side};

impl Reader<'_> {
    pub(super) fn catalog(&self, origin: &Origin, id: &CatalogId) -> anyhow::Result<Option<Side>> {
        let (loaded, mut diagnostics) = load::load_one_catalog(origin, id, self.catalogs)?;
        let Some(document) = loaded.catalogs.get(id) else {
            if ui::diagnose(&loaded.sources, &mut diagnostics) {
                return Ok(None);
            }
            anyhow::bail!(
                "there is no catalog {id}; `landgrant catalog list` shows those there are"
            );
        };
        let (catalog, faults) = resolve::check_catalog(document, self.reference);
        diagnostics.extend(faults);
        let faulty = ui::diagnose(&loaded.sources, &mut diagnostics);
        Ok(catalog.filter(|_| !faulty).map(|catalog| Side {
            access: BTreeMap::from([(String::new(), catalog_access(&catalog))]),
            listed: listed(&catalog),
            catalogs: BTreeMap::from([state(&catalog, |_| true)]),
            ..Side::default()
        }))
    }
}

/// A catalog, and which of its features are selected.
pub(super) fn state(catalog: &Catalog, selected: impl Fn(&str) -> bool) -> (String, CatalogState) {
    let features = catalog.features.keys();
    let state = CatalogState {
        version: catalog.id.version.clone(),
        features: features
            .map(|name| (name.clone(), selected(name)))
            .collect(),
    };
    (catalog.id.product.clone(), state)
}

/// What a catalog would grant if every feature and level were selected: what the hub account gets, and each target.
fn catalog_access(catalog: &Catalog) -> Access {
    let mut access = Access::default();
    for (place, to) in [
        ("in the hub account", GrantTo::Hub),
        ("in each target account", GrantTo::Target),
    ] {
        for (name, feature) in &catalog.features {
            if feature.entries.is_empty() || !feature.grant_to.contains(&to) {
                continue;
            }
            let identity = access.identity(
                &format!("{}, {place}", catalog.id.product),
                IdentityKind::Role,
            );
            let policy = (PolicyKind::Inline, name.clone());
            let grants = feature.entries.iter().flat_map(grants).collect();
            identity.policies.insert(policy, grants);
        }
    }
    access
}

fn grants(entry: &Entry) -> BTreeSet<Grant> {
    let resources = match &entry.resource {
        EntryResource::OwnUser => vec!["own-user".to_owned()],
        EntryResource::OwnGroups => vec!["own-groups".to_owned()],
        EntryResource::Arns(arns) => arns.clone(),
    };
    let conditions: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = entry
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

/// Where a catalog lists its actions.
pub(super) fn listed(catalog: &Catalog) -> BTreeMap<(String, String), BTreeSet<Listed>> {
    let mut listed: BTreeMap<(String, String), BTreeSet<Listed>> = BTreeMap::new();
    for (name, feature) in &catalog.features {
        for entry in &feature.entries {
            listed
                .entry((catalog.id.product.clone(), entry.action.to_string()))
                .or_default()
                .insert(Listed {
                    feature: name.clone(),
                    level: match entry.level {
                        Listing::Required => "required",
                        Listing::Recommended => "recommended",
                    }
                    .to_owned(),
                });
        }
    }
    listed
}
