//! Summarizes similar diagnostics, since an account list can have the same error in every line.

use std::collections::BTreeMap;

use super::{Diagnostic, Severity, SourceMap, Span};

/// How many similar diagnostics are printed. More would not help to find the cause.
const MOST_ALIKE: usize = 5;

/// What makes diagnostics similar: code, severity, and the account list, or the position in any other file.
type Kind = (&'static str, Severity, Place);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    List(super::FileId),
    At(Span),
}

/// Replaces all but the first five similar diagnostics by one with their number. Expects sorted diagnostics.
pub fn sum_up(sources: &SourceMap, diagnostics: &mut Vec<Diagnostic>) {
    let kind = |diagnostic: &Diagnostic| -> Kind {
        let span = diagnostic.span;
        let place = match sources.file(span.file).is_list {
            true => Place::List(span.file),
            false => Place::At(span),
        };
        (diagnostic.code, diagnostic.severity, place)
    };
    let mut total: BTreeMap<Kind, usize> = BTreeMap::new();
    for diagnostic in diagnostics.iter() {
        *total.entry(kind(diagnostic)).or_default() += 1;
    }
    let mut told: BTreeMap<Kind, usize> = BTreeMap::new();
    diagnostics.retain_mut(|diagnostic| {
        let kind = kind(diagnostic);
        let told = told.entry(kind).or_default();
        *told += 1;
        let more = total[&kind].saturating_sub(MOST_ALIKE);
        // A single further diagnostic is printed as it is.
        if *told <= MOST_ALIKE || more == 1 {
            return true;
        }
        let here = match kind.2 {
            Place::List(_) => "in this file, from here on",
            Place::At(_) => "here",
        };
        *diagnostic = Diagnostic {
            severity: diagnostic.severity,
            ..Diagnostic::error(
                diagnostic.code,
                diagnostic.span,
                format!("{more} more like these {here}"),
            )
        };
        *told == MOST_ALIKE + 1
    });
}

#[cfg(test)]
mod tests {
    use super::sum_up;
    use crate::diag::{Diagnostic, SourceMap, Span};

    fn told(number: usize, list: bool) -> Vec<String> {
        let mut sources = SourceMap::default();
        let text = "x\n".repeat(number);
        let file = match list {
            true => sources.add_list("accounts.csv", text),
            false => sources.add("landgrant.yaml", text),
        };
        let mut diagnostics: Vec<Diagnostic> = (0..number)
            .map(|line| {
                let start = line * 2;
                let span = Span {
                    file,
                    start,
                    end: start + 1,
                };
                Diagnostic::error("bad-account", span, format!("fault {line}"))
            })
            .collect();
        sum_up(&sources, &mut diagnostics);
        diagnostics.into_iter().map(|one| one.message).collect()
    }

    #[test]
    fn many_alike_in_a_list_are_told_up_to_the_fifth() {
        assert_eq!(told(6, true).len(), 6);
        assert_eq!(told(6, true)[5], "fault 5");
        let many = told(300, true);
        assert_eq!(many.len(), 6);
        assert_eq!(many[4], "fault 4");
        assert_eq!(many[5], "295 more like these in this file, from here on");
    }

    #[test]
    fn what_a_person_wrote_line_by_line_is_told_line_by_line() {
        assert_eq!(told(300, false).len(), 300);
    }
}
