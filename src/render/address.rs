//! What the rendered files call each resource: Terraform addresses and logical ids of CloudFormation. Whoever names a
//! resource from outside the files asks here.

use camino::Utf8PathBuf;

use super::{hcl, hub_dir, one_root_dir, target_dir};
use crate::model::{AssumeRoleGranularity, AwsPolicy, IdentityKind, OidcProvider, TerraformShape};
use crate::plan::{
    AssumeRolePolicy, Contents, Holder, NamedPolicy, Plan, Policy, Resource, ResourceKind,
    RolePlan, Source, TargetPlan, pascal,
};

/// The Terraform address of a resource in its root module. `call` is the address of the module call that makes a target's
/// role.
pub fn terraform(plan: &Plan, resource: &Resource<'_>, call: &str) -> String {
    let label = |policy: &Policy<'_>| {
        let permissions = policy.source.permissions();
        permissions.map_or_else(String::new, policy_label)
    };
    let holders = |holder: &Holder<'_>| match holder.kind {
        IdentityKind::User => "aws_iam_user",
        IdentityKind::Group => "aws_iam_group",
        IdentityKind::Role => "aws_iam_role",
    };
    let numbered = |kind: &str, label: &str, number| hub_instance(kind, label, &number_key(number));
    let address = match &resource.kind {
        ResourceKind::User(user) => numbered("aws_iam_user", "product", user.number),
        ResourceKind::Membership(user) => {
            numbered("aws_iam_user_group_membership", "product", user.number)
        }
        ResourceKind::Group(group) => numbered("aws_iam_group", "access", group.number),
        ResourceKind::Role(_) => "aws_iam_role.access".to_owned(),
        ResourceKind::InlinePolicy(holder, policy) => {
            let kind = format!("{}_policy", holders(holder));
            match (policy.source, policy.source.assumed()) {
                (Source::AssumeRole(_, AssumeRoleGranularity::PolicyPerRole), [target]) => {
                    hub_instance(&kind, "assume_role", &plan.targets[*target].key)
                }
                (Source::AssumeRole(policy, _), _) => numbered(&kind, "assume_roles", policy.group),
                _ => format!("{kind}.{}", label(policy)),
            }
        }
        ResourceKind::ManagedPolicy(policy) => format!("aws_iam_policy.{}", label(policy)),
        ResourceKind::Attachment(holder, policy) => {
            let permissions = policy.source.permissions();
            let label = permissions.map_or_else(String::new, |one| attachment_label(one, holder));
            format!("{}_policy_attachment.{label}", holders(holder))
        }
        ResourceKind::AwsAttachment(holder, policy) => {
            let label = aws_policy_label(policy, holder);
            format!("{}_policy_attachment.{label}", holders(holder))
        }
        ResourceKind::InstanceProfile(_) => "aws_iam_instance_profile.access".to_owned(),
        ResourceKind::OidcProvider(provider) => {
            let label = provider_label(provider);
            format!("aws_iam_openid_connect_provider.{label}")
        }
    };
    match call {
        "" => address,
        call => format!("{call}.{address}"),
    }
}

/// The logical id of a resource in its template. An attachment and a membership are properties of others.
pub fn logical_id(resource: &Resource<'_>) -> String {
    match &resource.kind {
        ResourceKind::User(user) | ResourceKind::Membership(user) => holder_id(&user.holder()),
        ResourceKind::Group(group) => holder_id(&group.holder()),
        ResourceKind::Role(role) => holder_id(&role.holder()),
        ResourceKind::AwsAttachment(holder, _) => holder_id(holder),
        ResourceKind::InstanceProfile(_) => "InstanceProfile".to_owned(),
        ResourceKind::OidcProvider(provider) => provider_id(provider),
        ResourceKind::InlinePolicy(_, policy)
        | ResourceKind::ManagedPolicy(policy)
        | ResourceKind::Attachment(_, policy) => match policy.source {
            Source::AssumeRole(policy, granularity) => assume_role_id(granularity, policy),
            Source::Hub(policy) | Source::Role(_, _, policy) => policy_id(policy),
            Source::Service => ROLE_ID.to_owned(),
        },
    }
}

/// The Terraform label of a policy: letters, digits and underscores.
pub(super) fn policy_label(policy: &NamedPolicy) -> String {
    let label = match policy.part.as_str() {
        "" => policy.contents.name().to_owned(),
        part => format!("{}_{part}", policy.contents.name()),
    };
    let label = match policy.user {
        0 => label,
        user => format!("{label}_user_{}", user + 1),
    };
    label.replace('-', "_")
}

/// The Terraform label of an attachment. Of several groups that no user is in, the first has the policy's own.
pub(super) fn attachment_label(policy: &NamedPolicy, holder: &Holder<'_>) -> String {
    let label = policy_label(policy);
    match (policy.user, holder.number) {
        (0, number) if number > 0 => format!("{label}_group_{}", number + 1),
        _ => label,
    }
}

