//! Read-back: rendered text as grants again.
//!
//! Nothing here knows a template. The HCL is evaluated and the CloudFormation resolved as their own tools would, and
//! anything that is not understood is an error, so that nothing can be granted unseen. What comes out must equal what
//! the plan says, principal by principal, in each format.

mod cloudformation;
mod declares;
mod folder;
mod intrinsic;
mod module;
mod policy;
mod principal;
mod terraform;

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

pub use cloudformation::{Stack, read_stack};
pub use declares::declares;
pub use folder::{Read, read_folder};
pub use policy::{read_policy, read_trust_policy};
pub use terraform::read_root;

use crate::cfn;
use crate::model::Access;
use crate::plan::{self, Plan, RolePlan, TargetPlan};
use crate::render::{FileSet, module_dir, parameters_path, target_dir, template_path};

/// Why rendered text is not what the plan says.
#[derive(Debug, thiserror::Error)]
pub enum ReadbackError {
    /// Text that grants something else.
    #[error("the rendered {format} grants something else than the plan:\n  {}", .lines.join("\n  "))]
    Differs {
        /// Terraform or CloudFormation.
        format: &'static str,
        /// The differences: `-` is planned only, `+` is rendered only.
        lines: Vec<String>,
    },
    /// Text that is not understood.
    #[error("{place}: {what}")]
    NotUnderstood {
        /// The file, and the block or resource in it.
        place: String,
        /// What is not understood.
        what: String,
    },
}

impl ReadbackError {
    pub(crate) fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::NotUnderstood {
            place: place.into(),
            what: what.into(),
        }
    }
}

/// Reads every format of a file set back and compares it with the plan.
///
/// # Errors
///
/// When a format grants anything else than the plan, or is not understood.
pub fn verify(plan: &Plan, files: &FileSet) -> Result<(), ReadbackError> {
    refuse_unplanned(plan, files)?;
    let planned = plan::access(plan);
    for (format, read) in [
        (
            "Terraform",
            plan.terraform.then(|| terraform_access(plan, files)),
        ),
        (
            "CloudFormation",
            plan.cloudformation
                .map(|_| cloudformation_access(plan, files)),
        ),
    ] {
        let Some(read) = read else { continue };
        let lines = planned.differences(&read?);
        if !lines.is_empty() {
            return Err(ReadbackError::Differs { format, lines });
        }
    }
    Ok(())
}

/// A file that the plan does not have would be applied or deployed all the same.
fn refuse_unplanned(plan: &Plan, files: &FileSet) -> Result<(), ReadbackError> {
    let mut folders = BTreeSet::new();
    let mut planned = BTreeSet::new();
    if plan.terraform {
        folders.extend(plan.hub.iter().map(|_| Utf8PathBuf::from("terraform/hub")));
        folders.extend(plan.roles.iter().map(module_dir));
        folders.extend(
            plan.targets
                .iter()
                .map(|target| target_dir(&target.account)),
        );
    }
    if let Some(format) = plan.cloudformation {
        planned.extend(plan.hub.iter().map(|_| template_path(None, format)));
        planned.extend(
            plan.roles
                .iter()
                .map(|role| template_path(Some(role), format)),
        );
        let parameters = |target: &TargetPlan| parameters_path(&plan.roles[target.role], target);
        planned.extend(plan.targets.iter().map(parameters));
    }
    for path in files.keys() {
        let module_file = path.extension() == Some("tf")
            && path.parent().is_some_and(|folder| folders.contains(folder));
        if !module_file && !planned.contains(path) {
            return Err(ReadbackError::new(
                path.as_str(),
                "this file is not in the plan",
            ));
        }
    }
    Ok(())
}

/// Who deploys a template without its parameter file gets the defaults, so they are the plan's too.
fn check_defaults(
    place: &str,
    role: &RolePlan,
    template: &serde_json::Value,
) -> Result<(), ReadbackError> {
    for parameter in &role.parameters {
        let declared = &template["Parameters"][&parameter.name]["Default"];
        let declared = match declared {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        if declared != parameter.default {
            let what = format!(
                "the default of the parameter {} is not the plan's",
                parameter.name
            );
            return Err(ReadbackError::new(place, what));
        }
    }
    Ok(())
}

/// What all root modules of a file set grant.
///
/// # Errors
///
/// When anything in them is not understood.
pub fn terraform_access(plan: &Plan, files: &FileSet) -> Result<Access, ReadbackError> {
    let mut access = Access::default();
    if plan.hub.is_some() {
        read_root(files, "terraform/hub".into(), &mut access)?;
    }
    for target in &plan.targets {
        read_root(files, &target_dir(&target.account), &mut access)?;
    }
    Ok(access)
}

/// What all stacks of a file set grant, each template deployed with the parameters of its file.
///
/// # Errors
///
/// When anything in them is not understood.
pub fn cloudformation_access(plan: &Plan, files: &FileSet) -> Result<Access, ReadbackError> {
    let mut access = Access::default();
    let Some(format) = plan.cloudformation else {
        return Ok(access);
    };
    let mut templates = BTreeMap::new();
    let mut template = |path: camino::Utf8PathBuf| {
        let text = file(files, path.as_str())?;
        if !templates.contains_key(&path) {
            let parsed = match path.extension() {
                Some("json") => serde_json::from_str(text).map_err(|error| error.to_string()),
                _ => cfn::parse_yaml(text),
            };
            templates.insert(
                path.clone(),
                parsed.map_err(|what| ReadbackError::new(path.as_str(), what))?,
            );
        }
        Ok::<_, ReadbackError>(templates[&path].clone())
    };
    if let Some(hub) = &plan.hub {
        let path = template_path(None, format);
        let stack = Stack {
            template: &template(path.clone())?,
            partition: plan.partition,
            account: &hub.account,
            parameters: BTreeMap::new(),
        };
        read_stack(path.as_str(), &stack, &mut access)?;
    }
    for target in &plan.targets {
        let role = &plan.roles[target.role];
        let path = template_path(Some(role), format);
        let parameters = parameters_path(role, target);
        let stack = Stack {
            template: &template(path.clone())?,
            partition: plan.partition,
            account: &target.account,
            parameters: cloudformation::read_parameters(
                parameters.as_str(),
                file(files, parameters.as_str())?,
            )?,
        };
        check_defaults(path.as_str(), role, stack.template)?;
        read_stack(path.as_str(), &stack, &mut access)?;
    }
    Ok(access)
}

fn file<'a>(files: &'a FileSet, path: &str) -> Result<&'a str, ReadbackError> {
    files
        .get(camino::Utf8Path::new(path))
        .map(String::as_str)
        .ok_or_else(|| ReadbackError::new(path, "the file was not rendered"))
}
