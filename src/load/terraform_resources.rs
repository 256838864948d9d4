//! What an account holds of the resources of a Terraform plan, as a snapshot would tell it after the apply.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::snapshot::{
    Attached, Boundary, GroupDetail, InlinePolicy, InstanceProfile, PolicyDetail, PolicyVersion,
    RoleDetail, Snapshot, Tag, UserDetail,
};
use super::terraform_plan::{Resource, TerraformPlan};
use crate::cfn::parse_json;
use crate::model::{AccountId, IdentityKind, Partition};

impl TerraformPlan {
    /// What the account holds of this plan after the apply, and a line for everything about IAM that is not understood.
    ///
    /// A resource whose provider does not say its account is in this one only if the user said so. A principal that the plan
    /// only mentions has an empty ARN. A policy that is known only after the apply is null.
    pub fn snapshot(
        &self,
        partition: Partition,
        account: &AccountId,
        user_said_so: bool,
    ) -> (Snapshot, Vec<String>) {
        let mut builder = Builder {
            plan: self,
            partition,
            account,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            roles: BTreeMap::new(),
            policies: BTreeMap::new(),
            made: BTreeSet::new(),
            odd: Vec::new(),
        };
        let here = |of: &Option<AccountId>| match of {
            Some(of) => of == account,
            None => user_said_so,
        };
        for resource in &self.resources {
            if resource.account.is_none() && !user_said_so && resource.may_grant().is_some() {
                builder.odd(resource, "its provider does not say which account it is in");
            }
        }
        // A resource without a provider of AWS is in no account, and its commands may work in each.
        let may_be_here = |of: &Option<AccountId>| of.is_none() || of.as_ref() == Some(account);
        for resource in self.resources.iter().filter(|one| !one.is_configured) {
            if may_be_here(&resource.account) {
                builder.odd(resource, "its configuration is not in the plan");
            }
        }
        for resource in self.resources.iter().filter(|one| one.provisioned) {
            if may_be_here(&resource.account) {
                builder.odd(resource, "what its provisioner does is not in the plan");
            }
        }
        builder.odd.extend(self.provisioned.iter().map(|address| {
            format!("{address}: what its provisioner does when the last of it is destroyed is not in the plan")
        }));
        for resource in &self.forgotten {
            if may_be_here(&resource.account) && resource.may_grant().is_some() {
                builder.odd(resource, "Terraform forgets it, and it stays as it is");
            }
        }
        let resources = || self.resources.iter().filter(|one| here(&one.account));
        for resource in resources() {
            builder.principal(resource);
        }
        // A role tells what it has beside its own resources, from before the apply.
        // What is no longer configured tells no account. Of one account it can only be that.
        let was_here = |of: &Option<AccountId>| match of {
            Some(of) => of == account,
            None => user_said_so && self.accounts.len() <= 1,
        };
        for deleted in self.deleted.iter().filter(|one| was_here(&one.account)) {
            builder.take_away(&deleted.kind, &deleted.before);
        }
        for resource in resources() {
            builder.other(resource);
        }
        for resource in resources() {
            builder.exclusive(resource);
        }
        let snapshot = Snapshot {
            users: builder.users.into_values().collect(),
            groups: builder.groups.into_values().collect(),
            roles: builder.roles.into_values().collect(),
            policies: builder.policies.into_values().collect(),
        };
        (snapshot, builder.odd)
    }
}

struct Builder<'a> {
    plan: &'a TerraformPlan,
    partition: Partition,
    account: &'a AccountId,
    users: BTreeMap<String, UserDetail>,
    groups: BTreeMap<String, GroupDetail>,
    roles: BTreeMap<String, RoleDetail>,
    /// By ARN.
    policies: BTreeMap<String, PolicyDetail>,
    /// What the plan makes, each by its kind and names. What is made twice, one overwrites.
    made: BTreeSet<Made>,
    odd: Vec<String>,
}

