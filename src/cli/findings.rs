//! Findings for a person: by rule, the worst first; each with its place, and what to do once for all that need the
//! same.

use std::collections::BTreeMap;

use super::budget;
use super::report::Page;
use super::table::{columns, paragraph};
use super::ui::bold;
use crate::diag::{BUILTIN, Severity, SourceMap, Span, Summary, plural};
use crate::lint::{RULES, Reported};
use crate::plan::Plan;

/// The report of all deployments.
pub(super) fn report(sources: &SourceMap, reported: &[Reported], plans: &[&Plan]) -> String {
    let mut groups: BTreeMap<(Severity, &str), Vec<&Reported>> = BTreeMap::new();
    for one in reported.iter().filter(|one| one.accepted.is_none()) {
        groups
            .entry((one.diagnostic.severity, one.diagnostic.code))
            .or_default()
            .push(one);
    }
    let mut page = Page::default();
    for ((severity, code), findings) in &groups {
        page.block(&group(sources, *severity, code, findings));
    }
    page.section("Accepted", &accepted(sources, reported));
    for plan in plans {
        let of = match plans.len() {
            1 => String::new(),
            _ => format!(" of {}", plan.name),
        };
        page.section(&format!("Quotas{of}"), &budget::table(plan, None));
    }
    page.block(&count(reported));
    page.text
}

fn group(sources: &SourceMap, severity: Severity, code: &str, findings: &[&Reported]) -> String {
    let summary = RULES
        .iter()
        .find(|rule| rule.code == code)
        .map_or("", |rule| rule.summary);
    let mut text = heading(severity, code, summary, findings.len());
    if let Some(why) = findings.first().and_then(|one| one.diagnostic.why.as_ref()) {
        text.push_str(&paragraph(&format!("= why: {why}"), 2));
    }
    let mut by_help: Vec<(Option<&String>, Vec<Vec<String>>)> = Vec::new();
    for one in findings {
        let help = one.diagnostic.help.as_ref();
        let row = vec![
            place(sources, one.diagnostic.span),
            one.diagnostic.message.clone(),
        ];
        match by_help.iter_mut().find(|(known, _)| *known == help) {
            Some((_, rows)) => rows.push(row),
            None => by_help.push((help, vec![row])),
        }
    }
    for (help, rows) in by_help {
        text.push_str(&columns(&rows));
        if let Some(help) = help {
            text.push_str(&paragraph(&format!("= help: {help}"), 2));
        }
    }
    text
}

/// The heading of findings of one rule.
pub(super) fn heading(severity: Severity, code: &str, summary: &str, findings: usize) -> String {
    let (word, colour) = match severity {
        Severity::Error => ("error", "31"),
        Severity::Warning => ("warning", "33"),
        Severity::Note => ("note", "32"),
    };
    let number = match findings {
        1 => String::new(),
        many => format!(", {many} times"),
    };
    format!(
        "\u{1b}[1;{colour}m{word}[{code}]\u{1b}[0m {}\n",
        bold(&format!("{summary}{number}"))
    )
}

fn accepted(sources: &SourceMap, reported: &[Reported]) -> String {
    let accepted = reported.iter().filter_map(|one| {
        let about = format!("{} ({})", one.subject, place(sources, one.diagnostic.span));
        Some((one.diagnostic.code, one.accepted.as_deref()?, about))
    });
    accepted_for(accepted, |about| about.join(", "))
}

/// Accepted findings by rule and reason, each with what it is about.
pub(super) fn accepted_for<'a>(
    accepted: impl Iterator<Item = (&'a str, &'a str, String)>,
    joined: impl Fn(&[String]) -> String,
) -> String {
    let mut by_reason: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for (code, reason, about) in accepted {
        by_reason.entry((code, reason)).or_default().push(about);
    }
    let rows: Vec<Vec<String>> = by_reason
        .into_iter()
        .map(|((code, reason), about)| {
            vec![code.to_owned(), format!("{reason} — {}", joined(&about))]
        })
        .collect();
    columns(&rows)
}

/// `file:line:column`, and `product@version (built in):line:column` for a catalog of the binary.
fn place(sources: &SourceMap, span: Span) -> String {
    let at = sources.line_column(span);
    let name = &sources.file(span.file).name;
    let builtin = name.strip_prefix(BUILTIN).and_then(|path| {
        let (product, version) = path.strip_suffix(".yaml")?.split_once('/')?;
        Some(format!("{product}@{version} (built in)"))
    });
    let name = builtin.as_deref().unwrap_or(name);
    format!("{name}:{}:{}", at.line, at.column)
}

fn count(reported: &[Reported]) -> String {
    let findings = reported
        .iter()
        .map(|one| (one.diagnostic.severity, one.accepted.is_some()));
    match numbers(findings) {
        None => "Nothing found.\n".to_owned(),
        Some(numbers) => paragraph(
            &format!(
                "{numbers}; `landgrant explain RULE` tells more, and `lint.allow` in the deployment accepts a finding with a reason"
            ),
            0,
        ),
    }
}

/// How many findings of which severity, and how many accepted; nothing where there is none.
pub(super) fn numbers(findings: impl IntoIterator<Item = (Severity, bool)>) -> Option<String> {
    let summary = Summary::of(findings);
    let mut parts = Vec::new();
    for (number, noun) in [
        (summary.errors, "error"),
        (summary.warnings, "warning"),
        (summary.notes, "note"),
    ] {
        if number > 0 {
            parts.push(plural(number, noun));
        }
    }
    if summary.accepted > 0 {
        parts.push(format!("{} accepted", summary.accepted));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}
