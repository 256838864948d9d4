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
mod observed;
mod policy;
mod principal;
mod provider;
mod resource;
mod scope;
mod stack_set;
mod terraform;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::{Utf8Path, Utf8PathBuf};

pub use declares::{declares, is_read};
pub use folder::{Known, Read, read_folder};
pub use observed::{observed_grants, observed_trust, same_document};
pub use policy::{read_policy, read_trust_policy};

use crate::model::{Access, AccountId, Site};
use crate::plan::{Granted, Plan, RolePlan, Unit};
use crate::render::{
    FileSet, administration_role_path, execution_role_path, hub_dir, hub_template_path, module_dir,
    one_root_dir, parameters_path, stack_set_body_path, stack_set_dir, stack_set_path, target_dir,
    template_path,
};
use cloudformation::{Deployment, Template, read_parameters, read_stack};
use provider::Provider;
use terraform::Roots;

/// Fewer targets than this are not worth a thread.
const FEWEST_TARGETS: usize = 64;

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

/// Reads every format of a file set back, unit by unit, and compares each with the plan.
///
/// # Errors
///
/// When a unit grants anything else than the plan, or is not understood.
pub fn verify(plan: &Plan, files: &FileSet) -> Result<(), ReadbackError> {
    refuse_unplanned(plan, files)?;
    let granted = Granted::of(plan);
    // What is of all targets takes longest, and so comes first.
    let (targets, mut units): (Vec<Unit>, Vec<Unit>) =
        plan.units().into_iter().partition(Unit::is_of_target);
    units.extend(targets);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = processors.min(plan.targets.len().div_ceil(FEWEST_TARGETS));
    let next = AtomicUsize::new(0);
    let verify = || verify_units(plan, files, &granted, &units, &next);
    let faults: Vec<(usize, ReadbackError)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(verify)).collect();
        let mut faults = Vec::from_iter(verify().err());
        for other in others {
            let other = other
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            faults.extend(other.err());
        }
        faults
    });
    // Units are taken in order, so that the first fault is found whoever comes to another before.
    match faults.into_iter().min_by_key(|(number, _)| *number) {
        Some((_, fault)) => Err(fault),
        None => Ok(()),
    }
}

/// Verifies one unit after the other that nobody else has taken; stops at a fault, and tells the number of its unit.
fn verify_units(
    plan: &Plan,
    files: &FileSet,
    granted: &Granted<'_>,
    units: &[Unit],
    next: &AtomicUsize,
) -> Result<(), (usize, ReadbackError)> {
    let reader = Reader::new(plan, files);
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(unit) = units.get(number) else {
            return Ok(());
        };
        verify_unit(&reader, granted, unit).map_err(|fault| (number, fault))?;
    }
}

fn verify_unit(
    reader: &Reader<'_>,
    granted: &Granted<'_>,
    unit: &Unit,
) -> Result<(), ReadbackError> {
    let mut read = Access::default();
    reader.read(unit, &mut read)?;
    let planned = granted.by(unit);
    if planned == read {
        return Ok(());
    }
    Err(ReadbackError::Differs {
        format: unit.format(),
        lines: planned.differences(&read),
    })
}

/// Reads units of a plan back from its rendered files.
struct Reader<'a> {
    plan: &'a Plan,
    files: &'a FileSet,
    roots: Roots<'a>,
    templates: RefCell<BTreeMap<Utf8PathBuf, Rc<Template>>>,
}

impl<'a> Reader<'a> {
    fn new(plan: &'a Plan, files: &'a FileSet) -> Self {
        Self {
            plan,
            files,
            roots: Roots::new(files),
            templates: RefCell::default(),
        }
    }

