//! `landgrant audit`: how accounts, or a Terraform plan, differ from the deployment's plan.

mod human;
mod json;
mod markdown;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use camino::Utf8PathBuf;
use clap::{ArgGroup, Args, ValueEnum, ValueHint};
use time::Date;

use super::snapshots::{self, Given, Planned};
use super::{CatalogDir, Outcome, OverlayFile, clock, ui};
use crate::audit::{self, AfterApply, Audit, Input, RULES, Seen};
use crate::diag::{self, Diagnostic, Entry, RuleInfo, SourceMap};
use crate::load;
use crate::load::credentials::CredentialReport;
use crate::load::snapshot::Snapshot;
use crate::model::AccountId;
use crate::reference::Reference;

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("evidence").required(true).multiple(true).args(["snapshots", "terraform_plan"])))]
pub(super) struct AuditArgs {
    /// The deployment file
    #[arg(default_value = "landgrant.yaml", value_name = "DEPLOYMENT", value_hint = ValueHint::FilePath)]
    deployment: Utf8PathBuf,
    /// A snapshot of an account: the JSON of `aws iam get-account-authorization-details`; repeat it for each account, or name a
    /// folder with a file ACCOUNT.json for each
    #[arg(long = "snapshot", value_name = "ACCOUNT=FILE", value_parser = snapshots::given)]
    snapshots: Vec<Given>,
    /// The credential report of an account: the JSON of `aws iam get-credential-report`, or the CSV in it
    #[arg(long = "credential-report", value_name = "ACCOUNT=FILE", value_parser = snapshots::account_and_file)]
    reports: Vec<(AccountId, Utf8PathBuf)>,
    /// Compare a Terraform plan instead: the JSON of `terraform show -json` for a saved plan
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["snapshots", "reports", "partial"])]
    terraform_plan: Option<Utf8PathBuf>,
    /// The account of the Terraform plan, if its provider does not name it or the plan has several
    #[arg(long, value_name = "ACCOUNT", requires = "terraform_plan", conflicts_with = "snapshots", value_parser = account)]
    account: Option<AccountId>,
    /// Report an account without a snapshot, or keys without a credential report, as a note instead of a finding
    #[arg(long)]
    partial: bool,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// The folder of the last render, which records the group of each target
    #[arg(long, short, default_value = "rendered", value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Utf8PathBuf,
    /// The date that key ages are measured against, instead of today
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = clock::day)]
    today: Option<Date>,
    #[command(flatten)]
    catalogs: CatalogDir,
    #[command(flatten)]
    overlay: OverlayFile,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For reading in a terminal
    Human,
    /// For a job summary or an issue
    Markdown,
    /// For programs
    Json,
    /// For code scanning services
    Sarif,
}

/// What the printers get.
struct Report<'a> {
    deployment: &'a str,
    /// Whether a Terraform plan was audited instead of snapshots.
    terraform: bool,
    audit: &'a Audit,
    reference: &'a Reference,
}

/// The input of the audit, owned.
enum Evidence {
    Accounts {
        snapshots: BTreeMap<AccountId, Snapshot>,
        reports: BTreeMap<AccountId, CredentialReport>,
    },
    Terraform(BTreeMap<AccountId, AfterApply>),
}

fn account(text: &str) -> Result<AccountId, String> {
    AccountId::parse(text).map_err(|refusal| format!("{}: {}", refusal.what, refusal.why))
}

pub(super) fn run(args: &AuditArgs) -> anyhow::Result<Outcome> {
    let planned = snapshots::planned(&args.deployment, &args.out, &args.catalogs, &args.overlay)?;
    let Some(mut planned) = planned else {
        return Ok(Outcome::Faults);
    };
    let evidence = match &args.terraform_plan {
        Some(path) => terraform(args, path, &mut planned)?,
        None => accounts(args, &mut planned)?,
    };
    let Some(evidence) = evidence else {
        ui::diagnose(&planned.sources, &mut planned.diagnostics);
        return Ok(Outcome::Faults);
    };
    let input = Input {
        resolved: &planned.resolved,
        plan: &planned.plan,
        seen: match &evidence {
            Evidence::Accounts { snapshots, reports } => Seen::Accounts { snapshots, reports },
            Evidence::Terraform(planned) => Seen::Terraform(planned),
        },
        reference: &planned.reference,
        today: args.today.unwrap_or_else(clock::today),
        partial: args.partial,
    };
    let (audit, faults) = audit::audit(&input);
    planned.diagnostics.extend(faults);
    if ui::diagnose(&planned.sources, &mut planned.diagnostics) {
        return Ok(Outcome::Faults);
    }
    let report = Report {
        deployment: &planned.plan.name,
        terraform: matches!(evidence, Evidence::Terraform(_)),
        audit: &audit,
        reference: &planned.reference,
    };
    ui::print(&match args.format {
        Format::Human => human::text(&report),
        Format::Markdown => markdown::text(&report),
        Format::Json => json::text(&report)?,
        Format::Sarif => sarif(&planned.sources, &report),
    })?;
    Ok(match audit.is_clean() {
        true => Outcome::Clean,
        false => Outcome::Findings,
    })
}

