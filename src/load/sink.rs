//! Collects the diagnostics of a stage.

use crate::diag::{self, Diagnostic, Severity, Span};
use crate::limits;
use crate::model::Refusal;

/// The diagnostics so far.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    diagnostics: Vec<Diagnostic>,
    errors: usize,
}

impl Sink {
    /// Adds a diagnostic. If there are too many errors, the last one says so.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        let is_error = diagnostic.severity == Severity::Error;
        if is_error && self.errors == limits::FAULTS {
            self.diagnostics.push(Diagnostic::too_many(diagnostic.span));
        }
        self.errors += usize::from(is_error);
        if !is_error || self.errors <= limits::FAULTS {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Whether there are so many errors that further ones are dropped.
    pub(crate) fn is_full(&self) -> bool {
        self.errors > limits::FAULTS
    }

    /// Returns the value, or adds a diagnostic with the reason for the rejection.
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

    /// Whether any diagnostic is an error, which ends the stage.
    pub(crate) fn has_errors(&self) -> bool {
        diag::has_errors(&self.diagnostics)
    }

    /// The collected diagnostics.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}
