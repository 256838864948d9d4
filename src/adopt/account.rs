//! One account: each planned resource, looked up in the snapshot.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::extra::{Held, attached_elsewhere, policies};
use super::{Account, StackResource, State, compare, state};
use crate::load::snapshot::{
    Attached, Found, GroupDetail, InlinePolicy, InstanceProfile, PolicyDetail, RoleDetail,
    Snapshot, UserDetail, own_tags,
};
use crate::model::{
    Access, AssumeRoleGranularity, AwsPolicy, Identity, IdentityKind, PolicyKind, Site,
};
use crate::plan::{Group, Holder, Plan, Policy, Resource, ResourceKind, Role, Source, User};
use crate::readback::has_dynamic_reference;
use crate::render::address;

/// Looks the resources of an account up.
pub(super) fn adopt(
    plan: &Plan,
    planned: &Access,
    snapshot: &Snapshot,
    resources: &[Resource<'_>],
    account: &mut Account,
    call: &str,
) {
    for resource in resources {
        let mut comparer = Comparer {
            plan,
            planned,
            snapshot,
            resources,
            resource,
            site: resource.site,
            call,
            account: &mut *account,
        };
        match &resource.kind {
            ResourceKind::User(user) => comparer.user(user),
            ResourceKind::Membership(user) => comparer.membership(user),
            ResourceKind::Group(group) => comparer.group(group),
            ResourceKind::Role(role) => comparer.role(role),
            ResourceKind::InlinePolicy(holder, policy) => comparer.inline(*holder, policy),
            ResourceKind::ManagedPolicy(policy) => comparer.managed(policy),
            ResourceKind::Attachment(holder, policy) => comparer.attachment(*holder, policy),
            ResourceKind::AwsAttachment(holder, policy) => comparer.of_aws(*holder, policy),
            ResourceKind::InstanceProfile(role) => comparer.instance_profile(*role),
            // A snapshot does not tell.
            ResourceKind::OidcProvider(_) => {}
        }
    }
}

/// One resource beside what is there.
struct Comparer<'a> {
    plan: &'a Plan,
    planned: &'a Access,
    snapshot: &'a Snapshot,
    /// All resources of the account.
    resources: &'a [Resource<'a>],
    resource: &'a Resource<'a>,
    site: Site<'a>,
    /// The address of the module call that makes the resources; empty where the root module makes them itself.
    call: &'a str,
    account: &'a mut Account,
}

