//! A side that is a catalog: what it would grant if all of it were selected.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::super::super::ui;
use super::Reader;
use crate::load::catalog::ParameterValue;
use crate::load::{self, Origin};
use crate::model::{CatalogId, ExternalIdSupport, Level as Listing, Partition};
use crate::resolve::{self, Catalog};
use crate::review::{CatalogState, Listed, Setting, Side};

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
            access: BTreeMap::from([(String::new(), resolve::catalog_access(&catalog))]),
            listed: listed(&catalog),
            settings: Some(settings(&catalog)),
            catalogs: BTreeMap::from([(
                (catalog.id.product.clone(), None),
                state(&catalog, |_| true),
            )]),
            ..Side::default()
        }))
    }
}

/// A catalog, and which of its features are selected.
pub(super) fn state(catalog: &Catalog, selected: impl Fn(&str) -> bool) -> CatalogState {
    let features = catalog.features.keys();
    CatalogState {
        version: catalog.id.version.clone(),
        features: features
            .map(|name| (name.clone(), selected(name)))
            .collect(),
    }
}

/// What a catalog says besides what it grants, by name.
fn settings(catalog: &Catalog) -> BTreeMap<String, Setting> {
    let access = &catalog.access;
    let mut settings = BTreeMap::new();
    let mut set = |name: String, text: String, openness: Option<u8>| {
        settings.insert(name, Setting { text, openness });
    };
    let external_id = match access.external_id {
        ExternalIdSupport::Required | ExternalIdSupport::Issued => 0,
        ExternalIdSupport::Optional => 1,
        ExternalIdSupport::Unsupported => 2,
    };
    set(
        "access.authenticates_as".to_owned(),
        written(&access.authenticates_as),
        None,
    );
    set(
        "access.external_id".to_owned(),
        written(&access.external_id),
        Some(external_id),
    );
    for partition in Partition::ALL {
        let vendor = access.vendor.iter();
        let principals: Vec<&String> = vendor
            .flat_map(|vendor| vendor.in_partition(partition))
            .collect();
        if !principals.is_empty() {
            set(
                format!("access.vendor.{partition}"),
                written(&principals),
                None,
            );
        }
    }
    let assume_role = access.assume_role.as_ref();
    let [policy, granularity, trusts] = [
        assume_role.map(|how| written(&how.policy)),
        assume_role.map(|how| written(&how.granularity)),
        assume_role.and_then(|how| how.trusts.clone()),
    ];
    for (name, value) in [
        ("policy", policy),
        ("granularity", granularity),
        ("trusts", trusts),
    ] {
        let name = format!("access.assume_role.{name}");
        set(name, value.unwrap_or_else(none), None);
    }
    for (name, parameter) in &catalog.parameters {
        let name = |part: &str| format!("parameters.{name}.{part}");
        set(name("type"), written(&parameter.kind), None);
        let (default, openness) = match &parameter.default {
            None => (none(), Some(0)),
            Some(ParameterValue::Boolean(value)) => (value.to_string(), Some(u8::from(*value))),
            Some(ParameterValue::Text(text)) => (text.clone(), None),
            Some(ParameterValue::Texts(texts)) => (texts.join(", "), None),
        };
        set(name("default"), default, openness);
        set(name("list"), parameter.list.to_string(), None);
        let pattern = parameter.pattern.as_ref();
        let pattern = pattern.map_or_else(none, |pattern| pattern.as_str().to_owned());
        set(name("pattern"), pattern, None);
    }
    for (name, feature) in &catalog.features {
        for inert in &feature.inert {
            let what = format!("features.{name}.inert.{}", inert.action);
            set(what, inert.words(), Some(0));
        }
    }
    for (number, group) in (1..).zip(&catalog.one_of) {
        set(format!("one_of.{number}"), group.join(", "), None);
    }
    settings
}

/// A word as a catalog or a deployment writes it.
pub(super) fn written(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        Ok(value) => value.to_string(),
        Err(_) => none(),
    }
}

fn none() -> String {
    "none".to_owned()
}

/// Where a catalog lists its actions.
pub(super) fn listed(catalog: &Catalog) -> BTreeMap<(String, String), BTreeSet<Listed>> {
    let mut listed: BTreeMap<(String, String), BTreeSet<Listed>> = BTreeMap::new();
    for (name, feature) in &catalog.features {
        let actions = feature.entries.iter();
        let actions = actions.map(|entry| (entry.action.to_string(), entry.level));
        let policies = feature.managed.iter();
        let policies = policies.map(|entry| (entry.policy.full_name(), entry.level));
        for (what, level) in actions.chain(policies) {
            listed
                .entry((catalog.id.product.clone(), what))
                .or_default()
                .insert(Listed {
                    feature: name.clone(),
                    level: match level {
                        Listing::Required => "required",
                        Listing::Recommended => "recommended",
                    }
                    .to_owned(),
                });
        }
    }
    listed
}
