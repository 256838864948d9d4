//! Reads one unit of a plan back from its rendered files.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};

use super::ReadbackError;
use super::cloudformation::{Deployment, Template, read_parameters, read_stack};
use super::principal::Built;
use super::provider::Provider;
use super::terraform::Roots;
use super::variable::LEAVING_ACCOUNTS;
use crate::model::{AccountId, FileSet, TerraformShape};
use crate::plan::{Plan, RolePlan, Unit};
use crate::render::{parameters_path, unit_path};

/// Reads units of a plan back from its rendered files.
pub(super) struct UnitReader<'a> {
    pub(super) plan: &'a Plan,
    files: &'a FileSet,
    roots: Roots<'a>,
    templates: RefCell<BTreeMap<Utf8PathBuf, Rc<Template>>>,
}

impl<'a> UnitReader<'a> {
    pub(super) fn new(plan: &'a Plan, files: &'a FileSet) -> Self {
        Self {
            plan,
            files,
            roots: Roots::new(files),
            templates: RefCell::default(),
        }
    }

    /// Adds what one unit grants.
    pub(super) fn read(&self, unit: &Unit, built: &mut Built) -> Result<(), ReadbackError> {
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
                let targets = plan.targets.iter().enumerate();
                let firsts = targets.filter(|(number, _)| plan.is_first(*number));
                let entered = firsts.map(|(_, target)| {
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

/// Without values for them, parameters hold what whoever deploys gives them: a default says nothing.
pub(super) fn refuse_parameters(path: &Utf8Path, template: &Template) -> Result<(), ReadbackError> {
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

fn file<'a>(files: &'a FileSet, path: &Utf8Path) -> Result<&'a str, ReadbackError> {
    files
        .get(path)
        .ok_or_else(|| ReadbackError::new(path.as_str(), "the file was not rendered"))
}
