//! Terraform: what each template prints. Fields that end in `_hcl` are HCL expressions already.

use schemars::JsonSchema;
use serde::Serialize;

use super::address::{number_key, policy_label, target_label};
use super::scanners::{MarkersView, markers};
use super::{hcl, module_dir, notice};
use crate::model::{
    Conditions, Own, PolicyDocument, Statement, Tags, Text, TrustStatement, by_kind,
};
use crate::plan::{
    AssumeRoleGranularity, HubPlan, NamedPolicy, Plan, Resource, ResourceKind, RolePlan, Source,
    TargetPlan, TerraformShape,
};

/// The versions that a module works with.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformVersions")]
pub(super) struct VersionsView {
    /// The first lines of the file, to be written as comments.
    pub(super) notice: Vec<String>,
    /// The versions of Terraform.
    pub(super) required_version: &'static str,
    /// The versions of the AWS provider.
    pub(super) provider_version: &'static str,
}

/// The account of a root module.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformProvider")]
pub(super) struct ProviderView {
    /// The first lines of the file, to be written as comments.
    pub(super) notice: Vec<String>,
    /// The account id.
    pub(super) account: String,
}

/// The Region of a root module.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformRegion")]
pub(super) struct RegionView {
    /// The first lines of the file, to be written as comments.
    pub(super) notice: Vec<String>,
    /// The Region that the provider works in.
    pub(super) region: &'static str,
}

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

/// A tag.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformTag")]
pub(super) struct TagView {
    /// The key, as an object key.
    key_hcl: String,
    /// The value.
    value: String,
}

/// What the module of a role makes.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformRole")]
pub(super) struct RoleView {
    /// The first lines of the file, to be written as comments.
    notice: Vec<String>,
    /// What is inherent in the role.
    markers: MarkersView,
    /// The products, with commas.
    products: String,
    /// Why the trust policy looks as it does.
    trust_comment: String,
    /// Who may assume the role.
    trust: Vec<TrustStatementView>,
    /// Whether the role trusts one user, who is the variable `trusted_user_arn`.
    trusts_user: bool,
    /// Whether the product sends an external id, which is the variable `external_id`.
    external_id: bool,
    /// Whether the role has a permissions boundary, which is the variable `permissions_boundary`.
    bounded: bool,
    /// Whether anything names the account, which is the variable `account_id`.
    uses_account: bool,
    /// What the role may do, as inline policies.
    inline: Vec<PolicyView>,
    /// The same, as managed policies. One of the two lists is empty.
    managed: Vec<PolicyView>,
}

/// A statement of a trust policy. Its effect is `Allow`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformTrustStatement")]
pub(super) struct TrustStatementView {
    /// Whom it lets assume the role, by the kind of principal.
    principals: Vec<PrincipalsView>,
    /// How the role is assumed.
    action: String,
    /// The conditions, by operator; none where there are no conditions.
    conditions: Vec<OperatorView>,
}

/// Principals of one kind.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformPrincipals")]
pub(super) struct PrincipalsView {
    /// `AWS`, `Federated` or `Service`.
    kind: &'static str,
    /// The principals, as expressions.
    values_hcl: Vec<String>,
}

/// A policy.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformPolicy")]
pub(super) struct PolicyView {
    /// The Terraform label of its resource.
    label: String,
    /// The number of the hub's user whose it is; empty in a role.
    user: String,
    /// The number of that user's first group; empty in a role.
    group: String,
    /// The policy's name. A managed policy of a role has the role's name before it.
    name: String,
    /// What it is for, in words.
    title: String,
    /// The product.
    product: String,
    /// The statements.
    statements: Vec<StatementView>,
}

/// A statement of a policy. Its effect is `Allow`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformStatement")]
pub(super) struct StatementView {
    /// Where its actions come from, a line each.
    origin: Vec<String>,
    /// The statement's id.
    sid: String,
    /// The actions, as expressions.
    actions_hcl: Vec<String>,
    /// The resources, as expressions.
    resources_hcl: Vec<String>,
    /// The conditions, by operator; none where there are no conditions.
    conditions: Vec<OperatorView>,
}

