//! Terraform: what each template prints. Fields that end in `_hcl` are HCL expressions already.

use serde::Serialize;

use super::engine::Engine;
use super::{FileSet, RenderError, hcl, module_dir, notice, target_dir};
use crate::model::{Conditions, PolicyDocument, Statement, Tags, Text};
use crate::plan::{HubPlan, NamedPolicy, Plan, RolePlan, TargetPlan};
use crate::resolve::{AssumeRoleGranularity, HubPermissions};

/// Versions that the rendered HCL works with: import and moved blocks need 1.5; the IAM resources are the same in
/// the AWS provider's majors 5 and 6.
const REQUIRED_VERSION: &str = ">= 1.5.0";
const PROVIDER_VERSION: &str = ">= 5.0.0, < 7.0.0";

/// Renders the hub's root module, the role modules and the targets' root modules.
pub(super) fn render(plan: &Plan, files: &mut FileSet) -> Result<(), RenderError> {
    let engine = Engine::hcl()?;
    let mut add = |path: camino::Utf8PathBuf, template: &str, view: &dyn ErasedView| {
        let text = view.render(&engine, template)?;
        files.insert(path, hcl::align(&text));
        Ok::<(), RenderError>(())
    };
    let frame = |account: &str| FrameView {
        notice: notice(plan),
        account: account.to_owned(),
        region: plan.partition.iam_region(),
        required_version: REQUIRED_VERSION,
        provider_version: PROVIDER_VERSION,
    };
    let mut root = |dir: &camino::Utf8Path,
                    account: &str,
                    add: &mut dyn FnMut(
        camino::Utf8PathBuf,
        &str,
        &dyn ErasedView,
    ) -> Result<(), RenderError>| {
        let frame = frame(account);
        add(
            dir.join("terraform.tf"),
            "terraform/shared/terraform.tf",
            &frame,
        )?;
        add(
            dir.join("providers.tf"),
            "terraform/shared/providers.tf",
            &frame,
        )?;
        add(
            dir.join("variables.tf"),
            "terraform/shared/variables.tf",
            &frame,
        )
    };
    if let Some(hub) = &plan.hub {
        let dir = camino::Utf8PathBuf::from("terraform/hub");
        root(&dir, hub.account.as_str(), &mut add)?;
        let view = hub_view(plan, hub);
        for file in ["locals.tf", "main.tf", "outputs.tf"] {
            add(dir.join(file), &format!("terraform/hub/{file}"), &view)?;
        }
    }
    for role in &plan.roles {
        let dir = module_dir(role);
        add(
            dir.join("terraform.tf"),
            "terraform/shared/terraform.tf",
            &frame(""),
        )?;
        let view = role_view(plan, role);
        for file in ["main.tf", "outputs.tf", "variables.tf"] {
            add(dir.join(file), &format!("terraform/module/{file}"), &view)?;
        }
    }
    for target in &plan.targets {
        let dir = target_dir(&target.account);
        root(&dir, target.account.as_str(), &mut add)?;
        let view = target_view(plan, target);
        for file in ["main.tf", "outputs.tf"] {
            add(dir.join(file), &format!("terraform/target/{file}"), &view)?;
        }
    }
    Ok(())
}

/// A view of any type; the engine's own method is generic.
trait ErasedView {
    fn render(&self, engine: &Engine, template: &str) -> Result<String, RenderError>;
}

impl<T: Serialize> ErasedView for T {
    fn render(&self, engine: &Engine, template: &str) -> Result<String, RenderError> {
        engine.render(template, self)
    }
}

/// What every module has.
#[derive(Serialize)]
struct FrameView {
    notice: Vec<String>,
    account: String,
    region: &'static str,
    required_version: &'static str,
    provider_version: &'static str,
}

#[derive(Serialize)]
struct HubView {
    notice: Vec<String>,
    users: Vec<UserView>,
    groups: Vec<String>,
    group_path: String,
    targets: Vec<HubTargetView>,
    policy_per_role: bool,
    role_list: bool,
    managed: Vec<PolicyView>,
    user_inline: Vec<PolicyView>,
    first_group: String,
    tags: Vec<TagView>,
    uses_tags: bool,
}

#[derive(Serialize)]
struct UserView {
    name: String,
    path: String,
    /// None, or one.
    permissions_boundary_hcl: Vec<String>,
}

#[derive(Serialize)]
struct HubTargetView {
    account: String,
    name: String,
    group: String,
    role_arn_hcl: String,
}

#[derive(Serialize)]
struct TagView {
    key: String,
    value: String,
}

#[derive(Serialize)]
struct RoleView {
    notice: Vec<String>,
    products: String,
    trust_comment: String,
    principals_hcl: Vec<String>,
    conditions: Vec<OperatorView>,
    external_id: bool,
    bounded: bool,
    policies: Vec<PolicyView>,
}

#[derive(Serialize)]
struct PolicyView {
    label: String,
    name: String,
    product: String,
    statements: Vec<StatementView>,
}

