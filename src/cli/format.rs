//! The output formats of findings.

use std::io;

use clap::ValueEnum;

use super::ui;
use crate::diag::{self, Entry, RuleInfo, SourceMap};

/// An output format of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For reading in a terminal
    Human,
    /// For programs
    Json,
    /// For code scanning services
    Sarif,
    /// For GitHub Actions, as annotations beside the lines
    Github,
}

impl Format {
    /// Prints findings in this format; `human` makes the text for a person.
    pub(super) fn print(
        self,
        sources: &SourceMap,
        entries: &[Entry<'_>],
        rules: &[RuleInfo<'_>],
        human: impl FnOnce() -> String,
    ) -> io::Result<()> {
        match self {
            Format::Human => ui::print(&human()),
            Format::Json => ui::print(&diag::render_json(sources, entries)),
            Format::Sarif => ui::print(&diag::render_sarif(sources, entries, rules)),
            Format::Github => ui::print_exactly(&diag::render_github(sources, entries)),
        }
    }
}
