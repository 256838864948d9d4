//! Prints an audit as JSON, with every finding listed separately.

use serde::Serialize;

use super::super::report::json;
use super::Report;
use super::words;
use crate::audit::{Account, Finding};
use crate::diag::{Summary, level};
use crate::model::{Grant, PolicyKind};
use crate::reference::AccessLevel;
use crate::review::{GrantChange, Kind};

/// The version of the format, which changes if the meaning of a field changes.
const SCHEMA: &str = "landgrant/audit/v1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    deployment: &'a str,
    /// `snapshots`, or `terraform-plan`.
    seen: &'static str,
    /// Whether the exit code is 0.
    clean: bool,
    accounts: &'a [Account],
    findings: Vec<Listed<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Listed<'a> {
    rule: &'a str,
    level: &'static str,
    /// Null for findings about the deployment itself.
    account: Option<&'a str>,
    /// `user`, `group`, `role`, `managed policy`; null for an account as a whole.
    kind: Option<&'a str>,
    name: Option<&'a str>,
    policy: Option<Policy<'a>>,
    /// A sentence that does not mention the account.
    message: String,
    grants: Vec<Grants<'a>>,
    why: &'a str,
    help: &'a str,
    /// The reason why the deployment accepts the finding; null if it does not.
    accepted: Option<&'a str>,
}

#[derive(Serialize)]
struct Policy<'a> {
    /// `inline`, `managed`.
    kind: &'static str,
    /// The ARN of a managed policy that is not planned.
    name: &'a str,
}

#[derive(Serialize)]
struct Grants<'a> {
    /// The same kinds as in a review.
    change: Kind,
    access_level: Option<AccessLevel>,
    planned: &'a [Grant],
    found: &'a [Grant],
}

pub(super) fn text(report: &Report<'_>) -> serde_json::Result<String> {
    let audit = report.audit;
    let severities = audit
        .findings
        .iter()
        .map(|finding| (finding.severity, finding.accepted.is_some()));
    json(&Document {
        schema: SCHEMA,
        deployment: report.deployment,
        seen: match report.terraform {
            true => "terraform-plan",
            false => "snapshots",
        },
        clean: audit.is_clean(),
        accounts: &audit.accounts,
        findings: audit.findings.iter().map(listed).collect(),
        summary: Summary::count(severities),
    })
}

fn listed(finding: &Finding) -> Listed<'_> {
    Listed {
        rule: finding.rule.code,
        level: level(finding.severity),
        account: finding.account.as_ref().map(|account| account.as_str()),
        kind: finding.principal.as_ref().map(|(kind, _)| *kind),
        name: finding.principal.as_ref().map(|(_, name)| name.as_str()),
        policy: finding.policy.as_ref().map(|(kind, name)| Policy {
            kind: match kind {
                PolicyKind::Inline => "inline",
                PolicyKind::Managed | PolicyKind::OfAws => "managed",
            },
            name,
        }),
        message: words::sentence(finding),
        grants: finding.grants.iter().map(grants).collect(),
        why: finding.rule.why,
        help: finding.rule.help,
        accepted: finding.accepted.as_deref(),
    }
}

fn grants(change: &GrantChange) -> Grants<'_> {
    Grants {
        change: change.kind,
        access_level: change.level,
        planned: &change.before,
        found: &change.after,
    }
}
