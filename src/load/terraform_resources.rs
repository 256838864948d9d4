//! Converts the resources of a Terraform plan to the state of an account after the apply, in the form of a snapshot.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::planned_account::{Made, PlannedAccount, attach, folded, put};
use super::snapshot::{Boundary, InstanceProfile, PolicyDetail, PolicyVersion, Snapshot};
use super::terraform_plan::{Resource, TerraformPlan};
use super::terraform_values::{document, list, tags, text};
use crate::model::{AccountId, IdentityKind, Partition};

impl TerraformPlan {
    /// The state of the account after the apply of this plan, and a line for everything about IAM that is not
    /// understood.
    ///
    /// A resource whose provider does not specify an account belongs to this one only if the user said so. A principal
    /// that the plan only mentions has an empty ARN. A policy that is only known after the apply is null.
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
            state: PlannedAccount::default(),
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
        // A resource of another provider belongs to no account, and its commands may affect any of them.
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
        builder.odd.extend(self.actions.iter().map(|address| {
            format!("{address}: what this action does when it is run is not in the plan")
        }));
        for resource in &self.forgotten {
            if may_be_here(&resource.account) && resource.may_grant().is_some() {
                builder.odd(
                    resource,
                    "Terraform removes it from its state, and the resource stays as it is",
                );
            }
        }
        let resources = || self.resources.iter().filter(|one| here(&one.account));
        for resource in resources() {
            builder.principal(resource);
        }
        // A role also lists policies of other resources, as before the apply. A resource without configuration has no
        // account; if there is only one, it belongs to that.
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
        (builder.state.into_snapshot(), builder.odd)
    }
}

struct Builder<'a> {
    plan: &'a TerraformPlan,
    partition: Partition,
    account: &'a AccountId,
    state: PlannedAccount,
    odd: Vec<String>,
}

