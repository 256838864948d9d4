//! The command line: arguments in, stages run, text and exit code out.

mod adopt;
mod audit;
mod beside;
mod budget;
mod catalog;
mod check;
mod clock;
mod denied;
mod diff;
mod explain;
mod findings;
mod format;
mod init;
mod kit;
mod leaving;
mod lint;
mod managed;
mod manual;
mod markdown;
mod merge;
mod mismatch;
mod not_granted;
mod outcome;
mod plans;
mod progress;
mod render;
mod report;
mod review;
mod shell;
mod snapshots;
mod stages;
mod summary;
mod table;
mod targets;
mod templates;
mod ui;
mod version;

use std::borrow::Cow;

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

pub use outcome::Outcome;

use crate::diag::{Diagnostic, SourceMap};
use crate::load::{self, Origin};
use crate::model;
use crate::reference::{self, Reference};
use crate::render::{Custom, custom_templates};
use crate::resolve::Resolved;

/// Turns the permission list a vendor publishes into reviewed, deployable AWS access.
#[derive(Debug, Parser)]
#[command(
    name = "landgrant",
    max_term_width = 100,
    arg_required_else_help = true,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    /// Print the version
    #[arg(short = 'V', long)]
    version: bool,
    /// With --version: also print the sources of the AWS service reference, with their versions and dates
    #[arg(long, requires = "version")]
    verbose: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a commented deployment to start from
    Init(init::InitArgs),
    /// Render deployments as Terraform and CloudFormation
    Render(render::RenderArgs),
    /// Check that the rendered files match the deployments
    Check(check::CheckArgs),
    /// Show what a render would change in the rendered files
    Diff(diff::DiffArgs),
    /// Show how a change affects permissions
    Review(review::ReviewArgs),
    /// Write import files for resources that the accounts already have
    Adopt(adopt::AdoptArgs),
    /// List the targets: account, role, group, user, variant
    Targets(targets::TargetsArgs),
    /// Write a handoff kit: a page, a permission table, checks and the rendered files
    Kit(kit::KitArgs),
    /// Report where the accounts, or a Terraform plan, differ from the deployment
    Audit(audit::AuditArgs),
    /// Report what a security reviewer would question
    Lint(lint::LintArgs),
    /// List the built-in templates, export them for editing, and show the data they get
    Templates(templates::TemplatesArgs),
    /// List and show permission catalogs
    Catalog(catalog::CatalogArgs),
    /// Explain an AWS action, a condition key or a rule, and which catalogs list it
    Explain(explain::ExplainArgs),
    /// Print the JSON Schema of an input format
    Schema(SchemaArgs),
    /// Print a shell completion script
    Completions(manual::CompletionsArgs),
    /// Write man pages
    Man(manual::ManArgs),
}

/// Where the user's own catalogs are.
#[derive(Debug, Clone, Args)]
struct CatalogDir {
    /// A folder with your own catalogs, as PRODUCT/VERSION.yaml
    #[arg(long = "catalogs", value_name = "DIR", value_hint = ValueHint::DirPath)]
    catalogs: Option<Utf8PathBuf>,
}

/// Where the user's own templates are, for once.
#[derive(Debug, Clone, Args)]
struct TemplatesDir {
    /// A folder with your own templates, instead of the one that the deployment names
    #[arg(long = "templates", value_name = "DIR", value_hint = ValueHint::DirPath)]
    templates: Option<Utf8PathBuf>,
}

impl TemplatesDir {
    /// The templates that a deployment is rendered by, with their faults.
    fn read(
        &self,
        sources: &mut SourceMap,
        resolved: &Resolved,
    ) -> Result<(Custom, Vec<Diagnostic>), load::LoadError> {
        self.read_from(&Origin::Disk, sources, resolved)
    }

    /// The same, as they are on the disk or in a Git revision.
    fn read_from(
        &self,
        origin: &Origin,
        sources: &mut SourceMap,
        resolved: &Resolved,
    ) -> Result<(Custom, Vec<Diagnostic>), load::LoadError> {
        let (templates, mut faults) = load::load_templates(
            origin,
            sources,
            resolved.templates.as_ref(),
            self.templates.as_deref(),
        )?;
        let texts = templates.into_iter().map(|(name, file)| {
            let text = sources.file(file).text.clone();
            (name, file, text)
        });
        let (custom, more) = custom_templates(texts);
        faults.extend(more);
        Ok((custom, faults))
    }
}