/// Conditions with one operator.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformOperator")]
pub(super) struct OperatorView {
    /// The operator, as an object key.
    operator_hcl: String,
    /// The condition keys.
    keys: Vec<KeyView>,
}

/// A condition key.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformKey")]
pub(super) struct KeyView {
    /// The key, as an object key.
    key_hcl: String,
    /// The values, as expressions.
    values_hcl: Vec<String>,
}

/// The root module of a target.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformTargetRoot")]
pub(super) struct TargetRootView {
    /// The first lines of the file, to be written as comments.
    pub(super) notice: Vec<String>,
    /// The target.
    pub(super) target: TargetView,
}

/// A target: the arguments of its module call.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformTarget")]
pub(super) struct TargetView {
    /// The target's name.
    name: String,
    /// The label of the module call, where there are several in one root module.
    label: String,
    /// The alias of its provider configuration, where there are several in one root module.
    alias: String,
    /// The account id.
    account_id: String,
    /// The ARN of the role by which the account is entered from one root module, as an expression.
    entered_by_hcl: String,
    /// The path of the role's module.
    module: String,
    /// The account id, where the module wants it; none, or one.
    account: Vec<String>,
    /// The role's name.
    role_name: String,
    /// The role's path, with a slash at both ends.
    role_path: String,
    /// The longest session, in seconds.
    max_session: u32,
    /// The permissions boundary, where the module wants one: an expression, or `null` where other targets have one and this one has not; none, or one.
    permissions_boundary_hcl: Vec<String>,
    /// The external id; none, or one.
    external_id: Vec<String>,
    /// The ARN of the user that may assume the role, as an expression; none, or one.
    trusted_user_hcl: Vec<String>,
    /// Tags, by key.
    tags: Vec<TagView>,
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
                            account: target.account.to_string(),
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
                Source::Hub(policy) => self.user_inline.push(PolicyView {
                    user: number_key(holder.number),
                    ..policy_view(policy, literal)
                }),
                Source::Role(..) | Source::Service => {}
            },
            ResourceKind::Attachment(holder, policy) => {
                let permissions = policy.source.permissions();
                self.managed.extend(permissions.map(|policy| PolicyView {
                    group: number_key(holder.number),
                    ..policy_view(policy, literal)
                }));
            }
            // The files tell a membership in the user and a policy with its attachment; the hub has no role.
            ResourceKind::Membership(_)
            | ResourceKind::ManagedPolicy(_)
            | ResourceKind::Role(_) => {}
        }
    }
}

pub(super) fn role_view(plan: &Plan, role: &RolePlan) -> RoleView {
    let in_module =
        |text: &Text| hcl::template(text, plan.partition, hcl::Account::Variable("account_id"));
    let permissions = role.permissions.iter();
    let permissions = permissions
        .map(|policy| policy_view(policy, &in_module))
        .collect();
    let (inline, managed) = match role.managed {
        true => (Vec::new(), permissions),
        false => (permissions, Vec::new()),
    };
    RoleView {
        notice: notice(plan),
        markers: markers(plan, "aws_iam_role", &role.inherent),
        products: plan.products.join(", "),
        trust_comment: trust_comment(role),
        trust: trust_views(&role.trust.statements, &in_module),
        trusts_user: role.trust.names(Own::TrustedUser),
        external_id: role.trust.names(Own::ExternalId),
        bounded: role.bounded,
        uses_account: role.names_account(),
        inline,
        managed,
    }
}

fn trust_views(
    statements: &[TrustStatement],
    text: &dyn Fn(&Text) -> String,
) -> Vec<TrustStatementView> {
    let view = |statement: &TrustStatement| TrustStatementView {
        principals: by_kind(&statement.principals)
            .into_iter()
            .map(|(kind, values)| PrincipalsView {
                kind,
                values_hcl: values.iter().map(text).collect(),
            })
            .collect(),
        action: statement.action.to_string(),
        conditions: condition_views(&statement.conditions, text),
    };
    statements.iter().map(view).collect()
}

