//! Diagnostics and findings: what is wrong, where, why AWS or the product would reject it, and what to write instead.

mod alike;
mod github;
mod human;
mod json;
mod near;
mod sarif;
mod source;
mod summary;

pub use alike::sum_up;
pub use github::render_github;
pub use human::render_human;
pub(crate) use json::level;
pub use json::render_json;
pub use near::did_you_mean;
pub(crate) use near::edits;
pub use sarif::render_sarif;
pub use source::{BUILTIN, FileId, LineColumn, SourceFile, SourceMap, Span};
pub(crate) use summary::{Summary, plural};

use crate::limits;

/// The severity of a diagnostic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is rendered.
    Error,
    /// The output is correct, but should be checked.
    Warning,
    /// For information.
    Note,
}

/// An error or finding in a user's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// A kebab-case name that is stable across releases.
    pub code: &'static str,
    /// How serious it is.
    pub severity: Severity,
    /// The message, in one line.
    pub message: String,
    /// The marked text.
    pub span: Span,
    /// The label of the marked text; may be empty.
    pub label: String,
    /// Other relevant positions, such as the first of two duplicates.
    pub related: Vec<(Span, String)>,
    /// Why AWS or the product would reject it.
    pub why: Option<String>,
    /// What to write instead.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            span,
            label: String::new(),
            related: Vec::new(),
            why: None,
            help: None,
        }
    }

    /// An error that says that there are too many: the text after `span` is not checked.
    pub(crate) fn too_many(span: Span) -> Self {
        let message = format!(
            "{} errors are reported; the rest is not checked",
            limits::FAULTS
        );
        Self::error("too-many-faults", span, message).help("fix these first, then run again")
    }

    /// A warning at `span`.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, span, message)
        }
    }

    /// A note at `span`.
    pub fn note(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Note,
            ..Self::error(code, span, message)
        }
    }

    /// Sets the label of the marked text.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds another relevant position.
    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    /// Sets the reason why AWS or the product would reject it.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Sets what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A diagnostic for programs, with its subject and whether it is accepted.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The error or finding.
    pub diagnostic: &'a Diagnostic,
    /// The subject of a finding; empty for an error.
    pub subject: &'a str,
    /// The reason why the deployment accepts it, if it does.
    pub accepted: Option<&'a str>,
}

impl Entry<'_> {
    /// The position in a user's file, and the full text, line by line.
    fn in_files(&self, sources: &SourceMap) -> (Span, String) {
        let (span, elsewhere) = self.place_in_files(sources);
        let Diagnostic {
            message, why, help, ..
        } = self.diagnostic;
        let more = [Some(&elsewhere), why.as_ref(), help.as_ref()];
        let more = more.into_iter().flatten().map(String::as_str);
        let more = more.filter(|more| !more.is_empty());
        let lines: Vec<&str> = [message.as_str()].into_iter().chain(more).collect();
        (span, lines.join("\n"))
    }

    /// The position in a user's file. For a built-in catalog, this is where the deployment names it, and the text
    /// mentions the line of the catalog.
    fn place_in_files(&self, sources: &SourceMap) -> (Span, String) {
        let span = self.diagnostic.span;
        if !sources.is_builtin(span.file) {
            return (span, String::new());
        }
        let mut others = self.diagnostic.related.iter().map(|(span, _)| *span);
        match others.find(|other| !sources.is_builtin(other.file)) {
            Some(other) => {
                let line = sources.line_column(span).line;
                let name = &sources.file(span.file).name;
                (other, format!("{name}, line {line}"))
            }
            None => (span, String::new()),
        }
    }
}

/// A kind of finding, for formats that list their rules.
#[derive(Debug, Clone, Copy)]
pub struct RuleInfo<'a> {
    /// The code of its findings.
    pub code: &'a str,
    /// The default severity of its findings.
    pub severity: Severity,
    /// A one-line summary.
    pub summary: &'a str,
    /// Its page, in Markdown.
    pub page: &'a str,
}

/// Sorts diagnostics by file, position and code, and removes exact duplicates.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        (a.span, a.code, &a.message)
            .cmp(&(b.span, b.code, &b.message))
            .then(a.severity.cmp(&b.severity))
    });
    diagnostics.dedup();
}

/// Whether any of the diagnostics is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
}
