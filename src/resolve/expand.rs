//! Turns selected features into grants: parameters filled in, actions omitted, resources narrowed.

use std::collections::{BTreeMap, BTreeSet};

use super::accounts::Accounts;
use super::bind::BoundProduct;
use super::catalog::{Entry, EntryResource, Feature, unknown_placeholder};
use super::parameters;
use super::sink::Sink;
use super::{
    AuthenticatesAs, Counts, GrantResource, GrantTo, LeftOut, LeftOutReason, Level, Origin,
    Product, SelectedFeature, SelectedGrant,
};
use crate::diag::{Diagnostic, Span, did_you_mean};
use crate::load::deployment::{DeploymentDoc, OmitDoc, ScopeDoc};
use crate::load::{Document, Place};
use crate::model::{
    AccountId, Action, ArnPattern, Conditions, Partition, Text, shown, unprintable,
};

/// The grants of a deployment.
#[derive(Debug)]
pub(super) struct Expanded {
    pub(super) products: Vec<Product>,
    pub(super) hub_grants: Vec<SelectedGrant>,
    pub(super) grant_sets: Vec<Vec<SelectedGrant>>,
    /// For each target, in the deployment's order, its index into `grant_sets`.
    pub(super) target_sets: Vec<usize>,
}

/// What applies to one set of grants: the deployment's own settings, or these and a target's.
struct Settings<'a> {
    partition: Partition,
    /// Filled-in parameters and switched-on cases, by product.
    parameters: Vec<parameters::Filled>,
    /// Omitted actions, lower-cased, by product.
    omitted: Vec<BTreeMap<String, &'a OmitDoc>>,
    /// Narrowed actions, lower-cased, by product.
    scopes: Vec<BTreeMap<String, Scope>>,
}

#[derive(Clone)]
struct Scope {
    /// Each with the place where the deployment names it.
    resources: Vec<(ArnPattern, Span)>,
    span: Span,
}

/// Expands every product for the hub and for the targets.
pub(super) fn expand(
    sink: &mut Sink,
    deployment: &Document<DeploymentDoc>,
    bound: Vec<BoundProduct>,
    accounts: &Accounts,
) -> Expanded {
    let doc = &deployment.doc;
    let root = deployment.root();
    let common = common_settings(sink, deployment, &bound, accounts.partition);
    let mut hub_grants = Vec::new();
    let mut default_set = Vec::new();
    for (number, product) in bound.iter().enumerate() {
        let place = root.key("products").index(product.index);
        for &feature in &product.features {
            let (name, feature_entry) = &product
                .catalog
                .features
                .get_index(feature)
                .expect("bound features exist");
            let audience = audience(feature_entry, doc, accounts);
            if audience.is_empty() {
                granted_to_nobody(sink, product, name, place);
            }
            let grants = grants(sink, &common, product, number, feature);
            if audience.contains(&GrantTo::Hub) {
                hub_grants.extend(grants.iter().cloned());
            }
            if audience.contains(&GrantTo::Target) {
                default_set.extend(grants);
            }
        }
    }
    let mut grant_sets = vec![default_set];
    let mut target_sets = Vec::new();
    let mut target_omits = Vec::new();
    for (index, target) in doc.targets.iter().enumerate() {
        let plain =
            target.omit.is_empty() && target.scope.is_empty() && target.parameters.is_empty();
        // What a target names may belong to a product whose catalog has a fault of its own.
        if plain || bound.len() < doc.products.len() {
            target_sets.push(0);
            continue;
        }
        let place = root.key("targets").index(index);
        let settings = target_settings(sink, doc, &common, &bound, index, place);
        let mut set = Vec::new();
        for (number, product) in bound.iter().enumerate() {
            for &feature in &product.features {
                let (_, feature_entry) = product
                    .catalog
                    .features
                    .get_index(feature)
                    .expect("bound features exist");
                if audience(feature_entry, doc, accounts).contains(&GrantTo::Target) {
                    set.extend(grants(sink, &settings, product, number, feature));
                }
            }
        }
        hidden_by_wildcard(sink, &set, &target.omit, &bound, place.key("omit"));
        let account = accounts
            .targets
            .get(index)
            .and_then(Option::as_ref)
            .map(|target| target.account.clone());
        target_omits.push((account, &target.omit));
        // Targets with equal settings do not share a set: a file named after one of them would be renamed when
        // another comes or goes.
        if set == grant_sets[0] {
            target_sets.push(0);
        } else {
            grant_sets.push(set);
            target_sets.push(grant_sets.len() - 1);
        }
    }
    for product in &bound {
        let place = root.key("products").index(product.index).key("omit");
        let omits = &doc.products[product.index].omit;
        for grants in [&hub_grants, &grant_sets[0]] {
            hidden_by_wildcard(sink, grants, omits, std::slice::from_ref(product), place);
        }
    }
    needs_own_user(sink, root, doc, &bound, &hub_grants);
    let products = bound
        .into_iter()
        .enumerate()
        .map(|(number, product)| summarize(product, number, doc, accounts, &common, &target_omits))
        .collect();
    Expanded {
        products,
        hub_grants,
        grant_sets,
        target_sets,
    }
}

