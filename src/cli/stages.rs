//! What render, check, diff and adopt share: from deployments to the files to write.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueHint};

use super::plans::{Planned, Plans, Source};
use super::progress::Progress;
use super::table::paragraph;
use super::{CatalogDir, OverlayFile, TemplatesDir, mismatch, plans, shell, ui};
use crate::diag::Diagnostic;
use crate::load::{Loaded, Origin};
use crate::model::{AccountId, CatalogId, FileSet, PrincipalNames};
use crate::plan::{Placement, Plan, Renamed, RenamedKind};
use crate::reference::Reference;
use crate::render::{Custom, RenderError};
use crate::resolve::Resolved;
use crate::write::{self, Output, Owned, WriteError};
use crate::{diag, load, plan, readback, render};

/// The deployments and the output folder, as arguments.
#[derive(Debug, Args)]
pub(super) struct Inputs {
    /// Deployment files
    #[arg(default_value = DEPLOYMENT, value_name = "DEPLOYMENT", value_hint = ValueHint::FilePath)]
    pub(super) deployments: Vec<Utf8PathBuf>,
    /// The folder of the rendered files; with several deployments, each has its own folder in it, by name
    #[arg(long, short, default_value = OUT, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) out: Utf8PathBuf,
    #[command(flatten)]
    pub(super) catalogs: CatalogDir,
    #[command(flatten)]
    pub(super) overlay: OverlayFile,
    #[command(flatten)]
    pub(super) templates: TemplatesDir,
}

const DEPLOYMENT: &str = "landgrant.yaml";
const OUT: &str = "rendered";

impl Inputs {
    /// The command line of another command with the same inputs.
    pub(super) fn command(&self, name: &str) -> String {
        command(
            name,
            &self.deployments,
            &self.out,
            &self.catalogs,
            &self.overlay,
            &self.templates,
        )
    }
}

/// A command line without arguments that have their default value.
pub(super) fn command(
    name: &str,
    deployments: &[Utf8PathBuf],
    out: &Utf8PathBuf,
    catalogs: &CatalogDir,
    overlay: &OverlayFile,
    templates: &TemplatesDir,
) -> String {
    let quoted = |path: &Utf8PathBuf| shell::word(path.as_str()).into_owned();
    let mut words = vec!["landgrant".to_owned(), name.to_owned()];
    if deployments != [Utf8PathBuf::from(DEPLOYMENT)] {
        words.extend(deployments.iter().map(quoted));
    }
    for (option, value) in [
        ("--out", Some(out).filter(|out| *out != OUT)),
        ("--catalogs", catalogs.catalogs.as_ref()),
        ("--reference", overlay.reference.as_ref()),
        ("--templates", templates.templates.as_ref()),
    ] {
        words.extend(value.map(|value| format!("{option} {}", quoted(value))));
    }
    words.join(" ")
}

/// A deployment with its rendered files.
pub(super) struct Rendered {
    pub(super) resolved: Resolved,
    pub(super) plan: Plan,
    pub(super) files: FileSet,
    /// The custom templates that the files were rendered with.
    pub(super) custom: Custom,
    /// The paths of the files that custom templates add, with `{account}` for the account of each target.
    added: Vec<String>,
    /// The number of each target's group.
    targets: BTreeMap<String, usize>,
    /// The digest of each input, by its description.
    inputs: BTreeMap<String, String>,
    /// The names of the principals.
    names: PrincipalNames,
    /// Principals whose names differ from the last render.
    pub(super) renamed: Vec<Renamed>,
    /// Managed policies that AWS changed since the last render: the version then and now.
    pub(super) changed_policies: Vec<(String, String, String)>,
    stack_sets: Option<String>,
    /// The path of the deployment, relative to the folder.
    source: Option<String>,
    /// The digests of other files that this render accepts, by path.
    pub(super) accept: BTreeMap<String, String>,
    /// How many groups the user had in the last render, which decides on its key and on further users. `None` if the
    /// user is new.
    pub(super) known_groups: usize,
    /// Targets that had to move to another group.
    pub(super) moved: Vec<AccountId>,
    /// Targets of the last render that were removed from the deployment.
    pub(super) removed: Vec<AccountId>,
    /// Roles that accounts had in the last render and have no longer, by what the deployment called them.
    pub(super) removed_roles: BTreeMap<String, Vec<AccountId>>,
    pub(super) out: Utf8PathBuf,
}

