//! `landgrant targets`: lists the targets with account, role, group, user and variant, for operators and pipelines.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::plans::Source;
use super::report::json;
use super::stages::{self, Inputs, Purpose, Rendered};
use super::table::{self, columns};
use super::{Outcome, plans, ui};
use crate::load::Origin;
use crate::model::{LOCK, TerraformShape, csv_line};
use crate::plan::{Group, Plan, TargetPlan};
use crate::render::{
    module_dir, one_root_dir, parameters_path, stack_set_dir, target_dir, template_path,
};
use crate::write;

#[derive(Debug, Args)]
pub(super) struct TargetsArgs {
    #[command(flatten)]
    inputs: Inputs,
    /// The output format
    #[arg(long, value_enum, default_value_t = TargetsFormat::Table)]
    format: TargetsFormat,
    /// Only targets whose rendered files differ from this Git revision
    #[arg(long, value_name = "REVISION")]
    since: Option<String>,
    /// With --since: the targets removed since then, as they were; their files are in that revision
    #[arg(long, requires = "since")]
    removed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TargetsFormat {
    /// A table for people
    Table,
    /// One JSON object for each target
    Json,
    /// A header, and one line for each target
    Csv,
    /// A matrix for GitHub Actions, with the root module of each target; for `terraform: roots`
    Matrix,
}

/// A target in the output.
#[derive(Debug, Serialize)]
struct Row {
    deployment: String,
    account: String,
    name: String,
    role_arn: String,
    group: Option<String>,
    user: Option<String>,
    /// The role's name in the deployment, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    variant: Option<String>,
    external_id: Option<String>,
    /// The folder of the target's root module, if it has one.
    #[serde(skip)]
    root: String,
}

/// A job matrix for GitHub Actions.
#[derive(Debug, Serialize)]
struct Matrix<'a> {
    include: Vec<Root<'a>>,
}

#[derive(Debug, Serialize)]
struct Root<'a> {
    account: &'a str,
    name: &'a str,
    root: &'a str,
}

pub(super) fn run(args: &TargetsArgs) -> anyhow::Result<Outcome> {
    let Some(stages) = stages::run(&args.inputs, Purpose::Compare)? else {
        return Ok(Outcome::Faults);
    };
    if args.format == TargetsFormat::Matrix {
        stages.rendered.iter().try_for_each(refuse_matrix)?;
    }
    let mut rows = Vec::new();
    if let (true, Some(revision)) = (args.removed, &args.since) {
        let Some(before) = plans_of(args, revision)? else {
            return Ok(Outcome::Faults);
        };
        for plan in &before {
            let of_plan = |one: &&Rendered| one.plan.name == plan.name;
            let one = stages.rendered.iter().find(of_plan);
            let out = plans::folder(&args.inputs.out, &plan.name, args.inputs.deployments.len());
            for (target, mut row) in plan.targets.iter().zip(self::rows(plan, &out)) {
                let now = || one.iter().flat_map(|one| &one.plan.targets);
                if now().any(|now| now.key == target.key) {
                    continue;
                }
                // What is left of the account is applied with its root module, which destroys the role.
                if now().any(|now| now.account == target.account) {
                    row.root.clear();
                }
                rows.push(row);
            }
        }
        return print(args, &rows);
    }
    for one in &stages.rendered {
        let before = match &args.since {
            Some(revision) => Some(Since::new(revision, &one.out)?),
            None => None,
        };
        for (index, row) in self::rows(&one.plan, &one.out).into_iter().enumerate() {
            if before
                .as_ref()
                .is_some_and(|before| !is_changed(one, index, before))
            {
                continue;
            }
            rows.push(row);
        }
    }
    print(args, &rows)
}

/// The deployments as planned in a revision. Prints errors and returns `None` if there are any.
fn plans_of(args: &TargetsArgs, revision: &str) -> anyhow::Result<Option<Vec<Plan>>> {
    if is_nothing(revision) {
        return Ok(Some(Vec::new()));
    }
    let inputs = &args.inputs;
    let origin = Origin::revision(revision);
    let mut deployments = Vec::new();
    for path in &inputs.deployments {
        // A deployment that did not exist in the revision had no targets.
        if origin.read_here(path)?.is_some() {
            deployments.push(Origin::from_here(path));
        }
    }
    let catalogs = inputs.catalogs.catalogs.as_deref();
    let source = Source {
        origin: &origin,
        deployments: &deployments,
        catalogs,
        overlay: &inputs.overlay,
    };
    let mut plans = plans::plans(&source, |name| {
        let path = plans::folder(&inputs.out, name, inputs.deployments.len()).join(LOCK);
        let last = match origin.read_here(&path)? {
            Some(lock) => write::last_in(name, &path, &lock)?,
            None => None,
        };
        Ok(last.unwrap_or_default())
    })?;
    if ui::diagnose(&plans.loaded.sources, &mut plans.diagnostics) {
        return Ok(None);
    }
    let planned = plans.planned.into_iter();
    Ok(Some(planned.map(|one| one.plan).collect()))
}

fn print(args: &TargetsArgs, rows: &[Row]) -> anyhow::Result<Outcome> {
    ui::print(&match args.format {
        TargetsFormat::Table => table(rows),
        TargetsFormat::Json => json(&rows)?,
        TargetsFormat::Csv => csv(rows),
        TargetsFormat::Matrix => {
            // The roles of an account are applied together.
            let mut known = BTreeSet::new();
            let roots = rows.iter().filter(|row| !row.root.is_empty());
            let roots = roots.filter(|row| known.insert(&row.root));
            let include = roots.map(|row| Root {
                account: &row.account,
                name: &row.name,
                root: &row.root,
            });
            let include = include.collect();
            format!("{}\n", serde_json::to_string(&Matrix { include })?)
        }
    })?;
    Ok(Outcome::Clean)
}