/// The accounts that a feature is granted in, in this deployment.
fn audience(feature: &Feature, doc: &DeploymentDoc, accounts: &Accounts) -> BTreeSet<GrantTo> {
    let hub_only = feature.grant_to.len() == 1;
    feature
        .grant_to
        .iter()
        .copied()
        .filter(|grant_to| match grant_to {
            GrantTo::Hub => doc.hub.is_some() && (hub_only || accounts.workload),
            GrantTo::Target => !doc.targets.is_empty(),
        })
        .collect()
}

fn granted_to_nobody(sink: &mut Sink, product: &BoundProduct, name: &str, place: Place<'_>) {
    let help = match product.catalog.features[name]
        .grant_to
        .iter()
        .collect::<Vec<_>>()
        .as_slice()
    {
        [GrantTo::Hub] => {
            "add the account that holds the user under `hub`, or leave the feature out"
        }
        [GrantTo::Target] => "list accounts under `targets`, or leave the feature out",
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

fn common_settings<'a>(
    sink: &mut Sink,
    deployment: &'a Document<DeploymentDoc>,
    bound: &[BoundProduct],
    partition: Partition,
) -> Settings<'a> {
    let mut settings = Settings {
        partition,
        parameters: Vec::new(),
        omitted: Vec::new(),
        scopes: Vec::new(),
    };
    for product in bound {
        let doc = &deployment.doc.products[product.index];
        let place = deployment.root().key("products").index(product.index);
        // A parameter may be left to the targets, if every target gives it.
        let given_later = |name: &str| {
            let targets = &deployment.doc.targets;
            !targets.is_empty()
                && targets
                    .iter()
                    .all(|target| target.parameters.contains_key(name))
        };
        settings.parameters.push(parameters::fill(
            sink,
            &product.catalog,
            &doc.parameters,
            place,
            partition,
            given_later,
        ));
        let mut omitted = BTreeMap::new();
        for (index, omit) in doc.omit.iter().enumerate() {
            let place = place.key("omit").index(index);
            if known_action(
                sink,
                &omit.action,
                std::slice::from_ref(product),
                place.key("action").span(),
            ) {
                if not_selected(product, &omit.action, doc.features.len()) {
                    sink.push(
                        Diagnostic::warning(
                            "unused-omit",
                            place.key("action").span(),
                            format!("`{}` is not granted anyway", omit.action),
                        )
                        .help(
                            "the selected features and levels do not include it; delete this entry",
                        ),
                    );
                }
                needs_reason(sink, omit, place);
                if let Some(first) = omitted.insert(omit.action.to_lowercase(), omit) {
                    let first = doc.omit.iter().position(|omit| std::ptr::eq(omit, first));
                    omitted_twice(
                        sink,
                        first,
                        place,
                        deployment.root().key("products").index(product.index),
                    );
                }
            }
        }
        settings.omitted.push(omitted);
        let mut scopes = BTreeMap::new();
        let mut unused = Vec::new();
        for (index, scope) in doc.scope.iter().enumerate() {
            read_scope(
                sink,
                scope,
                std::slice::from_ref(product),
                place.key("scope").index(index),
                partition,
                |_, action, scope| {
                    if not_selected(product, action, doc.features.len()) {
                        unused.push((action.to_owned(), scope.span));
                    }
                    extend_scope(&mut scopes, action, scope);
                },
            );
        }
        settings.scopes.push(scopes);
        for (action, span) in unused {
            sink.push(
                Diagnostic::warning(
                    "unused-scope",
                    span,
                    format!("`{action}` is not granted anyway"),
                )
                .help(
                    "the selected features and levels do not include it; delete it from the scope",
                ),
            );
        }
    }
    settings
}

