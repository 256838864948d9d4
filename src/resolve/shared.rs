//! Refuses two deployments of one command that would be in each other's way: the same name, or the same user, group or role.

use std::collections::BTreeMap;

use super::Resolved;
use crate::diag::{Diagnostic, Span};

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
        let (account, kind, _) = key;
        let code = match *first_name == name {
            true => "shared-principal",
            false => "case-colliding-names",
        };
        diagnostics.push(
            Diagnostic::error(
                code,
                span,
                format!("the {kind} {name} of account {account} belongs to the deployment `{}` too", first.name),
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

/// Everything that a deployment makes: account, kind and lower-cased name, with the name as written and its place.
fn principals(resolved: &Resolved) -> BTreeMap<(&str, &'static str, String), (&str, Span)> {
    let mut principals = BTreeMap::new();
    if let Some(hub) = &resolved.hub {
        let group = ("group", hub.group.0.as_str());
        let user = hub.user.as_ref().map(|(name, _)| ("user", name.as_str()));
        for (kind, name) in [group].into_iter().chain(user) {
            let key = (hub.account.as_str(), kind, name.to_lowercase());
            principals.insert(key, (name, hub.span));
        }
    }
    for target in &resolved.targets {
        let name = target.role_name.as_str();
        let key = (target.account.as_str(), "role", name.to_lowercase());
        principals.insert(key, (name, target.span));
        let trust = resolved.roles[target.role].trust.iter();
        for maker in trust.filter(|one| one.makes_provider) {
            if let Some(provider) = &maker.provider {
                let issuer = provider.issuer.as_str();
                let key = (target.account.as_str(), PROVIDER, issuer.to_owned());
                principals.insert(key, (issuer, maker.span));
            }
        }
    }
    principals
}
