//! Terraform: what each template prints. Fields that end in `_hcl` are HCL expressions already.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::Utf8Path;
use serde::Serialize;

use super::address::{policy_label, target_label};
use super::engine::Engine;
use super::{
    FileSet, RenderError, hcl, hub_dir, in_parts, module_dir, notice, one_root, stack_set,
    target_dir,
};
use crate::model::{
    AccountId, Conditions, PolicyDocument, Statement, Tags, Text, TrustedUser, USER_CONDITION,
};
use crate::plan::{
    AssumeRoleGranularity, HubPermissions, HubPlan, NamedPolicy, Plan, RolePlan, TargetPlan,
    TerraformShape, Unit,
};

/// Versions that the rendered HCL works with: import and moved blocks need 1.5; the IAM resources are the same in
/// the AWS provider's majors 5 and 6.
pub(super) const REQUIRED_VERSION: &str = ">= 1.5.0";
const PROVIDER_VERSION: &str = ">= 5.0.0, < 7.0.0";

/// Renders the modules that the plan's shape takes: those of the hub, of the roles, of the targets.
pub(super) fn render(plan: &Plan, engine: &Engine, files: &mut FileSet) -> Result<(), RenderError> {
    let parts = in_parts(plan, |units| {
        let mut files = FileSet::new();
        let called = render_units(plan, units, engine, &mut files)?;
        Ok((files, called))
    })?;
    let mut called = BTreeSet::new();
    for (part, roles) in parts {
        files.extend(part);
        called.extend(roles);
    }
    let mut modules = Modules::new(plan, engine, files);
    for role in called {
        modules.add_role(&plan.roles[role])?;
    }
    Ok(())
}

/// Renders the root modules among units, and tells which roles they call.
fn render_units(
    plan: &Plan,
    units: &[Unit],
    engine: &Engine,
    files: &mut FileSet,
) -> Result<BTreeSet<usize>, RenderError> {
    let mut modules = Modules::new(plan, engine, files);
    let mut called = BTreeSet::new();
    for unit in units {
        match unit {
            Unit::HubRoot => {
                if let Some(hub) = &plan.hub {
                    modules.add_root(&hub_dir(), &hub.account)?;
                    modules.add_hub(&hub_dir(), hub)?;
                }
            }
            Unit::TargetRoot(target) => {
                modules.add_target(&plan.targets[*target])?;
                called.insert(plan.targets[*target].role);
            }
            Unit::OneRoot => {
                one_root::render(&mut modules)?;
                called.extend(0..plan.roles.len());
            }
            Unit::StackSetRoot => stack_set::render_root(&mut modules)?,
            _ => {}
        }
    }
    Ok(called)
}

/// The modules so far.
pub(super) struct Modules<'a> {
    engine: &'a Engine,
    pub(super) plan: &'a Plan,
    pub(super) files: &'a mut FileSet,
    /// Texts that many root modules have, by template.
    alike: BTreeMap<&'static str, Arc<str>>,
}

impl<'a> Modules<'a> {
    fn new(plan: &'a Plan, engine: &'a Engine, files: &'a mut FileSet) -> Self {
        Self {
            engine,
            plan,
            files,
            alike: BTreeMap::new(),
        }
    }

    /// The resources of the hub.
    pub(super) fn add_hub(&mut self, dir: &Utf8Path, hub: &HubPlan) -> Result<(), RenderError> {
        let view = hub_view(self.plan, hub);
        for file in ["locals.tf", "main.tf", "outputs.tf"] {
            self.add(dir, file, &format!("terraform/hub/{file}"), &view)?;
        }
        Ok(())
    }

    /// The module of a role.
    fn add_role(&mut self, role: &RolePlan) -> Result<(), RenderError> {
        let dir = module_dir(role);
        self.add_versions(&dir, REQUIRED_VERSION)?;
        let view = role_view(self.plan, role);
        for file in ["main.tf", "outputs.tf", "variables.tf"] {
            self.add(&dir, file, &format!("terraform/module/{file}"), &view)?;
        }
        Ok(())
    }

    /// The root module of a target.
    fn add_target(&mut self, target: &TargetPlan) -> Result<(), RenderError> {
        let dir = target_dir(&target.account);
        self.add_root(&dir, &target.account)?;
        let view = TargetRootView {
            notice: notice(self.plan),
            target: target_view(self.plan, target),
        };
        self.add(&dir, "main.tf", "terraform/target/main.tf", &view)?;
        self.add_alike(&dir, "outputs.tf", "terraform/target/outputs.tf", &view)
    }

