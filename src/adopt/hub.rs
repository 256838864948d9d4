//! The hub account: users, groups and their policies.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::extra::{Held, attached_elsewhere, policies};
use super::{Account, Resource, StackResource, State, compare, state};
use crate::load::snapshot::{Found, GroupDetail, Snapshot, UserDetail, own_tags};
use crate::model::{Access, IdentityKind, PolicyKind, Site, Text};
use crate::plan::{AssumeRoleGranularity, GroupPlan, HubPermissions, HubPlan, NamedPolicy, Plan};
use crate::render::address;

/// Looks the hub's resources up.
pub(super) fn adopt(
    plan: &Plan,
    hub: &HubPlan,
    planned: &Access,
    snapshot: Option<&Snapshot>,
) -> Account {
    let mut account = Account {
        id: hub.account.clone(),
        name: "hub".to_owned(),
        hub: true,
        root: plan.terraform.then(|| address::hub_root(plan)),
        stacked: plan.cloudformation.is_some(),
        known: snapshot.is_some(),
        resources: Vec::new(),
        stack: Vec::new(),
        extras: Vec::new(),
    };
    if let Some(snapshot) = snapshot {
        let mut reader = Reader {
            plan,
            hub,
            planned,
            snapshot,
            account: &mut account,
        };
        reader.users();
        reader.groups();
        reader.assume_role();
        reader.permissions();
    }
    account
}

struct Reader<'a> {
    plan: &'a Plan,
    hub: &'a HubPlan,
    planned: &'a Access,
    snapshot: &'a Snapshot,
    account: &'a mut Account,
}

