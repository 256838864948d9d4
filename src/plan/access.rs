//! States what a plan grants, principal by principal.

use std::collections::{BTreeMap, BTreeSet};

use super::{Plan, RolePlan, TargetPlan};
use crate::model::{
    Access, ConditionMap, Conditions, Effect, Grant, IdentityKind, PolicyDocument, PolicyKind,
    Site, Tags, Text, Trust, TrustedBy,
};
use crate::resolve::HubPermissions;

/// What the plan grants, with every name and account filled in.
pub fn access(plan: &Plan) -> Access {
    let mut access = Access::default();
    add_hub(plan, &mut access);
    for target in &plan.targets {
        add_role(plan, target, &plan.roles[target.role], &mut access);
    }
    access
}

fn add_hub(plan: &Plan, access: &mut Access) {
    let Some(hub) = &plan.hub else { return };
    let site = Site {
        partition: plan.partition,
        account: &hub.account,
    };
    let user_arn = hub.user_arn().map(|arn| arn.at(site));
    for (number, group) in hub.groups.iter().enumerate() {
        let arn = hub.group_arn(group).at(site);
        let identity = access.identity(&arn, IdentityKind::Group);
        for policy in hub
            .assume_role
            .iter()
            .filter(|policy| policy.group == number)
        {
            let key = (PolicyKind::Inline, policy.name.to_string());
            identity
                .policies
                .insert(key, grants(&policy.document, site));
        }
        if number == 0 && hub.placement == HubPermissions::Managed {
            for policy in &hub.permissions {
                let key = (PolicyKind::Managed, policy.name.to_string());
                identity
                    .policies
                    .insert(key, grants(&policy.document, site));
            }
        }
        if let Some(user_arn) = &user_arn {
            access
                .identity(user_arn, IdentityKind::User)
                .groups
                .insert(arn);
        }
    }
    if hub.placement == HubPermissions::Managed {
        for policy in &hub.permissions {
            let arn = Text::iam_arn(&hub.account, "policy", "/", policy.name.as_str()).at(site);
            access
                .managed_policies
                .insert(arn, grants(&policy.document, site));
        }
    }
    if let (Some(user), Some(user_arn)) = (&hub.user, &user_arn) {
        let identity = access.identity(user_arn, IdentityKind::User);
        identity.permissions_boundary = user
            .permissions_boundary
            .as_ref()
            .map(|arn| arn.text().at(site));
        identity.tags = tags(&hub.tags);
        if hub.placement == HubPermissions::UserInline {
            for policy in &hub.permissions {
                let key = (PolicyKind::Inline, policy.name.to_string());
                identity
                    .policies
                    .insert(key, grants(&policy.document, site));
            }
        }
    }
}

fn add_role(plan: &Plan, target: &TargetPlan, role: &RolePlan, access: &mut Access) {
    let site = Site {
        partition: plan.partition,
        account: &target.account,
    };
    if role.managed {
        for policy in &role.permissions {
            let (path, name) = (target.role_path.as_str(), target.managed_name(policy));
            let arn = Text::iam_arn(&target.account, "policy", path, &name).at(site);
            access
                .managed_policies
                .insert(arn, grants(&policy.document, site));
        }
    }
    let identity = access.identity(&target.role_arn().at(site), IdentityKind::Role);
    for policy in &role.permissions {
        let key = match role.managed {
            true => (PolicyKind::Managed, target.managed_name(policy)),
            false => (PolicyKind::Inline, policy.name.to_string()),
        };
        identity
            .policies
            .insert(key, grants(&policy.document, site));
    }
    let mut conditions = concrete(&role.trust.conditions, site);
    if let Some(id) = &target.external_id {
        conditions
            .entry("StringEquals".to_owned())
            .or_default()
            .entry("sts:ExternalId".to_owned())
            .or_default()
            .insert(id.as_str().to_owned());
    }
    identity.trust = role
        .trust
        .principals
        .iter()
        .map(|principal| Trust {
            effect: Effect::Allow,
            principal: TrustedBy {
                kind: "AWS".to_owned(),
                value: principal.at(site),
            },
            action: "sts:AssumeRole".to_owned(),
            conditions: conditions.clone(),
        })
        .collect();
    identity.permissions_boundary = target
        .permissions_boundary
        .as_ref()
        .map(|arn| arn.text().at(site));
    identity.max_session = Some(target.max_session.seconds());
    identity.tags = tags(&target.tags);
}

fn grants(document: &PolicyDocument, site: Site<'_>) -> BTreeSet<Grant> {
    let mut grants = BTreeSet::new();
    for statement in &document.statements {
        let conditions = concrete(&statement.conditions, site);
        for action in &statement.actions {
            for resource in &statement.resources {
                grants.insert(Grant {
                    effect: Effect::Allow,
                    action: action.to_string(),
                    resource: resource.text().at(site),
                    conditions: conditions.clone(),
                });
            }
        }
    }
    grants
}

fn concrete(conditions: &Conditions, site: Site<'_>) -> ConditionMap {
    conditions
        .iter()
        .map(|(operator, keys)| {
            let keys: BTreeMap<String, BTreeSet<String>> = keys
                .iter()
                .map(|(key, values)| {
                    (
                        key.clone(),
                        values.iter().map(|value| value.at(site)).collect(),
                    )
                })
                .collect();
            (operator.clone(), keys)
        })
        .collect()
}

fn tags(tags: &Tags) -> BTreeMap<String, String> {
    tags.iter()
        .map(|(key, value)| (key.as_str().to_owned(), value.as_str().to_owned()))
        .collect()
}
