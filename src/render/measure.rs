//! The rendered templates with their bytes, as CloudFormation counts them.

use std::collections::BTreeMap;

use super::{FileSet, stack_set_body_path, template_path};
use crate::model::CloudFormationShape;
use crate::plan::{Plan, Template};

/// The templates, by path: those that are deployed, and those that stand in stack sets.
pub fn templates(plan: &Plan, files: &FileSet) -> Vec<Template> {
    let format = plan.cloudformation.unwrap_or_default();
    let mut in_sets = BTreeMap::new();
    for set in plan.stack_sets.iter().flat_map(|sets| &sets.sets) {
        let role = &plan.roles[set.role];
        in_sets.insert(stack_set_body_path(role).into_string(), set.role);
        if plan.cloudformation_shape == CloudFormationShape::Stackset {
            in_sets.insert(template_path(role, format).into_string(), set.role);
        }
    }
    let templates = files.iter().filter_map(|(path, text)| {
        let in_stack_set = in_sets.get(path.as_str()).copied();
        let name = path.strip_prefix("cloudformation").ok();
        let deployed = name.is_some_and(|name| name.components().count() == 1);
        (deployed || in_stack_set.is_some()).then(|| Template {
            path: path.to_string(),
            bytes: text.len(),
            in_stack_set,
        })
    });
    templates.collect()
}
