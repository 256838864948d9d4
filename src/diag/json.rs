//! Prints findings as JSON: `landgrant/findings/v1`.

use serde::Serialize;

use super::summary::Summary;
use super::{Entry, Severity, SourceMap, Span};

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    findings: Vec<Finding<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Finding<'a> {
    code: &'static str,
    level: &'static str,
    /// The subject; empty for errors in a file.
    subject: &'a str,
    message: &'a str,
    why: Option<&'a str>,
    help: Option<&'a str>,
    place: Place<'a>,
    related: Vec<Related<'a>>,
    /// The reason why the deployment accepts it; null if it does not.
    accepted: Option<&'a str>,
}

#[derive(Serialize)]
struct Related<'a> {
    place: Place<'a>,
    message: &'a str,
}

/// Lines and columns start at 1, and columns count characters; the end is after the last character.
#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

/// Findings as JSON, in the order given.
pub fn render_json(sources: &SourceMap, entries: &[Entry<'_>]) -> String {
    let findings = entries
        .iter()
        .map(|entry| (entry.diagnostic.severity, entry.accepted.is_some()));
    let document = Document {
        format: "landgrant/findings/v1",
        summary: Summary::count(findings),
        findings: entries
            .iter()
            .map(|entry| finding(sources, entry))
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn finding<'a>(sources: &'a SourceMap, entry: &Entry<'a>) -> Finding<'a> {
    let diagnostic = entry.diagnostic;
    Finding {
        code: diagnostic.code,
        level: level(diagnostic.severity),
        subject: entry.subject,
        message: &diagnostic.message,
        why: diagnostic.why.as_deref(),
        help: diagnostic.help.as_deref(),
        place: place(sources, diagnostic.span),
        related: diagnostic
            .related
            .iter()
            .map(|(span, message)| Related {
                place: place(sources, *span),
                message,
            })
            .collect(),
        accepted: entry.accepted,
    }
}

fn place(sources: &SourceMap, span: Span) -> Place<'_> {
    let (start, end) = (sources.line_column(span), sources.end_line_column(span));
    Place {
        file: &sources.file(span.file).name,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}

/// The name of a severity in JSON.
pub(crate) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}
