//! Turns selected features into grants: parameters filled in, actions omitted, resources narrowed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::accounts::Accounts;
use super::action;
use super::attached;
use super::audience::audience;
use super::bind::BoundProduct;
use super::catalog::{Entry, EntryResource};
use super::condition::refuse_void;
use super::narrow::{Narrow, asked, narrowed};
use super::parameters;
use super::selection::{
    Case, granted_to_nobody, left_out, narrowings, policy_left_out, summarize, undecided, wanting,
};
use super::settings::{Scope, Settings, common_settings, names, variant_settings};
use super::sink::Sink;
use super::typed;
use super::variants::{COMMON, Variant, Variants};
use super::{
    GrantResource, GrantSet, LeftOutReason, Narrowed, Origin, Product, SelectedGrant,
    SelectedManaged,
};
use crate::diag::{Diagnostic, Span};
use crate::load::deployment::{DeploymentDoc, OmitDoc};
use crate::load::{Document, Place};
use crate::model::{
    Action, ArnPattern, AuthenticatesAs, Conditions, GrantTo, Text, check_condition_key,
    has_parameter, shown,
};
use crate::reference::Reference;

/// The grants of a deployment.
#[derive(Debug, Default)]
pub(super) struct Expanded {
    pub(super) products: Vec<Product>,
    pub(super) hub_grants: Vec<SelectedGrant>,
    pub(super) hub_managed: Vec<SelectedManaged>,
    /// The common one, then one for each variant.
    pub(super) grant_sets: Vec<GrantSet>,
    pub(super) narrowed: Vec<Narrowed>,
}

/// Expands every product for the hub and for the targets.
pub(super) fn expand(
    sink: &mut Sink,
    deployment: &Document<DeploymentDoc>,
    bound: Vec<BoundProduct>,
    accounts: &Accounts,
    variants: &Variants<'_>,
    reference: &Reference,
) -> Expanded {
    let doc = &deployment.doc;
    let root = deployment.root();
    let common = common_settings(sink, deployment, &bound, accounts.partition, reference);
    for product in &bound {
        let place = root.key("products").index(product.index);
        for (name, feature) in product.selected_features() {
            if audience(feature, doc, accounts).is_empty() {
                // A role that does not trust the hub has none.
                let distrusts = doc.hub.is_none() && root.has("hub");
                granted_to_nobody(sink, product, name, place, distrusts);
            }
        }
    }
    let mut wanting = BTreeSet::new();
    let is_used = |set| accounts.used_sets.contains(&set) && !accounts.unknown_targets;
    let mut grants_in = |sink: &mut Sink, settings: &Settings<'_>, to, is_used| {
        let (grants, without) = grants_in(sink, settings, &bound, (doc, accounts), to);
        // What nobody gets needs no values.
        wanting.extend(without.into_iter().filter(|_| is_used));
        grants
    };
    let hub_grants = grants_in(sink, &common, GrantTo::Hub, true);
    let hub_managed = attached::everywhere(&common, &bound, doc, accounts, GrantTo::Hub);
    let mut grant_sets = vec![GrantSet {
        variant: None,
        grants: grants_in(sink, &common, GrantTo::Target, is_used(COMMON)),
        managed: attached::everywhere(&common, &bound, doc, accounts, GrantTo::Target),
    }];
    let everywhere: Vec<SelectedManaged> =
        [hub_managed.as_slice(), &grant_sets[COMMON].managed].concat();
    for (number, product) in bound.iter().enumerate() {
        attached::of_partition(sink, &everywhere, product, number, accounts.partition);
    }
    // What a variant names may belong to a product whose catalog has a fault of its own.
    let all_bound = bound.len() == doc.products.len();
    let mut of_variants: Vec<Case<'_>> = Vec::new();
    for (set, variant) in variants.sets().filter(|_| all_bound) {
        let settings = variant_settings(sink, &common, &bound, variant);
        let grants = grants_in(sink, &settings, GrantTo::Target, is_used(set));
        let managed = attached::everywhere(&settings, &bound, doc, accounts, GrantTo::Target);
        let place = variant.place.key("omit");
        let granted = (grants.as_slice(), managed.as_slice());
        hidden_by_wildcard(sink, granted, &variant.doc.omit, &bound, place);
        refuse_granted_anyway(sink, deployment, &bound, granted, &settings);
        grant_sets.push(GrantSet {
            variant: Some(variant.name.to_owned()),
            grants,
            managed,
        });
        of_variants.extend(is_used(set).then_some((Some(variant.name), settings)));
    }
    parameters::refuse_wanting(sink, &bound, &wanting, root.key("products"));
    let common_set = &grant_sets[COMMON];
    for granted in [
        (hub_grants.as_slice(), hub_managed.as_slice()),
        (&common_set.grants, &common_set.managed),
    ] {
        refuse_granted_anyway(sink, deployment, &bound, granted, &common);
    }
    needs_own_user(sink, root, doc, &bound, &hub_grants);
    // Where a catalog has a fault, what it would grant is not known.
    if all_bound && !accounts.unknown_targets && !sink.has_errors() {
        needs_permissions(sink, root, &accounts.used_sets, &grant_sets);
        variants.review(sink, &accounts.used_sets, &grant_sets);
    }
    let used: Vec<&Variant<'_>> = variants
        .sets()
        .filter(|(set, _)| accounts.used_sets.contains(set))
        .map(|(_, variant)| variant)
        .collect();
    let mut cases = vec![(None, common)];
    cases.append(&mut of_variants);
    Expanded {
        products: bound
            .into_iter()
            .enumerate()
            .map(|(number, product)| summarize(product, number, doc, accounts, &cases))
            .collect(),
        hub_grants,
        hub_managed,
        grant_sets,
        narrowed: narrowings(doc, &used),
    }
}

