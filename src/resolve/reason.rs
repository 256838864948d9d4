//! Checks the reasons that a deployment gives.

use super::sink::Sink;
use crate::diag::{Diagnostic, Span};
use crate::model::{shown, unprintable};

/// Refuses a reason that says nothing, or hides something.
pub(super) fn needs_reason(sink: &mut Sink, reason: &str, span: Span, why: &str, help: &str) {
    if reason.trim().is_empty() {
        sink.push(
            Diagnostic::error("missing-reason", span, "the reason is empty")
                .why(why)
                .help(help),
        );
    }
    needs_text(sink, reason, span);
}

/// Refuses text that hides something.
pub(super) fn needs_text(sink: &mut Sink, text: &str, span: Span) {
    if let Some(odd) = unprintable(&text.replace('\n', " ")) {
        sink.push(
            Diagnostic::error(
                "bad-text",
                span,
                format!("{} contains an invisible character", shown(text)),
            )
            .why("it is printed for whoever reviews the deployment, and would hide or move other text")
            .help(crate::model::leave_out(odd)),
        );
    }
}
