//! States what a plan grants, principal by principal.

use std::collections::{BTreeMap, BTreeSet};

use super::{Plan, RolePlan, TargetPlan};
use crate::model::{
    Access, ConditionMap, Conditions, Effect, Grant, IdentityKind, PolicyDocument, PolicyKind,
    Site, Tags, Text, Trust, TrustedBy, TrustedUser, USER_CONDITION,
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
    for (number, group) in hub.groups.iter().enumerate() {
        let arn = hub.group_arn(group).at(site);
        let identity = access.identity(&arn, IdentityKind::Group);
        let inline = hub
            .assume_role
            .iter()
            .filter(|policy| policy.group == number);
        for policy in inline {
            let key = (PolicyKind::Inline, policy.name.to_string());
            identity
                .policies
                .insert(key, grants(&policy.document, site));
        }
        let managed = hub.permissions.iter().filter(|policy| {
            hub.placement == HubPermissions::Managed && hub.first_group(policy.user) == number
        });
        for policy in managed {
            let key = (PolicyKind::Managed, policy.name.to_string());
            identity
                .policies
                .insert(key, grants(&policy.document, site));
        }
        for user in hub
            .users
            .iter()
            .filter(|user| user.groups.contains(&number))
        {
            access
                .identity(&hub.user_arn(user).at(site), IdentityKind::User)
                .groups
                .insert(arn.clone());
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
    for (number, user) in hub.users.iter().enumerate() {
        let identity = access.identity(&hub.user_arn(user).at(site), IdentityKind::User);
        identity.permissions_boundary = user
            .permissions_boundary
            .as_ref()
            .map(|arn| arn.text().at(site));
        identity.tags = tags(&hub.tags);
        let inline = hub
            .permissions
            .iter()
            .filter(|policy| hub.placement == HubPermissions::UserInline && policy.user == number);
        for policy in inline {
            let key = (PolicyKind::Inline, policy.name.to_string());
            identity
                .policies
                .insert(key, grants(&policy.document, site));
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
    let user = target.trusted_user.as_ref().map(|arn| arn.at(site));
    let mut conditions = ConditionMap::new();
    let mut condition = |operator: &str, key: &str, value: &str| {
        conditions
            .entry(operator.to_owned())
            .or_default()
            .entry(key.to_owned())
            .or_default()
            .insert(value.to_owned());
    };
    if let (Some(TrustedUser::Condition), Some(user)) = (role.trust.user, &user) {
        let (operator, key) = USER_CONDITION;
        condition(operator, key, user);
    }
    if let Some(id) = &target.external_id {
        condition("StringEquals", "sts:ExternalId", id.as_str());
    }
    let by_id = user.filter(|_| role.trust.user == Some(TrustedUser::Principal));
    identity.trust = role
        .trust
        .principals
        .iter()
        .map(|principal| principal.at(site))
        .chain(by_id)
        .map(|value| Trust {
            effect: Effect::Allow,
            principal: TrustedBy {
                kind: "AWS".to_owned(),
                value,
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
