//! Prints an audit as Markdown: the verdict and the findings, with notes and accepted findings collapsed.

use super::super::markdown::{cell, code, details, table};
use super::super::report::{Cell, Section};
use super::Report;
use super::words::{self, Alike};
use crate::audit::{Finding, Rule};
use crate::diag::Severity;
use crate::model::AccountId;

/// How many differences of one policy are listed; the others are counted.
const MOST_GRANTS: usize = 6;

pub(super) fn text(report: &Report<'_>) -> String {
    let mut text = format!(
        "### Audit: {} {}\n\n**{}.**\n\n",
        code(report.deployment),
        cell(&words::headline(report)),
        words::verdict(report)
    );
    let others = words::states(report, "Accounts", |as_planned| !as_planned);
    if !others.rows.is_empty() {
        text.push_str(&others.markdown());
    }
    words::states(report, "Accounts as planned", |as_planned| as_planned).details(&mut text);
    let (notes, findings): (Vec<Alike<'_>>, Vec<Alike<'_>>) = words::alike(report)
        .into_iter()
        .partition(|alike| alike.finding.severity == Severity::Note);
    if !findings.is_empty() {
        text.push_str(&format!("\n{}", listed(&findings)));
    }
    what_to_do(&findings).details(&mut text);
    details(&mut text, "Notes", notes.len(), &listed(&notes));
    accepted(report).details(&mut text);
    text
}

fn listed(list: &[Alike<'_>]) -> String {
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
    table(&["finding", "account", "what"], &rows)
}

/// The reason and the help of each rule, once.
fn what_to_do(list: &[Alike<'_>]) -> Section {
    let mut rules: Vec<&Rule> = list.iter().map(|alike| alike.finding.rule).collect();
    rules.dedup();
    let rows = rules.into_iter();
    let rows = rows.map(|rule| [rule.code, rule.why, rule.help].map(in_words).into());
    let head = &["finding", "why it matters", "what to do"];
    Section::new("What to do", head, rows)
}

fn rule(finding: &Finding) -> String {
    match finding.severity {
        Severity::Error => format!("**{}**", finding.rule.code),
        _ => finding.rule.code.to_owned(),
    }
}

fn accepted(report: &Report<'_>) -> Section {
    let rows = report.audit.findings.iter().filter_map(|finding| {
        let reason = finding.accepted.as_ref()?;
        let account = finding.account.as_ref().map_or("", AccountId::as_str);
        let said = words::sentence(finding);
        Some(
            [finding.rule.code, account, &said, reason]
                .map(in_words)
                .into(),
        )
    });
    let head = &["finding", "account", "what", "reason"];
    Section::new("Accepted", head, rows)
}

fn in_words(text: &str) -> Cell {
    Cell::Words(text.to_owned())
}
