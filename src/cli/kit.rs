//! `landgrant kit`: writes a handoff kit as a folder, and optionally as a ZIP file.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum, ValueHint};
use time::Date;

use super::report::Page;
use super::stages::{self, Inputs, Purpose, Rendered, Stages};
use super::table::{columns, paragraph};
use super::ui::bold;
use super::{CatalogDir, Outcome, OverlayFile, TemplatesDir, diff, summary, ui};
use crate::diag::Severity;
use crate::kit::{self, Audience, Kit};
use crate::lint::{self, Context, Levels, Reported};
use crate::load;
use crate::load::kit::KitFiles;
use crate::model::{ENGLISH, FileSet};
use crate::render::RenderError;
use crate::write::{self, Output, Owned, Report, WriteError};

#[derive(Debug, Args)]
pub(super) struct KitArgs {
    /// The deployment file
    #[arg(default_value = "landgrant.yaml", value_name = "DEPLOYMENT", value_hint = ValueHint::FilePath)]
    deployment: Utf8PathBuf,
    /// The folder of the kit
    #[arg(long, short, default_value = "kit", value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Utf8PathBuf,
    /// A ZIP file with the same content; an older one of this kit is replaced, any other file is not
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    zip: Option<Utf8PathBuf>,
    /// The reader of the kit; without it, the kit has everything
    #[arg(long = "for", value_enum, value_name = "WHOM")]
    audience: Option<Whom>,
    /// The folder of the last render, which records the group of each target; `rendered` if there is one
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    rendered: Option<Utf8PathBuf>,
    /// Overwrite files that were edited by hand or that Landgrant did not write
    #[arg(long)]
    force: bool,
    /// Print the English texts of a kit, for translation
    #[arg(long, exclusive = true)]
    texts: bool,
    #[command(flatten)]
    catalogs: CatalogDir,
    #[command(flatten)]
    overlay: OverlayFile,
    #[command(flatten)]
    templates: TemplatesDir,
}

const RENDERED: &str = "rendered";

/// The prefix of the deployment's name in the lock of a kit.
const KIT: &str = "kit:";

/// The reader of a kit.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Whom {
    /// Who approves it: what is granted and why, findings, quotas, policies; no steps
    Reviewer,
    /// Who deploys it: steps, checks, keys, removal; no permission table
    Operator,
    /// Who ordered it: everything except the quotas
    Customer,
}

pub(super) fn run(args: &KitArgs) -> anyhow::Result<Outcome> {
    if args.texts {
        ui::print(ENGLISH)?;
        return Ok(Outcome::Clean);
    }
    let rendered = args.rendered.clone().unwrap_or_else(|| RENDERED.into());
    let inputs = Inputs {
        deployments: vec![args.deployment.clone()],
        out: rendered.clone(),
        catalogs: args.catalogs.clone(),
        overlay: args.overlay.clone(),
        templates: args.templates.clone(),
    };
    let Some(mut stages) = stages::run(&inputs, Purpose::HandOver)? else {
        return Ok(Outcome::Faults);
    };
    let deployment = &stages.loaded.deployments[0];
    let (kit_files, mut faults) = load::load_kit(&mut stages.loaded.sources, deployment)?;
    ui::diagnose(&stages.loaded.sources, &mut faults);
    let Some(kit_files) = kit_files else {
        return Ok(Outcome::Faults);
    };
    refuse_other_places(args)?;
    let one = &stages.rendered[0];
    let known = write::is_rendered(&one.plan.name, &rendered)?;
    if args.rendered.is_some() && !known {
        anyhow::bail!(
            "{rendered} holds no render of {}, so it cannot say which group each target is in",
            one.plan.name
        );
    }
    let audience = audience(args.audience);
    let findings = match audience.is_told_findings() {
        true => findings(&stages, one),
        false => Vec::new(),
    };
    let files = match files(&stages, one, (&kit_files, &findings), audience) {
        Err(RenderError::Custom(mut faults)) => {
            ui::diagnose(&stages.loaded.sources, &mut faults);
            return Ok(Outcome::Faults);
        }
        files => files?,
    };
    let folder = format!("{}-kit", one.plan.name);
    if let Some(path) = &args.zip {
        write::refuse_other(&folder, path)?;
    }
    let report = match write_folder(one, &files, args) {
        Ok(report) => report,
        Err(WriteError::Conflicts(conflicts)) => {
            ui::warn(&diff::lost(&conflicts));
            return Err(WriteError::Conflicts(conflicts).into());
        }
        Err(error) => return Err(error.into()),
    };
    let zip = match &args.zip {
        Some(path) => Some((path, write::archive(&files, &folder, path)?)),
        None => None,
    };
    ui::print(&summary(
        one,
        &files,
        (&findings, known),
        &report,
        args,
        zip,
    ))?;
    Ok(Outcome::Clean)
}