/// Refuses roles that would be allowed nothing.
fn needs_permissions(
    sink: &mut Sink,
    root: Place<'_>,
    used_sets: &BTreeSet<usize>,
    grant_sets: &[GrantSet],
) {
    for &set in used_sets {
        let GrantSet {
            variant,
            grants,
            managed,
        } = &grant_sets[set];
        if !grants.is_empty() || !managed.is_empty() {
            continue;
        }
        let (span, help) = match variant {
            None => (
                root.key("targets").key_span(),
                "select a feature that works in targets, or delete the target",
            ),
            Some(name) => (
                root.key("variants").key(name).key_span(),
                "leave out less, or delete the targets that name the variant",
            ),
        };
        sink.push(
            Diagnostic::error(
                "role-without-permissions",
                span,
                "a role would be allowed nothing",
            )
            .why("none of the selected features and levels is granted in the target")
            .help(help),
        );
    }
}

/// Refuses what the products omit or narrow, and one set of grants has all the same.
fn refuse_granted_anyway(
    sink: &mut Sink,
    deployment: &Document<DeploymentDoc>,
    bound: &[BoundProduct],
    granted: Granted<'_>,
    settings: &Settings<'_>,
) {
    let products = deployment.root().key("products");
    for (number, product) in bound.iter().enumerate() {
        let place = products.index(product.index).key("omit");
        let omits = &deployment.doc.products[product.index].omit;
        hidden_by_wildcard(sink, granted, omits, std::slice::from_ref(product), place);
        widened_by_another(sink, granted, number, &settings.scopes[number]);
    }
}

/// The grants of one set, and the managed policies of AWS beside them.
type Granted<'a> = (&'a [SelectedGrant], &'a [SelectedManaged]);