/// What a plan may make once only.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Made {
    /// A user, group, role or policy: IAM ignores the case of names, and the path.
    Entity(&'static str, String),
    /// An inline policy, by its holder.
    Inline(IdentityKind, String, String),
    /// An attachment, by its holder and the ARN.
    Attachment(IdentityKind, String, String),
}

impl Builder<'_> {
    /// Adds what has a name of its own.
    fn principal(&mut self, resource: &Resource) {
        let values = &resource.values;
        let entity = match resource.kind.as_str() {
            "aws_iam_user" => "user",
            "aws_iam_group" => "group",
            "aws_iam_role" => "role",
            "aws_iam_policy" => "policy",
            _ => return,
        };
        let Some(name) = text(values, "name").map(str::to_owned) else {
            self.odd(resource, "its name is known only after the apply");
            return;
        };
        if !self.made.insert(Made::Entity(entity, folded(&name))) {
            self.odd(resource, "the plan makes another of the same name");
            return;
        }
        let path = text(values, "path").unwrap_or("/").to_owned();
        let arn = self.arn(entity, values).unwrap_or_default();
        let boundary = text(values, "permissions_boundary").map(|arn| Boundary {
            arn: arn.to_owned(),
        });
        match entity {
            "user" => {
                let user = self.user(&name);
                (user.path, user.arn) = (path, arn);
                user.permissions_boundary = boundary;
                user.tags = tags(values);
            }
            "group" => {
                let group = self.group(&name);
                (group.path, group.arn) = (path, arn);
            }
            "role" => {
                let role = self.role(&name);
                (role.path, role.arn) = (path, arn);
                role.permissions_boundary = boundary;
                role.tags = tags(values);
                role.trust = document(values, "assume_role_policy");
                role.max_session = values
                    .get("max_session_duration")
                    .and_then(Value::as_u64)
                    .and_then(|seconds| seconds.try_into().ok());
                for arn in list(values, "managed_policy_arns").filter_map(Value::as_str) {
                    // Unless the configuration says them, they are what the role has from other resources too.
                    match resource.configures("managed_policy_arns") {
                        true => self.attach(IdentityKind::Role, &name, arn),
                        false => attach(&mut self.role(&name).attached, arn),
                    }
                }
                for inline in list(values, "inline_policy").filter_map(Value::as_object) {
                    if let Some(policy) = text(inline, "name") {
                        let document = document(inline, "policy");
                        match resource.configures("inline_policy") {
                            true => self.put(resource, IdentityKind::Role, &name, policy, document),
                            false => put(&mut self.role(&name).inline, policy, document),
                        }
                    }
                }
            }
            _ => {
                let policy = PolicyDetail {
                    arn: arn.clone(),
                    description: text(values, "description").map(str::to_owned),
                    default_version_id: None,
                    versions: vec![PolicyVersion {
                        version_id: None,
                        is_default_version: true,
                        document: document(values, "policy"),
                    }],
                };
                self.policies.insert(arn, policy);
            }
        }
    }

    /// Takes a policy away from the role that it was in, or attached to. What the role itself makes may come after.
    fn take_away(&mut self, kind: &str, before: &Map<String, Value>) {
        let Some(name) = text(before, "role").map(folded) else {
            return;
        };
        let Some(role) = self.roles.get_mut(&name) else {
            return;
        };
        match kind {
            "aws_iam_role_policy" => {
                let gone = text(before, "name").unwrap_or_default().to_owned();
                let made = Made::Inline(IdentityKind::Role, name, gone.clone());
                role.inline
                    .retain(|policy| policy.name != gone || self.made.contains(&made));
            }
            "aws_iam_role_policy_attachment" => {
                let gone = text(before, "policy_arn").unwrap_or_default().to_owned();
                let made = Made::Attachment(IdentityKind::Role, name, gone.clone());
                role.attached
                    .retain(|policy| policy.arn != gone || self.made.contains(&made));
            }
            _ => {}
        }
    }

    /// Adds what makes members of groups, puts policies into principals, and attaches them.
    fn other(&mut self, resource: &Resource) {
        let values = &resource.values;
        let kind = resource.kind.as_str();
        match kind {
            "aws_iam_user" | "aws_iam_group" | "aws_iam_role" | "aws_iam_policy" => {}
            "aws_iam_user_group_membership" => match text(values, "user") {
                Some(user) => {
                    for group in list(values, "groups").filter_map(Value::as_str) {
                        self.join(user, group);
                    }
                }
                None => self.odd(resource, "its user is known only after the apply"),
            },
            "aws_iam_group_membership" => match text(values, "group") {
                Some(group) => {
                    for user in list(values, "users").filter_map(Value::as_str) {
                        self.join(user, group);
                    }
                }
                None => self.odd(resource, "its group is known only after the apply"),
            },
            "aws_iam_user_policy" | "aws_iam_group_policy" | "aws_iam_role_policy" => {
                let (kind, key) = holder(kind);
                match (text(values, key), text(values, "name")) {
                    (Some(holder), Some(name)) => {
                        let document = document(values, "policy");
                        self.put(resource, kind, holder, name, document);
                    }
                    _ => self.odd(
                        resource,
                        "its name or its holder is known only after the apply",
                    ),
                }
            }
            "aws_iam_user_policy_attachment"
            | "aws_iam_group_policy_attachment"
            | "aws_iam_role_policy_attachment" => {
                let (kind, key) = holder(kind);
                match (text(values, key), self.policy_arn(resource)) {
                    (Some(holder), Some(arn)) => {
                        self.attach(kind, holder, &arn);
                        self.refers(resource);
                    }
                    _ => self.odd(
                        resource,
                        "the policy or its holder is known only after the apply",
                    ),
                }
            }
            "aws_iam_instance_profile" => match (text(values, "role"), text(values, "name")) {
                (Some(role), Some(name)) => {
                    let profile = InstanceProfile {
                        name: name.to_owned(),
                        path: text(values, "path").unwrap_or("/").to_owned(),
                    };
                    self.role(role).instance_profiles.push(profile);
                }
                // Without a role, it hands nothing to instances.
                (None, _) if !resource.comes_later("role") => {}
                _ => self.odd(
                    resource,
                    "its name or its role is known only after the apply",
                ),
            },
            "aws_iam_policy_attachment" => match self.policy_arn(resource) {
                Some(arn) => {
                    for (kind, key) in [
                        (IdentityKind::User, "users"),
                        (IdentityKind::Group, "groups"),
                        (IdentityKind::Role, "roles"),
                    ] {
                        for holder in list(values, key).filter_map(Value::as_str) {
                            self.attach(kind, holder, &arn);
                        }
                    }
                }
                None => self.odd(resource, "the policy is known only after the apply"),
            },
            kind if exclusive_of(kind).is_some() => {}
            _ => {
                if let Some(why) = resource.may_grant() {
                    self.odd(resource, why);
                }
            }
        }
        let names: &[&str] = match kind {
            "aws_iam_user_group_membership" => &["groups"],
            "aws_iam_group_membership" => &["users"],
            "aws_iam_policy_attachment" => &["users", "groups", "roles"],
            "aws_iam_user" => &["path", "permissions_boundary", "tags"],
            "aws_iam_group" | "aws_iam_policy" | "aws_iam_instance_profile" => &["path"],
            "aws_iam_role" => &[
                "path",
                "permissions_boundary",
                "tags",
                "max_session_duration",
                "managed_policy_arns",
                "inline_policy",
            ],
            _ => &[],
        };
        for name in names.iter().filter(|name| resource.comes_later(name)) {
            self.odd(
                resource,
                &format!("the value of its `{name}` is known only after the apply"),
            );
        }
    }

    /// Adds and takes away what stands in a list of all policies that a principal has.
    fn exclusive(&mut self, resource: &Resource) {
        let Some((holder_kind, attached)) = exclusive_of(&resource.kind) else {
            return;
        };
        let list_name = match attached {
            true => "policy_arns",
            false => "policy_names",
        };
        let key = format!("{}_name", holder(&resource.kind).1);
        let name = text(&resource.values, &key);
        let (Some(name), false) = (name, resource.comes_later(list_name)) else {
            self.odd(
                resource,
                "the policies or their holder are known only after the apply",
            );
            return;
        };
        let listed: Vec<&str> = list(&resource.values, list_name)
            .filter_map(Value::as_str)
            .collect();
        // Which comes last, the list or what it leaves out, is not in the plan.
        let made: BTreeSet<String> = self
            .made
            .iter()
            .filter_map(|made| match (made, attached) {
                (Made::Inline(kind, holder, policy), false)
                | (Made::Attachment(kind, holder, policy), true) => {
                    (*kind == holder_kind && *holder == folded(name)).then(|| policy.clone())
                }
                _ => None,
            })
            .collect();
        let stays = |policy: &str| listed.contains(&policy) || made.contains(policy);
        let (inline, policies) = self.policies_of(holder_kind, name);
        match attached {
            false => inline.retain(|policy| stays(&policy.name)),
            true => {
                policies.retain(|policy| stays(&policy.arn));
                for arn in &listed {
                    attach(policies, arn);
                }
            }
        }
        for policy in made.iter().filter(|one| !listed.contains(&one.as_str())) {
            let what = format!("it leaves out {policy}, which the same plan makes");
            self.odd(resource, &what);
        }
    }

    /// The ARN of the policy that is attached; where it is known only after the apply, that of the resource it refers to.
    fn policy_arn(&self, resource: &Resource) -> Option<String> {
        if let Some(arn) = text(&resource.values, "policy_arn") {
            return Some(arn.to_owned());
        }
        let address = match resource.module.as_str() {
            "" => resource.policy.clone()?,
            module => format!("{module}.{}", resource.policy.as_ref()?),
        };
        let mut policies = self.plan.resources.iter();
        let policy = policies.find(|policy| policy.address == address)?;
        self.arn("policy", &policy.values)
    }

    /// Says that a policy is not known, which is taken for the one it refers to. An expression may make another of it, such
    /// as `replace` does, or a conditional on `timestamp()`, and a plan tells only what it refers to.
    fn refers(&mut self, resource: &Resource) {
        if text(&resource.values, "policy_arn").is_none() {
            let policy = resource.policy.as_deref().unwrap_or_default();
            let why = format!(
                "the policy is known only after the apply: a plan tells that it comes of {policy}, and not how"
            );
            self.odd(resource, &why);
        }
    }

    /// Puts an inline policy into its holder.
    fn put(
        &mut self,
        resource: &Resource,
        kind: IdentityKind,
        holder: &str,
        name: &str,
        document: Value,
    ) {
        let made = Made::Inline(kind, folded(holder), name.to_owned());
        if !self.made.insert(made) {
            self.odd(
                resource,
                "the plan puts another policy of the same name there",
            );
        }
        put(self.policies_of(kind, holder).0, name, document);
    }

    /// Attaches a policy to its holder.
    fn attach(&mut self, kind: IdentityKind, holder: &str, arn: &str) {
        self.made
            .insert(Made::Attachment(kind, folded(holder), arn.to_owned()));
        attach(self.policies_of(kind, holder).1, arn);
    }

    fn arn(&self, entity: &str, values: &Map<String, Value>) -> Option<String> {
        if let Some(arn) = text(values, "arn") {
            return Some(arn.to_owned());
        }
        let path = text(values, "path").unwrap_or("/");
        let name = text(values, "name")?;
        Some(format!(
            "arn:{}:iam::{}:{entity}{path}{name}",
            self.partition, self.account
        ))
    }

    fn join(&mut self, user: &str, group: &str) {
        self.user(user).groups.push(group.to_owned());
    }

    fn policies_of(
        &mut self,
        kind: IdentityKind,
        name: &str,
    ) -> (&mut Vec<InlinePolicy>, &mut Vec<Attached>) {
        match kind {
            IdentityKind::User => {
                let user = self.user(name);
                (&mut user.inline, &mut user.attached)
            }
            IdentityKind::Group => {
                let group = self.group(name);
                (&mut group.inline, &mut group.attached)
            }
            IdentityKind::Role => {
                let role = self.role(name);
                (&mut role.inline, &mut role.attached)
            }
        }
    }

    fn user(&mut self, name: &str) -> &mut UserDetail {
        self.users
            .entry(folded(name))
            .or_insert_with(|| UserDetail {
                user_name: name.to_owned(),
                user_id: String::new(),
                path: String::new(),
                arn: String::new(),
                inline: Vec::new(),
                attached: Vec::new(),
                groups: Vec::new(),
                permissions_boundary: None,
                tags: Vec::new(),
            })
    }

    fn group(&mut self, name: &str) -> &mut GroupDetail {
        self.groups
            .entry(folded(name))
            .or_insert_with(|| GroupDetail {
                group_name: name.to_owned(),
                path: String::new(),
                arn: String::new(),
                inline: Vec::new(),
                attached: Vec::new(),
            })
    }

    fn role(&mut self, name: &str) -> &mut RoleDetail {
        self.roles
            .entry(folded(name))
            .or_insert_with(|| RoleDetail {
                role_name: name.to_owned(),
                role_id: String::new(),
                path: String::new(),
                arn: String::new(),
                trust: Value::Null,
                inline: Vec::new(),
                attached: Vec::new(),
                instance_profiles: Vec::new(),
                permissions_boundary: None,
                max_session: None,
                tags: Vec::new(),
            })
    }

    fn odd(&mut self, resource: &Resource, why: &str) {
        self.odd.push(format!("{}: {why}", resource.address));
    }
}