    pub(super) fn add(
        &mut self,
        dir: &Utf8Path,
        file: &str,
        template: &str,
        view: &impl Serialize,
    ) -> Result<(), RenderError> {
        let text = self.engine.render(template, view)?;
        self.files.insert(dir.join(file), hcl::align(&text));
        Ok(())
    }

    /// Adds a file that is the same in all modules of the plan.
    fn add_alike(
        &mut self,
        dir: &Utf8Path,
        file: &str,
        template: &'static str,
        view: &impl Serialize,
    ) -> Result<(), RenderError> {
        if let Some(text) = self.alike.get(template) {
            self.files.insert(dir.join(file), Arc::clone(text));
            return Ok(());
        }
        let text: Arc<str> = hcl::align(&self.engine.render(template, view)?).into();
        self.alike.insert(template, Arc::clone(&text));
        self.files.insert(dir.join(file), text);
        Ok(())
    }

    /// The versions that a module works with.
    pub(super) fn add_versions(
        &mut self,
        dir: &Utf8Path,
        required_version: &'static str,
    ) -> Result<(), RenderError> {
        let view = VersionsView {
            notice: notice(self.plan),
            required_version,
            provider_version: PROVIDER_VERSION,
        };
        self.add(dir, "terraform.tf", "terraform/shared/terraform.tf", &view)
    }

    /// The files that the root module of a hub or a target has.
    fn add_root(&mut self, dir: &Utf8Path, account: &AccountId) -> Result<(), RenderError> {
        self.add_provider(dir, account)?;
        let view = RegionView {
            notice: notice(self.plan),
            region: self.plan.partition.iam_region(),
        };
        self.add_alike(dir, "variables.tf", "terraform/shared/variables.tf", &view)
    }

    /// The provider of a root module for one account.
    pub(super) fn add_provider(
        &mut self,
        dir: &Utf8Path,
        account: &AccountId,
    ) -> Result<(), RenderError> {
        let view = ProviderView {
            notice: notice(self.plan),
            account: account.to_string(),
        };
        let versions = VersionsView {
            notice: notice(self.plan),
            required_version: REQUIRED_VERSION,
            provider_version: PROVIDER_VERSION,
        };
        let template = "terraform/shared/terraform.tf";
        self.add_alike(dir, "terraform.tf", template, &versions)?;
        self.add(dir, "providers.tf", "terraform/shared/providers.tf", &view)
    }
}

/// What every module has.
#[derive(Serialize)]
struct VersionsView {
    notice: Vec<String>,
    required_version: &'static str,
    provider_version: &'static str,
}

/// What the root module of one account has besides.
#[derive(Serialize)]
struct ProviderView {
    notice: Vec<String>,
    account: String,
}

#[derive(Serialize)]
struct RegionView {
    notice: Vec<String>,
    region: &'static str,
}

#[derive(Serialize)]
struct HubView {
    notice: Vec<String>,
    users: Vec<UserView>,
    groups: Vec<String>,
    group_path: String,
    targets: Vec<GroupTargetsView>,
    policy_per_role: bool,
    role_list: bool,
    managed: Vec<PolicyView>,
    user_inline: Vec<PolicyView>,
    tags: Vec<TagView>,
    uses_tags: bool,
}

#[derive(Serialize)]
struct UserView {
    name: String,
    path: String,
    groups: Vec<String>,
    /// None, or one.
    permissions_boundary_hcl: Vec<String>,
}

/// The roles that the members of a group may assume.
#[derive(Serialize)]
struct GroupTargetsView {
    group_hcl: String,
    targets: Vec<HubTargetView>,
}

#[derive(Serialize)]
struct HubTargetView {
    account: String,
    name: String,
    role_arn_hcl: String,
}

#[derive(Serialize)]
pub(super) struct TagView {
    key_hcl: String,
    value: String,
}

#[derive(Serialize)]
struct RoleView {
    notice: Vec<String>,
    products: String,
    trust_comment: String,
    principals_hcl: Vec<String>,
    /// The condition on the trusted user, its operator and key; none, or one.
    user_condition: Vec<(String, String)>,
    trusts_user: bool,
    external_id: bool,
    bounded: bool,
    uses_account: bool,
    inline: Vec<PolicyView>,
    managed: Vec<PolicyView>,
}