impl<'a> Reader<'a> {
    fn site(&self) -> Site<'a> {
        Site {
            partition: self.plan.partition,
            account: &self.hub.account,
        }
    }

    fn user(&self, name: &str) -> Found<'a, UserDetail> {
        Found::find(&self.snapshot.users, name, |user| &user.user_name)
    }

    fn group(&self, name: &str) -> Found<'a, GroupDetail> {
        Found::find(&self.snapshot.groups, name, |group| &group.group_name)
    }

    fn users(&mut self) {
        for (number, user) in self.hub.users.iter().enumerate() {
            let name = user.name.as_str();
            let arn = self.hub.user_arn(user).at(self.site());
            let planned = &self.planned.identities[&arn];
            let found = self.user(name);
            let state = state(found, |there| {
                let attributes = compare::Attributes {
                    path: &there.path,
                    boundary: there.permissions_boundary.as_ref(),
                    tags: &there.tags,
                };
                State::of(compare::attributes(
                    &arn,
                    planned,
                    user.path.as_str(),
                    &attributes,
                ))
            });
            let groups = &self.hub.groups[user.groups.clone()];
            let joined: Vec<&str> = found.it().map_or_else(Vec::new, |there| {
                let is_in = |group: &&str| there.groups.iter().any(|name| name == group);
                groups
                    .iter()
                    .map(|group| group.name.as_str())
                    .filter(is_in)
                    .collect()
            });
            if let Some(there) = found.it() {
                let mut properties = Map::new();
                properties.insert("UserName".to_owned(), json!(name));
                properties.insert("Path".to_owned(), json!(there.path));
                if let Some(boundary) = &there.permissions_boundary {
                    properties.insert("PermissionsBoundary".to_owned(), json!(boundary.arn));
                }
                if !joined.is_empty() {
                    properties.insert("Groups".to_owned(), json!(joined));
                }
                super::target::add_tags(&mut properties, own_tags(&there.tags));
                self.account.stack.push(StackResource {
                    kind: "AWS::IAM::User",
                    logical_id: address::user_id(number),
                    identifier: vec![("UserName", name.to_owned())],
                    properties,
                });
                let held = Held {
                    who: format!("user {name}"),
                    inline: &there.inline,
                    attached: &there.attached,
                };
                let mut extras = policies(self.plan.partition, self.planned, planned, &held);
                let foreign = there
                    .groups
                    .iter()
                    .filter(|group| !joined.contains(&group.as_str()));
                extras.extend(foreign.map(|group| format!("user {name} is in the group {group}")));
                self.account.extras.extend(extras);
            }
            self.add(
                "user",
                name,
                address::hub_instance("aws_iam_user", "product", &address::number_key(number)),
                name.to_owned(),
                state,
            );
            self.membership(number, name, groups, &joined);
        }
    }

    fn membership(&mut self, number: usize, user: &str, groups: &[GroupPlan], joined: &[&str]) {
        let lines: Vec<String> = groups
            .iter()
            .filter(|group| !joined.contains(&group.name.as_str()))
            .map(|group| format!("+ is in {}", group.name))
            .collect();
        let state = match joined {
            [] => State::Missing,
            _ => State::of(lines),
        };
        self.add(
            "membership",
            user,
            address::hub_instance(
                "aws_iam_user_group_membership",
                "product",
                &address::number_key(number),
            ),
            format!("{user}/{}", joined.join("/")),
            state,
        );
    }

    fn groups(&mut self) {
        for (number, group) in self.hub.groups.iter().enumerate() {
            let name = group.name.as_str();
            let arn = self.hub.group_arn(group).at(self.site());
            let planned = &self.planned.identities[&arn];
            let found = self.group(name);
            let state = state(found, |there| {
                let attributes = compare::Attributes {
                    path: &there.path,
                    boundary: None,
                    tags: &[],
                };
                State::of(compare::attributes(
                    &arn,
                    planned,
                    group.path.as_str(),
                    &attributes,
                ))
            });
            if let Some(there) = found.it() {
                let mut properties = Map::new();
                properties.insert("GroupName".to_owned(), json!(name));
                properties.insert("Path".to_owned(), json!(there.path));
                self.account.stack.push(StackResource {
                    kind: "AWS::IAM::Group",
                    logical_id: address::group_id(number),
                    identifier: vec![("GroupName", name.to_owned())],
                    properties,
                });
                let held = Held {
                    who: format!("group {name}"),
                    inline: &there.inline,
                    attached: &there.attached,
                };
                let mut extras = policies(self.plan.partition, self.planned, planned, &held);
                let ours: BTreeSet<&str> = self
                    .hub
                    .users
                    .iter()
                    .filter(|user| user.groups.contains(&number))
                    .map(|user| user.name.as_str())
                    .collect();
                let members = self.snapshot.users.iter().filter(|user| {
                    user.groups.iter().any(|group| group == name)
                        && !ours.contains(user.user_name.as_str())
                });
                extras.extend(
                    members.map(|user| format!("group {name} has the member {}", user.user_name)),
                );
                self.account.extras.extend(extras);
            }
            self.add(
                "group",
                name,
                address::hub_instance("aws_iam_group", "access", &address::number_key(number)),
                name.to_owned(),
                state,
            );
        }
    }

    fn assume_role(&mut self) {
        let site = self.site();
        for policy in &self.hub.assume_role {
            let group = &self.hub.groups[policy.group];
            let name = policy.name.as_str();
            let arn = self.hub.group_arn(group).at(site);
            let key = (PolicyKind::Inline, name.to_owned());
            let there = self.group(group.name.as_str()).it();
            let inline = there.map_or(&[] as &[_], |there| &there.inline);
            let state = compare::inline(
                self.plan.partition,
                name,
                &self.planned.identities[&arn].policies[&key],
                &policy.document.to_json(site),
                inline,
            );
            if let Some(found) = compare::inline_policy(inline, name) {
                self.account.stack.push(inline_resource(
                    ("AWS::IAM::GroupPolicy", "GroupName"),
                    address::assume_role_id(self.hub, policy),
                    (group.name.as_str(), name),
                    &found.document,
                ));
            }
            let address = match (self.hub.granularity, policy.targets.as_slice()) {
                (AssumeRoleGranularity::PolicyPerRole, [target]) => address::hub_instance(
                    "aws_iam_group_policy",
                    "assume_role",
                    self.plan.targets[*target].account.as_str(),
                ),
                _ => address::hub_instance(
                    "aws_iam_group_policy",
                    "assume_roles",
                    &address::number_key(policy.group),
                ),
            };
            let name_in_group = match self.hub.granularity {
                AssumeRoleGranularity::PolicyPerRole => name.to_owned(),
                AssumeRoleGranularity::RoleList => format!("{name} of {}", group.name),
            };
            self.add(
                "group policy",
                &name_in_group,
                address,
                format!("{}:{name}", group.name),
                state,
            );
        }
    }

    fn permissions(&mut self) {
        for policy in &self.hub.permissions {
            match self.hub.placement {
                HubPermissions::Managed => self.managed(policy),
                HubPermissions::UserInline => self.user_inline(policy),
            }
        }
    }

    fn managed(&mut self, policy: &NamedPolicy) {
        let site = self.site();
        let name = policy.name.as_str();
        let label = address::policy_label(policy);
        let arn = Text::iam_arn(&self.hub.account, "policy", "/", name).at(site);
        let found = self.snapshot.own_policy(name);
        let description = address::policy_description(policy);
        let state = compare::managed(
            self.plan.partition,
            &arn,
            &description,
            &self.planned.managed_policies[&arn],
            &policy.document.to_json(site),
            found,
        );
        let group = self.hub.groups[self.hub.first_group(policy.user)]
            .name
            .as_str();
        let there = self.group(group).it();
        let attached = state.is_there()
            && there.is_some_and(|there| there.attached.iter().any(|one| one.arn == arn));
        if let (Some(found), true) = (found.it(), state.is_there()) {
            let mut properties = super::target::managed_properties(name, "/", &description, found);
            if attached {
                properties.insert("Groups".to_owned(), json!([group]));
            }
            self.account.stack.push(StackResource {
                kind: "AWS::IAM::ManagedPolicy",
                logical_id: address::policy_id(policy),
                identifier: vec![("PolicyArn", arn.clone())],
                properties,
            });
            let elsewhere = attached_elsewhere(self.snapshot, &arn, (IdentityKind::Group, group));
            self.account.extras.extend(elsewhere);
        }
        self.add(
            "managed policy",
            name,
            format!("aws_iam_policy.{label}"),
            arn.clone(),
            state,
        );
        self.add(
            "attachment",
            &format!("{name} to {group}"),
            format!("aws_iam_group_policy_attachment.{label}"),
            format!("{group}/{arn}"),
            if attached {
                State::Same
            } else {
                State::Missing
            },
        );
    }

    fn user_inline(&mut self, policy: &NamedPolicy) {
        let Some(user) = self.hub.users.get(policy.user) else {
            return;
        };
        let site = self.site();
        let (user_name, name) = (user.name.as_str(), policy.name.as_str());
        let arn = self.hub.user_arn(user).at(site);
        let key = (PolicyKind::Inline, name.to_owned());
        let there = self.user(user_name).it();
        let inline = there.map_or(&[] as &[_], |there| &there.inline);
        let state = compare::inline(
            self.plan.partition,
            name,
            &self.planned.identities[&arn].policies[&key],
            &policy.document.to_json(site),
            inline,
        );
        if let Some(found) = compare::inline_policy(inline, name) {
            self.account.stack.push(inline_resource(
                ("AWS::IAM::UserPolicy", "UserName"),
                address::policy_id(policy),
                (user_name, name),
                &found.document,
            ));
        }
        let label = address::policy_label(policy);
        self.add(
            "user policy",
            name,
            format!("aws_iam_user_policy.{label}"),
            format!("{user_name}:{name}"),
            state,
        );
    }

    fn add(
        &mut self,
        kind: &'static str,
        name: &str,
        address: String,
        import_id: String,
        state: State,
    ) {
        self.account.resources.push(Resource {
            kind,
            name: name.to_owned(),
            address,
            import_id,
            state,
        });
    }
}

fn inline_resource(
    (kind, holder_key): (&'static str, &'static str),
    logical_id: String,
    (holder, name): (&str, &str),
    document: &Value,
) -> StackResource {
    let mut properties = Map::new();
    properties.insert(holder_key.to_owned(), json!(holder));
    properties.insert("PolicyName".to_owned(), json!(name));
    properties.insert("PolicyDocument".to_owned(), document.clone());
    StackResource {
        kind,
        logical_id,
        identifier: vec![
            ("PolicyName", name.to_owned()),
            (holder_key, holder.to_owned()),
        ],
        properties,
    }
}
