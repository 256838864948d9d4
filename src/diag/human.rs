//! Prints diagnostics to a terminal: the source line with a mark, the reason, and the help.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::summary::Summary;
use super::{Diagnostic, Severity, SourceMap, Span};
use crate::limits;

/// The maximum number of diagnostics. If there are more, the last line says so.
const MOST_SHOWN: usize = limits::FAULTS + 1;

/// Renders sorted diagnostics and a last line that counts them. The text has ANSI styles; print it through a stream
/// that removes them if the terminal does not support them.
pub fn render_human(sources: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    let renderer = Renderer::styled();
    let mut text = String::new();
    let (mut shown, mut bytes) = (0, 0);
    while shown < diagnostics.len().min(MOST_SHOWN) && bytes < limits::SHOWN_BYTES {
        let diagnostic = &diagnostics[shown];
        text.push_str(&renderer.render(&[group(sources, diagnostic)]));
        text.push_str("\n\n");
        bytes += source_bytes(sources, diagnostic);
        shown += 1;
    }
    let _ = writeln!(text, "{}", count(diagnostics, shown));
    text
}

/// The maximum number of bytes of source lines per diagnostic, since the renderer processes each.
fn source_bytes(sources: &SourceMap, diagnostic: &Diagnostic) -> usize {
    let elsewhere = diagnostic
        .related
        .iter()
        .filter(|(span, _)| span.file != diagnostic.span.file);
    let elsewhere =
        elsewhere.map(|(span, _)| Window::around(sources, [*span].into_iter()).text.len());
    own_window(sources, diagnostic).text.len() + elsewhere.sum::<usize>()
}

fn group<'a>(sources: &'a SourceMap, diagnostic: &'a Diagnostic) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = level
        .primary_title(inert(&diagnostic.message))
        .id(diagnostic.code)
        .element(snippet(sources, diagnostic.span, diagnostic));
    for (span, label) in &diagnostic.related {
        if span.file != diagnostic.span.file {
            let file = sources.file(span.file);
            let window = Window::around(sources, [*span].into_iter());
            group = group.element(
                window.snippet(inert(&file.name)).annotation(
                    AnnotationKind::Context
                        .span(window.range(*span))
                        .label(inert(label)),
                ),
            );
        }
    }
    if let Some(why) = &diagnostic.why {
        group = group.element(Level::NOTE.message(inert(why)));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(inert(help)));
    }
    group
}

fn snippet<'a>(
    sources: &'a SourceMap,
    span: Span,
    diagnostic: &'a Diagnostic,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let file = sources.file(span.file);
    let window = own_window(sources, diagnostic);
    let mut primary = AnnotationKind::Primary.span(window.range(span));
    if !diagnostic.label.is_empty() {
        primary = primary.label(inert(&diagnostic.label));
    }
    let mut snippet = window.snippet(inert(&file.name)).annotation(primary);
    for (related, label) in &diagnostic.related {
        if related.file == span.file {
            snippet = snippet.annotation(
                AnnotationKind::Context
                    .span(window.range(*related))
                    .label(inert(label)),
            );
        }
    }
    snippet
}

/// The lines around the marked text of a diagnostic in its own file.
fn own_window<'a>(sources: &'a SourceMap, diagnostic: &Diagnostic) -> Window<'a> {
    let span = diagnostic.span;
    let related = diagnostic.related.iter().map(|(related, _)| *related);
    let related = related.filter(|related| related.file == span.file);
    Window::around(sources, related.chain([span]))
}

/// The lines that contain the given spans, since the renderer processes every line that it gets.
struct Window<'a> {
    text: &'a str,
    start: usize,
    line: usize,
}

impl<'a> Window<'a> {
    /// The spans are of one file.
    fn around(sources: &'a SourceMap, spans: impl Iterator<Item = Span> + Clone) -> Self {
        let first = spans.clone().min_by_key(|span| span.start);
        let last = spans.map(|span| span.end).max().unwrap_or_default();
        let Some(first) = first else {
            return Self {
                text: "",
                start: 0,
                line: 1,
            };
        };
        let text = sources.file(first.file).text.as_str();
        let start = sources.line_start(first.file, first.start);
        let end = text[last..]
            .find('\n')
            .map_or(text.len(), |newline| last + newline + 1);
        Self {
            text: &text[start..end],
            start,
            line: sources.line_column(first).line,
        }
    }

    fn snippet<T: Clone>(&self, path: Cow<'a, str>) -> Snippet<'a, T> {
        Snippet::source(self.text).path(path).line_start(self.line)
    }

    fn range(&self, span: Span) -> Range<usize> {
        span.start - self.start..span.end - self.start
    }
}

/// Text without control characters, since file names can contain any. The renderer escapes those in source lines.
fn inert(text: &str) -> Cow<'_, str> {
    let drives = |c: char| c.is_control() && c != '\n';
    match text.contains(drives) {
        true => text.replace(drives, "\u{fffd}").into(),
        false => text.into(),
    }
}

fn count(diagnostics: &[Diagnostic], shown: usize) -> String {
    let severities = diagnostics.iter().map(|one| (one.severity, false));
    let count = Summary::count(severities).said().unwrap_or_default();
    match diagnostics.len() {
        all if all == shown => count,
        _ => format!("{count}; the first {shown} are shown"),
    }
}

#[cfg(test)]
mod tests {
    use super::render_human;
    use crate::diag::{Diagnostic, SourceMap, Span};
    use crate::limits;

    /// The last line that is shown for errors at characters of a text.
    fn last_line(text: &str, faults: usize) -> String {
        let mut sources = SourceMap::default();
        let file = sources.add("x", text);
        let fault = |start| {
            Diagnostic::error(
                "bad-account",
                Span {
                    file,
                    start,
                    end: start + 1,
                },
                "bad-account",
            )
        };
        let faults: Vec<Diagnostic> = (0..faults).map(fault).collect();
        let shown = render_human(&sources, &faults);
        shown.lines().last().unwrap_or_default().to_owned()
    }

    #[test]
    fn many_faults_in_a_long_line_are_shown_as_far_as_there_is_room() {
        assert_eq!(last_line("aaaa", 4), "4 errors");
        let half = "a".repeat(limits::SHOWN_BYTES / 2 + 1);
        assert_eq!(last_line(&half, 4), "4 errors; the first 2 are shown");
    }
}
