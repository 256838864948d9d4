//! How findings are printed.

use clap::ValueEnum;

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
