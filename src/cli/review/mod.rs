//! `landgrant review`: shows how a change affects permissions.

mod edits;
pub(super) mod human;
mod json;
mod markdown;
pub(super) mod report;
pub(super) mod rows;
mod side;
mod verdict;
mod words;

use std::borrow::Cow;

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};
use time::Date;

use super::{CatalogDir, Outcome, OverlayFile, TemplatesDir, clock, ui};
use crate::load::{Origin, Subject};
use crate::reference::Reference;
use crate::review;
use report::Report;

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct ReviewArgs {
    /// The state before the change
    #[arg(value_name = "OLD")]
    old: String,
    /// The state after the change
    #[arg(value_name = "NEW")]
    new: String,
    /// Exit with code 1 if the change does this; separate several with commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
    fail_on: Vec<FailOn>,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// The folder of rendered files, which is compared with what the deployments render to
    #[arg(long, short, default_value = "rendered", value_name = "DIR")]
    out: Utf8PathBuf,
    /// The date that ages are measured against, instead of today
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = clock::day)]
    today: Option<Date>,
    #[command(flatten)]
    catalogs: CatalogDir,
    #[command(flatten)]
    overlay: OverlayFile,
    #[command(flatten)]
    templates: TemplatesDir,
}

const AFTER_HELP: &str = "\
OLD and NEW are each one of:
  landgrant.yaml        a deployment
  rendered              a folder of rendered files, as they are now
  micetro@10.2          a catalog
  nothing               an empty state, to compare a first version with
  main:landgrant.yaml   any of these in a Git revision";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Anyone is granted more than before
    Widened,
    /// A privilege escalation path appears
    Escalation,
    /// Any permission changes
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For reading in a terminal
    Human,
    /// For a comment on a pull request
    Markdown,
    /// For programs
    Json,
}

pub(super) fn run(args: &ReviewArgs) -> anyhow::Result<Outcome> {
    let Some(before) = reference(args, &args.old)? else {
        return Ok(Outcome::Faults);
    };
    let Some(reference) = reference(args, &args.new)? else {
        return Ok(Outcome::Faults);
    };
    let reader = side::Reader {
        catalogs: args.catalogs.catalogs.as_deref(),
        overlay: &args.overlay,
        templates: &args.templates,
        out: &args.out,
        reference: &reference,
        today: args.today.unwrap_or_else(clock::today),
    };
    let (old, new) = (reader.read(&args.old)?, reader.read(&args.new)?);
    let (Some(mut old), Some(new)) = (old, new) else {
        return Ok(Outcome::Faults);
    };
    if !new.unread.is_empty() {
        side::tell_unread(&mut old);
    }
    let review = review::review(&old, &new, &[&before, &reference]);
    let report = || Report::new((&old, &new), &review, &reference);
    ui::print(&match args.format {
        Format::Human => human::text(&report()),
        Format::Markdown => markdown::text(report()),
        Format::Json => json::text((&old, &new), &review)?,
    })?;
    // The effect of a hand edit is unknown, so it may be any of these.
    let is_unknown = !review.edits.is_empty();
    let met = args.fail_on.iter().find(|what| match what {
        FailOn::Widened => is_unknown || review.is_more(),
        FailOn::Escalation => is_unknown || review.escalation,
        FailOn::Any => !review.is_empty(),
    });
    Ok(match met.and_then(ValueEnum::to_possible_value) {
        Some(met) => {
            ui::warn(&format!("exit code 1: `--fail-on {}`\n", met.get_name()));
            Outcome::Findings
        }
        None => Outcome::Clean,
    })
}

/// The service reference of a side.
fn reference(args: &ReviewArgs, side: &str) -> anyhow::Result<Option<Cow<'static, Reference>>> {
    let (origin, subject) = Origin::parse(side)?;
    if subject == Subject::Nothing {
        return Ok(Some(Cow::Borrowed(Reference::embedded())));
    }
    let mut sources = crate::diag::SourceMap::default();
    let mut diagnostics = Vec::new();
    let reference = args
        .overlay
        .read_from(&origin, &mut sources, &mut diagnostics)?;
    let faulty = ui::diagnose(&sources, &mut diagnostics);
    Ok(reference.filter(|_| !faulty))
}
