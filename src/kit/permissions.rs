//! The permission table: what is granted where, why, and what stops without it; and what is not granted.

use std::collections::{BTreeMap, BTreeSet};

use super::Kit;
use super::accounts::{opened_by_hub, titles};
use crate::model::{Conditions, Level, Segment, Text, csv_line, listed};
use crate::render::kit_view::{
    CountView, FeatureView, ManagedView, NotGrantedView, PermissionView, PlaceView, ProductView,
    SourceView,
};
use crate::resolve::{
    Counts, GrantResource, GrantSet, LeftOutReason, Origin, Product, SelectedGrant,
};

/// What stands for the account of a target, in commands too.
pub(super) const ACCOUNT: &str = "ACCOUNT";

/// More resources of one permission than this are counted in tables; all of them are in the CSV file.
const MOST_RESOURCES: usize = 10;

const ASSUME_ROLE: &str = "sts:AssumeRole";

pub(super) fn products(kit: &Kit<'_>) -> Vec<ProductView> {
    let mut views: Vec<ProductView> = Vec::new();
    for one in &kit.resolved.products {
        let view = product(kit, one);
        match views.iter_mut().find(|known| known.id == view.id) {
            // For another role.
            Some(known) => known.features.extend(view.features),
            None => views.push(view),
        }
    }
    views
}

fn product(kit: &Kit<'_>, product: &Product) -> ProductView {
    let role = kit.resolved.roles[product.role].name.as_ref();
    let catalog = &product.catalog;
    let features = product.features.iter().map(|feature| {
        let counts = |level| feature.actions.get(&level).copied().unwrap_or_default();
        let count = |counts: Counts| CountView {
            granted: counts.granted,
            listed: counts.listed,
        };
        FeatureView {
            name: feature.name.clone(),
            title: catalog.features[&feature.name].title.clone(),
            in_hub: feature.in_hub,
            in_targets: feature.in_targets,
            role: role.filter(|_| kit.plan.has_several_roles()).cloned(),
            required: count(counts(Level::Required)),
            recommended: count(counts(Level::Recommended)),
        }
    });
    let sources = catalog.sources.iter().map(|source| SourceView {
        title: source.title.clone(),
        // Only an address of the web becomes a link; a catalog could name a script.
        url: source.url.clone().filter(|url| {
            let mut schemes = ["https://", "http://"].iter();
            schemes.any(|scheme| url.starts_with(scheme))
        }),
        dated: source.dated.clone(),
    });
    ProductView {
        id: catalog.id.to_string(),
        title: catalog.title.clone(),
        vendor: catalog.vendor.clone(),
        version: catalog.id.version.clone(),
        sources: sources.collect(),
        features: features.collect(),
    }
}

/// The hub account.
pub(super) const HUB: PlaceView = PlaceView {
    kind: "hub",
    variant: None,
};

/// The sets of grants that targets have, each with what these targets are called.
pub(super) fn used_sets<'a>(kit: &'a Kit<'_>) -> impl Iterator<Item = (&'a GrantSet, PlaceView)> {
    let sets = kit.resolved.grant_sets.iter().enumerate();
    sets.filter_map(|(number, set)| {
        let part = kit.plan.targets.iter().zip(&kit.resolved.targets);
        let mut part = part.filter(|(_, target)| target.grant_set == number);
        let (target, _) = part.next()?;
        let role = &kit.plan.roles[target.role];
        let kind = match (&role.name, &role.variant) {
            (Some(_), _) => "role",
            (None, Some(_)) => "variant",
            (None, None) => "targets",
        };
        let variant = role.part.clone();
        Some((set, PlaceView { kind, variant }))
    })
}

/// What is granted, in the order of the deployment and the catalogs. What is granted in several places is one line.
pub(super) fn granted(kit: &Kit<'_>) -> Vec<PermissionView> {
    type Key<'a> = (Origin, usize, &'a str, Vec<String>, Vec<String>);
    let mut rows: BTreeMap<Key<'_>, Vec<PlaceView>> = BTreeMap::new();
    let hub = kit.resolved.hub_grants.iter();
    let hub = hub.map(|grant| (grant, HUB));
    let targets = used_sets(kit).flat_map(|(set, place)| {
        let grants = set.grants.iter();
        grants.map(move |grant| (grant, place.clone()))
    });
    for (grant, place) in hub.chain(targets) {
        let key = (
            grant.origin,
            grant.span.start,
            grant.action.as_str(),
            resources(kit, grant, place.kind == "hub"),
            conditions(kit, &grant.conditions, place.kind == "hub"),
        );
        let places = rows.entry(key).or_default();
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let rows = rows.into_iter();
    let rows = rows.map(|((origin, start, action, resources, conditions), places)| {
        let product = &kit.resolved.products[origin.product];
        let (_, feature) = product
            .catalog
            .features
            .get_index(origin.feature)
            .expect("a grant comes from a feature of its catalog");
        let mut entries = feature.entries.iter();
        let entry = entries.find(|entry| entry.span.start == start);
        let (resources, more_resources) = shown_in_table(resources);
        PermissionView {
            product: product.catalog.title.clone(),
            feature: feature.title.clone(),
            level: level(origin.level),
            action: action.to_owned(),
            access: access(kit, action),
            places,
            resources,
            conditions,
            source: feature.source.as_ref().map(|source| {
                let section = source.section.as_ref();
                section.unwrap_or(&source.title).clone()
            }),
            setup: entry.is_some_and(|entry| entry.needs.setup),
            purpose: entry.and_then(|entry| entry.purpose.clone()),
            without: entry.and_then(|entry| entry.without.clone()),
            more_resources,
        }
    });
    rows.chain(assume_role(kit)).collect()
}

