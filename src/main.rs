//! The `landgrant` command.

use std::process::ExitCode;

use clap::Parser as _;
use landgrant::cli;

fn main() -> ExitCode {
    let arguments = cli::Cli::parse();
    match cli::run(&arguments) {
        Ok(outcome) => outcome.exit_code(),
        Err(error) => {
            cli::report(&error);
            ExitCode::from(2)
        }
    }
}