fn omitted_twice(sink: &mut Sink, first: Option<usize>, place: Place<'_>, owner: Place<'_>) {
    let first = owner.key("omit").index(first.unwrap_or_default());
    sink.push(
        Diagnostic::error(
            "duplicate-omit",
            place.key("action").span(),
            "the action is left out twice",
        )
        .label("again here")
        .related(first.key("action").span(), "first here")
        .why("IAM ignores the case of actions, and of two reasons only one could be shown")
        .help("delete one of the two"),
    );
}

fn target_settings<'a>(
    sink: &mut Sink,
    doc: &'a DeploymentDoc,
    common: &Settings<'a>,
    bound: &[BoundProduct],
    index: usize,
    place: Place<'_>,
) -> Settings<'a> {
    let target = &doc.targets[index];
    let target_place = place;
    let mut omitted = common.omitted.clone();
    for (index, omit) in target.omit.iter().enumerate() {
        let place = place.key("omit").index(index);
        if known_action(sink, &omit.action, bound, place.key("action").span()) {
            needs_reason(sink, omit, place);
            let earlier = target.omit[..index]
                .iter()
                .position(|earlier| earlier.action.eq_ignore_ascii_case(&omit.action));
            if earlier.is_some() {
                omitted_twice(sink, earlier, place, target_place);
            }
            for (number, product) in bound.iter().enumerate() {
                if lists(product, &omit.action) {
                    omitted[number].insert(omit.action.to_lowercase(), omit);
                }
            }
        }
    }
    let mut own: Vec<BTreeMap<String, Scope>> = vec![BTreeMap::new(); bound.len()];
    for (index, scope) in target.scope.iter().enumerate() {
        let place = place.key("scope").index(index);
        read_scope(
            sink,
            scope,
            bound,
            place,
            common.partition,
            |number, action, scope| {
                extend_scope(&mut own[number], action, scope);
            },
        );
    }
    let mut scopes = common.scopes.clone();
    for (scopes, own) in scopes.iter_mut().zip(own) {
        scopes.extend(own);
    }
    Settings {
        partition: common.partition,
        parameters: parameters::override_for_target(
            sink,
            bound,
            doc,
            &common.parameters,
            index,
            place,
            common.partition,
        ),
        omitted,
        scopes,
    }
}

fn extend_scope(scopes: &mut BTreeMap<String, Scope>, action: &str, scope: Scope) {
    match scopes.get_mut(&action.to_lowercase()) {
        Some(known) => known.resources.extend(scope.resources),
        None => {
            scopes.insert(action.to_lowercase(), scope);
        }
    }
}

fn read_scope(
    sink: &mut Sink,
    scope: &ScopeDoc,
    products: &[BoundProduct],
    place: Place<'_>,
    partition: Partition,
    mut add: impl FnMut(usize, &str, Scope),
) {
    for key in ["actions", "resources"] {
        let empty = match key {
            "actions" => scope.actions.is_empty(),
            _ => scope.resources.is_empty(),
        };
        if empty {
            sink.push(
                Diagnostic::error(
                    "empty-list",
                    place.key(key).key_span(),
                    format!("the scope has no {key}"),
                )
                .help("list at least one, or delete the scope"),
            );
        }
    }
    let mut resources = Vec::new();
    for (index, resource) in scope.resources.iter().enumerate() {
        let span = place.key("resources").index(index).span();
        match Text::parse(resource, &BTreeMap::new()) {
            Ok(text) => {
                let arn = sink.take("bad-arn", span, ArnPattern::check(&text, Some(partition)));
                resources.extend(arn.map(|arn| (arn, span)));
            }
            Err(error) => {
                sink.push(unknown_placeholder(
                    &error.name,
                    span,
                    ["account", "partition"].into_iter(),
                ));
            }
        }
    }
    for (index, action) in scope.actions.iter().enumerate() {
        let span = place.key("actions").index(index).span();
        if !known_action(sink, action, products, span) {
            continue;
        }
        for (number, product) in products.iter().enumerate() {
            if lists(product, action) {
                let scope = Scope {
                    resources: resources.clone(),
                    span,
                };
                add(number, action, scope);
            }
        }
    }
}

