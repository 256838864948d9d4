//! Refuses two deployments of one command that would be in each other's way: the same name, or the same user, group or role.

use std::collections::BTreeMap;

use super::Resolved;
use crate::diag::{Diagnostic, Span};
use crate::model::{AccountId, RoleName, StackSetPermissions};

/// What an OIDC provider is called.
const PROVIDER: &str = "identity provider";

/// The faults of rendering both deployments.
pub(super) fn refuse_shared(first: &Resolved, second: &Resolved) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    if first.name == second.name {
        diagnostics.push(
            Diagnostic::error(
                "duplicate-deployment",
                second.name_span,
                format!("two deployments are named `{}`", second.name),
            )
            .related(first.name_span, "first here")
            .why("each is written into a folder of its name, and the second would overwrite the first")
            .help("give one of them another name"),
        );
    }
    let known = principals(first);
    for (key, (name, span)) in principals(second) {
        let Some((first_name, first_span)) = known.get(&key) else {
            continue;
        };
        let (place, kind, _) = key;
        let code = match *first_name == name {
            true => "shared-principal",
            false => "case-colliding-names",
        };
        diagnostics.push(
            Diagnostic::error(
                code,
                span,
                format!("the {kind} {name} of {place} belongs to the deployment `{}` too", first.name),
            )
            .related(*first_span, "first here")
            .why(match kind {
                PROVIDER => "IAM accepts an issuer once in an account, and the second apply would fail",
                _ => "each deployment would create it and remove what the other granted; IAM ignores the case of names",
            })
            .help(match kind {
                PROVIDER => "leave out `provider: make` here: one deployment makes it for all",
                _ => "give it another name here, or put both products into one deployment",
            }),
        );
    }
    diagnostics
}

/// Everything that a deployment makes: the account, or the unit whose joining accounts get it, kind and the name as it is
/// compared, with the name as written and its place.
fn principals(resolved: &Resolved) -> BTreeMap<(String, &'static str, String), (&str, Span)> {
    let mut principals = BTreeMap::new();
    let account = |account: &AccountId| format!("account {account}");
    if let Some(hub) = &resolved.hub {
        let group = ("group", hub.group.0.as_str());
        let user = hub.user.as_ref().map(|(name, _)| ("user", name.as_str()));
        for (kind, name) in [group].into_iter().chain(user) {
            let key = (account(&hub.account), kind, name.to_lowercase());
            principals.insert(key, (name, hub.span));
        }
    }
    for target in &resolved.targets {
        let role = (target.role, target.role_name.as_str(), target.span);
        principals.extend(with_role(resolved, account(&target.account), role));
    }
    let sets = resolved.layout.stack_set.as_ref();
    if let Some(sets) = sets
        && let StackSetPermissions::ServiceManaged {
            units,
            auto_deployment: true,
            ..
        } = &sets.permissions
    {
        for unit in units {
            let place = format!("accounts that join {unit}");
            for (number, role) in resolved.roles.iter().enumerate() {
                let name = role.defaults.as_ref().and_then(|role| role.name.as_ref());
                let name = name.map_or("", RoleName::as_str);
                let role = (number, name, sets.span);
                principals.extend(with_role(resolved, place.clone(), role));
            }
        }
    }
    principals
}

type Principal<'a> = ((String, &'static str, String), (&'a str, Span));

/// A role, by its number and name, and the identity providers that are made with it.
fn with_role<'a>(
    resolved: &'a Resolved,
    place: String,
    (role, name, span): (usize, &'a str, Span),
) -> Vec<Principal<'a>> {
    let makers = resolved.roles[role].trust.iter();
    let makers = makers.filter(|one| one.makes_provider);
    let providers = makers.filter_map(|maker| {
        let issuer = maker.provider.as_ref()?.issuer.as_str();
        Some((PROVIDER, issuer.to_owned(), issuer, maker.span))
    });
    // IAM compares names of roles without case, and a path of an issuer with it.
    [("role", name.to_lowercase(), name, span)]
        .into_iter()
        .chain(providers)
        .filter(|(_, _, name, _)| !name.is_empty())
        .map(|(kind, key, name, span)| ((place.clone(), kind, key), (name, span)))
        .collect()
}
