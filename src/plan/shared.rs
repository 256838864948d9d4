//! Refuses two deployments of one command whose made-up names meet: further groups and users, and managed policies. The
//! names that the deployments themselves give were compared by resolve.

use std::collections::BTreeMap;

use super::{Plan, Resource, ResourceKind};
use crate::diag::{Diagnostic, Span};
use crate::resolve::Resolved;

/// The faults of rendering all of these deployments.
pub fn refuse_shared(planned: &[(&Resolved, &Plan)]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut known: BTreeMap<(&str, &str, String), (String, &str, Span)> = BTreeMap::new();
    for (resolved, plan) in planned {
        let span = resolved
            .hub
            .as_ref()
            .map_or(resolved.name_span, |hub| hub.span);
        for (account, kind, name) in names(plan) {
            let key = (account, kind, name.to_lowercase());
            let Some((first, deployment, first_span)) = known.get(&key) else {
                known.insert(key, (name, &plan.name, span));
                continue;
            };
            // Users and groups that both deployments name themselves were reported already.
            if *deployment == plan.name
                || own(resolved, kind, &name) && own_in(planned, deployment, kind, first)
            {
                continue;
            }
            let code = match *first == name {
                true => "shared-principal",
                false => "case-colliding-names",
            };
            diagnostics.push(
                Diagnostic::error(
                    code,
                    span,
                    format!("the {kind} {name} of account {account} belongs to the deployment `{deployment}` too"),
                )
                .related(*first_span, "first here")
                .why("both would create it, and remove what the other granted; IAM ignores the case of names")
                .help("give the group or the user another name here: further ones, and managed policies, are named after them"),
            );
        }
    }
    diagnostics
}

/// Users, groups and managed policies with their accounts.
fn names(plan: &Plan) -> impl Iterator<Item = (&str, &'static str, String)> {
    let targets = (0..plan.targets.len()).flat_map(|target| plan.target_resources(target));
    let resources = plan.hub_resources().into_iter().chain(targets);
    resources.filter_map(|Resource { site, kind, .. }| {
        let (kind, name) = match kind {
            ResourceKind::User(user) => ("user", user.user.name.to_string()),
            ResourceKind::Group(group) => ("group", group.group.name.to_string()),
            ResourceKind::ManagedPolicy(policy) => ("managed policy", policy.name.into_owned()),
            _ => return None,
        };
        Some((site.account.as_str(), kind, name))
    })
}

/// Whether the deployment itself gives this name.
fn own(resolved: &Resolved, kind: &str, name: &str) -> bool {
    resolved.hub.as_ref().is_some_and(|hub| match kind {
        "user" => hub
            .user
            .as_ref()
            .is_some_and(|(user, _)| user.as_str() == name),
        "group" => hub.group.0.as_str() == name,
        _ => false,
    })
}

fn own_in(planned: &[(&Resolved, &Plan)], deployment: &str, kind: &str, name: &str) -> bool {
    planned
        .iter()
        .find(|(_, plan)| plan.name == deployment)
        .is_some_and(|(resolved, _)| own(resolved, kind, name))
}