/// All deployments with their rendered files.
pub(super) struct Stages {
    /// The files that were read; diagnostics print their text.
    pub(super) loaded: Loaded,
    /// The service reference with the user's overlay.
    pub(super) reference: Cow<'static, Reference>,
    pub(super) rendered: Vec<Rendered>,
}

impl Stages {
    /// Leaks all values, since the system frees the memory of a process at once. Dropping the million small allocations
    /// of ten thousand targets takes a tenth of the time of a render.
    pub(super) fn leave(self) {
        std::mem::forget(self);
    }
}

impl Rendered {
    pub(super) fn output(&self) -> Output<'_> {
        Output {
            deployment: &self.plan.name,
            partition: self.plan.partition.as_str(),
            stack_sets: self.stack_sets.as_deref(),
            inputs: &self.inputs,
            files: &self.files,
            targets: &self.targets,
            names: &self.names,
            owned: Owned::Rendered(&self.added),
            source: self.source.as_deref(),
            accept: &self.accept,
        }
    }
}

/// What the caller does with the rendered files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// They are written. Each folder is first restored if a render was killed, and the files are read back. Principals
    /// that would be deleted and recreated under another name are an error unless `replace` allows it.
    Write { replace: bool },
    /// They become part of a kit, wherever they were rendered. They are read back, and no folder is changed.
    HandOver,
    /// They are compared with the written files, which were read back when they were written. With custom templates
    /// they are read back again, because a template may have changed since.
    Compare,
}