/// What lets the users into the targets. The vendor's lists do not have it: it follows from who trusts whom.
fn assume_role(kit: &Kit<'_>) -> Option<PermissionView> {
    let hub = kit.plan.hub.as_ref()?;
    let roles = hub.assume_role.iter().flat_map(|policy| &policy.targets);
    let roles: BTreeSet<String> = roles
        .map(|target| {
            let target = &kit.plan.targets[*target];
            let (path, name) = (target.role_path.as_str(), target.role_name.as_str());
            format!("arn:{}:iam::{ACCOUNT}:role{path}{name}", kit.plan.partition)
        })
        .collect();
    let products = titles(kit, |product| {
        product.catalog.access.assume_role.is_some() && opened_by_hub(kit, product)
    });
    let say = |name| kit.texts.get("assume_role", name, &[]);
    let (resources, more_resources) = shown_in_table(roles.into_iter().collect());
    (!resources.is_empty()).then(|| PermissionView {
        product: products,
        feature: say("feature"),
        level: level(Level::Required),
        action: ASSUME_ROLE.to_owned(),
        access: access(kit, ASSUME_ROLE),
        places: vec![HUB],
        resources,
        conditions: Vec::new(),
        source: Some(say("source")),
        setup: false,
        purpose: None,
        without: Some(say("without")),
        more_resources,
    })
}

/// What the selected features list and what is not granted.
pub(super) fn not_granted(kit: &Kit<'_>) -> Vec<NotGrantedView> {
    let products = kit.resolved.products.iter();
    let rows = products.flat_map(|product| {
        product.left_out.iter().map(|left_out| {
            let say =
                |name: &str, places: &[(&str, &str)]| kit.texts.get("permissions", name, places);
            let (kind, reason) = match &left_out.reason {
                LeftOutReason::Level => ("level", say("kind_level", &[])),
                LeftOutReason::Omitted { reason } => {
                    ("omitted", say("kind_omitted", &[("reason", reason)]))
                }
                LeftOutReason::Partition { partitions } => {
                    let partitions = listed(partitions);
                    let places = [("partitions", partitions.as_str())];
                    ("partition", say("kind_partition", &places))
                }
                LeftOutReason::SetUp => ("set-up", say("kind_set_up", &[])),
                LeftOutReason::Inert { reason, known } => {
                    let name = match known {
                        true => "kind_inert",
                        false => "kind_unknown",
                    };
                    ("inert", say(name, &[("reason", reason)]))
                }
                LeftOutReason::When { parameters } => {
                    let parameters = parameters.join(", ");
                    let places = [("parameters", parameters.as_str())];
                    ("when", say("kind_when", &places))
                }
            };
            let granted_in = left_out.granted_in.iter();
            let granted_in =
                granted_in.map(|variant| format!(" {}", say("granted_in", &[("name", variant)])));
            let reason = reason + &granted_in.collect::<String>();
            NotGrantedView {
                product: product.catalog.title.clone(),
                feature: match product.catalog.features.get(&left_out.feature) {
                    Some(feature) => feature.title.clone(),
                    None => left_out.feature.clone(),
                },
                level: level(left_out.level),
                action: left_out.action.clone(),
                role: kit.resolved.roles[product.role].name.clone(),
                kind,
                reason,
                variant: left_out.variant.clone(),
                purpose: left_out.purpose.clone(),
                without: left_out.without.clone(),
            }
        })
    });
    rows.collect()
}

/// The first resources, and the others where they would make a row longer than a page.
fn shown_in_table(mut resources: Vec<String>) -> (Vec<String>, Vec<String>) {
    let more = match resources.len() > MOST_RESOURCES {
        true => resources.split_off(MOST_RESOURCES - 1),
        false => Vec::new(),
    };
    (resources, more)
}

pub(super) fn level(level: Level) -> &'static str {
    match level {
        Level::Required => "required",
        Level::Recommended => "recommended",
    }
}