    /// Adds what one unit grants.
    fn read(&self, unit: &Unit, access: &mut Access) -> Result<(), ReadbackError> {
        let plan = self.plan;
        let format = plan.cloudformation.unwrap_or_default();
        let hub = || plan.hub.iter().map(|hub| provider(&hub.account, None));
        match unit {
            Unit::HubRoot => self.root(&hub_dir(), hub().collect(), access),
            Unit::TargetRoot(target) => {
                let account = &plan.targets[*target].account;
                self.root(&target_dir(account), vec![provider(account, None)], access)
            }
            Unit::OneRoot => {
                let entered = plan.targets.iter().map(|target| {
                    let site = Site {
                        partition: plan.partition,
                        account: &target.account,
                    };
                    let role = plan.entry_role_arn(target).at(site);
                    provider(&target.account, Some(role))
                });
                self.root(&one_root_dir(), hub().chain(entered).collect(), access)
            }
            Unit::StackSetRoot => {
                let account = plan.stack_sets.iter().map(|sets| &sets.account);
                let account = account.map(|account| provider(account, None));
                self.root(&stack_set_dir(), account.collect(), access)
            }
            Unit::HubStack(part) => {
                let path = hub_template_path(part, format);
                let account = plan.hub.as_ref().map(|hub| &hub.account);
                self.stack(&path, account, &BTreeMap::new(), access)
            }
            Unit::TargetStack(target) => {
                let target = &plan.targets[*target];
                let role = &plan.roles[target.role];
                let path = parameters_path(role, target);
                let parameters = read_parameters(path.as_str(), file(self.files, &path)?)?;
                let template = template_path(role, format);
                check_defaults(&template, role, &*self.template(&template)?)?;
                self.stack(&template, Some(&target.account), &parameters, access)
            }
            Unit::StackSetStack => {
                let path = stack_set_path(format);
                let account = plan.stack_sets.as_ref().map(|sets| &sets.account);
                self.stack(&path, account, &BTreeMap::new(), access)
            }
            Unit::AdministrationRole => {
                let path = administration_role_path(format);
                let account = plan.stack_sets.as_ref().map(|sets| &sets.account);
                self.stack(&path, account, &BTreeMap::new(), access)
            }
            Unit::ExecutionRole(target) => {
                let account = &plan.targets[*target].account;
                let path = execution_role_path(format);
                self.stack(&path, Some(account), &BTreeMap::new(), access)
            }
        }
    }

    /// Reads a root module, which reaches accounts in this way and no other.
    fn root(
        &self,
        dir: &Utf8Path,
        mut planned: Vec<Provider>,
        access: &mut Access,
    ) -> Result<(), ReadbackError> {
        planned.sort();
        match self.roots.read(dir, access)? == planned {
            true => Ok(()),
            false => Err(ReadbackError::new(
                format!("{dir} provider \"aws\""),
                "it reaches other accounts than planned, or by another role",
            )),
        }
    }

    /// A template, which many targets may share.
    fn template(&self, path: &Utf8Path) -> Result<Rc<Template>, ReadbackError> {
        if let Some(template) = self.templates.borrow().get(path) {
            return Ok(Rc::clone(template));
        }
        let template = Rc::new(Template::parse(path.as_str(), file(self.files, path)?)?);
        self.templates
            .borrow_mut()
            .insert(path.to_owned(), Rc::clone(&template));
        Ok(template)
    }

    fn stack(
        &self,
        path: &Utf8Path,
        account: Option<&AccountId>,
        parameters: &BTreeMap<String, String>,
        access: &mut Access,
    ) -> Result<(), ReadbackError> {
        let Some(account) = account else {
            return Ok(());
        };
        let deployment = Deployment {
            partition: self.plan.partition,
            account,
            parameters,
        };
        read_stack(path.as_str(), &*self.template(path)?, &deployment, access)
    }
}

fn provider(account: &AccountId, entered_by: Option<String>) -> Provider {
    Provider {
        account: account.to_string(),
        entered_by,
    }
}

