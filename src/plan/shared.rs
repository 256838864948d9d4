//! Refuses two deployments of one command whose made-up names meet: further groups and users, and managed policies. The
//! names that the deployments themselves give were compared by resolve.

use std::collections::BTreeMap;

use super::Plan;
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
                .why("both would make it, and take away what the other gave it; IAM ignores the case of names")
                .help("give the group or the user another name here: further ones, and managed policies, are named after them"),
            );
        }
    }
    diagnostics
}

/// Users, groups and managed policies with their accounts.
fn names(plan: &Plan) -> Vec<(&str, &'static str, String)> {
    let mut names = Vec::new();
    if let Some(hub) = &plan.hub {
        let account = hub.account.as_str();
        let users = hub.users.iter().map(|user| ("user", user.name.to_string()));
        let groups = hub
            .groups
            .iter()
            .map(|group| ("group", group.name.to_string()));
        let managed = hub.placement == crate::model::HubPermissions::Managed;
        let policies = hub
            .permissions
            .iter()
            .filter(|_| managed)
            .map(|policy| ("managed policy", policy.name.to_string()));
        let all = users.chain(groups).chain(policies);
        names.extend(all.map(|(kind, name)| (account, kind, name)));
    }
    for target in &plan.targets {
        let role = &plan.roles[target.role];
        for policy in role.permissions.iter().filter(|_| role.managed) {
            names.push((
                target.account.as_str(),
                "managed policy",
                target.managed_name(policy),
            ));
        }
    }
    names
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