/// Rejects a kit whose folder or file is also used for something else.
fn refuse_other_places(args: &KitArgs) -> anyhow::Result<()> {
    let out = &args.out;
    if write::rendered_in(out)?.is_some_and(|name| !name.starts_with(KIT)) {
        anyhow::bail!("{out} holds rendered files; give the kit a folder of its own with --out");
    }
    match &args.zip {
        Some(zip) if *zip == args.deployment => anyhow::bail!(
            "{zip} is the deployment; give the ZIP file another name, such as --zip {}.zip",
            zip.with_extension("")
        ),
        _ => Ok(()),
    }
}

fn audience(whom: Option<Whom>) -> Audience {
    match whom {
        None => Audience::Everybody,
        Some(Whom::Reviewer) => Audience::Reviewer,
        Some(Whom::Operator) => Audience::Operator,
        Some(Whom::Customer) => Audience::Customer,
    }
}

/// The lint findings that a kit lists. A kit does not depend on the day, so findings about age are left to `landgrant
/// lint`.
fn findings(stages: &Stages, one: &Rendered) -> Vec<Reported> {
    let context = Context {
        reference: &stages.reference,
        resolved: &one.resolved,
        plan: &one.plan,
        today: Date::MIN,
    };
    let (levels, _) = Levels::of_deployment(&one.resolved.lint);
    lint::run(&context, &levels)
}

fn files(
    stages: &Stages,
    one: &Rendered,
    (kit_files, findings): (&KitFiles, &[Reported]),
    audience: Audience,
) -> Result<FileSet, RenderError> {
    kit::kit(&Kit {
        reference: &stages.reference,
        resolved: &one.resolved,
        plan: &one.plan,
        rendered: &one.files,
        findings,
        custom: &one.custom,
        texts: &kit_files.texts,
        logo: kit_files.logo.as_ref(),
        audience,
    })
}

/// The lock of a kit. It names another deployment, so that neither a render nor a kit overwrites the other's folder.
fn write_folder(one: &Rendered, files: &FileSet, args: &KitArgs) -> Result<Report, WriteError> {
    stages::recover(&args.out, Owned::All)?;
    let name = format!("{KIT}{}", one.plan.name);
    let output = Output {
        deployment: &name,
        files,
        owned: Owned::All,
        source: None,
        ..one.output()
    };
    let changes = write::prepare(output, &args.out, args.force)?;
    ui::warn(&diff::lost(&changes.overwritten));
    write::write(changes)
}

fn summary(
    one: &Rendered,
    files: &FileSet,
    (findings, known): (&[Reported], bool),
    report: &Report,
    args: &KitArgs,
    zip: Option<(&Utf8PathBuf, Vec<u8>)>,
) -> String {
    let whom = match &one.resolved.kit.customer {
        Some(customer) => format!(" for {customer}"),
        None => String::new(),
    };
    let mut page = Page::default();
    let name = bold(&one.plan.name);
    page.block(&format!("{name} kit{whom}, {} files\n", files.len()));
    let mut rows = vec![vec![format!("{}/", args.out), summary::counts(report)]];
    let mut digest = String::new();
    if let Some((path, bytes)) = zip {
        rows.push(vec![
            path.to_string(),
            format!("{} kB", bytes.len().div_ceil(1000)),
        ]);
        digest = format!("  {}\n", write::digest(&bytes));
    }
    page.section("Written", &(columns(&rows) + &digest));
    let open = findings.iter().filter(|finding| {
        finding.accepted.is_none() && finding.diagnostic.severity != Severity::Note
    });
    let findings = match open.count() {
        0 => None,
        1 => Some("1 finding is neither fixed nor accepted with a reason, and readers will ask about it: `landgrant lint` shows it.".to_owned()),
        many => Some(format!("{many} findings are neither fixed nor accepted with a reason, and readers will ask about them: `landgrant lint` shows them.")),
    };
    let several = one.plan.groups().count() > 1;
    let unknown = (several && !known).then(|| {
        format!("{RENDERED}/ holds no render of {}, so the kit shows each target in the group that a first render would choose. If it was rendered elsewhere, name the folder with --rendered.", one.plan.name)
    });
    let look = format!("Open {}/index.html to see it as its reader will.", args.out);
    let steps = unknown.into_iter().chain(findings).chain([look]);
    let steps = steps.map(|step| paragraph(&step, 2));
    page.section("Next", &steps.collect::<String>());
    page.text
}