/// What the user knows of AWS beyond the reference in the binary.
#[derive(Debug, Clone, Args)]
struct OverlayFile {
    /// A file with AWS actions that are newer than the reference in the binary
    #[arg(long = "reference", value_name = "FILE", value_hint = ValueHint::FilePath)]
    reference: Option<Utf8PathBuf>,
}

impl OverlayFile {
    /// The reference with the overlay in it; nothing where the overlay has faults, which join the diagnostics.
    fn read(
        &self,
        sources: &mut SourceMap,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Option<Cow<'static, Reference>>, load::LoadError> {
        self.read_from(&Origin::Disk, sources, diagnostics)
    }

    /// The same, as it is on the disk or in a Git revision.
    fn read_from(
        &self,
        origin: &Origin,
        sources: &mut SourceMap,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Option<Cow<'static, Reference>>, load::LoadError> {
        let path = match &self.reference {
            Some(path) => origin.here(path),
            None => return Ok(Some(Cow::Borrowed(Reference::embedded()))),
        };
        // A revision can be from before there was one.
        if *origin != Origin::Disk && !origin.has(&path)? {
            return Ok(Some(Cow::Borrowed(Reference::embedded())));
        }
        let (document, faults) = load::load_overlay_from(origin, sources, &path)?;
        diagnostics.extend(faults);
        let Some(document) = document else {
            return Ok(None);
        };
        let (overlay, faults) = reference::check_overlay(&document);
        diagnostics.extend(faults);
        Ok(overlay.map(|overlay| Cow::Owned(Reference::with_overlay(&overlay))))
    }
}

#[derive(Debug, Args)]
struct SchemaArgs {
    /// The format
    #[arg(value_enum)]
    format: SchemaName,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SchemaName {
    /// Deployment files
    Deployment,
    /// Catalog files
    Catalog,
    /// Lists of accounts in YAML
    AccountList,
    /// Overlays of the AWS service reference
    ReferenceOverlay,
}

/// Runs one command.
///
/// # Errors
///
/// When the system refuses something, or Landgrant itself is at fault; a fault in a user's file is an [`Outcome`].
pub fn run(cli: &Cli) -> anyhow::Result<Outcome> {
    let Some(command) = &cli.command else {
        return version::run(cli.verbose);
    };
    match command {
        Command::Init(args) => init::run(args),
        Command::Render(args) => render::run(args),
        Command::Check(args) => check::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Review(args) => review::run(args),
        Command::Adopt(args) => adopt::run(args),
        Command::Targets(args) => targets::run(args),
        Command::Kit(args) => kit::run(args),
        Command::Audit(args) => audit::run(args),
        Command::Lint(args) => lint::run(args),
        Command::Templates(args) => templates::run(args),
        Command::Catalog(args) => catalog::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Completions(args) => manual::completions(args),
        Command::Man(args) => manual::man(args),
        Command::Schema(args) => {
            let schema = match args.format {
                SchemaName::Deployment => load::deployment_schema(),
                SchemaName::Catalog => load::catalog_schema(),
                SchemaName::AccountList => load::account_list_schema(),
                SchemaName::ReferenceOverlay => load::overlay_schema(),
            };
            ui::print(&format!("{schema:#}\n"))?;
            Ok(Outcome::Clean)
        }
    }
}

/// Prints a failure that is not a finding.
pub fn report(error: &anyhow::Error) {
    let said = format!("{error:#}");
    let said: Vec<_> = said.split('\n').map(model::visible).collect();
    let text = format!("\u{1b}[1;31merror\u{1b}[0m: {}", said.join("\n"));
    ui::warn(&match ui::is_watched() {
        true => text.lines().map(wrapped).collect(),
        false => format!("{text}\n"),
    });
}

/// A line as wide as a terminal; one behind an indentation is a path or a command, and stays whole.
fn wrapped(line: &str) -> String {
    match line.starts_with(' ') {
        true => format!("{line}\n"),
        false => table::paragraph(line, 0),
    }
}