#[derive(Serialize)]
struct StatementView {
    origin: Vec<String>,
    sid: String,
    actions_hcl: Vec<String>,
    resources_hcl: Vec<String>,
    conditions: Vec<OperatorView>,
}

#[derive(Serialize)]
struct OperatorView {
    operator_hcl: String,
    keys: Vec<KeyView>,
}

#[derive(Serialize)]
struct KeyView {
    key_hcl: String,
    values_hcl: Vec<String>,
}

#[derive(Serialize)]
struct TargetView {
    notice: Vec<String>,
    name: String,
    module: String,
    account: String,
    role_name: String,
    role_path: String,
    max_session: u32,
    /// None, or one: an expression, or `null` where other targets have a boundary and this one has not.
    permissions_boundary_hcl: Vec<String>,
    /// None, or one.
    external_id: Vec<String>,
    tags: Vec<TagView>,
}

fn hub_view(plan: &Plan, hub: &HubPlan) -> HubView {
    let literal = |text: &Text| hcl::template(text, plan.partition, hub.account.as_str());
    let mut targets = Vec::new();
    for policy in &hub.assume_role {
        for &target in &policy.targets {
            let target = &plan.targets[target];
            targets.push(HubTargetView {
                account: target.account.to_string(),
                name: target.name.clone(),
                group: hub.groups[policy.group].name.to_string(),
                role_arn_hcl: literal(&target.role_arn()),
            });
        }
    }
    targets.sort_by(|a, b| a.account.cmp(&b.account));
    let permissions = policy_views(&hub.permissions, &literal);
    let (managed, user_inline) = match hub.placement {
        HubPermissions::Managed => (permissions, Vec::new()),
        HubPermissions::UserInline => (Vec::new(), permissions),
    };
    let users: Vec<UserView> = hub
        .user
        .iter()
        .map(|user| UserView {
            name: user.name.to_string(),
            path: user.path.to_string(),
            permissions_boundary_hcl: user
                .permissions_boundary
                .iter()
                .map(|arn| literal(arn.text()))
                .collect(),
        })
        .collect();
    HubView {
        notice: notice(plan),
        groups: hub
            .groups
            .iter()
            .map(|group| group.name.to_string())
            .collect(),
        group_path: hub.groups[0].path.to_string(),
        first_group: hub.groups[0].name.to_string(),
        policy_per_role: !targets.is_empty()
            && hub.granularity == AssumeRoleGranularity::PolicyPerRole,
        role_list: !targets.is_empty() && hub.granularity == AssumeRoleGranularity::RoleList,
        uses_tags: !users.is_empty() || !managed.is_empty(),
        users,
        targets,
        managed,
        user_inline,
        tags: tag_views(&hub.tags),
    }
}

fn role_view(plan: &Plan, role: &RolePlan) -> RoleView {
    let in_module = |text: &Text| hcl::template(text, plan.partition, "${var.account_id}");
    RoleView {
        notice: notice(plan),
        products: plan.products.join(", "),
        trust_comment: trust_comment(role),
        principals_hcl: role.trust.principals.iter().map(&in_module).collect(),
        conditions: condition_views(&role.trust.conditions, &in_module),
        external_id: role.trust.external_id,
        bounded: role.bounded,
        policies: policy_views(&role.permissions, &in_module),
    }
}

/// Why the trust policy looks as it does, for the reader of the file.
pub(super) fn trust_comment(role: &RolePlan) -> String {
    if role.trust.conditions.is_empty() {
        "Whom the role trusts.".to_owned()
    } else {
        "The hub account is trusted, narrowed to one user by its ARN: that survives a user made anew.".to_owned()
    }
}

fn target_view(plan: &Plan, target: &TargetPlan) -> TargetView {
    let role = &plan.roles[target.role];
    let boundary = target
        .permissions_boundary
        .as_ref()
        .map_or("null".to_owned(), |arn| {
            hcl::template(arn.text(), plan.partition, target.account.as_str())
        });
    TargetView {
        notice: notice(plan),
        name: target.name.clone(),
        module: format!(
            "../../modules/{}",
            module_dir(role).file_name().unwrap_or_default()
        ),
        account: target.account.to_string(),
        role_name: target.role_name.to_string(),
        role_path: target.role_path.to_string(),
        max_session: target.max_session.seconds(),
        permissions_boundary_hcl: role.bounded.then_some(boundary).into_iter().collect(),
        external_id: target
            .external_id
            .iter()
            .map(|id| id.as_str().to_owned())
            .collect(),
        tags: tag_views(&target.tags),
    }
}

fn policy_views(policies: &[NamedPolicy], text: &dyn Fn(&Text) -> String) -> Vec<PolicyView> {
    policies
        .iter()
        .map(|policy| PolicyView {
            label: policy.product.replace('-', "_"),
            name: policy.name.to_string(),
            product: policy.product.clone(),
            statements: statement_views(&policy.document, text),
        })
        .collect()
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

fn tag_views(tags: &Tags) -> Vec<TagView> {
    tags.iter()
        .map(|(key, value)| TagView {
            key: key.as_str().to_owned(),
            value: value.as_str().to_owned(),
        })
        .collect()
}
