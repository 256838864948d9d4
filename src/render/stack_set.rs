//! Stack sets, and the roles that CloudFormation works as, in both formats.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::address::role_label;
use super::cloudformation_view::{
    PolicyView, TrustStatementView, role_text, service_policy, trust_views,
};
use super::engine::Engine;
use super::modules::Modules;
use super::scanners::{MarkersView, markers};
use super::{
    FileSet, RenderError, administration_role_path, execution_role_path, hcl, json, notice,
    stack_set_body_path, stack_set_dir, stack_set_path, template_path, yaml,
};
use crate::model::{StackSetPermissions, TemplateFormat, Text};
use crate::plan::{Plan, RolePlan, ServiceRole, StackSetPlan, StackSets};

/// The part of a rollout that may fail before it stops, and that is done at once, in percent. CloudFormation's own choice is
/// one account after the other, which takes days for thousands.
const TOLERANCE: u32 = 10;
const CONCURRENCY: u32 = 10;

/// The stack sets of a deployment.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StackSets")]
pub(super) struct StackSetsView {
    /// The first lines of the file, to be written as comments.
    notice: Vec<String>,
    /// What they are for, in words.
    description: String,
    /// The stack sets.
    sets: Vec<StackSetView>,
    /// For Terraform: the stack sets by role, each with its variants.
    groups: Vec<StackSetGroupView>,
    /// Whether AWS Organizations gives CloudFormation its roles.
    service_managed: bool,
    /// `SERVICE_MANAGED` or `SELF_MANAGED`.
    permission_model: &'static str,
    /// `DELEGATED_ADMIN` where another account than the organization's management account has the stack sets, else `SELF`.
    call_as: &'static str,
    /// Whether accounts that join a unit get a stack by themselves.
    auto_deployment: bool,
    /// Whether an account that leaves a unit keeps its stack.
    retain: bool,
    /// The organizational units that the stacks are in.
    units: Vec<String>,
    /// The Region of the stacks.
    region: String,
    /// The ARN of the role that CloudFormation works as in this account, as an HCL expression; none, or one.
    administration_role_hcl: Vec<String>,
    /// The same, as YAML; none, or one.
    administration_role_yaml: Vec<String>,
    /// The name of the role that CloudFormation works as in each target; none, or one.
    execution_role: Vec<String>,
    /// The part of a rollout that may fail before it stops, in percent.
    tolerance: u32,
    /// The part of a rollout that is done at once, in percent.
    concurrency: u32,
    /// Tags, by key.
    tags: Vec<TagView>,
}

/// A stack set.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StackSet")]
pub(super) struct StackSetView {
    /// The logical id.
    id: String,
    /// The Terraform label.
    label: String,
    /// The name.
    name: String,
    /// The description.
    description: String,
    /// The file with the template, which stands beside.
    body: String,
    /// The template itself; empty for Terraform, which reads the file.
    template: String,
    /// The parameters with the values that all stacks have.
    parameters: Vec<ParameterView>,
    /// For CloudFormation: accounts by what their stacks have of their own.
    instances: Vec<InstancesView>,
    /// For Terraform: the same, account by account.
    stacks: Vec<StackView>,
}

/// The stack sets of one role: an account is in one of them.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StackSetGroup")]
pub(super) struct StackSetGroupView {
    /// The label of the stacks.
    label: String,
    /// The label of what their stacks have of their own.
    own: String,
    /// The labels of the stack sets.
    sets: Vec<String>,
}

/// Accounts whose stacks have the same of their own.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StackSetInstances")]
pub(super) struct InstancesView {
    /// The account ids.
    accounts: Vec<String>,
    /// The parameters that are other than the stack set's.
    overrides: Vec<ParameterView>,
}

/// The stack of an account.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StackSetStack")]
pub(super) struct StackView {
    /// The account id.
    account: String,
    /// The parameters that are other than the stack set's.
    overrides: Vec<ParameterView>,
}

/// A parameter with its value.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StackSetParameter")]
pub(super) struct ParameterView {
    /// The name.
    key: String,
    /// The value.
    value: String,
}

/// A tag.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StackSetTag")]
pub(super) struct TagView {
    /// The key.
    key: String,
    /// The key, as an HCL object key.
    key_hcl: String,
    /// The value.
    value: String,
}