/// Why the trust policy looks as it does, for the reader of the file.
pub(super) fn trust_comment(role: &RolePlan) -> String {
    match role.trust.has_condition_on(Own::TrustedUser) {
        true => "The hub account is trusted, narrowed to one user by its ARN: that survives a user made anew.".to_owned(),
        false => "Whom the role trusts.".to_owned(),
    }
}

pub(super) fn target_view(plan: &Plan, target: &TargetPlan) -> TargetView {
    let role = &plan.roles[target.role];
    let boundary = target
        .permissions_boundary
        .as_ref()
        .map_or("null".to_owned(), |arn| {
            hcl::template(
                arn.text(),
                plan.partition,
                hcl::Account::Id(&target.account),
            )
        });
    let literal =
        |text: &Text| hcl::template(text, plan.partition, hcl::Account::Id(&target.account));
    TargetView {
        name: target.name.clone(),
        label: target_label(target),
        alias: format!("account_{}", target.account),
        account_id: target.account.to_string(),
        entered_by_hcl: literal(&plan.entry_role_arn(target)),
        module: match plan.terraform_shape {
            TerraformShape::SingleRoot | TerraformShape::Tofu => format!("../{}", module(role)),
            TerraformShape::Roots | TerraformShape::Stackset => format!("../../{}", module(role)),
        },
        account: role
            .names_account()
            .then(|| target.account.to_string())
            .into_iter()
            .collect(),
        role_name: target.role_name.to_string(),
        role_path: target.role_path.to_string(),
        max_session: target.max_session.seconds(),
        permissions_boundary_hcl: role.bounded.then_some(boundary).into_iter().collect(),
        external_id: target
            .external_id
            .iter()
            .map(|id| id.as_str().to_owned())
            .collect(),
        trusted_user_hcl: target
            .trusted_user
            .iter()
            .filter(|_| role.trust.names(Own::TrustedUser))
            .map(|arn| hcl::template(arn, plan.partition, hcl::Account::Id(&target.account)))
            .collect(),
        tags: tag_views(&target.tags),
    }
}

/// The folder of a role's module, from the folder of all modules' parent.
pub(super) fn module(role: &RolePlan) -> String {
    let dir = module_dir(role);
    format!("modules/{}", dir.file_name().unwrap_or_default())
}

fn policy_view(policy: &NamedPolicy, text: &dyn Fn(&Text) -> String) -> PolicyView {
    PolicyView {
        label: policy_label(policy),
        user: String::new(),
        group: String::new(),
        name: policy.name.to_string(),
        title: policy.title.clone(),
        product: policy.product.clone(),
        statements: statement_views(&policy.document, text),
    }
}

fn statement_views(
    document: &PolicyDocument,
    text: &dyn Fn(&Text) -> String,
) -> Vec<StatementView> {
    document
        .statements
        .iter()
        .map(|statement: &Statement| StatementView {
            origin: statement.origin.clone(),
            sid: statement.sid.clone().unwrap_or_default(),
            actions_hcl: statement
                .actions
                .iter()
                .map(|action| hcl::string(action.as_str()))
                .collect(),
            resources_hcl: statement
                .resources
                .iter()
                .map(|arn| text(arn.text()))
                .collect(),
            conditions: condition_views(&statement.conditions, text),
        })
        .collect()
}

fn condition_views(conditions: &Conditions, text: &dyn Fn(&Text) -> String) -> Vec<OperatorView> {
    conditions
        .iter()
        .map(|(operator, keys)| OperatorView {
            operator_hcl: hcl::key(operator),
            keys: keys
                .iter()
                .map(|(key, values)| KeyView {
                    key_hcl: hcl::key(key),
                    values_hcl: values.iter().map(text).collect(),
                })
                .collect(),
        })
        .collect()
}

pub(super) fn tag_views(tags: &Tags) -> Vec<TagView> {
    tags.iter()
        .map(|(key, value)| TagView {
            key_hcl: hcl::key(key.as_str()),
            value: value.as_str().to_owned(),
        })
        .collect()
}
