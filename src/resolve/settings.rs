//! What applies to one set of grants: parameters filled in, actions omitted, resources narrowed. One for the deployment
//! itself, and one for each of its variants.

use std::collections::BTreeMap;

use super::bind::BoundProduct;
use super::catalog::{Catalog, Entry};
use super::managed;
use super::parameters;
use super::placeholder::Placeholders;
use super::reason::needs_reason;
use super::sink::Sink;
use super::variants::Variant;
use crate::diag::{Diagnostic, Span};
use crate::load::deployment::{DeploymentDoc, OmitDoc, ScopeDoc, VariantDoc};
use crate::load::{Document, Place};
use crate::model::{Action, ArnPattern, Partition, ResourceScoping, shown};
use crate::reference::{Reference, misspelt_action};

/// What applies to one set of grants: the deployment's own settings, or these and a variant's.
pub(super) struct Settings<'a> {
    pub(super) reference: &'a Reference,
    pub(super) typed: bool,
    pub(super) partition: Partition,
    /// Filled-in parameters and switched-on cases, by product.
    pub(super) parameters: Vec<parameters::Filled>,
    /// Omitted actions, lower-cased, by product.
    pub(super) omitted: Vec<BTreeMap<String, &'a OmitDoc>>,
    /// Omitted managed policies of AWS, by product and name.
    pub(super) omitted_policies: Vec<BTreeMap<&'static str, &'a OmitDoc>>,
    /// Narrowed actions, lower-cased, by product.
    pub(super) scopes: Vec<BTreeMap<String, Scope>>,
}

#[derive(Clone)]
pub(super) struct Scope {
    /// Each with the place where the deployment names it.
    pub(super) resources: Vec<(ArnPattern, Span)>,
    pub(super) span: Span,
}

