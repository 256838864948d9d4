//! Terraform: what the templates of the hub print. Fields that end in `_hcl` are HCL expressions already.

use schemars::JsonSchema;
use serde::Serialize;

use super::address::{attachment_label, number_key};
use super::scanners::{MarkersView, markers};
use super::terraform_view::{
    AttachedView, AttachmentView, PolicyView, TagView, attached_view, policy_view, tag_views,
};
use super::{hcl, notice};
use crate::model::{AssumeRoleGranularity, Text};
use crate::plan::{HubPlan, Plan, Resource, ResourceKind, Source};

/// What the hub's root module makes.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformHub")]
pub(super) struct HubView {
    /// The first lines of the file, to be written as comments.
    notice: Vec<String>,
    /// What is inherent in the users.
    user_markers: MarkersView,
    /// What is inherent in the groups.
    group_markers: MarkersView,
    /// The users that the product signs in as.
    users: Vec<UserView>,
    /// The groups.
    groups: Vec<GroupView>,
    /// The path of all groups.
    group_path: String,
    /// The roles that the groups' members may assume, by group.
    targets: Vec<GroupTargetsView>,
    /// Whether each role has an inline policy of its own in its group.
    policy_per_role: bool,
    /// Whether one inline policy of each group lists the roles.
    role_list: bool,
    /// What the product may do in the hub account, as managed policies.
    managed: Vec<PolicyView>,
    /// The same, as inline policies of the users. One of the two lists is empty.
    user_inline: Vec<PolicyView>,
    /// The managed policies of AWS's own that are attached to the groups.
    attached: Vec<AttachedView>,
    /// Tags, by key.
    tags: Vec<TagView>,
    /// Whether anything is made that takes tags.
    uses_tags: bool,
}

/// A user of the hub.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformUser")]
pub(super) struct UserView {
    /// Its number among the users, from 1. It is the key of its resources, so that another name changes them in place.
    number: String,
    /// The name.
    name: String,
    /// The ARN, as an expression. Terraform would tell the old one after a rename, until the next apply.
    arn_hcl: String,
    /// The path, with a slash at both ends.
    path: String,
    /// Numbers of the groups that the user is in.
    groups: Vec<String>,
    /// The ARN of the permissions boundary, as an expression; none, or one.
    permissions_boundary_hcl: Vec<String>,
}

/// A group of the hub.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformGroup")]
pub(super) struct GroupView {
    /// Its number among the groups, from 1. It is the key of its resources, so that another name changes them in place.
    number: String,
    /// The name.
    name: String,
}

/// The roles that the members of a group may assume.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformGroupTargets")]
pub(super) struct GroupTargetsView {
    /// The group's number.
    group: String,
    /// The targets whose roles these are.
    targets: Vec<HubTargetView>,
}

/// A target as the hub knows it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformHubTarget")]
pub(super) struct HubTargetView {
    /// The account id.
    account: String,
    /// The target's name.
    name: String,
    /// The ARN of its role, as an expression.
    role_arn_hcl: String,
}

pub(super) fn hub_view(plan: &Plan, hub: &HubPlan) -> HubView {
    let literal = |text: &Text| hcl::template(text, plan.partition, hcl::Account::Id(&hub.account));
    let mut view = HubView {
        notice: notice(plan),
        user_markers: MarkersView::default(),
        group_markers: MarkersView::default(),
        users: Vec::new(),
        groups: Vec::new(),
        group_path: String::new(),
        targets: Vec::new(),
        policy_per_role: false,
        role_list: false,
        managed: Vec::new(),
        user_inline: Vec::new(),
        attached: Vec::new(),
        tags: tag_views(&hub.tags),
        uses_tags: false,
    };
    for resource in plan.hub_resources() {
        view.add(plan, &resource, &literal);
    }
    view.uses_tags = !view.users.is_empty() || !view.managed.is_empty();
    view
}

impl HubView {
    fn add(&mut self, plan: &Plan, resource: &Resource<'_>, literal: &dyn Fn(&Text) -> String) {
        match &resource.kind {
            ResourceKind::User(user) => {
                if self.users.is_empty() {
                    self.user_markers = markers(plan, "aws_iam_user", &user.user.inherent);
                }
                let holder = user.holder();
                self.users.push(UserView {
                    number: number_key(user.number),
                    name: holder.name.to_owned(),
                    arn_hcl: hcl::string(&holder.arn(resource.site)),
                    path: holder.path.to_owned(),
                    groups: user
                        .joined()
                        .map(|group| number_key(group.number))
                        .collect(),
                    permissions_boundary_hcl: user
                        .user
                        .permissions_boundary
                        .iter()
                        .map(|arn| literal(arn.text()))
                        .collect(),
                });
            }
            ResourceKind::Group(group) => {
                if self.groups.is_empty() {
                    self.group_markers = markers(plan, "aws_iam_group", &group.group.inherent);
                    self.group_path = group.group.path.to_string();
                }
                self.groups.push(GroupView {
                    number: number_key(group.number),
                    name: group.group.name.to_string(),
                });
            }
            ResourceKind::InlinePolicy(holder, policy) => match policy.source {
                Source::AssumeRole(policy, granularity) => {
                    self.policy_per_role = granularity == AssumeRoleGranularity::PolicyPerRole;
                    self.role_list = granularity == AssumeRoleGranularity::RoleList;
                    let targets = policy.targets.iter().map(|&target| {
                        let target = &plan.targets[target];
                        HubTargetView {
                            account: target.key.clone(),
                            name: target.name.clone(),
                            role_arn_hcl: literal(&target.role_arn()),
                        }
                    });
                    let group = number_key(holder.number);
                    match self.targets.last_mut().filter(|last| last.group == group) {
                        Some(last) => last.targets.extend(targets),
                        None => self.targets.push(GroupTargetsView {
                            group,
                            targets: targets.collect(),
                        }),
                    }
                }
                Source::Hub(policy) => self
                    .user_inline
                    .push(policy_view(policy, literal).in_user(number_key(holder.number))),
                Source::Role(..) | Source::Service => {}
            },
            ResourceKind::ManagedPolicy(policy) => {
                let permissions = policy.source.permissions();
                self.managed
                    .extend(permissions.map(|policy| policy_view(policy, literal)));
            }
            ResourceKind::AwsAttachment(holder, policy) => {
                self.attached.push(attached_view(plan, policy, holder));
            }
            ResourceKind::Attachment(holder, policy) => {
                // Each comes right behind its policy.
                let policy = policy.source.permissions().zip(self.managed.last_mut());
                if let Some((policy, view)) = policy {
                    view.attach(AttachmentView {
                        label: attachment_label(policy, holder),
                        group: number_key(holder.number),
                    });
                }
            }
            // The files tell a membership in the user; the hub has no role.
            ResourceKind::Membership(_)
            | ResourceKind::Role(_)
            | ResourceKind::InstanceProfile(_)
            | ResourceKind::OidcProvider(_) => {}
        }
    }
}