impl Builder<'_> {
    /// Adds principals and managed policies.
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
        if !self.state.made.insert(Made::Entity(entity, folded(&name))) {
            self.odd(resource, "the plan creates another one of the same name");
            return;
        }
        if let Some(before) = self.plan.names_before.get(&resource.address)
            && folded(before) != folded(&name)
        {
            let what = format!("it was {before}, and keeps what {before} has beside this plan");
            self.odd(resource, &what);
        }
        let path = text(values, "path").unwrap_or("/").to_owned();
        let arn = self.arn(entity, values).unwrap_or_default();
        let boundary = text(values, "permissions_boundary").map(|arn| Boundary {
            arn: arn.to_owned(),
        });
        match entity {
            "user" => {
                let user = self.state.user(&name);
                (user.path, user.arn) = (path, arn);
                user.permissions_boundary = boundary;
                user.tags = tags(values);
            }
            "group" => {
                let group = self.state.group(&name);
                (group.path, group.arn) = (path, arn);
            }
            "role" => {
                let role = self.state.role(&name);
                (role.path, role.arn) = (path, arn);
                role.permissions_boundary = boundary;
                role.tags = tags(values);
                role.trust = document(values, "assume_role_policy");
                role.max_session = values
                    .get("max_session_duration")
                    .and_then(Value::as_u64)
                    .and_then(|seconds| seconds.try_into().ok());
                for arn in list(values, "managed_policy_arns").filter_map(Value::as_str) {
                    // Unless they are configured, the values come from other resources of the role.
                    match resource.configures("managed_policy_arns") {
                        true => self.state.attach(IdentityKind::Role, &name, arn),
                        false => attach(&mut self.state.role(&name).attached, arn),
                    }
                }
                for inline in list(values, "inline_policy").filter_map(Value::as_object) {
                    if let Some(policy) = text(inline, "name") {
                        let document = document(inline, "policy");
                        match resource.configures("inline_policy") {
                            true => self.put(resource, IdentityKind::Role, &name, policy, document),
                            false => put(&mut self.state.role(&name).inline, policy, document),
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
                    tags: Some(tags(values)),
                };
                self.state.policies.insert(arn, policy);
            }
        }
    }

    /// Removes a policy from its role. The role's own resource may create it again later.
    fn take_away(&mut self, kind: &str, before: &Map<String, Value>) {
        let Some(name) = text(before, "role").map(folded) else {
            return;
        };
        let Some(role) = self.state.roles.get_mut(&name) else {
            return;
        };
        match kind {
            "aws_iam_role_policy" => {
                let gone = text(before, "name").unwrap_or_default().to_owned();
                let made = Made::Inline(IdentityKind::Role, name, gone.clone());
                role.inline
                    .retain(|policy| policy.name != gone || self.state.made.contains(&made));
            }
            "aws_iam_role_policy_attachment" => {
                let gone = text(before, "policy_arn").unwrap_or_default().to_owned();
                let made = Made::Attachment(IdentityKind::Role, name, gone.clone());
                role.attached
                    .retain(|policy| policy.arn != gone || self.state.made.contains(&made));
            }
            _ => {}
        }
    }

    /// Adds group memberships, inline policies and attachments.
    fn other(&mut self, resource: &Resource) {
        let values = &resource.values;
        let kind = resource.kind.as_str();
        match kind {
            "aws_iam_user" | "aws_iam_group" | "aws_iam_role" | "aws_iam_policy" => {}
            "aws_iam_user_group_membership" => match text(values, "user") {
                Some(user) => {
                    for group in list(values, "groups").filter_map(Value::as_str) {
                        self.state.join(user, group);
                    }
                }
                None => self.odd(resource, "its user is known only after the apply"),
            },
            "aws_iam_group_membership" => match text(values, "group") {
                Some(group) => {
                    for user in list(values, "users").filter_map(Value::as_str) {
                        self.state.join(user, group);
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
                        self.state.attach(kind, holder, &arn);
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
                    self.state.role(role).instance_profiles.push(profile);
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
                            self.state.attach(kind, holder, &arn);
                        }
                    }
                }
                None => self.odd(resource, "the policy is known only after the apply"),
            },
            "aws_iam_openid_connect_provider" => self.oidc_provider(resource),
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
            "aws_iam_policy" => &["path", "tags"],
            "aws_iam_group" | "aws_iam_instance_profile" => &["path"],
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
        let comes_later = |name: &&&str| match **name {
            "tags" => resource.tags_come_later(),
            name => resource.comes_later(name),
        };
        for name in names.iter().filter(comes_later) {
            self.odd(
                resource,
                &format!("the value of its `{name}` is known only after the apply"),
            );
        }
    }

    /// Adds an OIDC provider. Its thumbprints matter to AWS only if no well-known authority signs the issuer's certificate.
    fn oidc_provider(&mut self, resource: &Resource) {
        let values = &resource.values;
        let url = text(values, "url").map(|url| url.trim_start_matches("https://"));
        let (Some(issuer), false) = (url, resource.comes_later("client_id_list")) else {
            self.odd(
                resource,
                "its issuer or its audiences are known only after the apply",
            );
            return;
        };
        if resource.configures("thumbprint_list") {
            self.odd(resource, "its thumbprints are not compared");
        }
        let (partition, account) = (self.partition, self.account);
        let arn = format!("arn:{partition}:iam::{account}:oidc-provider/{issuer}");
        let audiences = list(values, "client_id_list").filter_map(Value::as_str);
        let audiences = audiences.map(str::to_owned).collect();
        if self.state.oidc_providers.insert(arn, audiences).is_some() {
            self.odd(resource, "the plan creates another one of the same issuer");
        }
    }

    /// Applies a resource that lists all policies of a principal, which adds some and removes others.
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
        // The plan does not show whether the list or the omitted policy is applied last.
        let made: BTreeSet<String> = self
            .state
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
        let (inline, policies) = self.state.policies_of(holder_kind, name);
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

    /// The ARN of the attached policy, or that of the resource it refers to if it is only known after the apply.
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

    /// Reports an unknown policy ARN that is assumed to be the referenced one. An expression may change it, such as
    /// `replace` or a conditional on `timestamp()`, and a plan only has the references.
    fn refers(&mut self, resource: &Resource) {
        if text(&resource.values, "policy_arn").is_none() {
            let policy = resource.policy.as_deref().unwrap_or_default();
            let why = format!(
                "the policy is known only after the apply: the plan shows only that it comes from {policy}"
            );
            self.odd(resource, &why);
        }
    }

    /// Adds an inline policy to its principal. If the plan has two with the same name, one overwrites the other.
    fn put(
        &mut self,
        resource: &Resource,
        kind: IdentityKind,
        holder: &str,
        name: &str,
        document: Value,
    ) {
        if !self.state.put(kind, holder, name, document) {
            self.odd(
                resource,
                "the plan puts another policy of the same name there",
            );
        }
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

    fn odd(&mut self, resource: &Resource, why: &str) {
        self.odd.push(format!("{}: {why}", resource.address));
    }
}

/// The principal whose policies a resource lists completely, and whether these are attachments.
fn exclusive_of(kind: &str) -> Option<(IdentityKind, bool)> {
    let (of, list) = kind.strip_prefix("aws_iam_")?.split_once('_')?;
    let is_one = ["user", "group", "role"].contains(&of);
    match list {
        "policy_attachments_exclusive" if is_one => Some((holder(kind).0, true)),
        "policies_exclusive" if is_one => Some((holder(kind).0, false)),
        _ => None,
    }
}

/// The principal of a policy, and the attribute that names it.
fn holder(kind: &str) -> (IdentityKind, &'static str) {
    match kind {
        kind if kind.starts_with("aws_iam_user_") => (IdentityKind::User, "user"),
        kind if kind.starts_with("aws_iam_group_") => (IdentityKind::Group, "group"),
        _ => (IdentityKind::Role, "role"),
    }
}
