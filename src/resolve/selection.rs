//! What was selected, where it is granted, and what was left out: the account that a person checks.

use std::collections::{BTreeMap, BTreeSet};

use super::accounts::Accounts;
use super::audience::audience;
use super::bind::BoundProduct;
use super::catalog::{Entry, EntryResource, ManagedEntry};
use super::parameters::Filled;
use super::settings::Settings;
use super::sink::Sink;
use super::variants::Variant;
use super::{Narrowed, Product};
use crate::diag::Diagnostic;
use crate::load::Place;
use crate::load::deployment::DeploymentDoc;
use crate::model::{Action, GrantTo, Level, Partition, Prerequisites, placeholders};
use crate::reference::managed_policy;

/// A selected feature.
#[derive(Debug, Clone)]
pub struct SelectedFeature {
    /// The feature's name in the catalog.
    pub name: String,
    /// Whether its actions are granted in the hub account.
    pub in_hub: bool,
    /// Whether its actions are granted in the targets.
    pub in_targets: bool,
    /// By level: distinct actions granted, and those that the catalog lists; managed policies of AWS count as one each.
    pub actions: BTreeMap<Level, Counts>,
}

/// How many actions of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub granted: usize,
    /// Listed in the catalog.
    pub listed: usize,
}

/// An action or a managed policy that a selected feature lists and that is not granted.
#[derive(Debug, Clone)]
pub struct LeftOut {
    /// The action, as the vendor spells it if it is inert; or the name of a managed policy of AWS.
    pub action: String,
    /// The feature that lists it.
    pub feature: String,
    /// The level it has there.
    pub level: Level,
    /// Why it is not granted.
    pub reason: LeftOutReason,
    /// What it is for, as the catalog says.
    pub purpose: Option<String>,
    /// What stops working, as the catalog says.
    pub without: Option<String>,
}

/// Why an action is not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftOutReason {
    /// Its level was not selected.
    Level,
    /// The deployment omits it, for this reason.
    Omitted {
        /// The deployment's words.
        reason: String,
        /// The variant, if it is only the targets of one.
        variant: Option<String>,
    },
    /// It is for other partitions.
    Partition {
        /// Those it is for.
        partitions: BTreeSet<Partition>,
    },
    /// It is for the setup of the product only, which is done.
    SetUp,
    /// The catalog says why it is never granted.
    Inert {
        /// The catalog's words.
        reason: String,
        /// Whether AWS has an action of that name.
        known: bool,
    },
    /// It belongs to a case that the deployment does not have.
    When {
        /// The boolean parameters that are not `true`.
        parameters: Vec<String>,
    },
}

pub(super) fn granted_to_nobody(
    sink: &mut Sink,
    product: &BoundProduct,
    name: &str,
    place: Place<'_>,
    distrusts_hub: bool,
) {
    let help = match product.catalog.features[name]
        .grant_to
        .iter()
        .collect::<Vec<_>>()
        .as_slice()
    {
        [GrantTo::Hub] if distrusts_hub => {
            "let the role trust the hub, with `trust: {principal: account}`, or leave the feature out"
        }
        [GrantTo::Hub] => {
            "add the account that holds the user under `hub`, or leave the feature out"
        }
        [GrantTo::Target] => "list accounts under `targets`, or leave the feature out",
        _ if distrusts_hub => {
            "list accounts under `targets`, or write `workload: true` under `hub`, and let the role trust it, if the product works in that account itself"
        }
        _ => {
            "list accounts under `targets`, or write `workload: true` under `hub` if the product works in that account itself"
        }
    };
    sink.push(
        Diagnostic::error("feature-granted-to-nobody", place.key("features").key_span(), format!("the feature `{name}` would be granted in no account"))
            .why("what is asked for and granted nowhere does not work, and nothing at deploy time says so")
            .help(help),
    );
}

/// Why an entry of a selected feature is not granted, whatever the variant; nothing if it is.
pub(super) fn left_out(
    entry: &Entry,
    product: &BoundProduct,
    settings: &Settings<'_>,
    number: usize,
) -> Option<LeftOutReason> {
    if let Some(elsewhere) = excluded(&entry.needs, settings.partition) {
        return Some(elsewhere);
    }
    let omit = settings.omitted[number].get(&entry.action.as_str().to_lowercase());
    if !product.levels.contains(&entry.level) {
        return Some(LeftOutReason::Level);
    }
    if let Some(omit) = omit {
        return Some(LeftOutReason::Omitted {
            reason: omit.reason.clone(),
            variant: None,
        });
    }
    if entry.needs.setup && product.set_up {
        return Some(LeftOutReason::SetUp);
    }
    unmet(&entry.needs, &settings.parameters[number])
}

