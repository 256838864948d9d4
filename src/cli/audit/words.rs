//! Phrases that all output formats of an audit share.

use super::super::report::{Cell, Section};
use super::super::review::rows::{Row, rows};
use super::Report;
use crate::audit::{Account, Finding, State};
use crate::diag::{Severity, plural};
use crate::model::{PolicyKind, visible};
use crate::reference::Reference;

/// How many accounts are listed; the others are counted.
const MOST_ACCOUNTS: usize = 3;

/// The state of an account without findings.
const AS_PLANNED: &str = "as planned";

/// Findings that only differ in their accounts.
pub(super) struct Alike<'a> {
    /// The first of the findings.
    pub(super) finding: &'a Finding,
    pub(super) accounts: Vec<String>,
    /// The differences in grants, one line each.
    pub(super) grants: Vec<String>,
}

/// `role MicetroAccess, inline policy micetro`; empty for an account as a whole.
pub(super) fn subject(finding: &Finding) -> String {
    let mut text = match &finding.principal {
        Some((kind, name)) => format!("{kind} {name}"),
        None => String::new(),
    };
    if let Some((kind, name)) = &finding.policy {
        let kind = match kind {
            PolicyKind::Inline => "inline policy",
            PolicyKind::Managed | PolicyKind::OfAws => "managed policy",
        };
        text.push_str(&format!(", {kind} {name}"));
    }
    text
}

/// The finding as a sentence that does not mention the account.
pub(super) fn sentence(finding: &Finding) -> String {
    let text = format!("{} {}", subject(finding), finding.what);
    visible(text.trim_start()).into_owned()
}

/// The differences in grants, one line each.
pub(super) fn grants(finding: &Finding, reference: &Reference) -> Vec<String> {
    let rows = rows(&finding.grants, reference);
    rows.iter()
        .map(|row| visible(&said(row)).into_owned())
        .collect()
}

fn said(row: &Row) -> String {
    format!(
        "{} {}: {} on {}",
        row.kind.sign(),
        row.level,
        row.actions.join(", "),
        row.on.join(", ")
    )
}

/// The findings that are not accepted, in their order, with equal findings of several accounts merged.
pub(super) fn alike<'a>(report: &Report<'a>) -> Vec<Alike<'a>> {
    let mut all: Vec<(String, Alike<'a>)> = Vec::new();
    let open = report.audit.findings.iter();
    for finding in open.filter(|finding| finding.accepted.is_none()) {
        let account = finding.account.as_ref().map(ToString::to_string);
        let grants = grants(finding, report.reference);
        let parts = [finding.rule.code, &sentence(finding), &grants.join("\n")].join("\n");
        let signature = match &account {
            Some(account) => parts.replace(account, "ACCOUNT"),
            None => parts,
        };
        let key = format!("{:?} {signature}", finding.severity);
        let known = all.iter_mut().find(|(known, _)| *known == key);
        match (known, account) {
            (Some((_, known)), Some(account)) => known.accounts.push(account),
            (_, account) => all.push((
                key,
                Alike {
                    finding,
                    accounts: account.into_iter().collect(),
                    grants,
                },
            )),
        }
    }
    all.into_iter().map(|(_, alike)| alike).collect()
}

/// `222222222222, 333333333333 and 4 more accounts`.
pub(super) fn accounts(accounts: &[String]) -> String {
    let shown = accounts.len().min(MOST_ACCOUNTS);
    let text = accounts[..shown].join(", ");
    match accounts.len() - shown {
        0 => text,
        more => format!("{text} and {}", plural(more, "more account")),
    }
}

/// Accounts with their states: those that are as planned, those that are not, or all.
pub(super) fn states(
    report: &Report<'_>,
    title: &'static str,
    wanted: impl Fn(bool) -> bool,
) -> Section {
    let rows = report.audit.accounts.iter().filter_map(|account| {
        let state = state(report, account);
        wanted(state == AS_PLANNED).then(|| {
            vec![
                Cell::Code(account.id.to_string()),
                Cell::Words(account.name.clone()),
                Cell::Words(state),
            ]
        })
    });
    Section::new(title, &["account", "name", ""], rows)
}

/// The state of an account, in two or three words.
fn state(report: &Report<'_>, account: &Account) -> String {
    match account.state {
        State::NoSnapshot => return "no snapshot".to_owned(),
        State::NotDeployed => return "not deployed".to_owned(),
        State::Compared => {}
    }
    let findings = report.audit.findings.iter();
    let open = findings.filter(|finding| {
        finding.account.as_ref() == Some(&account.id)
            && finding.accepted.is_none()
            && finding.severity != Severity::Note
    });
    match open.count() {
        0 => AS_PLANNED.to_owned(),
        open => plural(open, "finding"),
    }
}

/// What was compared with the plan.
pub(super) fn headline(report: &Report<'_>) -> String {
    let accounts = &report.audit.accounts;
    let looked = accounts
        .iter()
        .filter(|account| account.state != State::NoSnapshot)
        .count();
    match (report.terraform, accounts.as_slice()) {
        (true, [only]) => format!("as Terraform plans it for account {}", only.id),
        (true, all) => format!("as Terraform plans it for {} accounts", all.len()),
        (false, all) => format!("in {}, {looked} looked at", plural(all.len(), "account")),
    }
}

/// One line that says whether everything is as planned.
pub(super) fn verdict(report: &Report<'_>) -> &'static str {
    let accounts = &report.audit.accounts;
    let unseen = accounts
        .iter()
        .any(|account| account.state == State::NoSnapshot);
    match (report.audit.is_clean(), unseen) {
        (true, false) => "Everything is as planned",
        (true, true) => "Everything that was looked at is as planned",
        (false, _) => "Not everything is as planned",
    }
}
