//! `landgrant lint`: what a security reviewer would ask, before anything is rendered.

use camino::Utf8PathBuf;
use clap::{Args, ValueHint};
use time::Date;

use super::format::Format;
use super::plans::{Plans, Source};
use super::{CatalogDir, Outcome, OverlayFile, clock, findings, plans, ui};
use crate::diag::{self, Entry, RuleInfo, Severity};
use crate::lint::{self, Context, Levels, RULES, Reported};
use crate::load::Origin;
use crate::model::LintLevel;
use crate::write;

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
    /// Report a rule as an error; `warnings` for every rule that would be a warning, `all` for every rule
    #[arg(short = 'D', long = "deny", value_name = "RULE")]
    deny: Vec<String>,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// The folder of the last render, which records the group of each target
    #[arg(long, short, default_value = "rendered", value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Utf8PathBuf,
    /// The date that ages are measured against, instead of today
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = clock::day)]
    today: Option<Date>,
    #[command(flatten)]
    catalogs: CatalogDir,
    #[command(flatten)]
    overlay: OverlayFile,
}

/// What there is to say of all deployments.
struct Found {
    plans: Plans,
    reported: Vec<Reported>,
}

pub(super) fn run(args: &LintArgs) -> anyhow::Result<Outcome> {
    let source = Source {
        origin: &Origin::Disk,
        deployments: &args.deployments,
        catalogs: args.catalogs.catalogs.as_deref(),
        overlay: &args.overlay,
    };
    let mut plans = plans::plans(&source, |name| {
        let out = plans::folder(&args.out, name, args.deployments.len());
        Ok(write::last(name, &out)?)
    })?;
    let mut reported = Vec::new();
    for one in &plans.planned {
        let (mut levels, faults) = Levels::of_deployment(&one.resolved.lint);
        plans.diagnostics.extend(faults);
        set(&mut levels, args)?;
        let Some(reference) = &plans.reference else {
            continue;
        };
        let context = Context {
            reference,
            resolved: &one.resolved,
            plan: &one.plan,
            today: args.today.unwrap_or_else(clock::today),
        };
        reported.extend(lint::run(&context, &levels));
    }
    diag::sort(&mut plans.diagnostics);
    diag::sum_up(&plans.loaded.sources, &mut plans.diagnostics);
    let found = Found { plans, reported };
    print(args.format, &found)?;
    let denied = found
        .reported
        .iter()
        .any(|one| one.accepted.is_none() && one.diagnostic.severity == Severity::Error);
    Ok(match (diag::has_errors(&found.plans.diagnostics), denied) {
        (true, _) => Outcome::Faults,
        (false, true) => Outcome::Findings,
        (false, false) => Outcome::Clean,
    })
}

/// The command line has the last word. Of two options for one rule the stricter one holds.
fn set(levels: &mut Levels, args: &LintArgs) -> anyhow::Result<()> {
    for (names, level) in [
        (&args.allow, LintLevel::Allow),
        (&args.warn, LintLevel::Warn),
        (&args.deny, LintLevel::Deny),
    ] {
        for name in names {
            levels.set(name, level)?;
        }
    }
    Ok(())
}

fn print(format: Format, found: &Found) -> anyhow::Result<()> {
    let sources = &found.plans.loaded.sources;
    let faults = found.plans.diagnostics.iter().map(|diagnostic| Entry {
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
    format.print(sources, &entries, &rules(), || {
        if ui::diagnose(sources, &mut found.plans.diagnostics.clone()) {
            return String::new();
        }
        let plans = found.plans.planned.iter().map(|one| &one.plan);
        findings::report(sources, &found.reported, &plans.collect::<Vec<_>>())
    })?;
    Ok(())
}

fn rules() -> Vec<RuleInfo<'static>> {
    RULES
        .iter()
        .map(|rule| RuleInfo {
            code: rule.code,
            severity: match rule.level {
                LintLevel::Deny => Severity::Error,
                LintLevel::Warn => Severity::Warning,
                LintLevel::Note | LintLevel::Allow => Severity::Note,
            },
            summary: rule.summary,
            page: rule.page,
        })
        .collect()
}
