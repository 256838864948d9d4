//! Prints findings to a terminal: by rule, the most severe first, each with its position, and the help once for all
//! findings that share it.

use std::collections::BTreeMap;

use super::budget;
use super::report::{Findings, Group, Page};
use super::table::{columns, paragraph};
use crate::diag::{BUILTIN, Severity, SourceMap, Span, Summary};
use crate::lint::{RULES, Reported};
use crate::plan::Plan;

/// The report on all deployments.
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
        page.block(&group(sources, *severity, code, findings).human());
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

fn group<'a>(
    sources: &SourceMap,
    severity: Severity,
    code: &'a str,
    findings: &[&'a Reported],
) -> Findings<'a> {
    let rule = RULES.iter().find(|rule| rule.code == code);
    let mut lists: Vec<Group<'_>> = Vec::new();
    for one in findings {
        let why = one.diagnostic.why.as_deref();
        let help = one.diagnostic.help.as_deref();
        let row = vec![
            place(sources, one.diagnostic.span),
            one.diagnostic.message.clone(),
        ];
        match lists
            .iter_mut()
            .find(|known| (known.why, known.help) == (why, help))
        {
            Some(known) => known.rows.push(row),
            None => lists.push(Group {
                rows: vec![row],
                why,
                help,
            }),
        }
    }
    // Each reason is said once, where it comes first.
    let whys: Vec<Option<&str>> = lists.iter().map(|list| list.why).collect();
    lists.sort_by_key(|list| whys.iter().position(|why| *why == list.why));
    Findings {
        severity,
        code,
        summary: rule.map_or("", |rule| rule.summary),
        number: findings.len(),
        lists,
    }
}

fn accepted(sources: &SourceMap, reported: &[Reported]) -> String {
    let accepted = reported.iter().filter_map(|one| {
        let about = format!("{} ({})", one.subject, place(sources, one.diagnostic.span));
        Some((one.diagnostic.code, one.accepted.as_deref()?, about))
    });
    accepted_for(accepted, |about| about.join(", "))
}

/// Accepted findings by rule and reason, each with its subject.
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

/// `file:line:column`, or `product@version (built in):line:column` for a built-in catalog.
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
    match Summary::count(findings).said() {
        None => "Nothing found.\n".to_owned(),
        Some(numbers) => paragraph(
            &format!(
                "{numbers}; `landgrant explain RULE` tells more, and `lint.allow` in the deployment accepts a finding with a reason"
            ),
            0,
        ),
    }
}
