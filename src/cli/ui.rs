//! Standard output and standard error. Nothing else prints. Styles are removed if the terminal does not support them.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write};

use anstream::adapter::strip_str;

use crate::diag::{self, Diagnostic, SourceMap};

/// Prints to standard output.
pub(super) fn print(text: &str) -> io::Result<()> {
    print_exactly(&inert(text))
}

/// Prints output for programs: a script, or workflow commands.
pub(super) fn print_exactly(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout();
    // A closed pipe is not an error.
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Prints to standard error. Failures are ignored, since they could not be reported.
pub(super) fn warn(text: &str) {
    let _ = anstream::stderr().write_all(inert(text).as_bytes());
}

/// Neutralizes workflow commands of GitHub Actions in text that may come from others: `::name::` at the start of a
/// line, after any blanks, or `##[name]` anywhere. JSON remains valid JSON.
fn inert(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive(['\n', '\r']).map(|line| {
        let bare = strip_str(line).to_string();
        let mut line = Cow::Borrowed(line);
        if is_command(bare.trim_start()) {
            line = line.replacen(':', "\\u003a", 1).into();
        }
        if bare.contains("##[") {
            line = line.replace("##", "\\u0023#").into();
        }
        line
    });
    lines.collect::<String>().into()
}

/// Whether the runner would interpret a line as a command. The `::: file:line` lines of a diagnostic are not commands.
fn is_command(line: &str) -> bool {
    let points = |place: &str| !place.contains("::");
    line.starts_with("::") && !line.strip_prefix("::: ").is_some_and(points)
}

/// Prints sorted diagnostics to standard error. Returns whether any of them is an error.
pub(super) fn diagnose(sources: &SourceMap, diagnostics: &mut Vec<Diagnostic>) -> bool {
    if diagnostics.is_empty() {
        return false;
    }
    diag::sort(diagnostics);
    diag::sum_up(sources, diagnostics);
    warn(&diag::render_human(sources, diagnostics));
    diag::has_errors(diagnostics)
}

/// Formats a heading.
pub(super) fn bold(text: &str) -> String {
    format!("\u{1b}[1m{text}\u{1b}[0m")
}

/// Whether standard error is a terminal.
pub(super) fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

/// Overwrites the current line; an empty text erases it.
pub(super) fn status(stage: &str) {
    let dots = if stage.is_empty() { "" } else { " …" };
    let mut terminal = std::io::stderr().lock();
    let _ = write!(terminal, "\r\u{1b}[2K{stage}{dots}");
    let _ = terminal.flush();
}

/// A coloured line of a unified diff.
pub(super) fn coloured(line: &str) -> String {
    let line = visible(line);
    let colour = match line.as_bytes().first() {
        _ if line.starts_with("--- ") || line.starts_with("+++ ") => "1",
        Some(b'-') => "31",
        Some(b'+') => "32",
        Some(b'@') => "36",
        _ => return format!("{line}\n"),
    };
    format!("\u{1b}[{colour}m{line}\u{1b}[0m\n")
}

/// A line without control characters: text from others must neither control the terminal nor change the direction of
/// text.
pub(super) fn visible(line: &str) -> String {
    let mut visible = String::with_capacity(line.len());
    for character in line.chars() {
        match character {
            '\t' => visible.push('\t'),
            control if control.is_control() => visible.push('\u{fffd}'),
            other => visible.push_str(&crate::model::visible(other.encode_utf8(&mut [0; 4]))),
        }
    }
    visible
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn no_line_is_a_command_to_the_runner() {
        for (text, inert_text) in [
            ("::stop-commands::x\n", "\\u003a:stop-commands::x\n"),
            ("a\n \t::add-mask::b", "a\n \t\\u003a:add-mask::b"),
            ("a\r::error::b\n", "a\r\\u003a:error::b\n"),
            ("\u{1b}[1m ::x::\u{1b}[0m", "\u{1b}[1m \\u003a:x::\u{1b}[0m"),
            (" ::: a.yaml:3:1\n", " ::: a.yaml:3:1\n"),
            (" ::: a::b\n", " \\u003a:: a::b\n"),
            ("say ##[error]b", "say \\u0023#[error]b"),
            ("##\u{1b}[0m[error]b", "\\u0023#\u{1b}[0m[error]b"),
            (
                "arn:aws:iam::aws:policy/x ## a\n",
                "arn:aws:iam::aws:policy/x ## a\n",
            ),
        ] {
            assert_eq!(inert(text), inert_text);
        }
    }
}
