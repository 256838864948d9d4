//! What was selected, where it is granted, and what was left out: the account that a person checks.

use std::collections::{BTreeMap, BTreeSet};

use super::accounts::Accounts;
use super::audience::audience;
use super::bind::BoundProduct;
use super::catalog::{Entry, EntryResource, ManagedEntry};
use super::parameters::Filled;
use super::settings::Settings;
use super::sink::Sink;
use super::variants::{COMMON, Variant};
use super::{Narrowed, Product};
use crate::diag::Diagnostic;
use crate::load::Place;
use crate::load::deployment::DeploymentDoc;
use crate::model::{Action, GrantTo, Level, Partition, Prerequisites, placeholders};

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
    /// The variant, if it is only the targets of one.
    pub variant: Option<String>,
    /// The variants whose targets are granted it all the same.
    pub granted_in: Vec<String>,
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

/// Why an entry of a selected feature is not granted with these settings; nothing if it is.
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
        });
    }
    if entry.needs.setup && product.set_up {
        return Some(LeftOutReason::SetUp);
    }
    unmet(&entry.needs, &settings.parameters[number])
}

/// Why a managed policy of a selected feature is not attached with these settings; nothing if it is.
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

/// What a deployment says for all targets, or for those of a variant.
pub(super) type Case<'a> = (Option<&'a str>, Settings<'a>);

/// Sums a product up; `cases` are all, with those of the deployment itself first.
pub(super) fn summarize(
    product: BoundProduct,
    number: usize,
    doc: &DeploymentDoc,
    accounts: &Accounts,
    cases: &[Case<'_>],
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
        // What no target has the deployment's own settings for is not told of them.
        let is_common = |set: &usize| *set == COMMON;
        let own_targets = accounts.used_sets.is_empty() || accounts.used_sets.iter().any(is_common);
        let applies = |case: &&Case<'_>| {
            case.0.is_some() && audience.contains(&GrantTo::Target)
                || case.0.is_none() && (own_targets || audience.contains(&GrantTo::Hub))
        };
        let cases: Vec<&Case<'_>> = cases.iter().filter(applies).collect();
        let mut actions: BTreeMap<Level, Counts> = BTreeMap::new();
        for entry in &feature.managed {
            let item = Item {
                name: entry.policy.full_name(),
                feature: name,
                level: entry.level,
                purpose: entry.purpose.as_ref(),
                without: entry.without.as_ref(),
            };
            let reasons = reasons(&cases, |settings| {
                policy_left_out(entry, &product, settings, number)
            });
            let counts = actions.entry(entry.level).or_default();
            counts.listed += 1;
            counts.granted += usize::from(item.leave_out(&reasons, &mut left_out));
        }
        let mut counts: BTreeMap<Level, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
        for entry in &feature.entries {
            let (granted, listed) = counts.entry(entry.level).or_default();
            listed.insert(entry.action.as_str());
            // The same can be listed with other prerequisites.
            let reasons = reasons(&cases, |settings| {
                let reason = self::left_out(entry, &product, settings, number)?;
                let mut others = product.same_as(feature, entry);
                let is_granted =
                    |other| self::left_out(other, &product, settings, number).is_none();
                (!others.any(is_granted)).then_some(reason)
            });
            if Item::from((name.as_str(), entry)).leave_out(&reasons, &mut left_out) {
                granted.insert(entry.action.as_str());
            }
            for part in parts(entry, &product, number, &cases) {
                let reasons = self::reasons(&cases, |settings| {
                    self::left_out(entry, &product, settings, number)
                        .or_else(|| self::left_out(&part, &product, settings, number))
                });
                Item::from((name.as_str(), &part)).leave_out(&reasons, &mut left_out);
            }
        }
        for inert in &feature.inert {
            let (_, listed) = counts.entry(inert.level).or_default();
            listed.insert(&inert.action);
            let item = Item {
                name: inert.action.clone(),
                feature: name,
                level: inert.level,
                purpose: inert.purpose.as_ref(),
                without: inert.without.as_ref(),
            };
            let reason = LeftOutReason::Inert {
                reason: inert.reason.clone(),
                known: inert.known,
            };
            item.leave_out(&[(None, Some(reason))], &mut left_out);
        }
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

/// Why something is not granted, if it is not, case by case.
type Reasons<'a> = Vec<(Option<&'a str>, Option<LeftOutReason>)>;

fn reasons<'a>(
    cases: &[&Case<'a>],
    reason: impl Fn(&Settings<'_>) -> Option<LeftOutReason>,
) -> Reasons<'a> {
    let cases = cases.iter();
    cases
        .map(|(variant, settings)| (*variant, reason(settings)))
        .collect()
}

/// The actions that are omitted of a wildcard.
fn parts(entry: &Entry, product: &BoundProduct, number: usize, cases: &[&Case<'_>]) -> Vec<Entry> {
    if !product.expand {
        return Vec::new();
    }
    let omitted = cases
        .iter()
        .flat_map(|(_, settings)| settings.omitted[number].values());
    let omitted: BTreeSet<&str> = omitted.map(|omit| omit.action.as_str()).collect();
    let actions = omitted
        .into_iter()
        .filter_map(|action| Action::parse(action).ok());
    let within = actions.filter(|one| entry.action.covers(one) && !entry.action.same_as(one));
    within
        .map(|action| Entry {
            action,
            purpose: None,
            without: None,
            ..entry.clone()
        })
        .collect()
}

/// Something that a feature lists.
struct Item<'a> {
    name: String,
    feature: &'a str,
    level: Level,
    purpose: Option<&'a String>,
    without: Option<&'a String>,
}

impl<'a> From<(&'a str, &'a Entry)> for Item<'a> {
    fn from((feature, entry): (&'a str, &'a Entry)) -> Self {
        Self {
            name: entry.action.to_string(),
            feature,
            level: entry.level,
            purpose: entry.purpose.as_ref(),
            without: entry.without.as_ref(),
        }
    }
}

impl Item<'_> {
    /// Adds where and why it is not granted, and tells whether it is granted anywhere. A reason that it has everywhere is told
    /// once.
    fn leave_out(
        &self,
        reasons: &[(Option<&str>, Option<LeftOutReason>)],
        all: &mut Vec<LeftOut>,
    ) -> bool {
        let variants = |(variant, reason): &(Option<&str>, Option<LeftOutReason>)| {
            let granted = reason.is_none();
            variant.filter(|_| granted).map(str::to_owned)
        };
        let first = reasons.first().and_then(|(_, reason)| reason.as_ref());
        let is_alike = reasons.iter().all(|(_, reason)| reason.as_ref() == first);
        let told = if is_alike {
            reasons.len().min(1)
        } else {
            reasons.len()
        };
        for (variant, reason) in &reasons[..told] {
            let Some(reason) = reason else { continue };
            let left_out = LeftOut {
                action: self.name.clone(),
                feature: self.feature.to_owned(),
                level: self.level,
                reason: reason.clone(),
                variant: variant.filter(|_| !is_alike).map(str::to_owned),
                granted_in: match variant {
                    None => reasons.iter().filter_map(variants).collect(),
                    Some(_) => Vec::new(),
                },
                purpose: self.purpose.cloned(),
                without: self.without.cloned(),
            };
            let is_same = |known: &LeftOut| {
                (&known.action, &known.feature, known.level)
                    == (&left_out.action, &left_out.feature, left_out.level)
                    && (&known.reason, &known.variant) == (&left_out.reason, &left_out.variant)
            };
            if !all.iter().any(is_same) {
                all.push(left_out);
            }
        }
        reasons.iter().any(|(_, reason)| reason.is_none())
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
