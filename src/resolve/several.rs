//! Several roles in one deployment: what they may not have in common, and how they come together.

use std::collections::{BTreeMap, BTreeSet};

use super::sink::Sink;
use super::{Resolved, SelectedGrant};
use crate::diag::{Diagnostic, Span};
use crate::load::Document;
use crate::load::deployment::{DeploymentDoc, RolePartDoc};
use crate::load::trust_doc::{TrustDoc, TrustsDoc};
use crate::model::parse_identifier;

/// Checks what is said of the roles as a whole.
pub(super) fn check_roles(sink: &mut Sink, deployment: &Document<DeploymentDoc>) {
    let doc = &deployment.doc;
    let root = deployment.root();
    if doc.roles.is_empty() {
        return;
    }
    if doc.role.is_some() {
        sink.push(
            Diagnostic::error(
                "unused-field",
                root.key("role").key_span(),
                "`role` beside `roles`",
            )
            .why("with `roles`, each of them has its own name, path and session")
            .help("move it into `roles`, under a name of your choice"),
        );
    }
    for name in doc.roles.keys() {
        let place = root.key("roles").key(name);
        sink.take(
            "bad-name",
            place.key_span(),
            parse_identifier(name, "a role of a deployment"),
        );
    }
    warn_unused(sink, deployment);
    let common = doc.trust.as_ref();
    let mut trusts = doc
        .roles
        .values()
        .map(|role| role.trust.as_ref().or(common));
    let uses_hub = trusts.any(|trust| {
        let trust = trust.map(TrustsDoc::as_slice);
        trust.is_none_or(|trust| trust.iter().any(TrustDoc::is_of_hub))
    });
    if doc.hub.is_some() && !uses_hub {
        sink.push(
            Diagnostic::error(
                "unused-field",
                root.key("hub").key_span(),
                "no role trusts anybody of the hub",
            )
            .why("its user and group would have nothing to work with")
            .help("write `trust: {principal: account}` in a role, or delete `hub`"),
        );
    }
}

/// Fields of the deployment of which every role has its own.
fn warn_unused(sink: &mut Sink, deployment: &Document<DeploymentDoc>) {
    let doc = &deployment.doc;
    let has_all = |has: fn(&RolePartDoc) -> bool| doc.roles.values().all(has);
    for (field, is_given, is_unused) in [
        (
            "products",
            !doc.products.is_empty(),
            has_all(|role| !role.products.is_empty()),
        ),
        (
            "trust",
            doc.trust.is_some(),
            has_all(|role| role.trust.is_some()),
        ),
        (
            "variants",
            !doc.variants.is_empty(),
            has_all(|role| !role.variants.is_empty()),
        ),
        (
            "targets",
            !doc.targets.is_empty(),
            has_all(|role| !role.targets.is_empty()),
        ),
    ] {
        if is_given && is_unused {
            sink.push(
                Diagnostic::warning(
                    "unused-field",
                    deployment.root().key(field).key_span(),
                    format!("`{field}` has no effect: every role has its own"),
                )
                .help("delete it, or delete it from the roles that it is meant for"),
            );
        }
    }
}

/// Files and identifiers are named after a role and its variant, and identifiers in templates have no hyphens.
pub(super) fn refuse_colliding_names(sink: &mut Sink, deployment: &Document<DeploymentDoc>) {
    let mut known: BTreeMap<String, (String, Span)> = BTreeMap::new();
    for role in deployment.roles() {
        let root = role.document.root();
        let name = role
            .name
            .map(|name| (name.to_owned(), root.key("role").key_span()));
        let variants = role.document.doc.variants.keys().map(|variant| {
            let parts: Vec<&str> = role.name.into_iter().chain([variant.as_str()]).collect();
            (
                parts.join("-"),
                root.key("variants").key(variant).key_span(),
            )
        });
        for (part, span) in name.into_iter().chain(variants) {
            let bare = part.replace('-', "");
            let Some((first, first_span)) = known.get(&bare) else {
                known.insert(bare, (part, span));
                continue;
            };
            sink.push(
                Diagnostic::error("colliding-names", span, format!("`{part}` and `{first}` would name the same files or identifiers"))
                    .related(*first_span, "the other one")
                    .why("files are named after a role, with its variant behind a hyphen, and identifiers in templates hold letters and digits only")
                    .help("give the role or the variant another name"),
            );
        }
    }
}