/// Whose policies a resource lists all of, and whether these are the attached ones.
fn exclusive_of(kind: &str) -> Option<(IdentityKind, bool)> {
    let (of, list) = kind.strip_prefix("aws_iam_")?.split_once('_')?;
    let is_one = ["user", "group", "role"].contains(&of);
    match list {
        "policy_attachments_exclusive" if is_one => Some((holder(kind).0, true)),
        "policies_exclusive" if is_one => Some((holder(kind).0, false)),
        _ => None,
    }
}

/// Whose policy it is, and the attribute that names it.
fn holder(kind: &str) -> (IdentityKind, &'static str) {
    match kind {
        kind if kind.starts_with("aws_iam_user_") => (IdentityKind::User, "user"),
        kind if kind.starts_with("aws_iam_group_") => (IdentityKind::Group, "group"),
        _ => (IdentityKind::Role, "role"),
    }
}

fn put(policies: &mut Vec<InlinePolicy>, name: &str, document: Value) {
    policies.retain(|policy| policy.name != name);
    policies.push(InlinePolicy {
        name: name.to_owned(),
        document,
    });
}

fn attach(attached: &mut Vec<Attached>, arn: &str) {
    if !attached.iter().any(|policy| policy.arn == arn) {
        attached.push(Attached {
            arn: arn.to_owned(),
        });
    }
}

/// A name without its case, which IAM ignores.
fn folded(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// A text; Terraform writes an absent one as an empty one now and then.
fn text<'a>(values: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    let text = values.get(key)?.as_str()?;
    (!text.is_empty()).then_some(text)
}

fn list<'a>(values: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Value> {
    values
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn document(values: &Map<String, Value>, key: &str) -> Value {
    text(values, key)
        .and_then(|text| parse_json(text).ok())
        .unwrap_or(Value::Null)
}

/// The tags with those that the provider adds, where it says so.
fn tags(values: &Map<String, Value>) -> Vec<Tag> {
    let all = values.get("tags_all").and_then(Value::as_object);
    let own = values.get("tags").and_then(Value::as_object);
    let tags = all.or(own).into_iter().flatten();
    tags.map(|(key, value)| Tag {
        key: key.clone(),
        value: value.as_str().unwrap_or_default().to_owned(),
    })
    .collect()
}
