//! How findings are printed.

use std::io;

use clap::ValueEnum;

use super::ui;

/// A form of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For a person
    Human,
    /// For a program
    Json,
    /// For code scanning services
    Sarif,
    /// For GitHub Actions, which shows them beside the lines
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