/// A role that CloudFormation works as.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StackSetServiceRole")]
pub(super) struct ServiceRoleView {
    /// The first lines of the file, to be written as comments.
    notice: Vec<String>,
    /// What is inherent in the role.
    markers: MarkersView,
    /// The template's description.
    description: String,
    /// The role's name.
    role_name: String,
    /// The role's description.
    role_description: String,
    /// Who may assume the role.
    trust: Vec<TrustStatementView>,
    /// What the role may do.
    inline: Vec<PolicyView>,
}

/// Renders Terraform's root module with the stack sets, and their templates beside.
pub(super) fn render_root(modules: &mut Modules<'_>) -> Result<(), RenderError> {
    let plan = modules.plan;
    let Some(sets) = &plan.stack_sets else {
        return Ok(());
    };
    let dir = stack_set_dir();
    for set in &sets.sets {
        let role = &plan.roles[set.role];
        let text = role_text(plan, role, modules.engine)?;
        modules.files.insert(stack_set_body_path(role), text);
    }
    modules.add_provider(&dir, &sets.account)?;
    let view = view(plan, sets, |set| {
        stack_set_body_path(&plan.roles[set.role])
            .file_name()
            .unwrap_or_default()
            .to_owned()
    });
    for file in ["main.tf", "outputs.tf", "variables.tf"] {
        modules.add(&dir, file, &format!("terraform/stack-set/{file}"), &view)?;
    }
    Ok(())
}

/// Renders CloudFormation's template with the stack sets.
pub(super) fn render_template(
    plan: &Plan,
    engine: &Engine<'_>,
    format: TemplateFormat,
    files: &mut FileSet,
) -> Result<(), RenderError> {
    let Some(sets) = &plan.stack_sets else {
        return Ok(());
    };
    let mut view = view(plan, sets, |set| {
        template_path(&plan.roles[set.role], format)
            .file_name()
            .unwrap_or_default()
            .to_owned()
    });
    for (view, set) in view.sets.iter_mut().zip(&sets.sets) {
        let path = template_path(&plan.roles[set.role], format);
        files
            .get(&path)
            .unwrap_or_default()
            .clone_into(&mut view.template);
    }
    let name = "cloudformation/stack-set.yaml";
    let text = engine.render(name, &view)?;
    let text = in_format(plan, engine, format, name, text)?;
    files.insert(stack_set_path(format), text);
    Ok(())
}

/// Renders the templates of the roles that CloudFormation works as, if they are yours to make.
pub(super) fn render_service_roles(
    plan: &Plan,
    engine: &Engine<'_>,
    format: TemplateFormat,
    files: &mut FileSet,
) -> Result<(), RenderError> {
    let Some(sets) = &plan.stack_sets else {
        return Ok(());
    };
    let name = "cloudformation/stack-set-role.yaml";
    for (role, path, place) in [
        (
            &sets.administration_role,
            administration_role_path(format),
            "the account of the stack sets",
        ),
        (
            &sets.execution_role,
            execution_role_path(format),
            "each target account",
        ),
    ] {
        let Some(role) = role else { continue };
        let text = engine.render(name, &service_role_view(plan, role, place))?;
        files.insert(path, in_format(plan, engine, format, name, text)?);
    }
    Ok(())
}

/// A template in the syntax that the deployment asks for.
pub(super) fn in_format(
    plan: &Plan,
    engine: &Engine<'_>,
    format: TemplateFormat,
    template: &str,
    text: String,
) -> Result<String, RenderError> {
    match format {
        TemplateFormat::Yaml => Ok(text),
        TemplateFormat::Json => {
            json::from_yaml(&text, &notice(plan)).map_err(|message| engine.fault(template, message))
        }
    }
}

