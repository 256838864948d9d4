//! Gathers diagnostics while a stage goes on.

use crate::diag::{self, Diagnostic, Span};
use crate::model::Refusal;

/// Diagnostics so far.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    diagnostics: Vec<Diagnostic>,
}

impl Sink {
    /// Adds a diagnostic.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// The value, or nothing and a diagnostic that says why it was refused.
    pub(crate) fn take<T>(
        &mut self,
        code: &'static str,
        span: Span,
        result: Result<T, Refusal>,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(refusal) => {
                self.push(
                    Diagnostic::error(code, span, refusal.what)
                        .why(refusal.why)
                        .help(refusal.help),
                );
                None
            }
        }
    }

    /// Whether anything gathered stops the flow.
    pub(crate) fn has_errors(&self) -> bool {
        diag::has_errors(&self.diagnostics)
    }

    /// What was gathered.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}