/// Renders deployments in memory. Prints errors and returns `None` if there are any.
pub(super) fn run(inputs: &Inputs, purpose: Purpose) -> anyhow::Result<Option<Stages>> {
    let progress = Progress::new("reading");
    let source = Source {
        origin: &Origin::Disk,
        deployments: &inputs.deployments,
        catalogs: inputs.catalogs.catalogs.as_deref(),
        overlay: &inputs.overlay,
    };
    let out = |name: &str| plans::folder(&inputs.out, name, inputs.deployments.len());
    let plans = plans::plans(&source, |name| {
        progress.stage("planning");
        let out = out(name);
        if matches!(purpose, Purpose::Write { .. }) {
            recover(&out, Owned::Rendered(&[]))?;
        }
        Ok(write::last(name, &out)?)
    })?;
    let Plans {
        mut loaded,
        mut diagnostics,
        ..
    } = plans;
    let Some(reference) = plans.reference else {
        ui::diagnose(&loaded.sources, &mut diagnostics);
        return Ok(None);
    };
    let mut rendered: Vec<Rendered> = Vec::new();
    let mut refused = String::new();
    for one in plans.planned {
        let Planned {
            resolved,
            plan,
            last,
            before,
        } = one;
        let out = out(&resolved.name);
        let names = last.names.iter();
        let renamed: Vec<Renamed> = names
            .flat_map(|names| plan::renamed(&resolved, &plan, names))
            .collect();
        if purpose == (Purpose::Write { replace: false }) {
            diagnostics.extend(renamed.iter().filter_map(Renamed::refuse));
        }
        progress.stage("rendering");
        let (custom, faults) = inputs.templates.read(&mut loaded.sources, &resolved)?;
        let faulty = diag::has_errors(&faults);
        diagnostics.extend(faults);
        if faulty {
            continue;
        }
        let Some(files) = rendered_files(&resolved, &plan, &custom, &mut diagnostics)? else {
            continue;
        };
        if purpose != Purpose::Compare || !custom.is_empty() {
            progress.stage("reading back");
            match readback::verify_with(&plan, &files, &custom) {
                Ok(()) => {}
                Err(error) if custom.is_empty() => return Err(error.into()),
                Err(error) => {
                    refused.push_str(&mismatch::text(&plan, &custom, &error, &reference));
                    continue;
                }
            }
        }
        let targets = plan.placement();
        let deployment = Utf8Path::new(&loaded.sources.file(resolved.name_span.file).name);
        rendered.push(Rendered {
            source: load::way(&out, deployment),
            accept: BTreeMap::new(),
            targets: targets
                .iter()
                .map(|(account, group)| (account.to_string(), group))
                .collect(),
            inputs: {
                let attached = plan.attached().into_iter();
                let policies =
                    attached.map(|policy| write::policy_input(&policy.full_name, &policy.dated()));
                let digests = digests(&loaded, &resolved, &inputs.overlay, &custom);
                digests.into_iter().chain(policies).collect()
            },
            changed_policies: plan
                .attached()
                .into_iter()
                .filter_map(|policy| {
                    let before = last.policies.get(&policy.full_name)?;
                    let now = policy.dated();
                    (*before != now).then(|| (policy.full_name.clone(), before.clone(), now))
                })
                .collect(),
            known_groups: known_groups(&plan, &last.names, &renamed, &before),
            names: plan.principal_names(),
            renamed,
            stack_sets: plan
                .stack_sets
                .as_ref()
                .map(|sets| sets.account.to_string()),
            moved: moved(&before, &targets),
            removed: removed(&plan, &last.names, &before),
            removed_roles: removed_roles(&plan, &last.names),
            resolved,
            plan,
            files,
            added: custom.added_paths().map(str::to_owned).collect(),
            custom,
            out,
        });
    }
    drop(progress);
    let faulty = ui::diagnose(&loaded.sources, &mut diagnostics);
    ui::warn(&refused);
    if faulty || !refused.is_empty() {
        return Ok(None);
    }
    Ok(Some(Stages {
        loaded,
        reference,
        rendered,
    }))
}

/// Restores a folder after a killed render, and reports it first.
pub(super) fn recover(out: &Utf8Path, owned: Owned<'_>) -> Result<(), WriteError> {
    if write::is_interrupted(out)? {
        ui::warn(&paragraph(
            &format!(
                "A render in {out} was killed before it finished. Its changes are undone first."
            ),
            0,
        ));
    }
    write::recover(out, owned)
}