/// Puts one more role into a deployment.
pub(super) fn add(sink: &mut Sink, whole: &mut Resolved, mut other: Resolved) {
    refuse_same_role(sink, whole, &other);
    refuse_same_product_in_hub(sink, whole, &other);
    refuse_same_provider(sink, whole, &other);
    let (roles, products) = (whole.roles.len(), whole.products.len());
    let grant_sets = whole.grant_sets.len();
    for product in &mut other.products {
        product.role += roles;
    }
    let of_sets = other.grant_sets.iter_mut().flat_map(|set| &mut set.grants);
    for grant in of_sets.chain(&mut other.hub_grants) {
        grant.origin.product += products;
    }
    let of_sets = other.grant_sets.iter_mut().flat_map(|set| &mut set.managed);
    for policy in of_sets.chain(&mut other.hub_managed) {
        policy.origin.product += products;
    }
    for target in &mut other.targets {
        target.role += roles;
        target.grant_set += grant_sets;
    }
    if whole.hub.is_none() {
        whole.hub = other.hub;
    }
    whole.roles.append(&mut other.roles);
    whole.products.append(&mut other.products);
    whole.hub_grants.append(&mut other.hub_grants);
    whole.hub_denials.append(&mut other.hub_denials);
    whole.hub_managed.append(&mut other.hub_managed);
    whole.grant_sets.append(&mut other.grant_sets);
    whole.targets.append(&mut other.targets);
    whole.narrowed.append(&mut other.narrowed);
    let known = &mut whole.excluded;
    let new: Vec<_> = other
        .excluded
        .into_iter()
        .filter(|one| {
            !known
                .iter()
                .any(|known| (&known.reason, &known.accounts) == (&one.reason, &one.accounts))
        })
        .collect();
    known.extend(new);
}

/// An account has one role of a name.
fn refuse_same_role(sink: &mut Sink, whole: &Resolved, other: &Resolved) {
    let names: BTreeMap<(&str, String), Span> = whole
        .targets
        .iter()
        .map(|target| {
            let name = target.role_name.as_str().to_lowercase();
            ((target.account.as_str(), name), target.span)
        })
        .collect();
    for target in &other.targets {
        let name = target.role_name.as_str().to_lowercase();
        let Some(&first) = names.get(&(target.account.as_str(), name)) else {
            continue;
        };
        let span = |resolved: &Resolved, of: Span| {
            let role = resolved
                .roles
                .first()
                .and_then(|role| role.defaults.as_ref());
            role.map_or(of, |role| role.name_span)
        };
        sink.push(
            Diagnostic::error(
                "shared-principal",
                span(other, target.span),
                format!(
                    "two roles would be named {} in account {}",
                    target.role_name, target.account
                ),
            )
            .related(first, "the other one is for this target")
            .why("an account has one role of a name, whatever its path and case")
            .help("give one of them another name"),
        );
        return;
    }
}

/// IAM accepts an issuer once in an account. Roles that share no account may each make it.
fn refuse_same_provider(sink: &mut Sink, whole: &Resolved, other: &Resolved) {
    let known = makers(whole);
    let mut told = BTreeSet::new();
    for ((issuer, account), span) in makers(other) {
        let Some(&first) = known.get(&(issuer, account)) else {
            continue;
        };
        if told.insert(issuer) {
            sink.push(
                Diagnostic::error(
                    "shared-principal",
                    span,
                    format!("two roles would make the identity provider {issuer} in account {account}"),
                )
                .related(first, "first here")
                .why("IAM accepts an issuer once in an account, and the second would fail")
                .help(
                    "leave out `provider: make` here: the other role makes it, with the audiences of both. Where this role has \
                     accounts that the other does not, make it with a role that all of them get",
                ),
            );
        }
    }
}

/// Where providers are made: issuer and account, with the place that says so.
fn makers(resolved: &Resolved) -> BTreeMap<(&str, &str), Span> {
    let mut makers = BTreeMap::new();
    for target in &resolved.targets {
        let trust = resolved.roles[target.role].trust.iter();
        for maker in trust.filter(|one| one.makes_provider) {
            if let Some(provider) = &maker.provider {
                let key = (provider.issuer.as_str(), target.account.as_str());
                makers.insert(key, maker.span);
            }
        }
    }
    makers
}

/// A policy in the hub is named after its product.
fn refuse_same_product_in_hub(sink: &mut Sink, whole: &Resolved, other: &Resolved) {
    let granted = |resolved: &Resolved, number: usize| {
        let of = |grant: &SelectedGrant| grant.origin.product == number;
        resolved.hub_grants.iter().any(of)
    };
    for (number, product) in other.products.iter().enumerate() {
        let id = &product.catalog.id.product;
        let mut known = whole.products.iter().enumerate();
        let first = known
            .find(|(number, known)| known.catalog.id.product == *id && granted(whole, *number));
        let (true, Some((_, first))) = (granted(other, number), first) else {
            continue;
        };
        sink.push(
            Diagnostic::error(
                "duplicate-product",
                product.span,
                format!("`{id}` is granted in the hub account by two roles"),
            )
            .related(first.span, "first here")
            .why("what a product may do in the hub account is one policy, named after it")
            .help("select the features that work in the hub in one of them"),
        );
    }
}
