//! Terraform: what each template prints. Fields that end in `_hcl` are HCL expressions already.

use schemars::JsonSchema;
use serde::Serialize;

use super::address::{
    aws_policy_label, call_label, number_key, policy_comment, policy_description, policy_label,
    provider_label, target_label,
};
use super::scanners::{MarkersView, markers};
use super::{hcl, module_dir, notice};
use crate::model::{
    AwsPolicy, Conditions, IdentityKind, Own, PolicyDocument, Statement, Tags, TerraformShape,
    Text, TrustStatement, by_kind,
};
use crate::plan::{Holder, NamedPolicy, Plan, RolePlan, TargetPlan};

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
    /// The managed policies of AWS's own that are attached to the role.
    attached: Vec<AttachedView>,
    /// Whether instances of EC2 work with the role, by an instance profile.
    instance_profile: bool,
    /// The OIDC providers that are made with the role.
    identity_providers: Vec<IdentityProviderView>,
}

/// A managed policy of AWS's own, attached.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformAttached")]
pub(super) struct AttachedView {
    /// The Terraform label of the attachment.
    label: String,
    /// The number of the hub's group; empty in a role.
    group: String,
    /// Its ARN.
    arn: String,
    /// Which version it has, and since when.
    dated: String,
}

pub(super) fn attached_view(plan: &Plan, policy: &AwsPolicy, holder: &Holder<'_>) -> AttachedView {
    AttachedView {
        label: aws_policy_label(policy, holder),
        group: match holder.kind {
            IdentityKind::Role => String::new(),
            IdentityKind::Group | IdentityKind::User => number_key(holder.number),
        },
        arn: policy.arn().anywhere(plan.partition),
        dated: policy.dated(),
    }
}

/// An OIDC provider.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformIdentityProvider")]
pub(super) struct IdentityProviderView {
    /// The Terraform label of its resource.
    label: String,
    /// The URL of the issuer.
    url: String,
    /// Whom its tokens may be for.
    audiences: Vec<String>,
}

/// A statement of a trust policy.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformTrustStatement")]
pub(super) struct TrustStatementView {
    /// Whom it lets assume the role, by the kind of principal.
    principals: Vec<PrincipalsView>,
    /// Who that is in words; none, or one.
    origin: Vec<String>,
    /// `Allow`, or `Deny` where nobody is to assume the role yet.
    effect: String,
    /// How the role is assumed, and what may be passed on the way.
    actions: Vec<String>,
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
    /// What it is attached to in the hub; none in a role.
    attachments: Vec<AttachmentView>,
    /// The policy's name. A managed policy of a role has the role's name before it.
    name: String,
    /// What it is for, in a sentence.
    comment: String,
    /// Its description, if it is a managed policy.
    description: String,
    /// The statements.
    statements: Vec<StatementView>,
}

/// An attachment to a group of the hub.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformAttachment")]
pub(super) struct AttachmentView {
    /// The Terraform label of its resource.
    pub(super) label: String,
    /// The group's number.
    pub(super) group: String,
}

impl PolicyView {
    /// The same, as a policy in a user of the hub.
    pub(super) fn in_user(self, user: String) -> Self {
        Self { user, ..self }
    }

    /// Attaches it to a group of the hub.
    pub(super) fn attach(&mut self, attachment: AttachmentView) {
        self.attachments.push(attachment);
    }
}

/// A statement of a policy.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformStatement")]
pub(super) struct StatementView {
    /// Where its actions come from, or why they are denied, a line each.
    origin: Vec<String>,
    /// The statement's id.
    sid: String,
    /// `Allow` or `Deny`.
    effect: String,
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
    /// The account's name.
    pub(super) name: String,
    /// The module calls, each for a role.
    pub(super) calls: Vec<TargetView>,
    /// The account id.
    pub(super) account: String,
    /// The Region that the provider works in.
    pub(super) region: &'static str,
    /// The versions of Terraform.
    pub(super) required_version: &'static str,
    /// The versions of the AWS provider.
    pub(super) provider_version: &'static str,
}

/// A target: the arguments of its module call.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TerraformTarget")]
pub(super) struct TargetView {
    /// The target's name.
    name: String,
    /// The label of the module call.
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
    /// The maximum session duration, in seconds.
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
        products: role.products.join(", "),
        trust_comment: trust_comment(role),
        trust: trust_views(&role.trust.statements, &in_module),
        trusts_user: role.trust.names(Own::TrustedUser),
        external_id: role.trust.names(Own::ExternalId),
        bounded: role.bounded,
        uses_account: role.names_account(),
        inline,
        managed,
        attached: role
            .attached
            .iter()
            .map(|policy| attached_view(plan, policy, &Holder::ROLE))
            .collect(),
        instance_profile: role.has_instance_profile(),
        identity_providers: role
            .providers
            .iter()
            .map(|provider| IdentityProviderView {
                label: provider_label(provider),
                url: provider.url(),
                audiences: provider.audiences.iter().cloned().collect(),
            })
            .collect(),
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
        origin: statement.origin.iter().cloned().collect(),
        effect: statement.effect.to_string(),
        actions: statement.actions.iter().map(ToString::to_string).collect(),
        conditions: condition_views(&statement.conditions, text),
    };
    statements.iter().map(view).collect()
}

/// Why the trust policy looks as it does, for the reader of the file.
pub(super) fn trust_comment(role: &RolePlan) -> String {
    match role.trust.has_condition_on(Own::TrustedUser) {
        true => "The hub account is trusted, narrowed to one user by its ARN: that survives recreating the user.".to_owned(),
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
    let (label, to_modules) = match plan.terraform_shape {
        TerraformShape::SingleRoot | TerraformShape::Tofu => (target_label(plan, target), "../"),
        TerraformShape::Roots | TerraformShape::Stackset => (call_label(plan, target), "../../"),
    };
    TargetView {
        name: target.name.clone(),
        label,
        alias: format!("account_{}", target.account),
        account_id: target.account.to_string(),
        entered_by_hcl: literal(&plan.entry_role_arn(target)),
        module: format!("{to_modules}{}", module(role)),
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

pub(super) fn policy_view(policy: &NamedPolicy, text: &dyn Fn(&Text) -> String) -> PolicyView {
    PolicyView {
        label: policy_label(policy),
        user: String::new(),
        attachments: Vec::new(),
        name: policy.name.to_string(),
        comment: policy_comment(policy),
        description: policy_description(policy),
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
            effect: statement.effect.to_string(),
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
