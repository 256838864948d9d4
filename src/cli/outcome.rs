//! How a command ended.

use std::process::ExitCode;

/// How a command ended, when it did what it was asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to report: exit code 0.
    Clean,
    /// Something was found that should not be: exit code 1.
    Findings,
    /// The command could not go on because of faults in the user's files, which were printed: exit code 2.
    Faults,
}

impl Outcome {
    /// The exit code. A failure of the system is 2 as well.
    pub fn exit_code(self) -> ExitCode {
        match self {
            Outcome::Clean => ExitCode::SUCCESS,
            Outcome::Findings => ExitCode::from(1),
            Outcome::Faults => ExitCode::from(2),
        }
    }
}
