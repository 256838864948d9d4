//! Read-back: rendered text as grants again.
//!
//! Nothing here knows a template. HCL and CloudFormation are read in a closed grammar, and
//! anything that is not understood is an error, so that nothing can be granted unseen. What comes out must equal what
//! the plan says, principal by principal, in each format.

mod backend;
mod cloudformation;
mod declares;
mod error;
mod file_kind;
mod folder;
mod imports;
mod installed;
mod instances;
mod intrinsic;
mod module;
mod module_check;
mod module_forms;
mod observed;
mod paths;
mod policy;
mod principal;
mod provider;
mod resource;
mod stack_set;
mod template_form;
mod template_forms;
mod terraform;
mod texts;
mod unit;
mod unplanned;
mod unread;
mod variable;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use backend::{is_backend, names_state};
pub use declares::{declares, foreign, is_read};
pub use error::{Difference, ReadbackError};
pub use folder::{Known, Read, read_folder};
pub use installed::{is_note, misleading_notes};
pub use observed::{observed_grants, observed_trust, same_document};
pub use policy::{read_policy, read_trust_policy};
pub use principal::Settings;
pub use template_form::has_dynamic_reference;

use crate::hcl;
use crate::model::{Access, FileSet};
use crate::plan::{Granted, Plan, Unit};
use crate::render::{Custom, unit_path};
use principal::Built;
use unit::UnitReader;
use unplanned::refuse_unplanned;
pub use unread::unread;

/// Fewer targets than this are not worth a thread.
const FEWEST_TARGETS: usize = 64;

/// Reads every format of a file set back, unit by unit, and compares each with the plan.
///
/// # Errors
///
/// When a unit grants anything else than the plan, or is not understood.
pub fn verify(plan: &Plan, files: &FileSet) -> Result<(), ReadbackError> {
    verify_with(plan, files, &Custom::default())
}

/// The same for files that were rendered by templates of the user's own. Further files of theirs are read with the module
/// that they stand in; elsewhere they make nothing.
///
/// # Errors
///
/// When a unit grants anything else than the plan, is not understood, or a further file makes anything.
pub fn verify_with(plan: &Plan, files: &FileSet, custom: &Custom) -> Result<(), ReadbackError> {
    refuse_unplanned(plan, files, custom)?;
    let granted = Granted::of(plan);
    // What is of all targets takes longest, and so comes first.
    let (targets, mut units): (Vec<Unit>, Vec<Unit>) =
        plan.units().into_iter().partition(Unit::is_of_target);
    units.extend(targets);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = processors.min(plan.targets.len().div_ceil(FEWEST_TARGETS));
    let next = AtomicUsize::new(0);
    let verify = || verify_units(plan, files, &granted, &units, &next);
    let verified: Vec<Verified> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(verify)).collect();
        let mut verified = vec![verify()];
        for other in others {
            let other = other.join();
            verified.push(other.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        verified
    });
    let mut differences = Vec::new();
    let mut faults = Vec::new();
    for one in verified {
        differences.extend(one.differences);
        faults.extend(one.fault);
    }
    // Units are taken in order, so that the first fault is found whoever comes to another before.
    if let Some((_, fault)) = faults.into_iter().min_by_key(|(number, _)| *number) {
        return Err(fault);
    }
    differences.sort_by_key(|(number, _)| *number);
    let mut by_format: BTreeMap<&str, Difference> = BTreeMap::new();
    for (_, one) in differences {
        match by_format.get_mut(one.format) {
            Some(known) => known.add(one),
            None => drop(by_format.insert(one.format, one)),
        }
    }
    match by_format.is_empty() {
        true => Ok(()),
        // Terraform first, as everywhere.
        false => Err(ReadbackError::Differs(
            by_format.into_values().rev().collect(),
        )),
    }
}

/// What was found in the units that one thread has taken, each with the number of its unit.
#[derive(Default)]
struct Verified {
    differences: Vec<(usize, Difference)>,
    /// The first that is not understood; the thread stopped there.
    fault: Option<(usize, ReadbackError)>,
}

/// Verifies one unit after the other that nobody else has taken.
fn verify_units(
    plan: &Plan,
    files: &FileSet,
    granted: &Granted<'_>,
    units: &[Unit],
    next: &AtomicUsize,
) -> Verified {
    let reader = UnitReader::new(plan, files);
    let mut verified = Verified::default();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(unit) = units.get(number) else {
            return verified;
        };
        match verify_unit(&reader, granted, unit) {
            Ok(None) => {}
            Ok(Some(difference)) => verified.differences.push((number, difference)),
            Err(fault) => {
                verified.fault = Some((number, fault));
                return verified;
            }
        }
    }
}

/// What a unit grants otherwise than planned.
fn verify_unit(
    reader: &UnitReader<'_>,
    granted: &Granted<'_>,
    unit: &Unit,
) -> Result<Option<Difference>, ReadbackError> {
    let mut built = Built::default();
    reader.read(unit, &mut built)?;
    let read = built.into_access();
    let planned = granted.by(unit);
    Ok((planned != read).then(|| Difference {
        format: unit.format(),
        places: vec![unit_path(reader.plan, unit)],
        planned,
        read,
    }))
}

/// For the tests, which compare values where `verify` compares texts: what all root modules of a file set grant, and the roles that CloudFormation works as, which they need.
///
/// # Errors
///
/// When anything in them is not understood.
#[doc(hidden)]
pub fn terraform_access(plan: &Plan, files: &FileSet) -> Result<Access, ReadbackError> {
    access_in(plan, files, "Terraform")
}

/// For the tests, too: a template as the JSON that it stands for, or why it is not read.
///
/// # Errors
///
/// When readers of YAML or JSON could take it for different values.
#[doc(hidden)]
pub fn template_value(text: &str) -> Result<serde_json::Value, String> {
    crate::cfn::template(text).map_err(|fault| fault.to_string())
}

/// For the tests, too: what all stacks of a file set grant, each template deployed with the parameters of its file.
///
/// # Errors
///
/// When anything in them is not understood.
#[doc(hidden)]
pub fn cloudformation_access(plan: &Plan, files: &FileSet) -> Result<Access, ReadbackError> {
    access_in(plan, files, "CloudFormation")
}

/// For the tests, too: what an expression holds that names nothing.
///
/// # Errors
///
/// When it is not of the subset of HCL that is read.
#[doc(hidden)]
pub fn hcl_value(text: &str) -> Result<serde_json::Value, String> {
    let expression = hcl::expression(text).map_err(|fault| fault.what)?;
    let value = hcl::Scope::default().evaluate(&expression)?;
    value.to_json().ok_or_else(|| "a file".to_owned())
}

fn access_in(plan: &Plan, files: &FileSet, format: &str) -> Result<Access, ReadbackError> {
    let reader = UnitReader::new(plan, files);
    let mut built = Built::default();
    let units = plan.units();
    let needed = |unit: &&Unit| unit.format() == format || unit.is_of_cloudformation_itself();
    for unit in units.iter().filter(needed) {
        reader.read(unit, &mut built)?;
    }
    Ok(built.into_access())
}
