//! The cases of `fixtures/render`, rendered into a folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use landgrant::diag::Severity;
use landgrant::model::{Access, FileSet};
use landgrant::plan::{self, Plan, Unit};
use landgrant::render::{
    administration_role_path, execution_role_path, hub_dir, hub_template_path, one_root_dir,
    parameters_path, stack_set_dir, stack_set_path, target_dir, template_path,
};
use landgrant::{load, readback, render, resolve, write};

/// A deployment as rendered.
#[derive(Debug)]
pub(crate) struct Case {
    /// What was planned.
    pub(crate) plan: Plan,
    /// What that grants.
    pub(crate) access: Access,
    /// Where the files are.
    pub(crate) folder: PathBuf,
    /// The Terraform root modules, the hub's first.
    pub(crate) roots: Vec<Root>,
    /// The stacks, the hub's first.
    pub(crate) stacks: Vec<Stack>,
    /// The accounts that anything is made in.
    pub(crate) accounts: BTreeSet<String>,
    /// Every template, those that stack sets deploy among them.
    pub(crate) templates: Vec<PathBuf>,
}

/// A Terraform root module.
#[derive(Debug)]
pub(crate) struct Root {
    /// The account it is for.
    pub(crate) account: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Whether `terraform init` went through: the tests of one case share that.
    pub(crate) initialized: OnceLock<()>,
}

/// A CloudFormation template with what one account gives it.
#[derive(Debug)]
pub(crate) struct Stack {
    /// What of the plan it makes.
    pub(crate) unit: Unit,
    /// The account it is for.
    pub(crate) account: String,
    /// The template.
    pub(crate) template: PathBuf,
    /// The parameter file, if the template is a target's.
    pub(crate) parameters: Option<PathBuf>,
}

