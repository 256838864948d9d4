//! `landgrant lint`: what a security reviewer would ask, before anything is rendered.

use camino::Utf8PathBuf;
use clap::{Args, ValueHint};
use time::Date;

use super::format::Format;
use super::{CatalogDir, Outcome, OverlayFile, clock, findings, stages, ui};
use crate::diag::{self, Diagnostic, Entry, RuleInfo, Severity, SourceMap};
use crate::lint::{self, Context, Level, Levels, RULES, Reported};
use crate::plan::Plan;
use crate::resolve::Resolved;
use crate::{load, plan, resolve, write};

#[derive(Debug, Args)]
pub(super) struct LintArgs {
    /// Deployment files
    #[arg(default_value = "landgrant.yaml", value_name = "DEPLOYMENT", value_hint = ValueHint::FilePath)]
    deployments: Vec<Utf8PathBuf>,
    /// Do not report a rule; `all` for every rule. A single finding is accepted under `lint.allow` in the deployment
    #[arg(short = 'A', long = "allow", value_name = "RULE")]
    allow: Vec<String>,
    /// Report a rule as a warning; `all` for every rule
    #[arg(short = 'W', long = "warn", value_name = "RULE")]
    warn: Vec<String>,
    /// Report a rule as an error; `warnings` for whatever would be a warning, `all` for every rule
    #[arg(short = 'D', long = "deny", value_name = "RULE")]
    deny: Vec<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// The folder of the last render, where targets have their places
    #[arg(long, short, default_value = "rendered", value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Utf8PathBuf,
    /// The day that findings about age are judged on, if not today
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = clock::day)]
    today: Option<Date>,
    #[command(flatten)]
    catalogs: CatalogDir,
    #[command(flatten)]
    overlay: OverlayFile,
}

/// What there is to say of all deployments.
struct Found {
    reported: Vec<Reported>,
    /// Faults and warnings of the files themselves.
    diagnostics: Vec<Diagnostic>,
    plans: Vec<Plan>,
}

pub(super) fn run(args: &LintArgs) -> anyhow::Result<Outcome> {
    let (mut loaded, diagnostics) =
        load::load(&args.deployments, args.catalogs.catalogs.as_deref())?;
    let mut found = Found {
        reported: Vec::new(),
        diagnostics,
        plans: Vec::new(),
    };
    let reference = args
        .overlay
        .read(&mut loaded.sources, &mut found.diagnostics)?;
    if let Some(reference) = &reference {
        let (resolved, faults) = resolve::resolve(&loaded, reference);
        found.diagnostics.extend(faults);
        for resolved in &resolved {
            let (mut levels, faults) = Levels::of_deployment(&resolved.lint);
            found.diagnostics.extend(faults);
            set(&mut levels, args)?;
            let out = stages::folder(&args.out, &resolved.name, args.deployments.len());
            let before = stages::placement(write::last(&resolved.name, &out)?.targets);
            let (plan, faults) = plan::plan(resolved, &before);
            found.diagnostics.extend(faults);
            let Some(plan) = plan else { continue };
            let context = Context {
                reference,
                resolved,
                plan: &plan,
                today: args.today.unwrap_or_else(clock::today),
            };
            found.reported.extend(lint::run(&context, &levels));
            found.plans.push(plan);
        }
        // Plans are there for all deployments, or a fault was found.
        let planned: Vec<(&Resolved, &Plan)> = resolved.iter().zip(&found.plans).collect();
        if found.plans.len() == resolved.len() {
            found.diagnostics.extend(plan::refuse_shared(&planned));
        }
    }
    diag::sort(&mut found.diagnostics);
    diag::sum_up(&loaded.sources, &mut found.diagnostics);
    print(args.format, &loaded.sources, &found)?;
    let denied = found
        .reported
        .iter()
        .any(|one| one.accepted.is_none() && one.diagnostic.severity == Severity::Error);
    Ok(match (diag::has_errors(&found.diagnostics), denied) {
        (true, _) => Outcome::Faults,
        (false, true) => Outcome::Findings,
        (false, false) => Outcome::Clean,
    })
}

/// The command line has the last word. Of two options for one rule the stricter one holds.
fn set(levels: &mut Levels, args: &LintArgs) -> anyhow::Result<()> {
    for (names, level) in [
        (&args.allow, Level::Allow),
        (&args.warn, Level::Warn),
        (&args.deny, Level::Deny),
    ] {
        for name in names {
            levels.set(name, level)?;
        }
    }
    Ok(())
}

fn print(format: Format, sources: &SourceMap, found: &Found) -> anyhow::Result<()> {
    let faults = found.diagnostics.iter().map(|diagnostic| Entry {
        diagnostic,
        subject: "",
        accepted: None,
    });
    let findings = found.reported.iter().map(|one| Entry {
        diagnostic: &one.diagnostic,
        subject: &one.subject,
        accepted: one.accepted.as_deref(),
    });
    let mut entries: Vec<Entry<'_>> = faults.chain(findings).collect();
    entries.sort_by_key(|entry| (entry.diagnostic.span, entry.diagnostic.code));
    let text = match format {
        Format::Human => {
            let mut faults = found.diagnostics.clone();
            ui::diagnose(sources, &mut faults);
            if diag::has_errors(&faults) {
                return Ok(());
            }
            findings::report(sources, &found.reported, &found.plans)
        }
        Format::Json => diag::render_json(sources, &entries),
        Format::Sarif => diag::render_sarif(sources, &entries, &rules(), env!("CARGO_PKG_VERSION")),
        Format::Github => diag::render_github(sources, &entries),
    };
    format.print(&text)?;
    Ok(())
}

fn rules() -> Vec<RuleInfo<'static>> {
    RULES
        .iter()
        .map(|rule| RuleInfo {
            code: rule.code,
            severity: match rule.level {
                Level::Deny => Severity::Error,
                Level::Warn => Severity::Warning,
                Level::Note | Level::Allow => Severity::Note,
            },
            summary: rule.summary,
            page: rule.page,
        })
        .collect()
}
