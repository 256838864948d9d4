//! What commands say: blocks for a person at a terminal, and tables that a comment in Markdown can show too.

use super::markdown::{cell, code, details, table};
use super::table::columns;
use super::ui::bold;

/// More rows than this are counted, not listed, on a terminal.
const MOST_ROWS: usize = 12;

/// What is said at a terminal: blocks with a blank line between them.
#[derive(Default)]
pub(super) struct Page {
    pub(super) text: String,
}

impl Page {
    /// Lines that belong together. Nothing, where there is none.
    pub(super) fn block(&mut self, lines: &str) {
        if !(self.text.is_empty() || lines.is_empty()) {
            self.text.push('\n');
        }
        self.text.push_str(lines);
    }

    /// Lines under a title. Nothing, where there is none.
    pub(super) fn section(&mut self, title: &str, lines: &str) {
        if !lines.is_empty() {
            self.block(&format!("{}\n{lines}", bold(title)));
        }
    }
}

/// A table under a title.
pub(super) struct Section {
    pub(super) title: &'static str,
    /// The names of the columns.
    pub(super) head: &'static [&'static str],
    pub(super) rows: Vec<Vec<Cell>>,
}

pub(super) enum Cell {
    Words(String),
    /// A name.
    Code(String),
    /// What was, and what is.
    Change(String, String),
}

impl Section {
    pub(super) fn of(
        title: &'static str,
        head: &'static [&'static str],
        rows: impl Iterator<Item = Vec<Cell>>,
    ) -> Self {
        let rows = rows.collect();
        Self { title, head, rows }
    }

    /// The rows at a terminal; their head only where each column has a name, and there is more than a name and what is said of
    /// it.
    pub(super) fn human(&self) -> String {
        let in_words = |row: &Vec<Cell>| row.iter().map(Cell::human).collect();
        let mut rows: Vec<Vec<String>> = self.rows.iter().map(in_words).collect();
        let is_named = self.head.iter().all(|name| !name.is_empty());
        if is_named && rows.first().is_some_and(|first| first.len() > 2) {
            rows.insert(0, self.head.iter().map(ToString::to_string).collect());
        }
        let shown = rows.len().min(MOST_ROWS);
        let mut text = columns(&rows[..shown]);
        if rows.len() > shown {
            text.push_str(&format!("  and {} more\n", rows.len() - shown));
        }
        text
    }

    /// The rows in Markdown.
    pub(super) fn markdown(&self) -> String {
        let in_markdown = |row: &Vec<Cell>| row.iter().flat_map(Cell::markdown).collect();
        let rows: Vec<Vec<String>> = self.rows.iter().map(in_markdown).collect();
        table(self.head, &rows)
    }

    /// The section in Markdown, behind a click.
    pub(super) fn details(&self, text: &mut String) {
        details(text, self.title, self.rows.len(), &self.markdown());
    }
}

impl Cell {
    fn human(&self) -> String {
        match self {
            Self::Words(text) | Self::Code(text) => text.clone(),
            Self::Change(before, after) => format!("{before} → {after}"),
        }
    }

    /// One cell, or two where there are two sides.
    fn markdown(&self) -> Vec<String> {
        match self {
            Self::Words(text) => vec![cell(text)],
            Self::Code(text) => vec![code(text)],
            Self::Change(before, after) => vec![cell(before), cell(after)],
        }
    }
}