fn view(plan: &Plan, sets: &StackSets, body: impl Fn(&StackSetPlan) -> String) -> StackSetsView {
    let mut view = StackSetsView {
        notice: notice(plan),
        description: format!(
            "{}: the roles of {} in the target accounts, as stack sets of account {}.",
            plan.name,
            plan.products.join(", "),
            sets.account
        ),
        sets: sets
            .sets
            .iter()
            .map(|set| stack_set_view(plan, set, body(set)))
            .collect(),
        groups: groups(plan, sets),
        service_managed: false,
        permission_model: "SELF_MANAGED",
        call_as: "SELF",
        auto_deployment: false,
        retain: false,
        units: Vec::new(),
        region: sets.region.clone(),
        administration_role_hcl: Vec::new(),
        administration_role_yaml: Vec::new(),
        execution_role: Vec::new(),
        tolerance: TOLERANCE,
        concurrency: CONCURRENCY,
        tags: set_tags(plan),
    };
    match &sets.permissions {
        StackSetPermissions::ServiceManaged {
            units,
            delegated,
            auto_deployment,
            retain,
            ..
        } => {
            view.service_managed = true;
            view.permission_model = "SERVICE_MANAGED";
            view.call_as = if *delegated {
                "DELEGATED_ADMIN"
            } else {
                "SELF"
            };
            view.auto_deployment = *auto_deployment;
            view.retain = *retain;
            view.units = units.iter().map(ToString::to_string).collect();
        }
        StackSetPermissions::SelfManaged {
            administration_role,
            execution_role,
        } => {
            let arn = Text::iam_arn(&sets.account, "role", "/", administration_role.as_str());
            let account = hcl::Account::Id(&sets.account);
            view.administration_role_hcl
                .push(hcl::template(&arn, plan.partition, account));
            view.administration_role_yaml.push(yaml::template(&arn));
            view.execution_role.push(execution_role.to_string());
        }
    }
    view
}

fn groups(plan: &Plan, sets: &StackSets) -> Vec<StackSetGroupView> {
    let mut groups: BTreeMap<usize, StackSetGroupView> = BTreeMap::new();
    for role in sets.sets.iter().map(|set| &plan.roles[set.role]) {
        let group = groups.entry(role.of).or_insert_with(|| StackSetGroupView {
            label: role_group_label(role),
            own: match role.name {
                None => "own".to_owned(),
                Some(_) => format!("{}_own", role_group_label(role)),
            },
            sets: Vec::new(),
        });
        group.sets.push(role_label(role));
    }
    groups.into_values().collect()
}

/// The label of the stacks of a role and its variants.
fn role_group_label(role: &RolePlan) -> String {
    let name = role.name.as_deref();
    name.map_or_else(|| "target".to_owned(), |name| name.replace('-', "_"))
}

fn stack_set_view(plan: &Plan, set: &StackSetPlan, body: String) -> StackSetView {
    let account = |target: usize| plan.targets[target].account.to_string();
    let mut stacks: Vec<StackView> = Vec::new();
    for instances in &set.instances {
        stacks.extend(instances.targets.iter().map(|&target| StackView {
            account: account(target),
            overrides: parameters(&instances.overrides),
        }));
    }
    stacks.sort_by(|a, b| a.account.cmp(&b.account));
    let role = &plan.roles[set.role];
    let variant = role.variant.as_ref().map_or_else(String::new, |variant| {
        format!(" Targets of the variant {variant}.")
    });
    StackSetView {
        id: set.logical_id(plan),
        label: role_label(role),
        name: set.name.clone(),
        description: format!(
            "The role of {} in each target account.{variant}",
            role.products.join(", ")
        ),
        body,
        template: String::new(),
        parameters: parameters(&set.parameters),
        instances: set
            .instances
            .iter()
            .map(|instances| InstancesView {
                accounts: instances.targets.iter().copied().map(account).collect(),
                overrides: parameters(&instances.overrides),
            })
            .collect(),
        stacks,
    }
}

fn parameters(parameters: &BTreeMap<String, String>) -> Vec<ParameterView> {
    parameters
        .iter()
        .map(|(key, value)| ParameterView {
            key: key.clone(),
            value: value.clone(),
        })
        .collect()
}

fn set_tags(plan: &Plan) -> Vec<TagView> {
    plan.stack_set_tags()
        .map(|(key, value)| TagView {
            key_hcl: hcl::key(&key),
            key,
            value,
        })
        .collect()
}

fn service_role_view(plan: &Plan, role: &ServiceRole, place: &str) -> ServiceRoleView {
    ServiceRoleView {
        notice: notice(plan),
        markers: markers(plan, "AWS::IAM::Role", &role.inherent),
        description: format!(
            "{}: a role that CloudFormation works as, in {place}.",
            plan.name
        ),
        role_name: role.name.to_string(),
        role_description: role.description.clone(),
        trust: trust_views(&role.trust),
        inline: vec![service_policy(role.policy, &role.document)],
    }
}