/// The files of a deployment. Returns `None` if a template has errors, which are added to the diagnostics.
pub(super) fn rendered_files(
    resolved: &Resolved,
    plan: &Plan,
    custom: &Custom,
    diagnostics: &mut Vec<Diagnostic>,
) -> anyhow::Result<Option<FileSet>> {
    let files = match render::render_with(plan, custom) {
        Ok(files) => files,
        Err(RenderError::Custom(faults)) => {
            diagnostics.extend(faults);
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let templates = render::templates(plan, &files);
    diagnostics.extend(plan::refuse_long(resolved, plan, &templates));
    Ok(Some(files))
}

/// The digests of all inputs of a deployment. Inputs are identified by what they are, not by their paths, so that the
/// lock is the same on every machine.
fn digests(
    loaded: &Loaded,
    resolved: &Resolved,
    overlay: &OverlayFile,
    custom: &Custom,
) -> BTreeMap<String, String> {
    let sources = &loaded.sources;
    let digest = |file| write::digest(sources.file(file).text.as_bytes());
    let mut inputs = BTreeMap::from([("deployment".to_owned(), digest(resolved.name_span.file))]);
    for product in &resolved.products {
        let id: &CatalogId = &product.catalog.id;
        if let Some(catalog) = loaded.catalogs.get(id) {
            inputs.insert(format!("catalog {id}"), digest(catalog.file));
        }
    }
    let lists = loaded.lists.iter();
    for (_, list) in lists.filter(|(place, _)| place.file == resolved.name_span.file) {
        inputs.insert(format!("accounts {}", list.path), digest(list.file));
        inputs.extend(
            list.values
                .iter()
                .map(|(path, file)| (format!("values {path}"), digest(*file))),
        );
        let units = list.units.as_ref();
        let tags = list.account_tags.as_ref();
        let folders = units
            .map(|units| ("units", &units.path, &units.files))
            .into_iter()
            .chain(tags.map(|tags| ("account-tags", &tags.path, &tags.files)));
        for (what, path, files) in folders {
            // One line per folder: with a file for each account, the lock would otherwise be a list of accounts too.
            let lines = files.iter().map(|file| {
                let name = Utf8Path::new(&sources.file(*file).name).file_name();
                format!("{} {}\n", digest(*file), name.unwrap_or_default())
            });
            let whole = write::digest(lines.collect::<String>().as_bytes());
            inputs.insert(format!("{what} {path}"), whole);
        }
    }
    for (name, text) in custom.texts() {
        inputs.insert(format!("template {name}"), write::digest(text.as_bytes()));
    }
    let overlay = overlay.reference.iter();
    for text in overlay.filter_map(|path| sources.text_of(path.as_str())) {
        inputs.insert(
            "reference overlay".to_owned(),
            write::digest(text.as_bytes()),
        );
    }
    inputs
}

/// The number of groups of the last render, if the user is still the same. A user that is renamed in place keeps its
/// keys.
fn known_groups(
    plan: &Plan,
    last: &[PrincipalNames],
    renamed: &[Renamed],
    before: &Placement,
) -> usize {
    let renamed = renamed.iter().find(|one| one.kind == RenamedKind::User);
    let is_known = match renamed {
        Some(renamed) => !renamed.replaced,
        None => {
            let user = plan.principal_names().user;
            user.is_some() && last.iter().any(|names| names.user == user)
        }
    };
    match is_known {
        true => before.iter().map(|(_, group)| group).max().unwrap_or(1),
        false => 0,
    }
}

/// The accounts that had a role in the last render but have none now.
fn removed(plan: &Plan, last: &[PrincipalNames], before: &Placement) -> Vec<AccountId> {
    let with_role = last.iter().flat_map(|names| names.roles.keys());
    let placed = before.iter().map(|(key, _)| key);
    let before: BTreeSet<AccountId> = with_role
        .map(String::as_str)
        .chain(placed)
        .filter_map(account_of)
        .collect();
    let now: BTreeSet<&AccountId> = plan.targets.iter().map(|target| &target.account).collect();
    let gone = before.into_iter().filter(|account| !now.contains(account));
    gone.collect()
}

/// The roles that accounts had in the last render and have no longer, by what the deployment called them.
fn removed_roles(plan: &Plan, last: &[PrincipalNames]) -> BTreeMap<String, Vec<AccountId>> {
    let now: BTreeSet<&str> = plan.targets.iter().map(|one| one.key.as_str()).collect();
    let keys: BTreeSet<&String> = last.iter().flat_map(|names| names.roles.keys()).collect();
    let mut removed: BTreeMap<String, Vec<AccountId>> = BTreeMap::new();
    for key in keys.into_iter().filter(|key| !now.contains(key.as_str())) {
        let Some(account) = account_of(key) else {
            continue;
        };
        let name = key.get(account.as_str().len() + 1..).unwrap_or_default();
        removed.entry(name.to_owned()).or_default().push(account);
    }
    removed
}

/// The account in the key of a target.
fn account_of(key: &str) -> Option<AccountId> {
    AccountId::parse(key.get(..12)?).ok()
}

fn moved(before: &Placement, after: &Placement) -> Vec<AccountId> {
    let after: BTreeMap<&str, usize> = after.iter().collect();
    let moved = before
        .iter()
        .filter(|(key, group)| after.get(key).is_some_and(|now| now != group));
    moved.filter_map(|(key, _)| account_of(key)).collect()
}