/// Only one shape has a root module for each target.
fn refuse_matrix(one: &Rendered) -> anyhow::Result<()> {
    let plan = &one.plan;
    let (shape, instead) = match (plan.terraform, plan.terraform_shape) {
        (true, TerraformShape::Roots) => return Ok(()),
        (true, TerraformShape::SingleRoot) => ("`terraform: single-root`", one_root_dir()),
        (true, TerraformShape::Tofu) => ("`terraform: tofu`", one_root_dir()),
        (true, TerraformShape::Stackset) => ("`terraform: stackset`", stack_set_dir()),
        (false, _) => anyhow::bail!(
            "{} writes no Terraform, and a matrix is of root modules; `--format json` lists the targets",
            plan.name
        ),
    };
    anyhow::bail!(
        "{} has {shape}, where no target has a root module of its own; a matrix is for `terraform: roots`. One apply of {} is for all targets here, and `--format json` lists them",
        plan.name,
        one.out.join(instead)
    )
}

fn rows(plan: &Plan, out: &Utf8Path) -> Vec<Row> {
    let row = |(target, group): (&TargetPlan, Option<Group<'_>>)| {
        let site = plan.site(&target.account);
        Row {
            deployment: plan.name.clone(),
            account: target.account.to_string(),
            name: target.name.clone(),
            role_arn: target.role_arn().at(site),
            group: group.map(|one| one.group.name.to_string()),
            user: group.and_then(|group| Some(group.member?.name.to_string())),
            role: plan.roles[target.role].name.clone(),
            variant: plan.roles[target.role].variant.clone(),
            external_id: target.external_id.as_ref().map(|id| id.as_str().to_owned()),
            root: out.join(target_dir(&target.account)).into_string(),
        }
    };
    plan.targets.iter().zip(plan.opened_by()).map(row).collect()
}

fn table(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "  no targets\n".to_owned();
    }
    let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
    let head = ["account", "name", "role", "group", "user", "variant"];
    let mut cells = vec![table::row(head)];
    cells.extend(rows.iter().map(|row| {
        vec![
            row.account.clone(),
            row.name.clone(),
            role_name(&row.role_arn).to_owned(),
            dash(&row.group),
            dash(&row.user),
            dash(&row.variant),
        ]
    }));
    columns(&cells)
}

/// The path and name of a role, which together with the account determine its ARN.
fn role_name(arn: &str) -> &str {
    arn.split_once(":role/").map_or(arn, |(_, name)| name)
}

fn csv(rows: &[Row]) -> String {
    let mut text = "deployment,account,name,role_arn,group,user,variant,external_id\n".to_owned();
    for row in rows {
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        text.push_str(&csv_line([
            row.deployment.as_str(),
            &row.account,
            &row.name,
            &row.role_arn,
            &optional(&row.group),
            &optional(&row.user),
            &optional(&row.variant),
            &optional(&row.external_id),
        ]));
    }
    text
}

/// Whether the revision is all zeros, which is how forges denote the state before a new branch.
fn is_nothing(revision: &str) -> bool {
    revision.len() >= 40 && revision.bytes().all(|digit| digit == b'0')
}

/// The digests of the files in a rendered folder. The lock is ignored, since the files are what is applied.
fn digests(origin: &Origin, out: &Utf8Path) -> anyhow::Result<BTreeMap<String, String>> {
    let Some(listing) = origin.listing(&origin.here(out))? else {
        return Ok(BTreeMap::new());
    };
    let contents = listing.contents(|_| true)?.into_iter();
    Ok(contents
        .map(|(path, content)| (path, write::digest(&content)))
        .collect())
}

/// The files of a rendered folder in a revision, and on disk.
struct Since {
    before: BTreeMap<String, String>,
    now: BTreeMap<String, String>,
}

impl Since {
    fn new(revision: &str, out: &Utf8Path) -> anyhow::Result<Self> {
        Ok(Self {
            before: match is_nothing(revision) {
                true => BTreeMap::new(),
                false => digests(&Origin::revision(revision), out)?,
            },
            now: digests(&Origin::Disk, out)?,
        })
    }
}

/// Whether any file of a target's role has changed, as rendered or as it is on disk.
fn is_changed(one: &Rendered, index: usize, since: &Since) -> bool {
    let target = &one.plan.targets[index];
    let role = &one.plan.roles[target.role];
    let format = one.plan.cloudformation.unwrap_or_default();
    let folders = [target_dir(&target.account), module_dir(role)];
    let files = [parameters_path(role, target), template_path(role, format)];
    let mut own: BTreeSet<String> = files.into_iter().map(Utf8PathBuf::into_string).collect();
    for folder in &folders {
        own.extend(one.files.below(folder).map(|(path, _)| path.to_string()));
        let inner = format!("{folder}/");
        for there in [&since.before, &since.now] {
            let below = there.range(inner.clone()..);
            let below = below.take_while(|(path, _)| path.starts_with(&inner));
            own.extend(below.map(|(path, _)| path.clone()));
        }
    }
    own.iter().any(|path| {
        let rendered = one.files.get(path);
        let rendered = rendered.map(|text| write::digest(text.as_bytes()));
        let (was, now) = (since.before.get(path), since.now.get(path));
        match (&rendered, now) {
            (None, None) => was.is_some(),
            (rendered, now) => {
                let mut both = rendered.iter().chain(now);
                both.any(|digest| Some(digest) != was)
            }
        }
    })
}
