//! Where each file goes.

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{AccountId, TemplateFormat};
use crate::plan::{HubPart, Plan, RolePlan, TargetPlan, Unit};

/// The root module or the template of a unit.
pub fn unit_path(plan: &Plan, unit: &Unit) -> Utf8PathBuf {
    let format = plan.cloudformation.unwrap_or_default();
    match unit {
        Unit::HubRoot => hub_dir(),
        Unit::TargetRoot(target) => target_dir(&plan.targets[*target].account),
        Unit::OneRoot => one_root_dir(),
        Unit::StackSetRoot => stack_set_dir(),
        Unit::HubStack(part) => hub_template_path(part, format),
        Unit::TargetStack(target) => template_path(&plan.roles[plan.targets[*target].role], format),
        Unit::StackSetStack => stack_set_path(format),
        Unit::AdministrationRole => administration_role_path(format),
        Unit::ExecutionRole(_) => execution_role_path(format),
    }
}

/// The Terraform module of a role.
pub fn module_dir(role: &RolePlan) -> Utf8PathBuf {
    format!("{MODULES}/target-role{}", suffix(role)).into()
}

/// The folder of the modules that others call.
const MODULES: &str = "terraform/modules";

/// Whether a folder is that of a module which others call, and which is no root module.
pub fn is_role_module(folder: &Utf8Path) -> bool {
    folder.parent() == Some(Utf8Path::new(MODULES))
}

/// The Terraform root module of the hub.
pub fn hub_dir() -> Utf8PathBuf {
    "terraform/hub".into()
}

/// The import blocks of a root module.
pub fn imports_path(root: &Utf8Path) -> Utf8PathBuf {
    root.join("imports.tf")
}

/// The list of resources that a stack takes over: that of the hub's account, or of a target by its key.
pub fn import_path(key: &str) -> Utf8PathBuf {
    format!("cloudformation/import/{key}.json").into()
}

/// The template of the stack that takes them over.
pub fn import_template_path(key: &str) -> Utf8PathBuf {
    format!("cloudformation/import/{key}.template.json").into()
}

/// The Terraform root module of a target.
pub fn target_dir(account: &AccountId) -> Utf8PathBuf {
    format!("terraform/targets/{account}").into()
}

/// The Terraform root module of the hub and all targets.
pub fn one_root_dir() -> Utf8PathBuf {
    "terraform/root".into()
}

/// The Terraform root module with the stack sets.
pub fn stack_set_dir() -> Utf8PathBuf {
    "terraform/stack-set".into()
}

/// The template that a stack set of Terraform deploys.
pub fn stack_set_body_path(role: &RolePlan) -> Utf8PathBuf {
    stack_set_dir().join(format!("target{}.yaml", suffix(role)))
}

/// The CloudFormation template with the stack sets.
pub fn stack_set_path(format: TemplateFormat) -> Utf8PathBuf {
    format!("cloudformation/stack-set.{}", extension(format)).into()
}

/// The template of the role that CloudFormation works as in the stack sets' account.
pub fn administration_role_path(format: TemplateFormat) -> Utf8PathBuf {
    let extension = extension(format);
    format!("cloudformation/stack-set-administration-role.{extension}").into()
}

/// The template of the role that it works as in each target.
pub fn execution_role_path(format: TemplateFormat) -> Utf8PathBuf {
    let extension = extension(format);
    format!("cloudformation/stack-set-execution-role.{extension}").into()
}

/// The CloudFormation template of a part of the hub.
pub fn hub_template_path(part: &HubPart, format: TemplateFormat) -> Utf8PathBuf {
    let number = match part.number {
        0 => String::new(),
        number => format!("-{}", number + 1),
    };
    format!("cloudformation/hub{number}.{}", extension(format)).into()
}

/// The CloudFormation template of a role.
pub fn template_path(role: &RolePlan, format: TemplateFormat) -> Utf8PathBuf {
    format!(
        "cloudformation/target{}.{}",
        suffix(role),
        extension(format)
    )
    .into()
}

/// The parameter file of a target. Its folder tells which template it is for: nothing in the file can.
pub fn parameters_path(role: &RolePlan, target: &TargetPlan) -> Utf8PathBuf {
    format!(
        "cloudformation/parameters{}/{}.json",
        suffix(role),
        target.account
    )
    .into()
}

/// The name, without its extension, of the template that the parameter files of a folder are for. Nothing for folders
/// that hold other files.
pub fn template_of(folder: &str) -> Option<String> {
    let suffix = folder.strip_prefix("parameters")?;
    (suffix.is_empty() || suffix.starts_with('-')).then(|| format!("target{suffix}"))
}

fn extension(format: TemplateFormat) -> &'static str {
    match format {
        TemplateFormat::Yaml => "yaml",
        TemplateFormat::Json => "json",
    }
}

fn suffix(role: &RolePlan) -> String {
    match &role.part {
        None => String::new(),
        Some(part) => format!("-{part}"),
    }
}
