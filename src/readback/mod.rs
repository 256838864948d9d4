//! Read-back: rendered text as grants again.
//!
//! Nothing here knows a template. HCL and CloudFormation are read in a closed grammar, and
//! anything that is not understood is an error, so that nothing can be granted unseen. What comes out must equal what
//! the plan says, principal by principal, in each format.

mod backend;
mod cloudformation;
mod declares;
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
mod unread;
mod variable;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::{Utf8Path, Utf8PathBuf};

pub use backend::{is_backend, names_state};
pub use declares::{declares, foreign, is_read};
use file_kind::{changes_others, is_module_file};
pub use folder::{Known, Read, read_folder};
pub use installed::{is_note, misleading_notes};
pub use observed::{observed_grants, observed_trust, same_document};
pub use policy::{read_policy, read_trust_policy};

use crate::hcl;
use crate::model::{Access, AccountId, FileSet, TerraformShape};
use crate::plan::{Granted, Plan, RolePlan, Unit};
use crate::render::{
    Custom, module_dir, parameters_path, stack_set_body_path, template_path, unit_path,
};
use cloudformation::{Deployment, Template, read_parameters, read_stack};
use principal::Built;
use provider::Provider;
use terraform::Roots;
pub use unread::unread;
use variable::LEAVING_ACCOUNTS;

/// Fewer targets than this are not worth a thread.
const FEWEST_TARGETS: usize = 64;

/// Why rendered text is not what the plan says.
#[derive(Debug, thiserror::Error)]
pub enum ReadbackError {
    /// Text that grants something else, by format.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Differs(Vec<Difference>),
    /// Text that is not understood.
    #[error("{place}: {what}")]
    NotUnderstood {
        /// Where it stands, for people: the path of the file or the folder of the module, counted from the rendered folder;
        /// then, after a blank, the block, the resource or the parameter in it. Of what is settled only together, the ARN.
        place: String,
        /// What is not understood.
        what: String,
    },
}

/// What the text of one format grants otherwise than planned.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Terraform or CloudFormation.
    pub format: &'static str,
    /// The root modules and templates that do.
    pub places: Vec<Utf8PathBuf>,
    /// What they should grant.
    pub planned: Access,
    /// What they do.
    pub read: Access,
}

impl Difference {
    /// Joins what another unit of the format grants otherwise.
    fn add(&mut self, other: Self) {
        if !self.places.contains(&other.places[0]) {
            self.places.extend(other.places);
        }
        for (all, more) in [
            (&mut self.planned, other.planned),
            (&mut self.read, other.read),
        ] {
            all.identities.extend(more.identities);
            all.managed_policies.extend(more.managed_policies);
            all.identity_providers.extend(more.identity_providers);
            all.auto_deployed.extend(more.auto_deployed);
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the rendered {} grants something else than the plan:\n  {}",
            self.format,
            self.planned.differences(&self.read).join("\n  ")
        )
    }
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
    let reader = Reader::new(plan, files);
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
    reader: &Reader<'_>,
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
    fn read(&self, unit: &Unit, built: &mut Built) -> Result<(), ReadbackError> {
        let plan = self.plan;
        let path = unit_path(plan, unit);
        let hub = plan.hub.as_ref().map(|hub| &hub.account);
        let of_sets = plan.stack_sets.as_ref().map(|sets| &sets.account);
        let only = |account: &AccountId| vec![provider(account, None)];
        let none = BTreeMap::new();
        match unit {
            Unit::HubRoot => self.root(&path, hub.map(only).unwrap_or_default(), built),
            Unit::TargetRoot(target) => {
                self.root(&path, only(&plan.targets[*target].account), built)
            }
            Unit::OneRoot => {
                let entered = plan.targets.iter().map(|target| {
                    let site = plan.site(&target.account);
                    let role = plan.entry_role_arn(target).at(site);
                    provider(&target.account, Some(role))
                });
                let providers = hub.map(only).into_iter().flatten().chain(entered);
                self.root(&path, providers.collect(), built)
            }
            Unit::StackSetRoot => {
                self.root(&path, of_sets.map(only).unwrap_or_default(), built)?;
                self.check_working(&path, built)
            }
            Unit::HubStack(_) => self.stack(&path, hub, &none, built),
            Unit::TargetStack(target) => {
                let target = &plan.targets[*target];
                let role = &plan.roles[target.role];
                let values = parameters_path(role, target);
                let values = read_parameters(values.as_str(), file(self.files, &values)?)?;
                check_defaults(&path, role, &*self.template(&path)?)?;
                self.stack(&path, Some(&target.account), &values, built)
            }
            Unit::StackSetStack => {
                self.stack(&path, of_sets, &none, built)?;
                self.check_working(&path, built)
            }
            Unit::AdministrationRole => self.stack(&path, of_sets, &none, built),
            Unit::ExecutionRole(target) => {
                let account = &plan.targets[*target].account;
                self.stack(&path, Some(account), &none, built)
            }
        }
    }