/// Why a managed policy of a selected feature is not attached, whatever the variant; nothing if it is.
pub(super) fn policy_left_out(
    entry: &ManagedEntry,
    product: &BoundProduct,
    settings: &Settings<'_>,
    number: usize,
) -> Option<LeftOutReason> {
    if let Some(elsewhere) = excluded(&entry.needs, settings.partition) {
        return Some(elsewhere);
    }
    if !product.levels.contains(&entry.level) {
        return Some(LeftOutReason::Level);
    }
    if let Some(omit) = settings.omitted_policies[number].get(entry.policy.name) {
        return Some(LeftOutReason::Omitted {
            reason: omit.reason.clone(),
            variant: None,
        });
    }
    if entry.needs.setup && product.set_up {
        return Some(LeftOutReason::SetUp);
    }
    unmet(&entry.needs, &settings.parameters[number])
}

/// Why something is not granted in a partition, if it is not.
fn excluded(needs: &Prerequisites, partition: Partition) -> Option<LeftOutReason> {
    let partitions = &needs.partitions;
    let elsewhere = !partitions.is_empty() && !partitions.contains(&partition);
    elsewhere.then(|| LeftOutReason::Partition {
        partitions: partitions.clone(),
    })
}

/// Why something is not granted with these parameters, if it is not.
fn unmet(needs: &Prerequisites, filled: &Filled) -> Option<LeftOutReason> {
    let off = needs.when.iter().filter(|one| !filled.cases.contains(*one));
    let parameters: Vec<String> = off.cloned().collect();
    (!parameters.is_empty()).then_some(LeftOutReason::When { parameters })
}

/// The cases that have no value and decide whether something is granted; nothing where another is off already.
pub(super) fn undecided<'a>(needs: &'a Prerequisites, filled: &Filled) -> Option<Vec<&'a str>> {
    let is_absent = |name: &&String| filled.absent.contains(*name);
    let is_off = |name: &String| !is_absent(&name) && !filled.cases.contains(name);
    if needs.when.iter().any(is_off) {
        return None;
    }
    let absent = needs.when.iter().filter(is_absent);
    Some(absent.map(String::as_str).collect())
}

/// The parameters that have no value and that an entry needs to be granted, or to be known not to be.
pub(super) fn wanting<'a>(entry: &'a Entry, filled: &'a Filled) -> Vec<&'a str> {
    match undecided(&entry.needs, filled) {
        Some(undecided) if undecided.is_empty() => {}
        undecided => return undecided.unwrap_or_default(),
    }
    let patterns = match &entry.resource {
        EntryResource::Arns(patterns) => patterns.as_slice(),
        EntryResource::OwnUser | EntryResource::OwnGroups => &[],
    };
    let keys = entry.conditions.values().flatten();
    let guards = keys.flat_map(|(key, values)| std::iter::once(key).chain(values.as_slice()));
    let texts = patterns.iter().chain(guards);
    let names = texts.flat_map(|text| placeholders(text));
    names.filter(|name| filled.absent.contains(*name)).collect()
}