/// An omitted action that a wildcard, or another product, still grants would be a lie in the summary.
fn hidden_by_wildcard(
    sink: &mut Sink,
    (grants, policies): Granted<'_>,
    omits: &[OmitDoc],
    products: &[BoundProduct],
    place: Place<'_>,
) {
    for (index, omit) in omits.iter().enumerate() {
        // One that no catalog lists by itself is a fault of its own.
        if omit.managed.is_some() || !products.iter().any(|product| names(product, &omit.action)) {
            continue;
        }
        let Ok(action) = Action::parse(&omit.action) else {
            continue;
        };
        if let Some(one) = attached::granting(policies, &action) {
            let name = one.policy.full_name();
            sink.push(
                Diagnostic::error(
                    "omit-under-wildcard",
                    place.index(index).key("action").span(),
                    format!("the managed policy `{name}` grants {action} all the same"),
                )
                .related(one.span, "it is attached for this")
                .why("IAM allows an action that any policy allows, so leaving this entry out changes nothing")
                .help(format!("omit `{name}` too, write `expand: managed` for the product that asks for it, or omit neither")),
            );
        } else if let Some(grant) = grants.iter().find(|grant| grant.action.covers(&action)) {
            let other = &grant.action;
            let help = if other.same_as(&action) {
                "another product asks for it: omit it there too, or in neither".to_owned()
            } else {
                format!("omit `{other}` too, or neither")
            };
            sink.push(
                Diagnostic::error(
                    "omit-under-wildcard",
                    place.index(index).key("action").span(),
                    format!("`{other}` grants {action} all the same"),
                )
                .why("IAM allows an action that any statement allows, so leaving this entry out changes nothing")
                .help(help),
            );
        }
    }
}

/// A narrowed action that a wildcard, or another product, still grants on more would be a lie in the summary.
fn widened_by_another(
    sink: &mut Sink,
    (grants, policies): Granted<'_>,
    number: usize,
    scopes: &BTreeMap<String, Scope>,
) {
    for (action, scope) in scopes {
        let Ok(parsed) = Action::parse(action) else {
            continue;
        };
        let wider = grants.iter().find(|grant| {
            let own = grant.origin.product == number
                && grant.action.as_str().eq_ignore_ascii_case(action);
            if own || !grant.action.covers(&parsed) {
                return false;
            }
            let within = match &grant.resource {
                GrantResource::Arns(arns) => arns.iter().all(|arn| {
                    scope
                        .resources
                        .iter()
                        .any(|(resource, _)| resource.covers(arn))
                }),
                GrantResource::OwnUser | GrantResource::OwnGroups => true,
            };
            !within
        });
        if let Some(one) = attached::granting(policies, &parsed) {
            let name = one.policy.full_name();
            sink.push(
                Diagnostic::error(
                    "scope-under-wildcard",
                    scope.span,
                    format!("the managed policy `{name}` grants this action all the same"),
                )
                .related(one.span, "it is attached for this")
                .why("IAM allows what any policy allows, so narrowing this entry changes nothing")
                .help(format!(
                    "omit `{name}`, or write `expand: managed` for the product that asks for it"
                )),
            );
            continue;
        }
        if let Some(grant) = wider {
            let other = &grant.action;
            sink.push(
                Diagnostic::error(
                    "scope-under-wildcard",
                    scope.span,
                    format!("`{other}` grants this action on more all the same"),
                )
                .why(
                    "IAM allows what any statement allows, so narrowing this entry changes nothing",
                )
                .help(format!(
                    "narrow or omit `{other}` too, in every product that asks for it"
                )),
            );
        }
    }
}

/// What all products are granted in the hub, or in a target, and the parameters, by product, that have no value for it.
fn grants_in(
    sink: &mut Sink,
    settings: &Settings<'_>,
    bound: &[BoundProduct],
    (doc, accounts): (&DeploymentDoc, &Accounts),
    place: GrantTo,
) -> (Vec<SelectedGrant>, BTreeSet<(usize, String)>) {
    let mut grants = Vec::new();
    let mut without = BTreeSet::new();
    for (number, product) in bound.iter().enumerate() {
        for &feature in &product.features {
            if audience(&product.catalog.features[feature], doc, accounts).contains(&place) {
                grants.extend(feature_grants(
                    sink, settings, product, number, feature, place,
                ));
                without.extend(values_without(settings, product, number, feature));
            }
        }
    }
    (grants, without)
}

