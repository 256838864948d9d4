//! Diagnostics for a person at a terminal: the source line, a mark under it, why, and what to do.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Severity, SourceMap, Span};

/// More than anybody reads before running again; a file of nothing but faults must not take minutes.
const MOST_SHOWN: usize = 500;

/// Renders sorted diagnostics and a last line that counts them. The text carries ANSI styles; print it
/// through a stream that strips them where the terminal takes none.
pub fn render_human(sources: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    let renderer = Renderer::styled();
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(MOST_SHOWN) {
        text.push_str(&renderer.render(&[group(sources, diagnostic)]));
        text.push_str("\n\n");
    }
    let _ = writeln!(text, "{}", count(diagnostics));
    text
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
            let window = Window::around(&file.text, [*span].into_iter());
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
    let related = diagnostic.related.iter().map(|(related, _)| *related);
    let window = Window::around(
        &file.text,
        related
            .filter(|related| related.file == span.file)
            .chain([span]),
    );
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

/// The lines of a text that hold some spans: the renderer looks at every line that it is given.
struct Window<'a> {
    text: &'a str,
    start: usize,
    line: usize,
}

impl<'a> Window<'a> {
    fn around(text: &'a str, spans: impl Iterator<Item = Span>) -> Self {
        let (first, last) = spans.fold((text.len(), 0), |(first, last), span| {
            (first.min(span.start), last.max(span.end))
        });
        let start = text[..first].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[last..]
            .find('\n')
            .map_or(text.len(), |newline| last + newline + 1);
        Self {
            text: &text[start..end],
            start,
            line: text[..start].matches('\n').count() + 1,
        }
    }

    fn snippet<T: Clone>(&self, path: Cow<'a, str>) -> Snippet<'a, T> {
        Snippet::source(self.text).path(path).line_start(self.line)
    }

    fn range(&self, span: Span) -> Range<usize> {
        span.start - self.start..span.end - self.start
    }
}

/// Text without what drives a terminal: the name of a file can hold anything. The lines of a file are the renderer's to show.
fn inert(text: &str) -> Cow<'_, str> {
    let drives = |c: char| c.is_control() && c != '\n';
    match text.contains(drives) {
        true => text.replace(drives, "\u{fffd}").into(),
        false => text.into(),
    }
}

fn count(diagnostics: &[Diagnostic]) -> String {
    let kinds = [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Note, "note"),
    ];
    let parts: Vec<String> = kinds
        .into_iter()
        .map(|(severity, noun)| {
            let of_kind = |diagnostic: &&Diagnostic| diagnostic.severity == severity;
            (diagnostics.iter().filter(of_kind).count(), noun)
        })
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| plural(number, noun))
        .collect();
    let count = parts.join(", ");
    match diagnostics.len() {
        0..=MOST_SHOWN => count,
        _ => format!("{count}; the first {MOST_SHOWN} are shown"),
    }
}

fn plural(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
