//! The command line: arguments in, stages run, text and exit code out.

mod catalog;
mod init;
mod outcome;
mod render;
mod summary;
mod table;
mod ui;

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use outcome::Outcome;

use crate::load;

/// Turns the permission list a vendor publishes into reviewed, deployable AWS access.
#[derive(Debug, Parser)]
#[command(name = "landgrant", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a commented deployment to start from
    Init(init::InitArgs),
    /// Render deployments as Terraform and CloudFormation
    Render(render::RenderArgs),
    /// List and show permission catalogs
    Catalog(catalog::CatalogArgs),
    /// Print the JSON Schema of an input format
    Schema(SchemaArgs),
}

/// Where the user's own catalogs are.
#[derive(Debug, Args)]
struct CatalogDir {
    /// A folder with catalogs of your own, as PRODUCT/VERSION.yaml
    #[arg(long = "catalogs", value_name = "DIR")]
    catalogs: Option<Utf8PathBuf>,
}

#[derive(Debug, Args)]
struct SchemaArgs {
    /// The format
    #[arg(value_enum)]
    format: SchemaName,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SchemaName {
    /// Deployment files
    Deployment,
    /// Catalog files
    Catalog,
}

/// Runs one command.
///
/// # Errors
///
/// When the system refuses something, or Landgrant itself is at fault; a fault in a user's file is an [`Outcome`].
pub fn run(cli: &Cli) -> anyhow::Result<Outcome> {
    match &cli.command {
        Command::Init(args) => init::run(args),
        Command::Render(args) => render::run(args),
        Command::Catalog(args) => catalog::run(args),
        Command::Schema(args) => {
            let schema = match args.format {
                SchemaName::Deployment => load::deployment_schema(),
                SchemaName::Catalog => load::catalog_schema(),
            };
            ui::print(&format!("{schema:#}\n"))?;
            Ok(Outcome::Clean)
        }
    }
}

/// Prints a failure that is not a finding.
pub fn report(error: &anyhow::Error) {
    ui::warn(&format!("\u{1b}[1;31merror\u{1b}[0m: {error:#}\n"));
}