/// The parameters that have no value and that a feature needs, with the number of its product.
fn values_without(
    settings: &Settings<'_>,
    product: &BoundProduct,
    number: usize,
    feature: usize,
) -> BTreeSet<(usize, String)> {
    let needs = |entry: &&Entry| {
        matches!(
            left_out(entry, product, settings, number),
            None | Some(LeftOutReason::When { .. })
        )
    };
    let entries = product.catalog.features[feature].entries.iter();
    let names = entries
        .filter(needs)
        .flat_map(|entry| wanting(entry, &settings.parameters[number]));
    let policies = product.catalog.features[feature].managed.iter();
    let policies = policies.filter(|entry| {
        matches!(
            policy_left_out(entry, product, settings, number),
            None | Some(LeftOutReason::When { .. })
        )
    });
    let cases = policies.flat_map(|entry| {
        let undecided = undecided(&entry.needs, &settings.parameters[number]);
        undecided.unwrap_or_default()
    });
    let names = names.chain(cases);
    names.map(|name| (number, name.to_owned())).collect()
}

/// The grants of one feature.
fn feature_grants(
    sink: &mut Sink,
    settings: &Settings<'_>,
    product: &BoundProduct,
    number: usize,
    feature: usize,
    to: GrantTo,
) -> Vec<SelectedGrant> {
    let (_, entry) = product
        .catalog
        .features
        .get_index(feature)
        .expect("bound features exist");
    let filled = &settings.parameters[number];
    let mut grants = Vec::new();
    for whole in &entry.entries {
        if left_out(whole, product, settings, number).is_some() {
            continue;
        }
        refuse_values(sink, whole, filled, settings);
        for entry in granted_as(whole, product, settings.reference) {
            let key = entry.action.as_str().to_lowercase();
            if settings.omitted[number].contains_key(&key) {
                continue;
            }
            let resource = match settings.scopes[number].get(&key) {
                None => resource(sink, &entry, filled, settings),
                Some(scope) => {
                    let asked = asked(product, settings, number, &entry.action);
                    let place = (feature, entry.level);
                    match narrowed(sink, &entry, place, scope, &asked, settings) {
                        Some(Narrow::Nothing) => continue,
                        Some(Narrow::To(resource)) => Some(resource),
                        None => None,
                    }
                }
            };
            // Without its resources or its guard, a grant would be another one. What is missing was reported.
            let (Some(resource), Some(conditions)) = (resource, conditions(sink, &entry, filled))
            else {
                continue;
            };
            let scope = settings.scopes[number].get(&key).map(|scope| scope.span);
            refuse_void(
                sink,
                whole,
                scope,
                &resource,
                &conditions,
                (to, settings.reference),
            );
            grants.push(SelectedGrant {
                action: entry.action.clone(),
                resource,
                conditions,
                setup: entry.needs.setup,
                only_star: only_star(&entry.action, settings.reference),
                origin: Origin {
                    product: number,
                    feature,
                    level: entry.level,
                },
                span: entry.span,
            });
        }
    }
    grants
}

/// Refuses values of parameters that make resources which the action never has. The catalog could not know them.
fn refuse_values(
    sink: &mut Sink,
    entry: &Entry,
    filled: &parameters::Filled,
    settings: &Settings<'_>,
) {
    let EntryResource::Arns(patterns) = &entry.resource else {
        return;
    };
    let given: Vec<(&str, Span)> = filled
        .places
        .iter()
        .filter(|(name, _)| patterns.iter().any(|pattern| has_parameter(pattern, name)))
        .map(|(name, span)| (name.as_str(), *span))
        .collect();
    if given.is_empty() {
        return;
    }
    let texts: Option<Vec<Vec<Text>>> = patterns
        .iter()
        .map(|pattern| filled.texts(pattern))
        .collect();
    let texts = texts.unwrap_or_default().concat();
    let arns: Vec<ArnPattern> = texts
        .iter()
        .filter_map(|text| ArnPattern::parse(text, Some(settings.partition)).ok())
        .collect();
    let written: Vec<String> = arns.iter().map(|arn| arn.text().pattern()).collect();
    let facts = settings.reference.expand(entry.action.as_str());
    // What is no ARN, or has no value, is a fault of its own.
    if !texts.is_empty()
        && arns.len() == texts.len()
        && let Some(refused) = action::refused(&entry.action, &written, &arns, &facts, entry.span)
    {
        let named = |refused: Diagnostic, (name, span): &(&str, Span)| {
            refused.related(*span, format!("with this value of `{name}`"))
        };
        sink.push(given.iter().fold(refused, named));
    }
}

