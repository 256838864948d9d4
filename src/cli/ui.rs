//! Standard output and standard error: the only place that prints. Styles are dropped where the terminal takes none.

use std::io::{self, IsTerminal as _, Write};

use crate::diag::{self, Diagnostic, SourceMap};

/// Prints to standard output. A reader that has gone away is no failure.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Prints to standard error. Nothing can be done if that fails.
pub(super) fn warn(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// Prints diagnostics, sorted, to standard error. Says whether any of them is an error.
pub(super) fn diagnose(sources: &SourceMap, diagnostics: &mut Vec<Diagnostic>) -> bool {
    if diagnostics.is_empty() {
        return false;
    }
    diag::sort(diagnostics);
    diag::sum_up(sources, diagnostics);
    warn(&diag::render_human(sources, diagnostics));
    diag::has_errors(diagnostics)
}

/// A heading.
pub(super) fn bold(text: &str) -> String {
    format!("\u{1b}[1m{text}\u{1b}[0m")
}

/// Whether somebody looks at what goes to standard error.
pub(super) fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

/// Writes over the line that is there; an empty text leaves none.
pub(super) fn status(stage: &str) {
    let dots = if stage.is_empty() { "" } else { " …" };
    let mut terminal = std::io::stderr().lock();
    let _ = write!(terminal, "\r\u{1b}[2K{stage}{dots}");
    let _ = terminal.flush();
}
