//! Prints findings as workflow commands, which GitHub shows beside the lines of a pull request.

use std::fmt::Write as _;

use super::{Entry, Severity, SourceMap};

/// One line for each finding that is not accepted.
pub fn render_github(sources: &SourceMap, entries: &[Entry<'_>]) -> String {
    let mut text = String::new();
    for entry in entries.iter().filter(|entry| entry.accepted.is_none()) {
        let diagnostic = entry.diagnostic;
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let (span, message) = entry.in_files(sources);
        let (start, end) = (sources.line_column(span), sources.end_line_column(span));
        let _ = writeln!(
            text,
            "::{command} file={},line={},col={},endLine={},endColumn={},title={}::{}",
            property(&sources.file(span.file).name),
            start.line,
            start.column,
            end.line,
            end.column,
            property(diagnostic.code),
            data(&message)
        );
    }
    text
}

/// Escapes characters that would end the message.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Also escapes characters that would end the property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn nothing_in_a_message_ends_the_command() {
        assert_eq!(data("100 %\nnext: a,b"), "100 %25%0Anext: a,b");
        assert_eq!(property("a,b: 1%"), "a%2Cb%3A 1%25");
    }
}
