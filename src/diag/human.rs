//! Diagnostics for a person at a terminal: the source line, a mark under it, why, and what to do.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Severity, SourceMap, Span};

/// Renders sorted diagnostics and a last line that counts them. The text carries ANSI styles; print it
/// through a stream that strips them where the terminal takes none.
pub fn render_human(sources: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    let renderer = Renderer::styled();
    let mut text = String::new();
    for diagnostic in diagnostics {
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
    };
    let mut group = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code)
        .element(snippet(sources, diagnostic.span, diagnostic));
    for (span, label) in &diagnostic.related {
        if span.file != diagnostic.span.file {
            let file = sources.file(span.file);
            group = group.element(
                Snippet::source(file.text.as_str())
                    .path(file.name.as_str())
                    .annotation(
                        AnnotationKind::Context
                            .span(span.range())
                            .label(label.as_str()),
                    ),
            );
        }
    }
    if let Some(why) = &diagnostic.why {
        group = group.element(Level::NOTE.message(why.as_str()));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}

fn snippet<'a>(
    sources: &'a SourceMap,
    span: Span,
    diagnostic: &'a Diagnostic,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let file = sources.file(span.file);
    let mut primary = AnnotationKind::Primary.span(span.range());
    if !diagnostic.label.is_empty() {
        primary = primary.label(diagnostic.label.as_str());
    }
    let mut snippet = Snippet::source(file.text.as_str())
        .path(file.name.as_str())
        .annotation(primary);
    for (related, label) in &diagnostic.related {
        if related.file == span.file {
            snippet = snippet.annotation(
                AnnotationKind::Context
                    .span(related.range())
                    .label(label.as_str()),
            );
        }
    }
    snippet
}

fn count(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .count();
    let warnings = diagnostics.len() - errors;
    let mut parts = Vec::new();
    if errors > 0 {
        parts.push(plural(errors, "error"));
    }
    if warnings > 0 {
        parts.push(plural(warnings, "warning"));
    }
    parts.join(", ")
}

fn plural(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
