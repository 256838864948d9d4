//! Markdown for comments on pull requests and for job summaries.

pub(super) use crate::model::markdown::{code, text as cell};

/// How many rows are listed; the others are counted. A comment on GitHub is limited to 65,536 characters.
pub(super) const MOST_ROWS: usize = 40;

/// A collapsed section with a count, or nothing if the count is zero.
pub(super) fn details(text: &mut String, title: &str, number: usize, body: &str) {
    if number > 0 {
        text.push_str(&format!(
            "\n<details><summary>{title} ({number})</summary>\n\n{body}\n</details>\n"
        ));
    }
}

/// A table. Rows beyond the limit are counted.
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