impl<'a> Comparer<'a> {
    fn find_user(&self, name: &str) -> Found<'a, UserDetail> {
        Found::find(&self.snapshot.users, name, |user| &user.user_name)
    }

    fn find_group(&self, name: &str) -> Found<'a, GroupDetail> {
        Found::find(&self.snapshot.groups, name, |group| &group.group_name)
    }

    fn find_role(&self, name: &str) -> Found<'a, RoleDetail> {
        Found::find(&self.snapshot.roles, name, |role| &role.role_name)
    }

    /// The role that is there, unless it is one in the way.
    fn role_there(&self, name: &str, path: &str) -> Option<&'a RoleDetail> {
        let there = self.find_role(name).exact();
        there.filter(|there| there.path == path)
    }

    fn identity(&self, holder: Holder<'_>) -> &'a Identity {
        &self.planned.identities[&holder.arn(self.site)]
    }

    /// The policies that a principal has already.
    fn held(&self, holder: Holder<'_>) -> (&'a [InlinePolicy], &'a [Attached]) {
        let name = holder.name;
        let held = match holder.kind {
            IdentityKind::User => {
                let there = self.find_user(name).exact();
                there.map(|there| (&there.inline, &there.attached))
            }
            IdentityKind::Group => {
                let there = self.find_group(name).exact();
                there.map(|there| (&there.inline, &there.attached))
            }
            IdentityKind::Role => {
                let there = self.role_there(name, holder.path);
                there.map(|there| (&there.inline, &there.attached))
            }
        };
        held.map_or((&[], &[]), |(inline, attached)| (inline, attached))
    }

    fn user(&mut self, user: &User<'_>) {
        let holder = user.holder();
        let planned = self.identity(holder);
        let found = self.find_user(holder.name);
        let state = state(found, |there| {
            let attributes = compare::Attributes {
                path: &there.path,
                boundary: there.permissions_boundary.as_ref(),
                tags: &there.tags,
            };
            let arn = holder.arn(self.site);
            State::from_differences(compare::attributes(&arn, planned, holder.path, &attributes))
        });
        if let Some(there) = found.exact() {
            let joined = joined(user, there);
            let mut properties = Map::new();
            properties.insert("UserName".to_owned(), json!(holder.name));
            properties.insert("Path".to_owned(), json!(there.path));
            if let Some(boundary) = &there.permissions_boundary {
                properties.insert("PermissionsBoundary".to_owned(), json!(boundary.arn));
            }
            if !joined.is_empty() {
                properties.insert("Groups".to_owned(), json!(joined));
            }
            add_tags(&mut properties, own_tags(&there.tags));
            self.stack("AWS::IAM::User", &[("UserName", holder.name)], properties);
            self.extras(holder);
            let mut foreign = there.groups.clone();
            foreign.retain(|group| !joined.contains(&group.as_str()));
            let said = |group| format!("user {} is in the group {group}", holder.name);
            self.account.extras.extend(foreign.into_iter().map(said));
        }
        self.add("user", holder.name, holder.name, state);
    }

    fn membership(&mut self, user: &User<'_>) {
        let name = user.user.name.as_str();
        let there = self.find_user(name).exact();
        let joined = there.map_or_else(Vec::new, |there| joined(user, there));
        let missing = user.groups.iter().map(|group| group.name.as_str());
        let missing = missing.filter(|group| !joined.contains(group));
        let state = match joined.as_slice() {
            [] => State::Missing,
            _ => State::from_differences(missing.map(|group| format!("+ is in {group}")).collect()),
        };
        self.add(
            "membership",
            name,
            &format!("{name}/{}", joined.join("/")),
            state,
        );
    }

    fn group(&mut self, group: &Group<'_>) {
        let holder = group.holder();
        let planned = self.identity(holder);
        let found = self.find_group(holder.name);
        let state = state(found, |there| {
            let attributes = compare::Attributes {
                path: &there.path,
                boundary: None,
                tags: &[],
            };
            let arn = holder.arn(self.site);
            State::from_differences(compare::attributes(&arn, planned, holder.path, &attributes))
        });
        if let Some(there) = found.exact() {
            let mut properties = Map::new();
            properties.insert("GroupName".to_owned(), json!(holder.name));
            properties.insert("Path".to_owned(), json!(there.path));
            self.add_of_aws(holder, &mut properties);
            self.stack("AWS::IAM::Group", &[("GroupName", holder.name)], properties);
            self.extras(holder);
            let ours = group.member.map(|user| user.name.as_str());
            let members = self.snapshot.users.iter().filter(|user| {
                user.groups.iter().any(|group| group == holder.name)
                    && ours != Some(user.user_name.as_str())
            });
            let said = |user: &UserDetail| {
                format!("group {} has the member {}", holder.name, user.user_name)
            };
            self.account.extras.extend(members.map(said));
        }
        self.add("group", holder.name, holder.name, state);
    }

    fn role(&mut self, role: &Role<'_>) {
        let holder = role.holder();
        let planned = self.identity(holder);
        let document = role.trust.to_json(self.site);
        let found = self.find_role(holder.name);
        let state = state(found, |there| {
            if let Some(state) = self.of_stack_set("the role") {
                return state;
            }
            if there.path != holder.path {
                return State::InTheWay(format!(
                    "it exists under the path {}, and IAM cannot change the path of a role: write `role: {{path: {}}}` in that target (where all targets have that path: `role.path`), or delete the role",
                    there.path, there.path
                ));
            }
            let attributes = compare::Attributes {
                path: &there.path,
                boundary: there.permissions_boundary.as_ref(),
                tags: &there.tags,
            };
            let arn = holder.arn(self.site);
            let partition = self.plan.partition;
            let mut lines = compare::attributes(&arn, planned, holder.path, &attributes);
            let trust = compare::trust(&arn, partition, planned, &document, &there.trust);
            lines.extend(trust);
            State::from_differences(lines)
        });
        if let Some(there) = self.role_there(holder.name, holder.path) {
            let properties = self.role_properties(role, there);
            self.stack("AWS::IAM::Role", &[("RoleName", holder.name)], properties);
            self.extras(holder);
            let is_planned = |name: &str| {
                let mut profiles = planned.instance_profiles.iter();
                profiles.any(|profile| profile.rsplit('/').next() == Some(name))
            };
            let profiles = there.instance_profiles.iter();
            let foreign = profiles.filter(|profile| !is_planned(&profile.name));
            let said = |profile: &InstanceProfile| {
                format!(
                    "role {} is in the instance profile {}",
                    holder.name, profile.name
                )
            };
            self.account.extras.extend(foreign.map(said));
        }
        self.add("role", holder.name, holder.name, state);
    }

    /// What is there of what a stack set makes.
    fn of_stack_set(&self, what: &str) -> Option<State> {
        let by_set = self.account.root.is_none() && !self.account.stacked;
        by_set.then(|| {
            State::InTheWay(format!(
                "a stack set creates it, and cannot import what exists: delete {what} first, which interrupts the product; or adopt it with `terraform: roots` or `cloudformation: stacks`"
            ))
        })
    }

    /// A snapshot tells the instance profiles of each role, and none that holds no role.
    fn instance_profile(&mut self, role: Holder<'_>) {
        let roles = self.snapshot.roles.iter();
        let there: Vec<_> = roles
            .flat_map(|role| role.instance_profiles.iter().map(move |one| (role, one)))
            .collect();
        let found = Found::find(&there, role.name, |(_, profile)| &profile.name);
        let state = state(found, |(held, profile)| {
            if let Some(state) = self.of_stack_set("the instance profile") {
                return state;
            }
            if profile.path != role.path {
                return State::InTheWay(format!(
                    "it is there under the path {}, and IAM changes no path of an instance profile: delete it first",
                    profile.path
                ));
            }
            State::from_differences(match held.role_name == role.name {
                true => Vec::new(),
                false => vec![
                    format!("- holds the role {}", held.role_name),
                    format!("+ holds the role {}", role.name),
                ],
            })
        });
        if let (Some((held, profile)), true) = (found.exact(), state.is_there()) {
            let mut properties = Map::new();
            properties.insert("InstanceProfileName".to_owned(), json!(profile.name));
            properties.insert("Path".to_owned(), json!(profile.path));
            properties.insert("Roles".to_owned(), json!([held.role_name]));
            let identifier = [("InstanceProfileName", role.name)];
            self.stack("AWS::IAM::InstanceProfile", &identifier, properties);
        }
        self.add("instance profile", role.name, role.name, state);
    }

    /// A role as it is, with the inline policies that are planned: in a template they stand in it.
    fn role_properties(&self, role: &Role<'_>, there: &RoleDetail) -> Map<String, Value> {
        let mut properties = Map::new();
        let mut add = |key: &str, value: Value| properties.insert(key.to_owned(), value);
        add("RoleName", json!(role.name));
        add("Path", json!(there.path));
        add("AssumeRolePolicyDocument", there.trust.clone());
        let session = role.max_session.map(|session| session.seconds());
        add("MaxSessionDuration", json!(session));
        add(
            "Description",
            json!(address::role_description(role.products)),
        );
        if let Some(boundary) = &there.permissions_boundary {
            add("PermissionsBoundary", json!(boundary.arn));
        }
        let ours = self.resources.iter().filter_map(|one| match &one.kind {
            ResourceKind::InlinePolicy(_, policy) => {
                compare::inline_policy(&there.inline, &policy.name)
            }
            _ => None,
        });
        let inline: Vec<Value> = ours
            .map(|policy| json!({"PolicyName": policy.name, "PolicyDocument": policy.document}))
            .collect();
        if !inline.is_empty() {
            add("Policies", Value::Array(inline));
        }
        self.add_of_aws(role.holder(), &mut properties);
        add_tags(&mut properties, own_tags(&there.tags));
        properties
    }

    fn inline(&mut self, holder: Holder<'_>, policy: &Policy<'_>) {
        let name: &str = &policy.name;
        let key = (PolicyKind::Inline, name.to_owned());
        let (inline, _) = self.held(holder);
        let state = compare::inline(
            self.plan.partition,
            name,
            &self.identity(holder).policies[&key],
            &policy.document.to_json(self.site),
            inline,
        );
        let (kind, own_resource) = match holder.kind {
            IdentityKind::User => ("user policy", Some(("AWS::IAM::UserPolicy", "UserName"))),
            IdentityKind::Group => ("group policy", Some(("AWS::IAM::GroupPolicy", "GroupName"))),
            // In a template it stands in the role.
            IdentityKind::Role => ("role policy", None),
        };
        let there = compare::inline_policy(inline, name);
        if let (Some(there), Some((kind, key))) = (there, own_resource) {
            let mut properties = Map::new();
            properties.insert(key.to_owned(), json!(holder.name));
            properties.insert("PolicyName".to_owned(), json!(name));
            properties.insert("PolicyDocument".to_owned(), there.document.clone());
            let identifier = [("PolicyName", name), (key, holder.name)];
            self.stack(kind, &identifier, properties);
        }
        let shown = match policy.source {
            Source::AssumeRole(_, AssumeRoleGranularity::RoleList) => {
                format!("{name} of {}", holder.name)
            }
            _ => name.to_owned(),
        };
        self.add(kind, &shown, &format!("{}:{name}", holder.name), state);
    }

    /// What is there of a managed policy, and how it compares.
    fn managed_state(&self, policy: &Policy<'_>) -> (Found<'a, PolicyDetail>, State) {
        let arn = policy.arn(self.site);
        let found = self.snapshot.own_policy(&policy.name);
        let state = compare::managed(
            self.plan.partition,
            &arn,
            &description(policy),
            &self.planned.managed_policies[&arn],
            &policy.document.to_json(self.site),
            found,
        );
        (found, state)
    }

    /// Whether a managed policy that can be taken over is attached to whom it is meant for.
    fn is_attached(&self, holder: Holder<'_>, policy: &Policy<'_>) -> bool {
        let arn = policy.arn(self.site);
        let (_, attached) = self.held(holder);
        self.managed_state(policy).1.is_there() && attached.iter().any(|one| one.arn == arn)
    }

    fn managed(&mut self, policy: &Policy<'_>) {
        let arn = policy.arn(self.site);
        let (found, state) = self.managed_state(policy);
        if let (Some(found), true) = (found.exact(), state.is_there()) {
            let mut properties = managed_properties(policy, found);
            let holder = self.resources.iter().find_map(|one| match &one.kind {
                ResourceKind::Attachment(holder, attached) if attached.name == policy.name => {
                    Some(*holder)
                }
                _ => None,
            });
            if let Some(holder) = holder {
                if self.is_attached(holder, policy) {
                    let key = match holder.kind {
                        IdentityKind::Role => "Roles",
                        IdentityKind::Group | IdentityKind::User => "Groups",
                    };
                    properties.insert(key.to_owned(), json!([holder.name]));
                }
                let elsewhere = attached_elsewhere(self.snapshot, &arn, (holder.kind, holder.name));
                self.account.extras.extend(elsewhere);
            }
            self.stack(
                "AWS::IAM::ManagedPolicy",
                &[("PolicyArn", &arn)],
                properties,
            );
        }
        self.add("managed policy", &policy.name, &arn, state);
    }

    fn attachment(&mut self, holder: Holder<'_>, policy: &Policy<'_>) {
        let state = match self.is_attached(holder, policy) {
            true => State::Same,
            false => State::Missing,
        };
        let shown = format!("{} to {}", policy.name, holder.name);
        let id = format!("{}/{}", holder.name, policy.arn(self.site));
        self.add("attachment", &shown, &id, state);
    }

    /// A managed policy of AWS's own, attached.
    fn of_aws(&mut self, holder: Holder<'_>, policy: &AwsPolicy) {
        let arn = policy.arn().at(self.site);
        let state = match self.has_of_aws(holder, &arn) {
            true => State::Same,
            false => State::Missing,
        };
        let shown = format!("{} to {}", policy.name(), holder.name);
        self.add(
            "attachment",
            &shown,
            &format!("{}/{arn}", holder.name),
            state,
        );
    }

    fn has_of_aws(&self, holder: Holder<'_>, arn: &str) -> bool {
        let (_, attached) = self.held(holder);
        attached.iter().any(|one| one.arn == arn)
    }

    /// The planned managed policies of AWS's own that a principal has already, if it has any: in a template they stand in it.
    fn add_of_aws(&self, holder: Holder<'_>, properties: &mut Map<String, Value>) {
        let arns = self.resources.iter().filter_map(|one| match &one.kind {
            ResourceKind::AwsAttachment(of, policy)
                if (of.kind, of.name) == (holder.kind, holder.name) =>
            {
                Some(policy.arn().at(self.site))
            }
            _ => None,
        });
        let there: Vec<String> = arns.filter(|arn| self.has_of_aws(holder, arn)).collect();
        if !there.is_empty() {
            properties.insert("ManagedPolicyArns".to_owned(), json!(there));
        }
    }

    /// Tells what a principal holds besides.
    fn extras(&mut self, holder: Holder<'_>) {
        let (inline, attached) = self.held(holder);
        let held = Held {
            who: format!("{} {}", holder.kind, holder.name),
            inline,
            attached,
        };
        let extras = policies(
            self.plan.partition,
            self.planned,
            self.identity(holder),
            &held,
        );
        self.account.extras.extend(extras);
    }

    fn add(&mut self, kind: &'static str, name: &str, import_id: &str, state: State) {
        let state = match state.is_there() && self.is_replaced_by_a_stack() {
            true => State::InTheWay(
                "it contains `{{resolve:`, in whose place an import template would put a value of another service: change that text first"
                    .to_owned(),
            ),
            false => state,
        };
        self.account.resources.push(super::Resource {
            kind,
            name: name.to_owned(),
            address: address::terraform(self.plan, self.resource, self.call),
            import_id: import_id.to_owned(),
            state,
        });
    }

    /// Whether CloudFormation would take the resource to be other than it is.
    fn is_replaced_by_a_stack(&self) -> bool {
        let id = address::logical_id(self.resource);
        let mut stack = self.account.stack.iter();
        self.account.stacked
            && stack.any(|one| {
                one.logical_id == id && one.properties.values().any(has_dynamic_reference)
            })
    }

    fn stack(
        &mut self,
        kind: &'static str,
        identifier: &[(&'static str, &str)],
        properties: Map<String, Value>,
    ) {
        let identifier = identifier.iter();
        self.account.stack.push(StackResource {
            kind,
            logical_id: address::logical_id(self.resource),
            identifier: identifier
                .map(|(key, value)| (*key, (*value).to_owned()))
                .collect(),
            properties,
        });
    }
}

/// The planned groups that a user is in already.
fn joined<'a>(user: &User<'a>, there: &UserDetail) -> Vec<&'a str> {
    let groups = user.groups.iter().map(|group| group.name.as_str());
    let is_in = |group: &&str| there.groups.iter().any(|name| name == group);
    groups.filter(is_in).collect()
}

fn description(policy: &Policy<'_>) -> String {
    let permissions = policy.source.permissions();
    permissions.map_or_else(String::new, address::policy_description)
}

/// The properties of a managed policy as it is. Where the snapshot does not tell the description, the planned one stands.
fn managed_properties(policy: &Policy<'_>, found: &PolicyDetail) -> Map<String, Value> {
    let description = description(policy);
    let description = found.description.as_deref().unwrap_or(&description);
    let mut properties = Map::new();
    properties.insert("ManagedPolicyName".to_owned(), json!(policy.name));
    properties.insert("Path".to_owned(), json!(policy.path));
    properties.insert("Description".to_owned(), json!(description));
    if let Some(document) = found.document() {
        properties.insert("PolicyDocument".to_owned(), document.clone());
    }
    properties
}

/// Tags, if there are any.
fn add_tags(properties: &mut Map<String, Value>, tags: BTreeMap<String, String>) {
    let tags: Vec<Value> = tags
        .into_iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect();
    if !tags.is_empty() {
        properties.insert("Tags".to_owned(), Value::Array(tags));
    }
}