/// Reads snapshots and credential reports. Returns `None` if one of them has errors.
fn accounts(args: &AuditArgs, planned: &mut Planned) -> anyhow::Result<Option<Evidence>> {
    let (snapshots, faults) =
        snapshots::read(&mut planned.sources, &args.snapshots, &planned.plan)?;
    planned.diagnostics.extend(faults);
    let mut reports = BTreeMap::new();
    for (account, path) in &args.reports {
        snapshots::refuse_stranger(&planned.plan, account)?;
        if planned
            .plan
            .hub
            .as_ref()
            .is_none_or(|hub| hub.account != *account)
        {
            bail!(
                "no user of the deployment is in {account}, so its credential report says nothing of it"
            );
        }
        let (report, faults) = load::load_credential_report(&mut planned.sources, account, path)?;
        planned.diagnostics.extend(faults);
        if let Some(report) = report
            && reports.insert(account.clone(), report).is_some()
        {
            bail!("there are two credential reports of account {account}");
        }
    }
    let faulty = diag::has_errors(&planned.diagnostics);
    Ok((!faulty).then_some(Evidence::Accounts { snapshots, reports }))
}

/// Reads a Terraform plan. Returns `None` if it has errors.
fn terraform(
    args: &AuditArgs,
    path: &Utf8PathBuf,
    planned: &mut Planned,
) -> anyhow::Result<Option<Evidence>> {
    let (plan, faults) = load::load_terraform_plan(&mut planned.sources, path)?;
    planned.diagnostics.extend(faults);
    let Some(plan) = plan else { return Ok(None) };
    let accounts = match &args.account {
        None if plan.accounts.is_empty() => bail!(
            "{path} does not say which account it is of: its provider has no constant allowed_account_ids; add --account"
        ),
        None => plan.accounts.clone(),
        Some(given) if plan.accounts.is_empty() || plan.accounts.contains(given) => {
            BTreeSet::from([given.clone()])
        }
        Some(given) => {
            let told: Vec<&str> = plan.accounts.iter().map(AccountId::as_str).collect();
            bail!(
                "{path} is a plan of account {}, not of {given}",
                told.join(", ")
            )
        }
    };
    let mut after = BTreeMap::new();
    for account in accounts {
        snapshots::refuse_stranger(&planned.plan, &account)?;
        let user_said_so = args.account.is_some();
        let (snapshot, odd) = plan.snapshot(planned.plan.partition, &account, user_said_so);
        after.insert(account, AfterApply { snapshot, odd });
    }
    Ok(Some(Evidence::Terraform(after)))
}

/// The findings as SARIF, each at the line of the deployment that names its account.
fn sarif(sources: &SourceMap, report: &Report<'_>) -> String {
    let findings: Vec<(Diagnostic, String)> = report
        .audit
        .findings
        .iter()
        .map(|finding| {
            let lines = words::grants(finding, report.reference);
            let mut message = words::sentence(finding);
            if !lines.is_empty() {
                message.push_str(&format!(": {}", lines.join("; ")));
            }
            if let Some(account) = &finding.account {
                message = format!("{account}: {message}");
            }
            let diagnostic = Diagnostic {
                severity: finding.severity,
                ..Diagnostic::error(finding.rule.code, finding.span, message)
            }
            .why(finding.rule.why)
            .help(finding.rule.help);
            (diagnostic, finding.about.join(" "))
        })
        .collect();
    let entries: Vec<Entry<'_>> = findings
        .iter()
        .zip(&report.audit.findings)
        .map(|((diagnostic, subject), finding)| Entry {
            diagnostic,
            subject,
            accepted: finding.accepted.as_deref(),
        })
        .collect();
    let pages: Vec<String> = RULES.iter().map(|rule| rule.page()).collect();
    let rules: Vec<RuleInfo<'_>> = RULES
        .iter()
        .zip(&pages)
        .map(|(rule, page)| RuleInfo {
            code: rule.code,
            severity: rule.severity,
            summary: rule.summary,
            page,
        })
        .collect();
    diag::render_sarif(sources, &entries, &rules)
}
