//! The parts that reports consist of, and how they are printed to a terminal, as Markdown and as JSON.

use serde::Serialize;

use super::markdown::{cell, code, details, table};
use super::table::{columns, paragraph};
use super::ui::bold;
use crate::diag::{Severity, level};

/// How many rows are listed on a terminal; the others are counted.
const MOST_ROWS: usize = 12;

/// Output for a terminal: blocks separated by blank lines.
#[derive(Default)]
pub(super) struct Page {
    pub(super) text: String,
}

impl Page {
    /// Adds a block. An empty one is skipped.
    pub(super) fn block(&mut self, lines: &str) {
        if !(self.text.is_empty() || lines.is_empty()) {
            self.text.push('\n');
        }
        self.text.push_str(lines);
    }

    /// Adds a block with a title. An empty one is skipped.
    pub(super) fn section(&mut self, title: &str, lines: &str) {
        if !lines.is_empty() {
            self.block(&format!("{}\n{lines}", bold(title)));
        }
    }
}

/// Formats output for programs.
pub(super) fn json(document: &impl Serialize) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(document)?;
    text.push('\n');
    Ok(text)
}

/// A table with a title.
pub(super) struct Section {
    pub(super) title: &'static str,
    /// Whether the section may be important even if nothing more is granted.
    pub(super) is_pressing: bool,
    /// The names of the columns.
    pub(super) head: &'static [&'static str],
    pub(super) rows: Vec<Vec<Cell>>,
}

pub(super) enum Cell {
    Words(String),
    /// A name.
    Code(String),
    /// The value before and after.
    Change(String, String),
}

impl Section {
    pub(super) fn new(
        title: &'static str,
        head: &'static [&'static str],
        rows: impl Iterator<Item = Vec<Cell>>,
    ) -> Self {
        Self {
            title,
            is_pressing: false,
            head,
            rows: rows.collect(),
        }
    }

    pub(super) fn pressing(self) -> Self {
        Self {
            is_pressing: true,
            ..self
        }
    }

    /// The rows for a terminal. The header is only shown if every column has a name and there are more than two
    /// columns.
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

    /// The table in Markdown.
    pub(super) fn markdown(&self) -> String {
        let in_markdown = |row: &Vec<Cell>| row.iter().flat_map(Cell::markdown).collect();
        let rows: Vec<Vec<String>> = self.rows.iter().map(in_markdown).collect();
        table(self.head, &rows)
    }

    /// The section in Markdown, collapsed.
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

    /// One cell, or two for a change.
    fn markdown(&self) -> Vec<String> {
        match self {
            Self::Words(text) => vec![cell(text)],
            Self::Code(text) => vec![code(text)],
            Self::Change(before, after) => vec![cell(before), cell(after)],
        }
    }
}

/// Findings of one rule.
pub(super) struct Findings<'a> {
    pub(super) severity: Severity,
    pub(super) code: &'a str,
    pub(super) summary: &'a str,
    pub(super) number: usize,
    pub(super) lists: Vec<Group<'a>>,
}

/// Findings of a rule that share why they matter and what to do.
pub(super) struct Group<'a> {
    pub(super) rows: Vec<Vec<String>>,
    pub(super) why: Option<&'a str>,
    pub(super) help: Option<&'a str>,
}

impl Findings<'_> {
    pub(super) fn human(&self) -> String {
        let colour = match self.severity {
            Severity::Error => "31",
            Severity::Warning => "33",
            Severity::Note => "32",
        };
        let summary = match self.number {
            1 => self.summary.to_owned(),
            many => format!("{}, {many} times", self.summary),
        };
        let mut text = format!(
            "\u{1b}[1;{colour}m{}[{}]\u{1b}[0m {}\n",
            level(self.severity),
            self.code,
            bold(&summary)
        );
        let mut said = None;
        for Group { rows, why, help } in &self.lists {
            if let Some(why) = why.filter(|_| said != *why) {
                text.push_str(&paragraph(&format!("= why: {why}"), 2));
            }
            said = *why;
            text.push_str(&columns(rows));
            if let Some(help) = help {
                text.push_str(&paragraph(&format!("= help: {help}"), 2));
            }
        }
        text
    }
}
