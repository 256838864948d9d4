//! An audit as Markdown: the verdict and the findings in sight, notes and what is accepted behind a click.

use super::super::markdown::{cell, code, details, table};
use super::Report;
use super::words::{self, Alike};
use crate::audit::Finding;
use crate::diag::Severity;

/// More differences than this in one policy are counted.
const MOST_GRANTS: usize = 6;

pub(super) fn text(report: &Report<'_>) -> String {
    let mut text = format!(
        "### Audit: {} {}\n\n**{}.**\n\n",
        code(report.deployment),
        cell(&words::headline(report)),
        words::verdict(report)
    );
    let accounts: Vec<Vec<String>> = report
        .audit
        .accounts
        .iter()
        .map(|account| {
            vec![
                code(account.id.as_str()),
                cell(&account.name),
                cell(&words::state(report, account)),
            ]
        })
        .collect();
    let (as_planned, others): (Vec<_>, Vec<_>) =
        accounts.into_iter().partition(|row| row[2] == "as planned");
    let head = ["account", "name", ""];
    if !others.is_empty() {
        text.push_str(&table(&head, &others));
    }
    let listed = (!as_planned.is_empty()).then(|| (as_planned.len(), table(&head, &as_planned)));
    details(&mut text, "Accounts as planned", listed);
    let (notes, findings): (Vec<Alike<'_>>, Vec<Alike<'_>>) = words::alike(report)
        .into_iter()
        .partition(|alike| alike.finding.severity == Severity::Note);
    if let Some((_, table)) = rows(&findings) {
        text.push('\n');
        text.push_str(&table);
    }
    details(&mut text, "What to do", what_to_do(&findings));
    details(&mut text, "Notes", rows(&notes));
    details(&mut text, "Accepted", accepted(report));
    text
}

fn rows(list: &[Alike<'_>]) -> Option<(usize, String)> {
    let rows: Vec<Vec<String>> = list
        .iter()
        .map(|alike| {
            let finding = alike.finding;
            let mut what = cell(&words::sentence(finding));
            let shown = alike.grants.len().min(MOST_GRANTS);
            for line in &alike.grants[..shown] {
                what.push_str(&format!("<br>{}", code(line)));
            }
            if alike.grants.len() > shown {
                what.push_str(&format!("<br>and {} more", alike.grants.len() - shown));
            }
            vec![rule(finding), cell(&words::accounts(&alike.accounts)), what]
        })
        .collect();
    let head = ["finding", "account", "what"];
    (!rows.is_empty()).then(|| (rows.len(), table(&head, &rows)))
}

/// Each kind of finding once.
fn what_to_do(list: &[Alike<'_>]) -> Option<(usize, String)> {
    let mut rows: Vec<Vec<String>> = list
        .iter()
        .map(|alike| {
            let rule = alike.finding.rule;
            vec![rule.code.to_owned(), cell(rule.why), cell(rule.help)]
        })
        .collect();
    rows.dedup();
    let head = ["finding", "why it matters", "what to do"];
    (!rows.is_empty()).then(|| (rows.len(), table(&head, &rows)))
}

fn rule(finding: &Finding) -> String {
    match finding.severity {
        Severity::Error => format!("**{}**", finding.rule.code),
        _ => finding.rule.code.to_owned(),
    }
}

fn accepted(report: &Report<'_>) -> Option<(usize, String)> {
    let rows: Vec<Vec<String>> = report
        .audit
        .findings
        .iter()
        .filter_map(|finding| {
            let reason = finding.accepted.as_ref()?;
            let account = finding.account.as_ref().map(ToString::to_string);
            Some(vec![
                finding.rule.code.to_owned(),
                cell(&account.unwrap_or_default()),
                cell(&words::sentence(finding)),
                cell(reason),
            ])
        })
        .collect();
    let head = ["finding", "account", "what", "reason"];
    (!rows.is_empty()).then(|| (rows.len(), table(&head, &rows)))
}