/// The folders of `fixtures/render`.
pub(crate) fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(fixtures().join("render"))
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().join("landgrant.yaml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Renders a case into a folder of its name in `out`, as `landgrant render` does.
pub(crate) fn render(name: &str, out: &Path) -> Case {
    render_file(&deployment(name), name, out)
}

/// The deployment of a case.
pub(crate) fn deployment(name: &str) -> Utf8PathBuf {
    fixtures().join("render").join(name).join("landgrant.yaml")
}

/// Renders a deployment into a folder in `out`.
pub(crate) fn render_file(deployment: &Utf8Path, name: &str, out: &Path) -> Case {
    let catalogs = fixtures().join("catalogs");
    let (loaded, mut diagnostics) = load::load(&[deployment.to_owned()], Some(&catalogs)).unwrap();
    let (resolved, faults) = resolve::resolve(&loaded, landgrant::reference::Reference::embedded());
    diagnostics.extend(faults);
    let (plan, faults) = plan::plan(&resolved[0], &landgrant::plan::Placement::new());
    diagnostics.extend(faults);
    let plan = plan.expect("the deployment is planned");
    // A case may leave out an account with a note.
    diagnostics.retain(|diagnostic| diagnostic.severity != Severity::Note);
    assert!(diagnostics.is_empty(), "{name}: {diagnostics:#?}");
    let files = render::render(&plan).unwrap();
    readback::verify(&plan, &files).unwrap();
    let folder = Utf8PathBuf::from_path_buf(out.join(name)).unwrap();
    let output = write::Output {
        source: None,
        accept: &std::collections::BTreeMap::new(),
        deployment: &plan.name,
        partition: plan.partition.as_str(),
        stack_sets: None,
        inputs: &std::collections::BTreeMap::new(),
        files: &files,
        targets: &std::collections::BTreeMap::new(),
        names: &plan.principal_names(),
        owned: write::Owned::Rendered(&[]),
    };
    write::write(write::prepare(output, &folder, false).unwrap()).unwrap();
    let folder = folder.into_std_path_buf();
    Case {
        access: plan::access(&plan),
        roots: roots(&plan, &files, &folder),
        stacks: stacks(&plan, &folder),
        accounts: accounts(&plan),
        templates: templates(&files, &folder),
        plan,
        folder,
    }
}

fn accounts(plan: &Plan) -> BTreeSet<String> {
    let hub = plan.hub.iter().map(|hub| &hub.account);
    let targets = plan.targets.iter().map(|target| &target.account);
    let sets = plan.stack_sets.iter().map(|sets| &sets.account);
    hub.chain(targets)
        .chain(sets)
        .map(ToString::to_string)
        .collect()
}

/// The Terraform root modules. They are what holds a provider configuration, so that none can be forgotten.
fn roots(plan: &Plan, files: &FileSet, folder: &Path) -> Vec<Root> {
    let hub = || plan.hub.as_ref().unwrap().account.to_string();
    let planned: Vec<(String, Utf8PathBuf)> = plan
        .units()
        .into_iter()
        .filter_map(|unit| match unit {
            Unit::HubRoot => Some((hub(), hub_dir())),
            Unit::OneRoot => Some((hub(), one_root_dir())),
            Unit::TargetRoot(target) => {
                let account = &plan.targets[target].account;
                Some((account.to_string(), target_dir(account)))
            }
            Unit::StackSetRoot => {
                let account = &plan.stack_sets.as_ref().unwrap().account;
                Some((account.to_string(), stack_set_dir()))
            }
            _ => None,
        })
        .collect();
    let mut rendered: Vec<_> = files
        .iter()
        .filter(|(path, text)| {
            path.extension() == Some("tf") && text.contains("\nprovider \"aws\" {")
        })
        .filter_map(|(path, _)| path.parent())
        .collect();
    let mut expected: Vec<_> = planned.iter().map(|(_, root)| root.as_path()).collect();
    rendered.sort();
    expected.sort();
    assert_eq!(rendered, expected);
    planned
        .into_iter()
        .map(|(account, root)| Root {
            account,
            folder: folder.join(root),
            initialized: OnceLock::new(),
        })
        .collect()
}

fn stacks(plan: &Plan, folder: &Path) -> Vec<Stack> {
    let format = plan.cloudformation.unwrap_or_default();
    let of_sets = || plan.stack_sets.as_ref().unwrap().account.to_string();
    let stack = |unit: &Unit, account: String, template: Utf8PathBuf| Stack {
        unit: unit.clone(),
        account,
        template: folder.join(template),
        parameters: None,
    };
    plan.units()
        .into_iter()
        .filter_map(|unit| match &unit {
            Unit::HubStack(part) => {
                let account = plan.hub.as_ref().unwrap().account.to_string();
                Some(stack(&unit, account, hub_template_path(part, format)))
            }
            Unit::TargetStack(target) => {
                let target = &plan.targets[*target];
                let role = &plan.roles[target.role];
                let account = target.account.to_string();
                Some(Stack {
                    parameters: Some(folder.join(parameters_path(role, target))),
                    ..stack(&unit, account, template_path(role, format))
                })
            }
            Unit::StackSetStack => Some(stack(&unit, of_sets(), stack_set_path(format))),
            Unit::AdministrationRole => {
                let template = administration_role_path(format);
                Some(stack(&unit, of_sets(), template))
            }
            Unit::ExecutionRole(target) => {
                let account = plan.targets[*target].account.to_string();
                Some(stack(&unit, account, execution_role_path(format)))
            }
            _ => None,
        })
        .collect()
}

/// Every file that is a template, be it deployed by a stack set.
fn templates(files: &FileSet, folder: &Path) -> Vec<PathBuf> {
    files
        .iter()
        .filter(|(path, text)| {
            ["yaml", "json"].contains(&path.extension().unwrap_or_default())
                && text.contains("AWSTemplateFormatVersion")
        })
        .map(|(path, _)| folder.join(path))
        .collect()
}

pub(crate) fn fixtures() -> Utf8PathBuf {
    Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}
