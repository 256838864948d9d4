//! What the rendered files call each resource: Terraform addresses and logical ids of CloudFormation. Whoever names a
//! resource from outside the files asks here.

use camino::Utf8PathBuf;

use super::{hcl, hub_dir, one_root_dir, target_dir};
use crate::plan::{
    AssumeRoleGranularity, AssumeRolePolicy, HubPlan, NamedPolicy, Plan, RolePlan, TargetPlan,
    TerraformShape, pascal,
};

/// The Terraform label of a policy: letters, digits and underscores.
pub fn policy_label(policy: &NamedPolicy) -> String {
    let label = match policy.part.as_str() {
        "" => policy.product.clone(),
        part => format!("{}_{part}", policy.product),
    };
    let label = match policy.user {
        0 => label,
        user => format!("{label}_user_{}", user + 1),
    };
    label.replace('-', "_")
}

/// The Terraform address of a resource of the hub's root module: one of several, by its key.
pub fn hub_instance(kind: &str, label: &str, key: &str) -> String {
    format!("{kind}.{label}[{}]", hcl::string(key))
}

/// The key of a user or group of the hub, by its number from 0. Not its name: Terraform takes another key for another
/// resource, and would delete a user with its access keys where IAM can rename it.
pub fn number_key(number: usize) -> String {
    (number + 1).to_string()
}

/// The root module that makes the hub's resources.
pub fn hub_root(plan: &Plan) -> Utf8PathBuf {
    match plan.terraform_shape {
        TerraformShape::Roots | TerraformShape::Stackset => hub_dir(),
        TerraformShape::SingleRoot | TerraformShape::Tofu => one_root_dir(),
    }
}

/// Where Terraform makes the role of a target, by its index in [`Plan::targets`]: the root module, and the address of the
/// call in it. Nothing where a stack set makes it.
pub fn role_call(plan: &Plan, number: usize) -> Option<(Utf8PathBuf, String)> {
    let target = &plan.targets[number];
    let own_root = || (target_dir(&target.account), "module.role".to_owned());
    match plan.terraform_shape {
        TerraformShape::Roots => Some(own_root()),
        TerraformShape::SingleRoot => {
            Some((one_root_dir(), format!("module.{}", target_label(target))))
        }
        TerraformShape::Tofu => {
            let label = role_label(&plan.roles[target.role]);
            let account = hcl::string(target.account.as_str());
            Some((one_root_dir(), format!("module.{label}[{account}]")))
        }
        TerraformShape::Stackset => plan.is_beside_stack_sets(number).then(own_root),
    }
}

/// The label of a target's module call in one root module.
pub fn target_label(target: &TargetPlan) -> String {
    format!("target_{}", target.account)
}

/// The label of what one root module makes for all targets of a role.
pub fn role_label(role: &RolePlan) -> String {
    match &role.variant {
        None => "target_role".to_owned(),
        Some(variant) => format!("target_role_{}", variant.replace('-', "_")),
    }
}

/// The logical id of a user of the hub, by its number from 0.
pub fn user_id(number: usize) -> String {
    numbered("User", number)
}

/// The logical id of a group of the hub, by its number from 0.
pub fn group_id(number: usize) -> String {
    numbered("Group", number)
}

/// The logical id of a policy that lets the hub's users assume roles.
pub fn assume_role_id(hub: &HubPlan, policy: &AssumeRolePolicy) -> String {
    match hub.granularity {
        AssumeRoleGranularity::PolicyPerRole => pascal(policy.name.as_str()),
        AssumeRoleGranularity::RoleList => numbered("AssumeRoles", policy.group),
    }
}

/// The logical id of a policy with a product's permissions.
pub fn policy_id(policy: &NamedPolicy) -> String {
    let id = format!(
        "{}Permissions{}",
        pascal(&policy.product),
        pascal(&policy.part)
    );
    match policy.user {
        0 => id,
        user => format!("{id}User{}", user + 1),
    }
}

/// The description of a managed policy. IAM never changes it, so that another one means another policy.
pub fn policy_description(policy: &NamedPolicy) -> String {
    format!(
        "{}: what the product may do in this account",
        policy.product
    )
}

/// The description of a target's role.
pub fn role_description(plan: &Plan) -> String {
    format!("Access for {}", plan.products.join(", "))
}

/// The logical id of a target's role.
pub const ROLE_ID: &str = "Role";

/// A name for the first of several, and with numbers from 2 for the others.
fn numbered(name: &str, index: usize) -> String {
    match index {
        0 => name.to_owned(),
        _ => format!("{name}{}", index + 1),
    }
}