/// The access levels that AWS gives an action, or those that a wildcard stands for.
pub(super) fn access(kit: &Kit<'_>, action: &str) -> String {
    let mut levels: Vec<&str> = kit
        .reference
        .expand(action)
        .iter()
        .filter_map(|facts| Some(facts.level()?.as_str()))
        .collect();
    levels.sort_unstable();
    levels.dedup();
    levels.join(", ")
}

fn resources(kit: &Kit<'_>, grant: &SelectedGrant, in_hub: bool) -> Vec<String> {
    let hub = kit.plan.hub.as_ref();
    let arns: Vec<Text> = match &grant.resource {
        GrantResource::OwnUser => hub
            .map(|hub| hub.users.iter().map(|user| hub.user_arn(user)).collect())
            .unwrap_or_default(),
        GrantResource::OwnGroups => hub
            .map(|hub| {
                hub.groups
                    .iter()
                    .map(|group| hub.group_arn(group))
                    .collect()
            })
            .unwrap_or_default(),
        GrantResource::Arns(arns) => arns.iter().map(|arn| arn.text().clone()).collect(),
    };
    arns.iter().map(|arn| shown(kit, arn, in_hub)).collect()
}

pub(super) fn conditions(kit: &Kit<'_>, conditions: &Conditions, in_hub: bool) -> Vec<String> {
    let operators = conditions.iter().flat_map(|(operator, keys)| {
        keys.iter()
            .map(move |(key, values)| (operator, key, values))
    });
    operators
        .map(|(operator, key, values)| {
            let values: Vec<String> = values
                .iter()
                .map(|value| shown(kit, value, in_hub))
                .collect();
            format!("{operator} {key} = {}", values.join(", "))
        })
        .collect()
}

/// A text of the hub, or of every target.
pub(super) fn shown(kit: &Kit<'_>, text: &Text, in_hub: bool) -> String {
    let account = match (in_hub, &kit.plan.hub) {
        (true, Some(hub)) => hub.account.as_str(),
        _ => ACCOUNT,
    };
    let segments = text.segments().iter();
    segments
        .map(|segment| match segment {
            Segment::Literal(text) => text.as_str(),
            Segment::Partition => kit.plan.partition.as_str(),
            Segment::Account => account,
            // Permissions name nothing that a target has of its own.
            Segment::Own(_) => "",
        })
        .collect()
}

/// Where something is granted or denied, as the CSV file says it.
pub(super) fn places(places: &[PlaceView]) -> String {
    let name = |place: &PlaceView| {
        let name = place.variant.clone();
        name.unwrap_or_else(|| place.kind.to_owned())
    };
    places.iter().map(name).collect::<Vec<_>>().join(" ")
}

/// The table as CSV, with a line for each action that is granted or not.
pub(super) fn csv(
    granted: &[PermissionView],
    not_granted: &[NotGrantedView],
    of_aws: &[ManagedView],
) -> String {
    let mut text = csv_line([
        "product",
        "feature",
        "level",
        "action",
        "access",
        "granted",
        "where",
        "resources",
        "conditions",
        "source",
        "purpose",
        "without",
        "phase",
        "reason",
    ]);
    let places = |places: &[PlaceView]| {
        let places = places.iter().map(|place| {
            let kind = || place.kind.to_owned();
            place.variant.clone().unwrap_or_else(kind)
        });
        places.collect::<Vec<String>>().join(" ")
    };
    for row in of_aws {
        let policy = format!("{}, {} of {}", row.arn, row.version, row.date);
        text += &csv_line([
            row.product.as_str(),
            &row.feature,
            row.level,
            &policy,
            &row.access,
            "yes",
            &places(&row.places),
            "",
            "",
            row.source.as_deref().unwrap_or_default(),
            row.purpose.as_deref().unwrap_or_default(),
            row.without.as_deref().unwrap_or_default(),
            "",
            "",
        ]);
    }
    for row in granted {
        text += &csv_line([
            row.product.as_str(),
            &row.feature,
            row.level,
            &row.action,
            &row.access,
            "yes",
            &places(&row.places),
            &[row.resources.as_slice(), row.more_resources.as_slice()]
                .concat()
                .join(" "),
            &row.conditions.join("; "),
            row.source.as_deref().unwrap_or_default(),
            row.purpose.as_deref().unwrap_or_default(),
            row.without.as_deref().unwrap_or_default(),
            match row.setup {
                true => "setup",
                false => "",
            },
            "",
        ]);
    }
    for row in not_granted {
        text += &csv_line([
            row.product.as_str(),
            &row.feature,
            row.level,
            &row.action,
            "",
            "no",
            [row.role.as_deref(), row.variant.as_deref()]
                .map(Option::unwrap_or_default)
                .join(" ")
                .trim(),
            "",
            "",
            "",
            row.purpose.as_deref().unwrap_or_default(),
            row.without.as_deref().unwrap_or_default(),
            match row.kind {
                "set-up" => "setup",
                _ => "",
            },
            &row.reason,
        ]);
    }
    text
}