fn only_star(action: &Action, reference: &Reference) -> bool {
    let facts = reference.expand(action.as_str());
    !facts.is_empty() && facts.iter().all(|facts| facts.only_star())
}

/// The entry itself, or one for each action that its wildcard stands for, where the deployment asks for that.
fn granted_as<'a>(
    entry: &'a Entry,
    product: &BoundProduct,
    reference: &Reference,
) -> Vec<Cow<'a, Entry>> {
    if !product.expand || !entry.action.has_wildcard() {
        return vec![Cow::Borrowed(entry)];
    }
    reference
        .expand(entry.action.as_str())
        .into_iter()
        .filter_map(|facts| Action::parse(&facts.canonical()).ok())
        .map(|action| {
            Cow::Owned(Entry {
                action,
                ..entry.clone()
            })
        })
        .collect()
}

fn resource(
    sink: &mut Sink,
    entry: &Entry,
    filled: &parameters::Filled,
    settings: &Settings<'_>,
) -> Option<GrantResource> {
    let partition = settings.partition;
    match &entry.resource {
        EntryResource::OwnUser => Some(GrantResource::OwnUser),
        EntryResource::OwnGroups => Some(GrantResource::OwnGroups),
        EntryResource::Arns(patterns) => {
            let mut arns = BTreeSet::new();
            for pattern in patterns {
                // A parameter without a value is reported for all entries together.
                for text in filled.texts(pattern)? {
                    let arn = ArnPattern::parse(&text, Some(partition));
                    arns.insert(sink.take("bad-arn", entry.span, arn)?);
                }
            }
            let typed = (settings.typed && arns.contains(&ArnPattern::any()))
                .then(|| typed::resources(&entry.action, settings.reference))
                .flatten();
            Some(GrantResource::Arns(
                typed.unwrap_or_else(|| arns.into_iter().collect()),
            ))
        }
    }
}

fn conditions(sink: &mut Sink, entry: &Entry, filled: &parameters::Filled) -> Option<Conditions> {
    let mut conditions = Conditions::new();
    for (operator, keys) in &entry.conditions {
        let by_key = conditions.entry(operator.clone()).or_default();
        for (key, values) in keys {
            let key = Text::parse(key, &filled.values).ok()?.pattern();
            sink.take("bad-condition", entry.span, check_condition_key(&key))?;
            let values: Option<Vec<Vec<Text>>> = values
                .as_slice()
                .iter()
                .map(|value| filled.texts(value))
                .collect();
            if by_key.keys().any(|known| known.eq_ignore_ascii_case(&key)) {
                sink.push(
                    Diagnostic::error(
                        "colliding-conditions",
                        entry.span,
                        format!(
                            "two conditions of {} have the key {} now",
                            entry.action,
                            shown(&key)
                        ),
                    )
                    .why("both had to hold; under one key, one of them would be enough")
                    .help("give the parameters in the keys different values"),
                );
            }
            by_key.insert(key, values?.into_iter().flatten().collect());
        }
    }
    Some(conditions)
}

fn needs_own_user(
    sink: &mut Sink,
    root: Place<'_>,
    doc: &DeploymentDoc,
    bound: &[BoundProduct],
    hub_grants: &[SelectedGrant],
) {
    let Some(hub) = &doc.hub else { return };
    // A product that signs in as a user was reported with the accounts.
    let reported = bound
        .iter()
        .any(|product| product.catalog.access.authenticates_as == AuthenticatesAs::IamUser);
    if !reported
        && hub.user.is_none()
        && hub_grants
            .iter()
            .any(|grant| grant.resource == GrantResource::OwnUser)
    {
        sink.push(
            Diagnostic::error(
                "missing-user",
                root.key("hub").key_span(),
                "the product reads its own user, and the hub names none",
            )
            .why("the catalog grants this on the ARN of the hub's user")
            .help("name the user in `hub.user`"),
        );
    }
}
