//! Terraform: one root module for the hub and all targets, each target entered by a role of its own.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::address::role_label;
use super::modules::{Modules, PROVIDER_VERSION, REQUIRED_VERSION};
use super::terraform_view::{TargetView, module, target_view};
use super::{RenderError, notice, one_root_dir};
use crate::model::{Own, TerraformShape};
use crate::plan::{Plan, RolePlan};

/// Provider configurations of OpenTofu have had a `for_each` since this version.
const TOFU_VERSION: &str = ">= 1.9.0";

/// One root module for the hub and all targets.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OneRoot")]
pub(super) struct OneRootView {
    /// The first lines of the file, to be written as comments.
    notice: Vec<String>,
    /// The Region that the providers work in.
    region: &'static str,
    /// The account id of the hub; none, or one.
    hub: Vec<String>,
    /// The targets, each with a provider and a module call of its own; none for OpenTofu.
    targets: Vec<TargetView>,
    /// The first role of each account, for the account's provider; none for OpenTofu.
    entered: Vec<TargetView>,
    /// For OpenTofu: the targets by role, with one provider for all.
    roles: Vec<RoleTargetsView>,
    /// Whether one provider configuration is for each of the targets.
    each_target: bool,
    /// Whether the roles trust a user by its id, who must be there first.
    needs_user: bool,
    /// The ARN of the role by which an account is entered, as an expression for the account `each.key`.
    each_entered_by_hcl: String,
}

/// The targets of one role.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OneRootRoleTargets")]
pub(super) struct RoleTargetsView {
    /// The label of the module call.
    label: String,
    /// The name of the local value that holds the targets.
    local: String,
    /// ` NAME`, ` of the variant NAME`, both, or empty.
    of_variant: String,
    /// The path of the role's module.
    module: String,
    /// The targets.
    targets: Vec<TargetView>,
    /// Whether the module wants the account id.
    uses_account: bool,
    /// Whether the module wants an external id.
    external_id: bool,
    /// Whether the module wants a permissions boundary.
    bounded: bool,
    /// Whether the module wants the trusted user.
    trusts_user: bool,
}

/// Renders the root module.
pub(super) fn render(modules: &mut Modules<'_>) -> Result<(), RenderError> {
    let plan = modules.plan;
    let dir = one_root_dir();
    let tofu = plan.terraform_shape == TerraformShape::Tofu;
    let view = view(plan, tofu);
    let required_version = if tofu { TOFU_VERSION } else { REQUIRED_VERSION };
    modules.add_versions(&dir, required_version, PROVIDER_VERSION)?;
    for file in ["providers.tf", "targets.tf", "variables.tf"] {
        modules.add(&dir, file, &format!("terraform/root/{file}"), &view)?;
    }
    match &plan.hub {
        Some(hub) => modules.add_hub(&dir, hub),
        None => Ok(()),
    }
}

fn view(plan: &Plan, tofu: bool) -> OneRootView {
    let of_role = |number: usize, role: &RolePlan| RoleTargetsView {
        label: role_label(role),
        local: format!("{}s", role_label(role)),
        of_variant: match (&role.name, &role.variant) {
            (None, None) => String::new(),
            (Some(name), None) => format!(" {name}"),
            (None, Some(variant)) => format!(" of the variant {variant}"),
            (Some(name), Some(variant)) => format!(" {name} of the variant {variant}"),
        },
        module: format!("../{}", module(role)),
        targets: plan
            .targets
            .iter()
            .filter(|target| target.role == number)
            .map(|target| target_view(plan, target))
            .collect(),
        uses_account: role.names_account(),
        external_id: role.trust.names(Own::ExternalId),
        bounded: role.bounded,
        trusts_user: role.trust.names(Own::TrustedUser),
    };
    let used: BTreeSet<usize> = plan.targets.iter().map(|target| target.role).collect();
    let roles = used
        .into_iter()
        .map(|role| of_role(role, &plan.roles[role]));
    let written_out = plan.targets.iter().map(|target| target_view(plan, target));
    let targets = plan.targets.iter().enumerate();
    let firsts = targets.filter(|(number, _)| plan.is_first(*number));
    let entered = firsts.map(|(_, target)| target_view(plan, target));
    OneRootView {
        notice: notice(plan),
        region: plan.partition.iam_region(),
        hub: plan.hub.iter().map(|hub| hub.account.to_string()).collect(),
        targets: written_out.filter(|_| !tofu).collect(),
        entered: entered.filter(|_| !tofu).collect(),
        roles: roles.filter(|_| tofu).collect(),
        needs_user: plan
            .roles
            .iter()
            .any(|role| role.trust.names_principal(Own::TrustedUser)),
        each_target: tofu && !plan.targets.is_empty(),
        each_entered_by_hcl: each_entered_by(plan),
    }
}

/// The ARN of the role by which an account is entered, for the account that `each.key` names.
fn each_entered_by(plan: &Plan) -> String {
    let (path, name) = &plan.entered_by;
    format!(
        "\"arn:{}:iam::${{each.key}}:role{path}{name}\"",
        plan.partition
    )
}
