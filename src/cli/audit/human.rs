//! Prints an audit to a terminal of 80 columns.

use super::super::findings::accepted_for;
use super::super::report::{self, Findings, Page};
use super::super::table::paragraph;
use super::super::ui::bold;
use super::Report;
use super::words::{self, Alike};
use crate::audit::Rule;
use crate::diag::{Severity, Summary};

/// If there are more accounts than this, those that are as planned are only counted.
const MOST_ACCOUNTS: usize = 12;

/// How many differences of one policy are listed; the others are counted.
const MOST_GRANTS: usize = 12;

/// How many findings of one rule are listed; the others are counted.
const MOST_FINDINGS: usize = 20;

pub(super) fn text(report: &Report<'_>) -> String {
    let mut page = Page::default();
    page.block(&format!(
        "{} {}\n{}\n",
        bold(report.deployment),
        words::headline(report),
        words::verdict(report)
    ));
    page.section("Accounts", &accounts(report));
    let kind = |alike: &Alike<'_>| (alike.finding.severity, alike.finding.rule);
    for list in words::alike(report).chunk_by(|one, other| kind(one) == kind(other)) {
        let (severity, rule) = kind(&list[0]);
        page.block(&findings(severity, rule, list).human());
    }
    page.section("Accepted", &accepted(report));
    if !report.terraform {
        page.block(&paragraph(
            "A snapshot does not contain a role's maximum session duration, descriptions, and the tags of managed policies.",
            0,
        ));
    }
    let all = report.audit.findings.iter();
    let all = all.map(|finding| (finding.severity, finding.accepted.is_some()));
    let numbers = Summary::count(all).said();
    let numbers = numbers.unwrap_or_else(|| "Nothing found.".to_owned());
    page.block(&format!("{numbers}\n"));
    page.text
}

fn accounts(report: &Report<'_>) -> String {
    let all = words::states(report, "Accounts", |_| true);
    if all.rows.len() <= MOST_ACCOUNTS {
        return all.human();
    }
    let others = words::states(report, "Accounts", |as_planned| !as_planned);
    match all.rows.len() - others.rows.len() {
        0 => others.human(),
        number => format!("{}  {number} accounts are as planned\n", others.human()),
    }
}

fn findings(severity: Severity, rule: &'static Rule, list: &[Alike<'_>]) -> Findings<'static> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for alike in &list[..list.len().min(MOST_FINDINGS)] {
        let mut row = |account: &str, cell: String| rows.push(vec![account.to_owned(), cell]);
        let (first, others) = match alike.accounts.as_slice() {
            [first, others @ ..] => (first.as_str(), others),
            // A finding about the deployment itself.
            [] => ("deployment", &[] as &[String]),
        };
        row(first, words::sentence(alike.finding));
        let shown = alike.grants.len().min(MOST_GRANTS);
        for line in &alike.grants[..shown] {
            row("", line.clone());
        }
        match alike.grants.len() - shown {
            0 => {}
            more => row("", format!("and {more} more")),
        }
        if !others.is_empty() {
            row("", format!("the same in {}", words::accounts(others)));
        }
    }
    if list.len() > MOST_FINDINGS {
        let more = list.len() - MOST_FINDINGS;
        rows.push(vec![String::new(), format!("and {more} more")]);
    }
    Findings {
        severity,
        code: rule.code,
        summary: rule.summary,
        number: list.iter().map(|alike| alike.accounts.len().max(1)).sum(),
        lists: vec![report::Group {
            rows,
            why: Some(rule.why),
            help: Some(rule.help),
        }],
    }
}

fn accepted(report: &Report<'_>) -> String {
    let accepted = report.audit.findings.iter().filter_map(|finding| {
        let account = finding
            .account
            .as_ref()
            .map_or("", |account| account.as_str());
        let about = format!("{account} {}", words::subject(finding));
        Some((finding.rule.code, finding.accepted.as_deref()?, about))
    });
    accepted_for(accepted, words::accounts)
}