    /// Reads a root module, which reaches accounts in this way and no other.
    fn root(
        &self,
        dir: &Utf8Path,
        mut planned: Vec<Provider>,
        built: &mut Built,
    ) -> Result<(), ReadbackError> {
        planned.sort();
        let root = self.roots.open(dir)?;
        // What a variable holds when somebody applies is not known here.
        let leaves = self.plan.terraform_shape == TerraformShape::Tofu;
        let known = |name: &str| name == "region" || (leaves && name == LEAVING_ACCOUNTS);
        let mut variables = root.of_kind("variable").map(|block| block.label(0));
        if let Some(odd) = variables.find(|name| !known(name)) {
            return Err(ReadbackError::new(
                format!("{dir} variable {odd}"),
                "it is not in the plan, and can have any value when it is applied",
            ));
        }
        match self.roots.read(&root, built)? == planned {
            true => Ok(()),
            false => Err(ReadbackError::new(
                format!("{dir} provider \"aws\""),
                "it reaches other accounts than planned, or by another role",
            )),
        }
    }

    /// Stack sets are deployed by the planned roles and no others.
    fn check_working(&self, path: &Utf8Path, built: &Built) -> Result<(), ReadbackError> {
        let sets = self.plan.stack_sets.as_ref();
        let planned = sets.map(|sets| sets.working(self.plan)).unwrap_or_default();
        match *built.working() == planned {
            true => Ok(()),
            false => Err(ReadbackError::new(
                path.as_str(),
                "its stack sets are deployed by other roles than planned",
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
        built: &mut Built,
    ) -> Result<(), ReadbackError> {
        let Some(account) = account else {
            return Ok(());
        };
        // Of a target's template, `check_defaults` knows the parameters.
        let template = self.template(path)?;
        if parameters.is_empty() {
            refuse_parameters(path, &template)?;
        }
        let deployment = Deployment {
            partition: self.plan.partition,
            account,
            parameters,
        };
        read_stack(path.as_str(), &template, &deployment, built)
    }
}

fn provider(account: &AccountId, entered_by: Option<String>) -> Provider {
    Provider {
        account: account.to_string(),
        entered_by,
    }
}

/// A file that the plan does not have would be applied or deployed all the same.
fn refuse_unplanned(plan: &Plan, files: &FileSet, custom: &Custom) -> Result<(), ReadbackError> {
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
                folders.insert(module_dir(&plan.roles[plan.targets[target].role]).into_string());
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
            false => Some("it would be applied or deployed all the same".to_owned()),
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

/// Without values for them, parameters hold what whoever deploys gives them: a default says nothing.
fn refuse_parameters(path: &Utf8Path, template: &Template) -> Result<(), ReadbackError> {
    match template.section("Parameters").next() {
        None => Ok(()),
        Some((odd, _)) => Err(ReadbackError::new(
            format!("{path} parameter {odd}"),
            UNPLANNED_PARAMETER,
        )),
    }
}

/// What a parameter holds when somebody deploys is not known here.
const UNPLANNED_PARAMETER: &str =
    "it is not in the plan, and can have any value when it is deployed";

/// Who deploys a template without its parameter file gets the defaults, so they are the plan's too.
fn check_defaults(
    place: &Utf8Path,
    role: &RolePlan,
    template: &Template,
) -> Result<(), ReadbackError> {
    let known = |name: &str| role.parameters.iter().any(|known| known.name == name);
    let mut names = template.section("Parameters").map(|(name, _)| name);
    if let Some(odd) = names.find(|name| !known(name)) {
        return Err(ReadbackError::new(
            format!("{place} parameter {odd}"),
            UNPLANNED_PARAMETER,
        ));
    }
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
    let reader = Reader::new(plan, files);
    let mut built = Built::default();
    let units = plan.units();
    let needed = |unit: &&Unit| unit.format() == format || unit.is_of_cloudformation_itself();
    for unit in units.iter().filter(needed) {
        reader.read(unit, &mut built)?;
    }
    Ok(built.into_access())
}

fn file<'a>(files: &'a FileSet, path: &Utf8Path) -> Result<&'a str, ReadbackError> {
    files
        .get(path)
        .ok_or_else(|| ReadbackError::new(path.as_str(), "the file was not rendered"))
}
