//! The managed policies of AWS's own: what each grants on which day, and what of that stands out.

use std::collections::{BTreeMap, BTreeSet};

use super::Kit;
use super::permissions::{HUB, level, used_sets};
use crate::lint::{Listed, Notable};
use crate::reference::{AccessLevel, MANAGED_DATED};
use crate::render::kit_view::{LevelView, ManagedView, NotableView, PlaceView};
use crate::resolve::SelectedManaged;

/// How many actions of each kind are named; the others are counted.
const MOST: usize = 12;

/// The policies, in the order of the catalogs. One that is attached in several places is told once.
pub(super) fn views(kit: &Kit<'_>) -> Vec<ManagedView> {
    let mut rows: BTreeMap<_, (&SelectedManaged, Vec<PlaceView>)> = BTreeMap::new();
    let hub = kit.resolved.hub_managed.iter().map(|one| (one, HUB));
    let targets = used_sets(kit).flat_map(|(set, place)| {
        let policies = set.managed.iter();
        policies.map(move |policy| (policy, place.clone()))
    });
    for (selected, place) in hub.chain(targets) {
        let key = (selected.origin, selected.policy.name);
        let (_, places) = rows.entry(key).or_insert((selected, Vec::new()));
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let rows = rows.into_values();
    rows.map(|(selected, places)| view(kit, selected, places))
        .collect()
}

fn view(kit: &Kit<'_>, selected: &SelectedManaged, places: Vec<PlaceView>) -> ManagedView {
    let (policy, origin) = (selected.policy, selected.origin);
    let product = &kit.resolved.products[origin.product];
    let (_, feature) = product
        .catalog
        .features
        .get_index(origin.feature)
        .expect("a policy comes from a feature of its catalog");
    let mut entries = feature.managed.iter();
    let entry = entries.find(|entry| entry.span == selected.span);
    let allowed = Notable::of(policy.granted(), kit.reference);
    let services = allowed
        .allowed
        .keys()
        .filter_map(|action| action.split(':').next());
    let levels = levels(&allowed);
    let access: Vec<&str> = levels.iter().map(|one| one.level).collect();
    ManagedView {
        product: product.catalog.title.clone(),
        feature: feature.title.clone(),
        level: level(origin.level),
        name: policy.full_name(),
        arn: policy.arn(kit.plan.partition),
        version: policy.version.to_owned(),
        date: policy.date.to_owned(),
        known_on: MANAGED_DATED,
        actions: allowed.allowed.len(),
        services: services.collect::<BTreeSet<_>>().len(),
        access: access.join(", "),
        levels,
        notable: notable(&allowed),
        places,
        source: feature.source.as_ref().map(|source| {
            let section = source.section.as_ref();
            section.unwrap_or(&source.title).clone()
        }),
        purpose: entry.and_then(|entry| entry.purpose.clone()),
        without: entry.and_then(|entry| entry.without.clone()),
    }
}

fn levels(notable: &Notable) -> Vec<LevelView> {
    let levels = AccessLevel::ALL.into_iter().map(|level| LevelView {
        level: level.as_str(),
        count: {
            let levels = notable.allowed.values();
            levels.filter(|one| **one == Some(level)).count()
        },
    });
    levels.filter(|one| one.count > 0).collect()
}

fn notable(notable: &Notable) -> Vec<NotableView> {
    let names = |listed: &[Listed]| -> Vec<String> {
        listed
            .iter()
            .map(|(action, _)| (*action).to_owned())
            .collect()
    };
    let ways = notable.ways.iter().map(|way| way.message.clone());
    let kinds = [
        ("credentials", names(&notable.credentials)),
        ("data", names(&notable.data)),
        ("exposure", names(&notable.exposure)),
        ("manages", notable.manages.clone()),
        ("ways", ways.collect()),
    ];
    let kinds = kinds.into_iter().filter(|(_, all)| !all.is_empty());
    kinds
        .map(|(kind, mut first)| {
            let count = first.len();
            first.truncate(MOST);
            NotableView { kind, count, first }
        })
        .collect()
}