/// Whether a catalog lists the action, with a diagnostic where none does.
fn known_action(sink: &mut Sink, action: &str, products: &[BoundProduct], span: Span) -> bool {
    if products.iter().any(|product| lists(product, action)) {
        return true;
    }
    let known: Vec<&str> = products
        .iter()
        .flat_map(entries)
        .map(|entry| entry.action.as_str())
        .collect();
    let titles: Vec<String> = products
        .iter()
        .map(|product| product.catalog.id.to_string())
        .collect();
    let mut diagnostic = Diagnostic::error(
        "unknown-action",
        span,
        format!("{} does not list {}", titles.join(" or "), shown(action)),
    );
    let wildcard = Action::parse(action).ok().and_then(|action| {
        products
            .iter()
            .flat_map(entries)
            .find(|entry| entry.action.covers(&action))
    });
    if let Some(entry) = wildcard {
        diagnostic = diagnostic
            .why(format!(
                "the vendor asks for `{}`, which includes it; it cannot be taken out alone",
                entry.action
            ))
            .help(format!(
                "name `{}` instead, and list what you do want in a catalog of your own",
                entry.action
            ));
    } else if let Some(near) = did_you_mean(action, known.iter().copied()) {
        diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
    } else {
        diagnostic = diagnostic.help(format!(
            "`landgrant catalog show {}` lists its actions",
            titles[0]
        ));
    }
    sink.push(diagnostic);
    false
}

fn entries(product: &BoundProduct) -> impl Iterator<Item = &Entry> {
    product
        .catalog
        .features
        .values()
        .flat_map(|feature| &feature.entries)
}

fn lists(product: &BoundProduct, action: &str) -> bool {
    entries(product).any(|entry| entry.action.as_str().eq_ignore_ascii_case(action))
}

/// Whether no selected feature and level lists the action. A feature with a misspelt name may be the one that does.
fn not_selected(product: &BoundProduct, action: &str, named: usize) -> bool {
    product.features.len() == named
        && !product
            .features
            .iter()
            .filter_map(|&feature| product.catalog.features.get_index(feature))
            .flat_map(|(_, feature)| &feature.entries)
            .any(|entry| {
                entry.action.as_str().eq_ignore_ascii_case(action)
                    && product.levels.contains(&entry.level)
            })
}

fn needs_reason(sink: &mut Sink, omit: &OmitDoc, place: Place<'_>) {
    if omit.reason.trim().is_empty() {
        sink.push(
            Diagnostic::error(
                "missing-reason",
                place.key("reason").span(),
                "the reason is empty",
            )
            .why("whoever finds the product not working will look here")
            .help("say in a sentence why the action is left out"),
        );
    }
    if let Some(odd) = unprintable(&omit.reason.replace('\n', " ")) {
        sink.push(
            Diagnostic::error(
                "bad-text",
                place.key("reason").span(),
                format!("{} holds a character that cannot be seen", shown(&omit.reason)),
            )
            .why("the reason is printed for whoever reviews the deployment, and would hide or move other text")
            .help(crate::model::leave_out(odd)),
        );
    }
}

/// An omitted action that a wildcard still grants would be a lie in the summary.
fn hidden_by_wildcard(
    sink: &mut Sink,
    grants: &[SelectedGrant],
    omits: &[OmitDoc],
    products: &[BoundProduct],
    place: Place<'_>,
) {
    for (index, omit) in omits.iter().enumerate() {
        // One that no catalog lists by itself is a fault of its own.
        if !products.iter().any(|product| lists(product, &omit.action)) {
            continue;
        }
        let Ok(action) = Action::parse(&omit.action) else {
            continue;
        };
        let wildcard = grants
            .iter()
            .find(|grant| grant.action.covers(&action) && !grant.action.same_as(&action));
        if let Some(grant) = wildcard {
            sink.push(
                Diagnostic::error("omit-under-wildcard", place.index(index).key("action").span(), format!("`{}` grants {action} all the same", grant.action))
                    .why("IAM allows an action that any pattern matches, so leaving this entry out changes nothing")
                    .help(format!("omit `{}` too, or neither", grant.action)),
            );
        }
    }
}