/// The Terraform label of the attachment of a managed policy of AWS: its name, which no product has, since theirs are in lower
/// case. In the hub, a further user has it by another group.
pub(super) fn aws_policy_label(policy: &AwsPolicy, holder: &Holder<'_>) -> String {
    let name = policy.name();
    match (holder.kind, holder.number) {
        (IdentityKind::Role, _) | (_, 0) => name.to_owned(),
        (_, group) => format!("{name}_group_{}", number_key(group)),
    }
}

/// The Terraform label of an OIDC provider, after its issuer: letters, digits, underscores and hyphens, and a letter first.
pub(super) fn provider_label(provider: &OidcProvider) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    format!("oidc_{}", provider.issuer.replace(|c| !fits(c), "_"))
}

/// The logical id of an OIDC provider.
pub(super) fn provider_id(provider: &OidcProvider) -> String {
    format!("OidcProvider{}", pascal(&provider.issuer))
}

/// The Terraform address of a resource of the hub's root module: one of several, by its key.
fn hub_instance(kind: &str, label: &str, key: &str) -> String {
    format!("{kind}.{label}[{}]", hcl::string(key))
}

/// The key of a user or group of the hub, by its number from 0. Not its name: Terraform takes another key for another
/// resource, and would delete a user with its access keys where IAM can rename it.
pub(super) fn number_key(number: usize) -> String {
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
    let own_root = || {
        let call = format!("module.{}", call_label(plan, target));
        (target_dir(&target.account), call)
    };
    match plan.terraform_shape {
        TerraformShape::Roots => Some(own_root()),
        TerraformShape::SingleRoot => Some((
            one_root_dir(),
            format!("module.{}", target_label(plan, target)),
        )),
        TerraformShape::Tofu => {
            let label = role_label(&plan.roles[target.role]);
            let account = hcl::string(target.account.as_str());
            Some((one_root_dir(), format!("module.{label}[{account}]")))
        }
        TerraformShape::Stackset => plan.is_beside_stack_sets(number).then(own_root),
    }
}

/// The label of a target's module call in the root module of its account.
pub(super) fn call_label(plan: &Plan, target: &TargetPlan) -> String {
    let name = plan.roles[target.role].name.as_deref();
    name.map_or_else(|| "role".to_owned(), |name| name.replace('-', "_"))
}

/// The label of a target's module call in one root module.
pub(super) fn target_label(plan: &Plan, target: &TargetPlan) -> String {
    match &plan.roles[target.role].name {
        None => format!("target_{}", target.account),
        Some(_) => format!("target_{}_{}", target.account, call_label(plan, target)),
    }
}

/// The label of what one root module makes for all targets of a role.
pub(super) fn role_label(role: &RolePlan) -> String {
    match &role.part {
        None => "target_role".to_owned(),
        Some(part) => format!("target_role_{}", part.replace('-', "_")),
    }
}

/// The logical id of a principal.
pub(super) fn holder_id(holder: &Holder<'_>) -> String {
    match holder.kind {
        IdentityKind::User => suffixed("User", holder.number),
        IdentityKind::Group => suffixed("Group", holder.number),
        IdentityKind::Role => ROLE_ID.to_owned(),
    }
}

/// The logical id of a policy that lets the hub's users assume roles.
fn assume_role_id(granularity: AssumeRoleGranularity, policy: &AssumeRolePolicy) -> String {
    match granularity {
        AssumeRoleGranularity::PolicyPerRole => pascal(policy.name.as_str()),
        AssumeRoleGranularity::RoleList => suffixed("AssumeRoles", policy.group),
    }
}

/// The logical id of a policy with a product's permissions or with denials.
pub(super) fn policy_id(policy: &NamedPolicy) -> String {
    let what = match policy.contents {
        Contents::Product { .. } => "Permissions",
        Contents::Fence => "",
    };
    let (whose, part) = (pascal(policy.contents.name()), pascal(&policy.part));
    let id = format!("{whose}{what}{part}");
    match policy.user {
        0 => id,
        user => format!("{id}User{}", user + 1),
    }
}

/// The description of a managed policy. IAM never changes it, so that another one means another policy.
pub fn policy_description(policy: &NamedPolicy) -> String {
    match &policy.contents {
        Contents::Product { id, .. } => format!("{id}: what the product may do in this account"),
        Contents::Fence => {
            let name = policy.contents.name();
            format!("{name}: what is denied in this account, whatever else allows it")
        }
    }
}

/// What a policy is for, in a sentence for the reader of the file.
pub(super) fn policy_comment(policy: &NamedPolicy) -> String {
    match &policy.contents {
        Contents::Product { title, .. } => format!("What {title} may do in this account."),
        Contents::Fence => "What is denied in this account, whatever else allows it.".to_owned(),
    }
}

/// The description of a target's role.
pub fn role_description(products: &[String]) -> String {
    format!("Access for {}", products.join(", "))
}

/// The logical id of a target's role.
const ROLE_ID: &str = "Role";

/// A name for the first of several, and with numbers from 2 for the others.
fn suffixed(name: &str, index: usize) -> String {
    match index {
        0 => name.to_owned(),
        _ => format!("{name}{}", index + 1),
    }
}
