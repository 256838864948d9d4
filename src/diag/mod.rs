//! Faults and findings: what is wrong, where, why AWS or the product would refuse it, what to write instead.

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

/// How serious a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is rendered.
    Error,
    /// The output is right, but somebody should look.
    Warning,
    /// Worth knowing; nothing is wrong.
    Note,
}

/// One fault or finding in a user's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// A kebab-case name that stays the same over releases.
    pub code: &'static str,
    /// How serious it is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// The text that is wrong.
    pub span: Span,
    /// What to say beside that text; may be empty.
    pub label: String,
    /// Other places that matter, such as the first of two duplicates.
    pub related: Vec<(Span, String)>,
    /// Why AWS or the product would refuse it.
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

    /// The last of too many: what follows `span` is not looked at.
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

    /// Says something beside the marked text.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Points at another place that matters.
    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    /// Says why AWS or the product would refuse it.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A diagnostic as programs get it, with what it is about and whether it was accepted.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The fault or finding.
    pub diagnostic: &'a Diagnostic,
    /// What a finding is about; empty for a fault.
    pub subject: &'a str,
    /// Why the deployment accepts it, if it does.
    pub accepted: Option<&'a str>,
}

impl Entry<'_> {
    /// Where it is in a file of the user's, and all that there is to say of it, line by line.
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

    /// Where it is in a file of the user's. What is in a catalog of the binary is shown where the deployment asks for
    /// the catalog, and the text says which line of the catalog is meant.
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

/// A kind of finding, for formats that describe their rules.
#[derive(Debug, Clone, Copy)]
pub struct RuleInfo<'a> {
    /// The code of its findings.
    pub code: &'a str,
    /// The severity that they have as a rule.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'a str,
    /// Its page, in Markdown.
    pub page: &'a str,
}

/// Puts diagnostics in the order they are shown: by file, place, then code; exact repetitions are dropped.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        (a.span, a.code, &a.message)
            .cmp(&(b.span, b.code, &b.message))
            .then(a.severity.cmp(&b.severity))
    });
    diagnostics.dedup();
}

/// Whether any of the diagnostics stops the flow.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
}