/// The grants of one feature.
fn grants(
    sink: &mut Sink,
    settings: &Settings<'_>,
    product: &BoundProduct,
    number: usize,
    feature: usize,
) -> Vec<SelectedGrant> {
    let (_, entry) = product
        .catalog
        .features
        .get_index(feature)
        .expect("bound features exist");
    let filled = &settings.parameters[number];
    let mut grants = Vec::new();
    for entry in &entry.entries {
        let key = entry.action.as_str().to_lowercase();
        let skipped = !product.levels.contains(&entry.level)
            || settings.omitted[number].contains_key(&key)
            || entry
                .when
                .as_ref()
                .is_some_and(|when| !filled.cases.contains(when));
        if skipped {
            continue;
        }
        let resource = match settings.scopes[number].get(&key) {
            None => resource(sink, entry, filled, settings.partition),
            Some(scope) => narrowed(sink, entry, scope, filled, settings.partition),
        };
        let Some(resource) = resource else { continue };
        grants.push(SelectedGrant {
            action: entry.action.clone(),
            resource,
            conditions: conditions(entry, filled),
            origin: Origin {
                product: number,
                feature,
                level: entry.level,
            },
        });
    }
    grants
}

fn resource(
    sink: &mut Sink,
    entry: &Entry,
    filled: &parameters::Filled,
    partition: Partition,
) -> Option<GrantResource> {
    match &entry.resource {
        EntryResource::OwnUser => Some(GrantResource::OwnUser),
        EntryResource::OwnGroups => Some(GrantResource::OwnGroups),
        EntryResource::Arns(patterns) => {
            let arns: Option<BTreeSet<ArnPattern>> = patterns
                .iter()
                .map(|pattern| arn(sink, pattern, entry.span, filled, partition))
                .collect();
            Some(GrantResource::Arns(arns?.into_iter().collect()))
        }
    }
}

/// A catalog's pattern with the parameters filled in. A parameter without a value was reported already.
fn arn(
    sink: &mut Sink,
    pattern: &str,
    span: Span,
    filled: &parameters::Filled,
    partition: Partition,
) -> Option<ArnPattern> {
    let text = Text::parse(pattern, &filled.values).ok()?;
    sink.take("bad-arn", span, ArnPattern::check(&text, Some(partition)))
}

/// The resources of a scope, if they are a part of what the catalog asks for and the action can take them.
fn narrowed(
    sink: &mut Sink,
    entry: &Entry,
    scope: &Scope,
    filled: &parameters::Filled,
    partition: Partition,
) -> Option<GrantResource> {
    let EntryResource::Arns(patterns) = &entry.resource else {
        sink.push(
            Diagnostic::error(
                "unsupported-resource",
                scope.span,
                format!("{} is limited already", entry.action),
            )
            .related(entry.span, "to the hub's own user or groups")
            .why("the catalog grants it on what the deployment names under `hub`, and on nothing else")
            .help("delete it from the scope"),
        );
        return None;
    };
    let asked: Vec<ArnPattern> = patterns
        .iter()
        .filter_map(|pattern| arn(sink, pattern, entry.span, filled, partition))
        .collect();
    if let Some((outside, span)) = scope
        .resources
        .iter()
        .find(|(arn, _)| !asked.iter().any(|asked| asked.covers(arn)))
    {
        sink.push(
            Diagnostic::error(
                "widening-scope",
                *span,
                format!(
                    "{} is more than the vendor asks for",
                    shown(&outside.text().pattern())
                ),
            )
            .related(scope.span, "for this action")
            .related(entry.span, "what the catalog grants")
            .why("a scope can only narrow; this would allow what no catalog lists")
            .help("choose resources within the catalog's own"),
        );
        return None;
    }
    if let Some(accepts) = &entry.accepts {
        let accepted: Vec<ArnPattern> = accepts
            .iter()
            .filter_map(|pattern| arn(sink, pattern, entry.span, filled, partition))
            .collect();
        let any = ArnPattern::any();
        let unsupported = scope
            .resources
            .iter()
            .find(|(arn, _)| *arn != any && !accepted.iter().any(|accepted| accepted.covers(arn)));
        if let Some((arn, span)) = unsupported {
            let help = match accepts.as_slice() {
                [] => "delete it from the scope: it works on `*` or not at all".to_owned(),
                _ => format!("it takes: {}", accepts.join(", ")),
            };
            sink.push(
                Diagnostic::error("unsupported-resource", scope.span, format!("{} takes no resource like {}", entry.action, shown(&arn.text().pattern())))
                    .related(*span, "this resource")
                    .why("AWS compares the request with a resource that this action never has, so it would silently deny")
                    .help(help),
            );
            return None;
        }
    }
    let resources: BTreeSet<ArnPattern> =
        scope.resources.iter().map(|(arn, _)| arn.clone()).collect();
    Some(GrantResource::Arns(resources.into_iter().collect()))
}

