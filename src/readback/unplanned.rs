//! Refuses rendered files that the plan does not have.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::ReadbackError;
use super::declares::declares;
use super::file_kind::{changes_others, is_module_file};
use crate::model::FileSet;
use crate::plan::{Plan, RolePlan, Unit};
use crate::render::{
    Custom, module_dir, parameters_path, stack_set_body_path, template_path, unit_path,
};

/// A file that the plan does not have would be applied or deployed all the same.
pub(super) fn refuse_unplanned(
    plan: &Plan,
    files: &FileSet,
    custom: &Custom,
) -> Result<(), ReadbackError> {
    let format = plan.cloudformation.unwrap_or_default();
    // Paths are compared by their bytes: part by part takes far longer.
    let mut folders: BTreeSet<String> = BTreeSet::new();
    // What tells how to deploy grants nothing.
    let mut planned: BTreeSet<String> = ["DEPLOY.md", "deploy.json", "terraform/matrix.json"]
        .map(str::to_owned)
        .into();
    for unit in plan.units() {
        let path = unit_path(plan, &unit).into_string();
        match unit {
            Unit::HubRoot => drop(folders.insert(path)),
            Unit::TargetRoot(target) => {
                folders.insert(path);
                let roles = plan.targets[plan.in_account_of(target)].iter();
                let modules = roles.map(|target| module_dir(&plan.roles[target.role]));
                folders.extend(modules.map(String::from));
            }
            Unit::OneRoot => {
                folders.insert(path);
                folders.extend(plan.roles.iter().map(module_dir).map(String::from));
            }
            Unit::StackSetRoot => {
                folders.insert(path);
                let bodies = roles_in_sets(plan).map(stack_set_body_path);
                planned.extend(bodies.map(String::from));
            }
            Unit::TargetStack(target) => {
                let target = &plan.targets[target];
                planned.insert(path);
                let parameters = parameters_path(&plan.roles[target.role], target);
                planned.insert(parameters.into_string());
            }
            Unit::StackSetStack => {
                planned.insert(path);
                let templates = roles_in_sets(plan).map(|role| template_path(role, format));
                planned.extend(templates.map(String::from));
            }
            Unit::HubStack(_) | Unit::AdministrationRole | Unit::ExecutionRole(_) => {
                planned.insert(path);
            }
        }
    }
    let added = custom.added(plan);
    let is_rendered = |path: &Utf8Path| files.contains_key(path);
    for path in files.keys() {
        let module_file = is_module_file(path)
            && path
                .parent()
                .is_some_and(|folder| folders.contains(folder.as_str()));
        let what = match module_file {
            true => changes_others(path, &|_| false).map(str::to_owned),
            false if planned.contains(path.as_str()) => None,
            false if added.contains(path.as_str()) => declares(path, &files[path], &is_rendered),
            false => Some("it would be applied or deployed nevertheless".to_owned()),
        };
        if let Some(what) = what {
            return Err(ReadbackError::new(
                path.as_str(),
                format!("this file is not in the plan, and {what}"),
            ));
        }
    }
    Ok(())
}

/// The roles that stack sets make.
fn roles_in_sets(plan: &Plan) -> impl Iterator<Item = &RolePlan> {
    let sets = plan.stack_sets.iter().flat_map(|sets| &sets.sets);
    sets.map(|set| &plan.roles[set.role])
}
