//! What render, check, diff and adopt have in common: deployments in, files to be written out.

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

/// Deployments, and where their files are.
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
    /// The command line of another command on the same inputs.
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

/// A command line, without what goes without saying.
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

/// A deployment with what is rendered of it.
pub(super) struct Rendered {
    pub(super) resolved: Resolved,
    pub(super) plan: Plan,
    pub(super) files: FileSet,
    /// The templates of the user's own that they were rendered by.
    pub(super) custom: Custom,
    /// The paths of the files that these add, with `{account}` for the account of each target.
    added: Vec<String>,
    /// The group of each target, by number.
    targets: BTreeMap<String, usize>,
    /// The digest of each input, by what it is.
    inputs: BTreeMap<String, String>,
    /// What the principals are called.
    names: PrincipalNames,
    /// Principals that were called otherwise in the last render.
    pub(super) renamed: Vec<Renamed>,
    stack_sets: Option<String>,
    /// Where the deployment stands, counted from the folder.
    source: Option<String>,
    /// Digests of files beside the rendered ones that are accepted with this render, by path.
    pub(super) accept: BTreeMap<String, String>,
    /// How many groups the user had by the last render, and so its key and that of users further on; none where it is new.
    pub(super) known_groups: usize,
    /// Targets that had to leave their group.
    pub(super) moved: Vec<AccountId>,
    /// Targets of the last render that the deployment no longer has.
    pub(super) removed: Vec<AccountId>,
    pub(super) out: Utf8PathBuf,
}

/// All deployments with what is rendered of them.
pub(super) struct Stages {
    /// What was read; the texts are for diagnostics.
    pub(super) loaded: Loaded,
    /// What AWS knows of actions, and the user beyond it.
    pub(super) reference: Cow<'static, Reference>,
    pub(super) rendered: Vec<Rendered>,
}

impl Stages {
    /// Leaves everything to the system, which takes back the memory of a process at once; ten thousand targets are a million
    /// small pieces, and giving them back one by one takes a tenth of a render.
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

/// What is going to be done with what is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It is written: each folder is first put back to what it was before a killed render, and what is rendered is read
    /// back. Principals that are deleted and recreated under another name are refused, unless `replace` says otherwise.
    Write { replace: bool },
    /// It is handed over, from wherever it was rendered to: it is read back, and no folder is touched.
    HandOver,
    /// It is compared with what was written, and so was read back then. With templates of the user's own it is read back
    /// again: whoever changed one may not have rendered since.
    Compare,
}

/// Renders deployments in memory. Nothing, where they have faults, which are printed.
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
            inputs: digests(&loaded, &resolved, &inputs.overlay, &custom),
            known_groups: known_groups(&plan, &last.names, &renamed, &before),
            names: plan.principal_names(),
            renamed,
            stack_sets: plan
                .stack_sets
                .as_ref()
                .map(|sets| sets.account.to_string()),
            moved: moved(&before, &targets),
            removed: removed(&plan, &last.names, &before),
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

/// Puts back what a killed render left in a folder, and says so first.
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

/// The files of a deployment. Nothing, where a template has faults, which join the diagnostics.
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

/// The digest of everything that a deployment is made from. Inputs go by what they are, not by where they lie, so
/// that the lock is the same on every machine.
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
        let units = list.units.as_ref();
        let tags = list.account_tags.as_ref();
        let folders = units
            .map(|units| ("units", &units.path, &units.files))
            .into_iter()
            .chain(tags.map(|tags| ("account-tags", &tags.path, &tags.files)));
        for (what, path, files) in folders {
            // One line for the folder: with a file for each account, the lock would be a list of accounts too.
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

/// How many groups there were, where the user is the same as then. One that is renamed in place keeps its keys.
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

/// The accounts that had a role by the last render, and have none now.
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
