//! CloudFormation: the templates of each shape, and the values for their parameters.

use std::collections::BTreeSet;

use serde_json::json;

use super::cloudformation_hub::hub_view;
use super::cloudformation_view::role_text;
use super::engine::Engine;
use super::stack_set::{self, in_format};
use super::{FileSet, RenderError, hub_template_path, in_parts, parameters_path, template_path};
use crate::model::TemplateFormat;
use crate::plan::{Plan, TargetPlan, Unit};

/// Renders the hub template, the target templates, and a parameter file for each target.
pub(super) fn render(
    plan: &Plan,
    engine: &Engine<'_>,
    format: TemplateFormat,
    files: &mut FileSet,
) -> Result<(), RenderError> {
    let parts = in_parts(plan, |units| {
        let mut files = FileSet::new();
        let roles = render_units(plan, units, engine, format, &mut files)?;
        Ok((files, roles))
    })?;
    let mut roles = BTreeSet::new();
    for (part, deployed) in parts {
        files.extend(part);
        roles.extend(deployed);
    }
    for role in roles {
        let role = &plan.roles[role];
        let text = role_text(plan, role, engine)?;
        let text = in_format(plan, engine, format, "cloudformation/target.yaml", text)?;
        files.insert(template_path(role, format), text);
    }
    if plan.units().contains(&Unit::StackSetStack) {
        stack_set::render_template(plan, engine, format, files)?;
    }
    Ok(())
}

/// Renders what stacks have of their own, and tells which roles they make.
fn render_units(
    plan: &Plan,
    units: &[Unit],
    engine: &Engine<'_>,
    format: TemplateFormat,
    files: &mut FileSet,
) -> Result<BTreeSet<usize>, RenderError> {
    let mut roles = BTreeSet::new();
    for unit in units {
        match unit {
            Unit::HubStack(part) => {
                if let Some(hub) = &plan.hub {
                    let name = "cloudformation/hub.yaml";
                    let text = engine.render(name, &hub_view(plan, hub, part))?;
                    let text = in_format(plan, engine, format, name, text)?;
                    files.insert(hub_template_path(part, format), text);
                }
            }
            Unit::TargetStack(target) => {
                let target = &plan.targets[*target];
                roles.insert(target.role);
                add_parameters(plan, target, files);
            }
            Unit::StackSetStack => {
                let sets = plan.stack_sets.iter().flat_map(|sets| &sets.sets);
                roles.extend(sets.map(|set| set.role));
            }
            _ => {}
        }
    }
    Ok(roles)
}

/// The parameter file of a target.
fn add_parameters(plan: &Plan, target: &TargetPlan, files: &mut FileSet) {
    let role = &plan.roles[target.role];
    let values: Vec<serde_json::Value> = role
        .parameters
        .iter()
        .map(|parameter| {
            let value = target.parameter_values.get(&parameter.name);
            json!({"ParameterKey": parameter.name, "ParameterValue": value.cloned().unwrap_or_default()})
        })
        .collect();
    let mut text = format!("{:#}", serde_json::Value::Array(values));
    text.push('\n');
    files.insert(parameters_path(role, target), text);
}
