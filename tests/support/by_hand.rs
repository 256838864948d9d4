//! A plan as somebody would have built it by hand: what `conformance/by_hand.py` builds, and what AWS would tell of it.

use landgrant::model::{Access, HubPermissions, IdentityKind, Site};
use landgrant::plan::{Contents, NamedPolicy, Plan};
use serde_json::{Map, Value, json};

/// What a team would have built by hand, account by account, so that it is what is planned.
pub(crate) fn by_hand(plan: &Plan, access: &Access) -> Vec<(String, Value)> {
    let mut accounts = Vec::new();
    if let Some(hub) = &plan.hub {
        let site = Site {
            partition: plan.partition,
            account: &hub.account,
        };
        let groups = hub.groups.iter().enumerate().map(|(number, group)| {
            let inline: Map<String, Value> = hub
                .assume_role
                .iter()
                .filter(|policy| policy.group == number)
                .map(|policy| (policy.name.to_string(), policy.document.to_json(site)))
                .collect();
            let is_first = hub.users.iter().any(|user| user.groups.start == number) || number == 0;
            let of_aws = hub.attached.iter().filter(|_| is_first);
            json!({
                "name": group.name.as_str(),
                "path": group.path.as_str(),
                "inline": inline,
                "of_aws": of_aws.map(|policy| policy.arn().at(site)).collect::<Vec<_>>(),
            })
        });
        let inline_in_user = hub.placement == HubPermissions::UserInline;
        let users = hub.users.iter().enumerate().map(|(number, user)| {
            let groups: Vec<&str> = hub.groups[user.groups.clone()]
                .iter()
                .map(|group| group.name.as_str())
                .collect();
            let arn = hub.user_arn(user).at(site);
            let planned = &access.identities[&arn];
            let inline: Map<String, Value> = hub
                .permissions
                .iter()
                .filter(|policy| inline_in_user && policy.user == number)
                .map(|policy| (policy.name.to_string(), policy.document.to_json(site)))
                .collect();
            json!({
                "name": user.name.as_str(),
                "path": user.path.as_str(),
                "groups": groups,
                "inline": inline,
                "tags": planned.tags,
                "boundary": planned.permissions_boundary,
            })
        });
        let tags: Map<String, Value> = hub
            .tags
            .iter()
            .map(|(key, value)| (key.as_str().to_owned(), json!(value.as_str())))
            .collect();
        let managed = hub.permissions.iter().filter(|_| !inline_in_user);
        let policies = managed.map(|policy| {
            let groups = match hub.users.get(policy.user) {
                Some(user) => user.groups.start..user.groups.start + 1,
                None if policy.contents == Contents::Fence => 0..hub.groups.len(),
                None => 0..1,
            };
            let groups: Vec<&str> = hub.groups[groups]
                .iter()
                .map(|group| group.name.as_str())
                .collect();
            json!({
                "name": policy.name.as_str(),
                "description": description(policy),
                "document": policy.document.to_json(site),
                "tags": tags,
                "attached_to_groups": groups,
            })
        });
        let wanted = json!({
            "groups": groups.collect::<Vec<_>>(),
            "users": users.collect::<Vec<_>>(),
            "policies": policies.collect::<Vec<_>>(),
        });
        accounts.push((hub.account.to_string(), wanted));
    }
    for target in &plan.targets {
        let role = &plan.roles[target.role];
        let site = Site {
            partition: plan.partition,
            account: &target.account,
        };
        let planned = &access.identities[&target.role_arn().at(site)];
        let tags = &planned.tags;
        let policies = role.permissions.iter();
        let mut inline = Map::new();
        let mut managed = Vec::new();
        for policy in policies {
            let document = policy.document.to_json(site);
            match role.managed {
                false => {
                    inline.insert(policy.name.to_string(), document);
                }
                true => managed.push(json!({
                    "name": target.managed_name(policy),
                    "path": target.role_path.as_str(),
                    "description": description(policy),
                    "document": document,
                    "tags": tags,
                    "attached_to_roles": [target.role_name.as_str()],
                })),
            }
        }
        let wanted = json!({
            "roles": [{
                "name": target.role_name.as_str(),
                "path": target.role_path.as_str(),
                "trust": plan.trust_of(target).to_json(site),
                "description": format!("Access for {}", role.products.join(", ")),
                "max_session": target.max_session.seconds(),
                "tags": tags,
                "boundary": planned.permissions_boundary,
                "inline": inline,
                "of_aws": role.attached.iter().map(|policy| policy.arn().at(site)).collect::<Vec<_>>(),
                "instance_profiles": planned.instance_profiles,
            }],
            "policies": managed,
        });
        add(&mut accounts, target.account.to_string(), wanted);
    }
    for (account, role) in of_cloudformation(plan, access) {
        add(&mut accounts, account, json!({"roles": [role]}));
    }
    accounts
}

/// Adds what is wanted in an account to what is wanted there already.
fn add(accounts: &mut Vec<(String, Value)>, account: String, wanted: Value) {
    let Some((_, known)) = accounts.iter_mut().find(|(known, _)| *known == account) else {
        accounts.push((account, wanted));
        return;
    };
    for (kind, more) in wanted.as_object().unwrap() {
        let more = more.as_array().unwrap().iter().cloned();
        match known[kind].as_array_mut() {
            Some(all) => all.extend(more),
            None => known[kind] = more.collect(),
        }
    }
}

/// The roles that CloudFormation works as, by account.
fn of_cloudformation(plan: &Plan, access: &Access) -> Vec<(String, Value)> {
    let of_targets: Vec<String> = plan
        .targets
        .iter()
        .map(|target| {
            let site = Site {
                partition: plan.partition,
                account: &target.account,
            };
            target.role_arn().at(site)
        })
        .collect();
    let roles = access
        .identities
        .iter()
        .filter(|(arn, identity)| identity.kind == IdentityKind::Role && !of_targets.contains(arn));
    roles
        .map(|(arn, role)| {
            let trust = role.trust.iter().map(|trust| {
                json!({
                    "Effect": trust.effect.to_string(),
                    "Principal": {trust.principal.kind.as_str(): trust.principal.value},
                    "Action": trust.action,
                    "Condition": trust.conditions,
                })
            });
            let document =
                |statements: Vec<Value>| json!({"Version": "2012-10-17", "Statement": statements});
            let inline: Map<String, Value> = role
                .policies
                .iter()
                .map(|((_, name), grants)| {
                    let statements = grants.iter().map(|grant| {
                        json!({
                            "Effect": grant.effect.to_string(),
                            "Action": grant.action,
                            "Resource": grant.resource,
                            "Condition": grant.conditions,
                        })
                    });
                    (name.clone(), document(statements.collect()))
                })
                .collect();
            let name = arn.rsplit('/').next().unwrap_or_default();
            let account = arn.split(':').nth(4).unwrap_or_default();
            let role = json!({
                "name": name,
                "trust": document(trust.collect()),
                "description": "CloudFormation works as this role",
                "max_session": 3600,
                "tags": {},
                "boundary": null,
                "inline": inline,
            });
            (account.to_owned(), role)
        })
        .collect()
}

/// The description of a managed policy, as people would write it by hand.
fn description(policy: &NamedPolicy) -> String {
    match &policy.contents {
        Contents::Product { id, .. } => format!("{id}: what the product may do in this account"),
        Contents::Fence => {
            "fence: what is denied in this account, whatever else allows it".to_owned()
        }
    }
}