/// A file that the plan does not have would be applied or deployed all the same.
fn refuse_unplanned(plan: &Plan, files: &FileSet) -> Result<(), ReadbackError> {
    let format = plan.cloudformation.unwrap_or_default();
    // Paths are compared by their bytes: part by part takes far longer.
    let mut folders: BTreeSet<String> = BTreeSet::new();
    // What tells how to deploy grants nothing.
    let mut planned: BTreeSet<String> = ["DEPLOY.md", "deploy.json", "terraform/matrix.json"]
        .map(str::to_owned)
        .into();
    for unit in plan.units() {
        match unit {
            Unit::HubRoot => {
                folders.insert(hub_dir().into_string());
            }
            Unit::TargetRoot(target) => {
                let target = &plan.targets[target];
                folders.insert(target_dir(&target.account).into_string());
                folders.insert(module_dir(&plan.roles[target.role]).into_string());
            }
            Unit::OneRoot => {
                folders.insert(one_root_dir().into_string());
                folders.extend(plan.roles.iter().map(module_dir).map(String::from));
            }
            Unit::StackSetRoot => {
                folders.insert(stack_set_dir().into_string());
                planned.extend(
                    roles_in_sets(plan).map(|role| stack_set_body_path(role).into_string()),
                );
            }
            Unit::HubStack(part) => {
                planned.insert(hub_template_path(&part, format).into_string());
            }
            Unit::TargetStack(target) => {
                let target = &plan.targets[target];
                let role = &plan.roles[target.role];
                planned.insert(parameters_path(role, target).into_string());
                planned.insert(template_path(role, format).into_string());
            }
            Unit::StackSetStack => {
                planned.insert(stack_set_path(format).into_string());
                planned.extend(
                    roles_in_sets(plan).map(|role| template_path(role, format).into_string()),
                );
            }
            Unit::AdministrationRole => {
                planned.insert(administration_role_path(format).into_string());
            }
            Unit::ExecutionRole(_) => {
                planned.insert(execution_role_path(format).into_string());
            }
        }
    }
    for path in files.keys() {
        let module_file = path.extension() == Some("tf")
            && path
                .parent()
                .is_some_and(|folder| folders.contains(folder.as_str()));
        if !module_file && !planned.contains(path.as_str()) {
            return Err(ReadbackError::new(
                path.as_str(),
                "this file is not in the plan",
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

/// Who deploys a template without its parameter file gets the defaults, so they are the plan's too.
fn check_defaults(
    place: &Utf8Path,
    role: &RolePlan,
    template: &Template,
) -> Result<(), ReadbackError> {
    for parameter in &role.parameters {
        let declared = &template.value()["Parameters"][&parameter.name]["Default"];
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
            return Err(ReadbackError::new(place.as_str(), what));
        }
    }
    Ok(())
}

/// What all root modules of a file set grant, and the roles that CloudFormation works as, which they need.
///
/// # Errors
///
/// When anything in them is not understood.
pub fn terraform_access(plan: &Plan, files: &FileSet) -> Result<Access, ReadbackError> {
    access_in(plan, files, "Terraform")
}

/// What all stacks of a file set grant, each template deployed with the parameters of its file.
///
/// # Errors
///
/// When anything in them is not understood.
pub fn cloudformation_access(plan: &Plan, files: &FileSet) -> Result<Access, ReadbackError> {
    access_in(plan, files, "CloudFormation")
}

fn access_in(plan: &Plan, files: &FileSet, format: &str) -> Result<Access, ReadbackError> {
    let reader = Reader::new(plan, files);
    let mut access = Access::default();
    let units = plan.units();
    let needed = |unit: &&Unit| unit.format() == format || unit.is_of_cloudformation_itself();
    for unit in units.iter().filter(needed) {
        reader.read(unit, &mut access)?;
    }
    Ok(access)
}

fn file<'a>(files: &'a FileSet, path: &Utf8Path) -> Result<&'a str, ReadbackError> {
    files
        .get(path)
        .ok_or_else(|| ReadbackError::new(path.as_str(), "the file was not rendered"))
}
