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
    if let Some(odd) = unprintable(&reason.replace('\n', " ")) {
        sink.push(
            Diagnostic::error(
                "bad-text",
                span,
                format!("{} contains an invisible character", shown(reason)),
            )
            .why("the reason is printed for whoever reviews the deployment, and would hide or move other text")
            .help(crate::model::leave_out(odd)),
        );
    }
}
