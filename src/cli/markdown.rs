//! Markdown for comments on pull requests and for job summaries.

use crate::model::visible;

/// More rows than this are counted, not listed: a comment of GitHub takes 65,536 characters.
pub(super) const MOST_ROWS: usize = 40;

/// What stands behind a click, with how much it is.
pub(super) fn details(text: &mut String, title: &str, body: Option<(usize, String)>) {
    if let Some((count, body)) = body {
        text.push_str(&format!(
            "\n<details><summary>{title} ({count})</summary>\n\n{body}\n</details>\n"
        ));
    }
}

/// A table. The rows that are too many are counted.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = format!(
        "| {} |\n|{}\n",
        head.join(" | "),
        " --- |".repeat(head.len())
    );
    for row in &rows[..rows.len().min(MOST_ROWS)] {
        text.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    if rows.len() > MOST_ROWS {
        text.push_str(&format!(
            "\nand {} more: the command without `--format markdown` prints all\n",
            rows.len() - MOST_ROWS
        ));
    }
    text
}

/// Text in a cell: nothing in it is Markdown or HTML.
pub(super) fn cell(text: &str) -> String {
    let mut escaped = String::new();
    for c in visible(&blank(text)).chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '@' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text as code in a cell. A pipe would end the cell even here, and a backtick the code.
pub(super) fn code(text: &str) -> String {
    let text = blank(text).replace('`', " ");
    format!("`{}`", visible(&text).replace('|', "\\|"))
}

/// Text without controls, which end a line or worse.
fn blank(text: &str) -> String {
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::{cell, code};

    #[test]
    fn nothing_turns_the_text_around_it() {
        assert_eq!(code("a\u{202e}b`|\u{1b}"), "`a\\u{202e}b \\| `");
        assert_eq!(cell("a\u{2066}b\n|"), "a\\\\u{2066}b \\|");
    }
}