#[derive(Serialize)]
struct PolicyView {
    label: String,
    /// The hub's user whose it is, and that user's first group; empty in a role.
    user: String,
    group: String,
    name: String,
    title: String,
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
struct TargetRootView {
    notice: Vec<String>,
    target: TargetView,
}

/// A target: the arguments of its module call.
#[derive(Serialize)]
pub(super) struct TargetView {
    name: String,
    /// The call's label, and the alias of its provider configuration, where there are several in one root module.
    label: String,
    alias: String,
    account_id: String,
    /// The role by which the account is entered from one root module.
    entered_by_hcl: String,
    module: String,
    /// None, or one.
    account: Vec<String>,
    role_name: String,
    role_path: String,
    max_session: u32,
    /// None, or one: an expression, or `null` where other targets have a boundary and this one has not.
    permissions_boundary_hcl: Vec<String>,
    /// None, or one.
    external_id: Vec<String>,
    /// None, or one.
    trusted_user_hcl: Vec<String>,
    tags: Vec<TagView>,
}

fn hub_view(plan: &Plan, hub: &HubPlan) -> HubView {
    let literal = |text: &Text| hcl::template(text, plan.partition, hcl::Account::Id(&hub.account));
    let mut by_group: BTreeMap<usize, Vec<HubTargetView>> = BTreeMap::new();
    for policy in &hub.assume_role {
        let targets = policy.targets.iter().map(|&target| {
            let target = &plan.targets[target];
            HubTargetView {
                account: target.account.to_string(),
                name: target.name.clone(),
                role_arn_hcl: literal(&target.role_arn()),
            }
        });
        by_group.entry(policy.group).or_default().extend(targets);
    }
    let targets: Vec<GroupTargetsView> = by_group
        .into_iter()
        .map(|(group, targets)| GroupTargetsView {
            group_hcl: hcl::key(hub.groups[group].name.as_str()),
            targets,
        })
        .collect();
    let mut permissions = policy_views(&hub.permissions, &literal);
    for (view, policy) in permissions.iter_mut().zip(&hub.permissions) {
        view.group = hub.groups[hub.first_group(policy.user)].name.to_string();
        let user = hub.users.get(policy.user);
        view.user = user.map(|user| user.name.to_string()).unwrap_or_default();
    }
    let (managed, user_inline) = match hub.placement {
        HubPermissions::Managed => (permissions, Vec::new()),
        HubPermissions::UserInline => (Vec::new(), permissions),
    };
    let users: Vec<UserView> = hub
        .users
        .iter()
        .map(|user| UserView {
            name: user.name.to_string(),
            path: user.path.to_string(),
            groups: hub.groups[user.groups.clone()]
                .iter()
                .map(|group| group.name.to_string())
                .collect(),
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
    let in_module =
        |text: &Text| hcl::template(text, plan.partition, hcl::Account::Variable("account_id"));
    let permissions = policy_views(&role.permissions, &in_module);
    let (inline, managed) = match role.managed {
        true => (Vec::new(), permissions),
        false => (permissions, Vec::new()),
    };
    let by_id = (role.trust.user == Some(TrustedUser::Principal))
        .then(|| "var.trusted_user_arn".to_owned());
    RoleView {
        notice: notice(plan),
        products: plan.products.join(", "),
        trust_comment: trust_comment(role),
        principals_hcl: role
            .trust
            .principals
            .iter()
            .map(&in_module)
            .chain(by_id)
            .collect(),
        user_condition: (role.trust.user == Some(TrustedUser::Condition))
            .then(|| (USER_CONDITION.0.to_owned(), hcl::key(USER_CONDITION.1)))
            .into_iter()
            .collect(),
        trusts_user: role.trust.user.is_some(),
        external_id: role.trust.external_id,
        bounded: role.bounded,
        uses_account: role.names_account(),
        inline,
        managed,
    }
}

/// Why the trust policy looks as it does, for the reader of the file.
pub(super) fn trust_comment(role: &RolePlan) -> String {
    match role.trust.user {
        Some(TrustedUser::Condition) => "The hub account is trusted, narrowed to one user by its ARN: that survives a user made anew.".to_owned(),
        Some(TrustedUser::Principal) | None => "Whom the role trusts.".to_owned(),
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
            .filter(|_| role.trust.user.is_some())
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

fn policy_views(policies: &[NamedPolicy], text: &dyn Fn(&Text) -> String) -> Vec<PolicyView> {
    policies
        .iter()
        .map(|policy| PolicyView {
            label: policy_label(policy),
            user: String::new(),
            group: String::new(),
            name: policy.name.to_string(),
            title: policy.title.clone(),
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

pub(super) fn tag_views(tags: &Tags) -> Vec<TagView> {
    tags.iter()
        .map(|(key, value)| TagView {
            key_hcl: hcl::key(key.as_str()),
            value: value.as_str().to_owned(),
        })
        .collect()
}