pub(super) fn common_settings<'a>(
    sink: &mut Sink,
    deployment: &'a Document<DeploymentDoc>,
    bound: &[BoundProduct],
    partition: Partition,
    reference: &'a Reference,
) -> Settings<'a> {
    let mut settings = Settings {
        reference,
        typed: deployment.doc.resources == ResourceScoping::Typed,
        partition,
        parameters: Vec::new(),
        omitted: Vec::new(),
        omitted_policies: Vec::new(),
        scopes: Vec::new(),
    };
    for product in bound {
        let doc = &deployment.doc.products[product.index];
        let place = deployment.root().key("products").index(product.index);
        settings.parameters.push(parameters::fill(
            sink,
            &product.catalog,
            &doc.parameters,
            place,
            partition,
        ));
        let mut omitted = BTreeMap::new();
        let mut policies = BTreeMap::new();
        for (index, omit) in doc.omit.iter().enumerate() {
            let place = place.key("omit").index(index);
            if !names_action(sink, omit, place) {
                let product = std::slice::from_ref(product);
                omit_policy(sink, omit, place, product, &mut |_, name| {
                    policies.insert(name, omit);
                });
                continue;
            }
            if known_action(
                sink,
                &omit.action,
                std::slice::from_ref(product),
                place.key("action").span(),
            ) {
                if not_selected(
                    product,
                    &omit.action,
                    doc.features.named().unwrap_or(product.features.len()),
                ) {
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
                omit_needs_reason(sink, omit, place);
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
        settings.omitted_policies.push(policies);
        let mut scopes = BTreeMap::new();
        let mut unused = Vec::new();
        for (index, scope) in doc.scope.iter().enumerate() {
            read_scope(
                sink,
                scope,
                std::slice::from_ref(product),
                place.key("scope").index(index),
                partition,
                reference,
                |_, action, scope| {
                    if not_selected(
                        product,
                        action,
                        doc.features.named().unwrap_or(product.features.len()),
                    ) {
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

/// Whether an omission is of an action, and not of a managed policy; a diagnostic where it is of neither or both.
fn names_action(sink: &mut Sink, omit: &OmitDoc, place: Place<'_>) -> bool {
    let fault = match (omit.action.is_empty(), &omit.managed) {
        (false, None) => return true,
        (true, Some(_)) => return false,
        (true, None) => "nothing is named that is left out",
        (false, Some(_)) => "an action and a managed policy are named in one entry",
    };
    sink.push(
        Diagnostic::error("bad-omit", place.span(), fault)
            .help("write `action:` with an action, or `managed:` with a managed policy of AWS, each in an entry of its own"),
    );
    // What is wrong with the action, if there is one, is not told too.
    false
}

/// Leaves a managed policy out, of every product that asks for it.
fn omit_policy(
    sink: &mut Sink,
    omit: &OmitDoc,
    place: Place<'_>,
    products: &[BoundProduct],
    add: &mut dyn FnMut(usize, &'static str),
) {
    let Some(written) = omit.managed.as_deref().filter(|_| omit.action.is_empty()) else {
        return;
    };
    let span = place.key("managed").span();
    let catalogs: Vec<&Catalog> = products.iter().map(|product| &product.catalog).collect();
    if let Some(policy) = managed::omitted(sink, written, &catalogs, span) {
        omit_needs_reason(sink, omit, place);
        (0..products.len()).for_each(|number| add(number, policy.name));
    }
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

pub(super) fn variant_settings<'a>(
    sink: &mut Sink,
    common: &Settings<'a>,
    bound: &[BoundProduct],
    variant: &Variant<'a>,
) -> Settings<'a> {
    let VariantDoc {
        omit: omits, scope, ..
    } = variant.doc;
    let mut omitted = common.omitted.clone();
    let mut omitted_policies = common.omitted_policies.clone();
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    for (index, omit) in omits.iter().enumerate() {
        let place = variant.place.key("omit").index(index);
        if !names_action(sink, omit, place) {
            omit_policy(sink, omit, place, bound, &mut |number, name| {
                omitted_policies[number].insert(name, omit);
            });
            continue;
        }
        if known_action(sink, &omit.action, bound, place.key("action").span()) {
            omit_needs_reason(sink, omit, place);
            let earlier = first.insert(omit.action.to_lowercase(), index);
            if earlier.is_some() {
                omitted_twice(sink, earlier, place, variant.place);
            }
            for (number, product) in bound.iter().enumerate() {
                if names(product, &omit.action) {
                    omitted[number].insert(omit.action.to_lowercase(), omit);
                }
            }
        }
    }
    let mut own: Vec<BTreeMap<String, Scope>> = vec![BTreeMap::new(); bound.len()];
    for (index, scope) in scope.iter().enumerate() {
        let place = variant.place.key("scope").index(index);
        read_scope(
            sink,
            scope,
            bound,
            place,
            common.partition,
            common.reference,
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
        reference: common.reference,
        typed: common.typed,
        partition: common.partition,
        parameters: parameters::override_for_variant(
            sink,
            bound,
            variant,
            &common.parameters,
            common.partition,
        ),
        omitted,
        omitted_policies,
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
    reference: &Reference,
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
    let placeholders = Placeholders::of_deployment(Some(reference));
    let mut resources = Vec::new();
    for (index, resource) in scope.resources.iter().enumerate() {
        let span = place.key("resources").index(index).span();
        if let Some(text) = placeholders.parse(sink, resource, span) {
            let arn = sink.take("bad-arn", span, ArnPattern::parse(&text, Some(partition)));
            resources.extend(arn.map(|arn| (arn, span)));
        }
    }
    for (index, action) in scope.actions.iter().enumerate() {
        let span = place.key("actions").index(index).span();
        if !known_action(sink, action, products, span) {
            continue;
        }
        for (number, product) in products.iter().enumerate() {
            if names(product, action) {
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
    if products.iter().any(|product| names(product, action)) {
        return true;
    }
    if sink.is_full() {
        return false;
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
        "unlisted-action",
        span,
        format!("{} does not list {}", titles.join(" or "), shown(action)),
    );
    let inert = products
        .iter()
        .flat_map(|product| product.catalog.features.values())
        .flat_map(|feature| &feature.inert)
        .find(|inert| inert.action.eq_ignore_ascii_case(action));
    if let Some(inert) = inert {
        sink.push(
            Diagnostic::error(
                "unlisted-action",
                span,
                format!("{} is never granted", shown(action)),
            )
            .why(format!("the catalog lists it as {}", inert.words()))
            .help("delete it: there is nothing to omit or to narrow"),
        );
        return false;
    }
    let wildcard = Action::parse(action).ok().and_then(|action| {
        products
            .iter()
            .flat_map(entries)
            .find(|entry| entry.action.covers(&action))
    });
    if let Some(entry) = wildcard {
        diagnostic = diagnostic
            .why(format!(
                "the vendor asks for `{}`, which includes it and whatever AWS adds under it later",
                entry.action
            ))
            .help(format!(
                "write `expand: true` for this product, which grants today's actions one by one, or name `{}` itself",
                entry.action
            ));
    } else if let Some(near) = misspelt_action(action, known.iter().copied()) {
        diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
    } else if let Some(title) = titles.first() {
        diagnostic = diagnostic.help(format!(
            "`landgrant catalog show {title}` lists its actions"
        ));
    } else {
        // No catalog was bound, which is a fault of its own; what is listed where cannot be said.
        return false;
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

/// Whether the deployment can speak of the action by itself: the catalog lists it, or lists a wildcard that is
/// granted as the actions it stands for.
pub(super) fn names(product: &BoundProduct, action: &str) -> bool {
    let named = Named::new(product, action);
    entries(product).any(|entry| named.by(entry))
}

/// An action that a deployment speaks of.
struct Named<'a> {
    action: &'a str,
    /// Where a wildcard is granted as the actions that it stands for.
    part: Option<Action>,
}

impl<'a> Named<'a> {
    fn new(product: &BoundProduct, action: &'a str) -> Self {
        let part = product.expand.then(|| Action::parse(action).ok()).flatten();
        let part = part.filter(|action| !action.has_wildcard());
        Self { action, part }
    }

    fn by(&self, entry: &Entry) -> bool {
        let covers = |part: &Action| {
            entry.action.has_wildcard()
                && ["*", part.service()].contains(&entry.action.service())
                && entry.action.covers(part)
        };
        entry.action.as_str().eq_ignore_ascii_case(self.action)
            || self.part.as_ref().is_some_and(covers)
    }
}

/// Whether no selected feature and level lists the action. A feature with a misspelt name may be the one that does.
fn not_selected(product: &BoundProduct, action: &str, named: usize) -> bool {
    let action = Named::new(product, action);
    product.features.len() == named
        && !product
            .features
            .iter()
            .filter_map(|&feature| product.catalog.features.get_index(feature))
            .flat_map(|(_, feature)| &feature.entries)
            .any(|entry| action.by(entry) && product.levels.contains(&entry.level))
}

fn omit_needs_reason(sink: &mut Sink, omit: &OmitDoc, place: Place<'_>) {
    needs_reason(
        sink,
        &omit.reason,
        place.key("reason").span(),
        "whoever finds the product not working will look here",
        "say in a sentence why the action is left out",
    );
}
