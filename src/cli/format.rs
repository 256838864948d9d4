//! How findings are printed.

use std::io;

use clap::ValueEnum;

use super::ui;

/// A form of findings.
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
    /// Prints what was made in this format.
    pub(super) fn print(self, text: &str) -> io::Result<()> {
        match self {
            Format::Human | Format::Json | Format::Sarif => ui::print(text),
            Format::Github => ui::print_exactly(text),
        }
    }
}