fn conditions(entry: &Entry, filled: &parameters::Filled) -> Conditions {
    let mut conditions = Conditions::new();
    for (operator, keys) in &entry.conditions {
        for (key, values) in keys {
            // Faults of placeholders were reported when the catalog was checked.
            let Ok(key) = Text::parse(key, &filled.values) else {
                continue;
            };
            let values = values
                .as_slice()
                .iter()
                .filter_map(|value| Text::parse(value, &filled.values).ok());
            conditions
                .entry(operator.clone())
                .or_default()
                .entry(key.pattern())
                .or_default()
                .extend(values);
        }
    }
    conditions
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

fn summarize(
    product: BoundProduct,
    number: usize,
    doc: &DeploymentDoc,
    accounts: &Accounts,
    settings: &Settings<'_>,
    target_omits: &[(Option<AccountId>, &Vec<OmitDoc>)],
) -> Product {
    let filled = &settings.parameters[number];
    let mut features = Vec::new();
    let mut left_out = Vec::new();
    for &index in &product.features {
        let (name, feature) = product
            .catalog
            .features
            .get_index(index)
            .expect("bound features exist");
        let audience = audience(feature, doc, accounts);
        let mut counts: BTreeMap<Level, (BTreeSet<&Action>, BTreeSet<&Action>)> = BTreeMap::new();
        for entry in &feature.entries {
            let (granted, listed) = counts.entry(entry.level).or_default();
            listed.insert(&entry.action);
            let omit = settings.omitted[number].get(&entry.action.as_str().to_lowercase());
            let case = entry
                .when
                .as_ref()
                .filter(|when| !filled.cases.contains(*when));
            let reason = if !product.levels.contains(&entry.level) {
                LeftOutReason::Level
            } else if let Some(omit) = omit {
                LeftOutReason::Omitted {
                    reason: omit.reason.clone(),
                    target: None,
                }
            } else if let Some(parameter) = case {
                LeftOutReason::Case {
                    parameter: parameter.clone(),
                }
            } else {
                granted.insert(&entry.action);
                for (account, omits) in target_omits {
                    let omit = omits
                        .iter()
                        .find(|omit| omit.action.eq_ignore_ascii_case(entry.action.as_str()));
                    if let Some(omit) = omit {
                        push_left_out(
                            &mut left_out,
                            name,
                            entry,
                            LeftOutReason::Omitted {
                                reason: omit.reason.clone(),
                                target: account.clone(),
                            },
                        );
                    }
                }
                continue;
            };
            push_left_out(&mut left_out, name, entry, reason);
        }
        let actions = counts
            .into_iter()
            .map(|(level, (granted, listed))| {
                (
                    level,
                    Counts {
                        granted: granted.len(),
                        listed: listed.len(),
                    },
                )
            })
            .collect();
        features.push(SelectedFeature {
            name: name.clone(),
            in_hub: audience.contains(&GrantTo::Hub),
            in_targets: audience.contains(&GrantTo::Target),
            actions,
        });
    }
    Product {
        catalog: product.catalog,
        features,
        left_out,
    }
}

fn push_left_out(left_out: &mut Vec<LeftOut>, feature: &str, entry: &Entry, reason: LeftOutReason) {
    let known = left_out.iter().any(|known| {
        known.action == entry.action
            && known.feature == feature
            && known.level == entry.level
            && known.reason == reason
    });
    if !known {
        left_out.push(LeftOut {
            action: entry.action.clone(),
            feature: feature.to_owned(),
            level: entry.level,
            reason,
            without: entry.without.clone(),
        });
    }
}
