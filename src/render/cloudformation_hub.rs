//! CloudFormation: what the template of the hub prints. Fields that end in `_yaml` are YAML already.

use schemars::JsonSchema;
use serde::Serialize;

use super::address::{holder_id, logical_id};
use super::cloudformation_view::{
    AttachedView, PolicyView, StatementView, TagView, attached_view, literal_tags, policy_view,
    statement_views,
};
use super::scanners::{MarkersView, markers};
use super::{notice, yaml};
use crate::plan::{HubPart, HubPlan, Plan, Resource, ResourceKind, Unit};

/// What a template of the hub makes.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CloudFormationHub")]
pub(super) struct HubView {
    /// The first lines of the file, to be written as comments.
    notice: Vec<String>,
    /// The template's description.
    description: String,
    /// The user that the product signs in as; none, or one.
    users: Vec<UserView>,
    /// The groups.
    groups: Vec<GroupView>,
    /// What the product may do in the hub account, as managed policies.
    managed: Vec<PolicyView>,
    /// The same, as inline policies of the user. One of the two lists is empty.
    user_inline: Vec<PolicyView>,
    /// The inline policies that let the groups' members assume roles.
    assume_role: Vec<AssumeRoleView>,
}

/// A user of the hub.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CloudFormationUser")]
pub(super) struct UserView {
    /// The logical id.
    id: String,
    /// The name.
    name: String,
    /// The path, with a slash at both ends.
    path: String,
    /// Logical ids of the groups that the user is in.
    groups: Vec<String>,
    /// The ARN of the permissions boundary, as YAML; none, or one.
    permissions_boundary_yaml: Vec<String>,
    /// Tags, by key.
    tags: Vec<TagView>,
}

/// A group of the hub.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CloudFormationGroup")]
pub(super) struct GroupView {
    /// The logical id.
    id: String,
    /// What is inherent in it.
    markers: MarkersView,
    /// The name.
    name: String,
    /// The path, with a slash at both ends.
    path: String,
    /// The managed policies of AWS's own that are attached to it.
    attached: Vec<AttachedView>,
}

/// A policy that lets the members of a group assume roles.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CloudFormationAssumeRole")]
pub(super) struct AssumeRoleView {
    /// The logical id.
    id: String,
    /// Whose roles these are, in words.
    comment: String,
    /// The policy's name.
    name: String,
    /// The logical id of the group.
    group: String,
    /// The statements.
    statements: Vec<StatementView>,
}

pub(super) fn hub_view(plan: &Plan, hub: &HubPlan, part: &HubPart) -> HubView {
    // The first says nothing of the others, and none says how many there are: another one changes none of them.
    let of_several = match part.number {
        0 => String::new(),
        number => format!(" Part {}.", number + 1),
    };
    let mut view = HubView {
        notice: notice(plan),
        description: format!(
            "{}: access for {} in the hub account {}.{of_several}",
            plan.name,
            plan.products.join(", "),
            hub.account
        ),
        users: Vec::new(),
        groups: Vec::new(),
        managed: Vec::new(),
        user_inline: Vec::new(),
        assume_role: Vec::new(),
    };
    for resource in plan.resources(&Unit::HubStack(part.clone())) {
        view.add(plan, &resource);
    }
    view
}

impl HubView {
    fn add(&mut self, plan: &Plan, resource: &Resource<'_>) {
        let id = logical_id(resource);
        match &resource.kind {
            ResourceKind::User(user) => self.users.push(UserView {
                id,
                name: user.user.name.to_string(),
                path: user.user.path.to_string(),
                groups: user.joined().map(|group| holder_id(&group)).collect(),
                permissions_boundary_yaml: user
                    .user
                    .permissions_boundary
                    .iter()
                    .map(|arn| yaml::template(arn.text()))
                    .collect(),
                tags: literal_tags(user.tags),
            }),
            ResourceKind::Group(group) => self.groups.push(GroupView {
                id,
                markers: markers(plan, "AWS::IAM::Group", &group.group.inherent),
                name: group.group.name.to_string(),
                path: group.group.path.to_string(),
                attached: Vec::new(),
            }),
            ResourceKind::InlinePolicy(holder, policy) => match policy.source.permissions() {
                Some(permissions) => self
                    .user_inline
                    .push(policy_view(plan, permissions).in_user(holder_id(holder))),
                None => self.assume_role.push(AssumeRoleView {
                    id,
                    comment: match policy.source.assumed() {
                        [one] => plan.targets[*one].name.clone(),
                        _ => "The roles of the targets".to_owned(),
                    },
                    name: policy.name.to_string(),
                    group: holder_id(holder),
                    statements: statement_views(policy.document),
                }),
            },
            ResourceKind::ManagedPolicy(policy) => {
                let permissions = policy.source.permissions();
                self.managed
                    .extend(permissions.map(|permissions| policy_view(plan, permissions)));
            }
            ResourceKind::AwsAttachment(_, policy) => {
                let mut groups = self.groups.iter_mut();
                if let Some(group) = groups.find(|group| group.id == id) {
                    group.attached.push(attached_view(policy));
                }
            }
            ResourceKind::Attachment(holder, _) => {
                // Each comes right behind its policy.
                if let Some(policy) = self.managed.last_mut() {
                    policy.attach_to(holder_id(holder));
                }
            }
            // A template tells the groups in the user; the hub has no role.
            ResourceKind::Membership(_)
            | ResourceKind::Role(_)
            | ResourceKind::InstanceProfile(_)
            | ResourceKind::OidcProvider(_) => {}
        }
    }
}
