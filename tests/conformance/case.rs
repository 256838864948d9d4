//! The cases of `fixtures/render`, rendered into a folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use camino::Utf8PathBuf;
use landgrant::model::Access;
use landgrant::plan::{self, Plan};
use landgrant::render::{FileSet, hub_template_path, parameters_path, target_dir, template_path};
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
    let deployment = fixtures().join("render").join(name).join("landgrant.yaml");
    let catalogs = fixtures().join("catalogs");
    let (loaded, mut diagnostics) = load::load(&[deployment], Some(&catalogs)).unwrap();
    let (resolved, faults) = resolve::resolve(&loaded, landgrant::reference::Reference::embedded());
    diagnostics.extend(faults);
    let (plan, faults) = plan::plan(&resolved[0], &landgrant::plan::Placement::new());
    diagnostics.extend(faults);
    let plan = plan.expect("the deployment is planned");
    assert!(diagnostics.is_empty(), "{name}: {diagnostics:#?}");
    let files = render::render(&plan).unwrap();
    readback::verify(&plan, &files).unwrap();
    let folder = Utf8PathBuf::from_path_buf(out.join(name)).unwrap();
    let output = write::Output {
        deployment: &plan.name,
        partition: plan.partition.as_str(),
        hub: None,
        inputs: &std::collections::BTreeMap::new(),
        files: &files,
        targets: &std::collections::BTreeMap::new(),
    };
    write::write(write::prepare(output, &folder, false).unwrap()).unwrap();
    let folder = folder.into_std_path_buf();
    Case {
        access: plan::access(&plan),
        roots: roots(&plan, &files, &folder),
        stacks: stacks(&plan, &folder),
        plan,
        folder,
    }
}

/// The Terraform root modules. They are what holds a provider configuration, so that none can be forgotten.
fn roots(plan: &Plan, files: &FileSet, folder: &Path) -> Vec<Root> {
    let hub = plan
        .hub
        .iter()
        .map(|hub| (&hub.account, Utf8PathBuf::from("terraform/hub")));
    let targets = plan
        .targets
        .iter()
        .map(|target| (&target.account, target_dir(&target.account)));
    let planned: Vec<_> = hub
        .chain(targets)
        .filter(|_| plan.terraform)
        .map(|(account, root)| (account.to_string(), root))
        .collect();
    let mut rendered: Vec<_> = files
        .keys()
        .filter(|path| path.file_name() == Some("providers.tf"))
        .filter_map(|path| path.parent())
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
    let Some(format) = plan.cloudformation else {
        return Vec::new();
    };
    let hub = plan.hub.iter().flat_map(|hub| {
        hub.parts().into_iter().map(|part| Stack {
            account: hub.account.to_string(),
            template: folder.join(hub_template_path(&part, format)),
            parameters: None,
        })
    });
    let targets = plan.targets.iter().map(|target| Stack {
        account: target.account.to_string(),
        template: folder.join(template_path(&plan.roles[target.role], format)),
        parameters: Some(folder.join(parameters_path(&plan.roles[target.role], target))),
    });
    hub.chain(targets).collect()
}

fn fixtures() -> Utf8PathBuf {
    Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}