pub(super) fn summarize(
    product: BoundProduct,
    number: usize,
    doc: &DeploymentDoc,
    accounts: &Accounts,
    settings: &Settings<'_>,
    variants: &[&Variant<'_>],
) -> Product {
    let mut features = Vec::new();
    let mut left_out = Vec::new();
    for &index in &product.features {
        let (name, feature) = product
            .catalog
            .features
            .get_index(index)
            .expect("bound features exist");
        let audience = audience(feature, doc, accounts);
        let mut policies: BTreeMap<Level, Counts> = BTreeMap::new();
        for entry in &feature.managed {
            let name = (name.as_str(), entry.policy.full_name());
            let mut push = |reason| {
                left_out.push(LeftOut {
                    action: name.1.clone(),
                    feature: name.0.to_owned(),
                    level: entry.level,
                    reason,
                    purpose: entry.purpose.clone(),
                    without: entry.without.clone(),
                });
            };
            let counts = policies.entry(entry.level).or_default();
            counts.listed += 1;
            if let Some(reason) = policy_left_out(entry, &product, settings, number) {
                push(reason);
                continue;
            }
            counts.granted += 1;
            for variant in variants {
                let omits = variant.doc.omit.iter();
                let own = omits.filter(|omit| {
                    let policy = omit.managed.as_deref().and_then(managed_policy);
                    policy.is_some_and(|policy| policy.name == entry.policy.name)
                });
                own.for_each(|omit| {
                    push(LeftOutReason::Omitted {
                        reason: omit.reason.clone(),
                        variant: Some(variant.name.to_owned()),
                    });
                });
            }
        }
        let mut counts: BTreeMap<Level, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
        for entry in &feature.entries {
            let (granted, listed) = counts.entry(entry.level).or_default();
            listed.insert(entry.action.as_str());
            if let Some(reason) = self::left_out(entry, &product, settings, number) {
                push_left_out(&mut left_out, name, entry, reason);
                continue;
            }
            granted.insert(entry.action.as_str());
            let common = settings.omitted[number].values().map(|omit| (None, *omit));
            let own = variants.iter().flat_map(|variant| {
                let name = variant.name.to_owned();
                let omits = variant.doc.omit.iter();
                omits.map(move |omit| (Some(name.clone()), omit))
            });
            for (variant, omit) in common.chain(own) {
                let Some(part) = part(entry, &omit.action, product.expand) else {
                    continue;
                };
                let reason = LeftOutReason::Omitted {
                    reason: omit.reason.clone(),
                    variant,
                };
                push_left_out(&mut left_out, name, &part, reason);
            }
        }
        for inert in &feature.inert {
            let (_, listed) = counts.entry(inert.level).or_default();
            listed.insert(&inert.action);
            left_out.push(LeftOut {
                action: inert.action.clone(),
                feature: name.clone(),
                level: inert.level,
                reason: LeftOutReason::Inert {
                    reason: inert.reason.clone(),
                    known: inert.known,
                },
                purpose: inert.purpose.clone(),
                without: inert.without.clone(),
            });
        }
        let mut actions = policies;
        for (level, (granted, listed)) in counts {
            let counts = actions.entry(level).or_default();
            counts.granted += granted.len();
            counts.listed += listed.len();
        }
        features.push(SelectedFeature {
            name: name.clone(),
            in_hub: audience.contains(&GrantTo::Hub),
            in_targets: audience.contains(&GrantTo::Target),
            actions,
        });
    }
    Product {
        role: 0,
        span: product.span,
        catalog: product.catalog,
        features,
        left_out,
        undenied: Vec::new(),
    }
}

/// What an omitted action takes out of an entry that is granted otherwise: the whole of it, or a part of its wildcard.
fn part(entry: &Entry, omitted: &str, expand: bool) -> Option<Entry> {
    let action = Action::parse(omitted).ok()?;
    if entry.action.same_as(&action) {
        return Some(entry.clone());
    }
    (expand && entry.action.covers(&action)).then(|| Entry {
        action,
        purpose: None,
        without: None,
        ..entry.clone()
    })
}

fn push_left_out(left_out: &mut Vec<LeftOut>, feature: &str, entry: &Entry, reason: LeftOutReason) {
    let known = left_out.iter().any(|known| {
        known.action == entry.action.as_str()
            && known.feature == feature
            && known.level == entry.level
            && known.reason == reason
    });
    if !known {
        left_out.push(LeftOut {
            action: entry.action.to_string(),
            feature: feature.to_owned(),
            level: entry.level,
            reason,
            purpose: entry.purpose.clone(),
            without: entry.without.clone(),
        });
    }
}

/// Every scope of the deployment, then those of the variants in use.
pub(super) fn narrowings(doc: &DeploymentDoc, variants: &[&Variant<'_>]) -> Vec<Narrowed> {
    let common = doc
        .products
        .iter()
        .flat_map(|product| &product.scope)
        .map(|scope| (scope, None));
    let own = variants.iter().flat_map(|variant| {
        let scopes = variant.doc.scope.iter();
        scopes.map(|scope| (scope, Some(variant.name.to_owned())))
    });
    common
        .chain(own)
        .map(|(scope, variant)| Narrowed {
            actions: scope.actions.clone(),
            resources: scope.resources.clone(),
            variant,
        })
        .collect()
}
