//! The state of an account after an apply, collected resource by resource.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::snapshot::{
    Attached, GroupDetail, InlinePolicy, PolicyDetail, RoleDetail, Snapshot, UserDetail,
};
use crate::model::IdentityKind;

/// The principals and policies of an account, by name in lower case.
#[derive(Debug, Default)]
pub(super) struct PlannedAccount {
    users: BTreeMap<String, UserDetail>,
    groups: BTreeMap<String, GroupDetail>,
    pub(super) roles: BTreeMap<String, RoleDetail>,
    /// By ARN.
    pub(super) policies: BTreeMap<String, PolicyDetail>,
    /// The audiences, by ARN.
    pub(super) oidc_providers: BTreeMap<String, BTreeSet<String>>,
    /// What the plan creates, by kind and name. If two resources create the same, one overwrites the other.
    pub(super) made: BTreeSet<Made>,
}

/// Something that a plan may create only once.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Made {
    /// A user, group, role or policy. IAM ignores the case and the path of names.
    Entity(&'static str, String),
    /// An inline policy, by its principal.
    Inline(IdentityKind, String, String),
    /// An attachment, by its principal and the ARN.
    Attachment(IdentityKind, String, String),
}

impl PlannedAccount {
    pub(super) fn into_snapshot(self) -> Snapshot {
        Snapshot {
            users: self.users.into_values().collect(),
            groups: self.groups.into_values().collect(),
            roles: self.roles.into_values().collect(),
            has_roles: true,
            policies: self.policies.into_values().collect(),
            oidc_providers: Some(self.oidc_providers),
        }
    }

    /// Adds an inline policy to its principal. Returns `false` if the plan creates another one with the same name.
    pub(super) fn put(
        &mut self,
        kind: IdentityKind,
        holder: &str,
        name: &str,
        document: Value,
    ) -> bool {
        let made = Made::Inline(kind, folded(holder), name.to_owned());
        let is_first = self.made.insert(made);
        put(self.policies_of(kind, holder).0, name, document);
        is_first
    }

    /// Attaches a policy to its principal.
    pub(super) fn attach(&mut self, kind: IdentityKind, holder: &str, arn: &str) {
        self.made
            .insert(Made::Attachment(kind, folded(holder), arn.to_owned()));
        attach(self.policies_of(kind, holder).1, arn);
    }

    pub(super) fn join(&mut self, user: &str, group: &str) {
        self.group(group);
        self.user(user).groups.push(group.to_owned());
    }

    pub(super) fn policies_of(
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

    pub(super) fn user(&mut self, name: &str) -> &mut UserDetail {
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

    pub(super) fn group(&mut self, name: &str) -> &mut GroupDetail {
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

    pub(super) fn role(&mut self, name: &str) -> &mut RoleDetail {
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
}

pub(super) fn put(policies: &mut Vec<InlinePolicy>, name: &str, document: Value) {
    policies.retain(|policy| policy.name != name);
    policies.push(InlinePolicy {
        name: name.to_owned(),
        document,
    });
}

pub(super) fn attach(attached: &mut Vec<Attached>, arn: &str) {
    if !attached.iter().any(|policy| policy.arn == arn) {
        attached.push(Attached {
            arn: arn.to_owned(),
        });
    }
}

/// A name in lower case, since IAM ignores case.
pub(super) fn folded(name: &str) -> String {
    name.to_ascii_lowercase()
}
