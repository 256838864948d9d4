//! Counts findings.

use serde::Serialize;

use super::Severity;

/// The number of findings per severity that are not accepted, and the number of accepted ones.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Summary {
    errors: usize,
    warnings: usize,
    notes: usize,
    accepted: usize,
}

impl Summary {
    /// Counts findings, each with whether it is accepted.
    pub(crate) fn count(findings: impl IntoIterator<Item = (Severity, bool)>) -> Self {
        let mut summary = Self::default();
        for (severity, accepted) in findings {
            *match (severity, accepted) {
                (_, true) => &mut summary.accepted,
                (Severity::Error, false) => &mut summary.errors,
                (Severity::Warning, false) => &mut summary.warnings,
                (Severity::Note, false) => &mut summary.notes,
            } += 1;
        }
        summary
    }

    /// The numbers in words, or `None` if there are no findings.
    pub(crate) fn said(&self) -> Option<String> {
        let of_severities = [
            (self.errors, "error"),
            (self.warnings, "warning"),
            (self.notes, "note"),
        ];
        let found = of_severities.iter().filter(|(number, _)| *number > 0);
        let mut parts: Vec<String> = found.map(|(number, noun)| plural(*number, noun)).collect();
        if self.accepted > 0 {
            parts.push(format!("{} accepted", self.accepted));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// `1 file`, `2 files`.
pub(crate) fn plural(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
