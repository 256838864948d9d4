//! Terraform: the modules of each shape, file by file.

use std::collections::BTreeSet;

use super::engine::Engine;
use super::modules::Modules;
use super::{FileSet, RenderError, hub_dir, in_parts, one_root, stack_set};
use crate::plan::{Plan, Unit};

/// Renders the modules that the plan's shape takes: those of the hub, of the roles, of the targets.
pub(super) fn render(
    plan: &Plan,
    engine: &Engine<'_>,
    files: &mut FileSet,
) -> Result<(), RenderError> {
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
    engine: &Engine<'_>,
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
                let targets = &plan.targets[plan.in_account_of(*target)];
                modules.add_target(targets)?;
                called.extend(targets.iter().map(|target| target.role));
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
