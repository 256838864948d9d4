//! Refuses two deployments of one command that would be in each other's way: the same name, or the same user, group or role.

use std::collections::BTreeMap;

use super::Resolved;
use crate::diag::{Diagnostic, Span};

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
    diagnostics.extend(principals(second)
        .into_iter()
        .filter_map(|(principal, span)| Some((known.get(&principal)?, principal, span)))
        .map(|(first_span, (account, kind, name), span)| {
            Diagnostic::error(
                "shared-principal",
                span,
                format!("the {kind} {name} of account {account} belongs to the deployment {} too", first.name),
            )
            .related(*first_span, "first here")
            .why("each deployment would make it and take away what the other gave it; IAM ignores the case of names")
            .help("give it another name here, or put both products into one deployment")
        }));
    diagnostics
}

/// Account, kind and lower-cased name of everything that a deployment makes, with the place that names it.
fn principals(resolved: &Resolved) -> BTreeMap<(String, &'static str, String), Span> {
    let mut principals = BTreeMap::new();
    if let Some(hub) = &resolved.hub {
        let mut add = |kind, name: &str| {
            principals.insert(
                (hub.account.to_string(), kind, name.to_lowercase()),
                hub.span,
            );
        };
        add("group", hub.group.0.as_str());
        if let Some((name, _)) = &hub.user {
            add("user", name.as_str());
        }
    }
    for target in &resolved.targets {
        let name = target.role_name.as_str().to_lowercase();
        principals.insert((target.account.to_string(), "role", name), target.span);
    }
    principals
}
