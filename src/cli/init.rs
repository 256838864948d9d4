//! `landgrant init`: a commented deployment to start from.

use camino::Utf8PathBuf;
use clap::Args;

use super::{Outcome, ui};
use crate::{load, write};

/// The starter. It renders as it is.
const STARTER: &str = include_str!("starter.yaml");

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The folder to write landgrant.yaml and its schema into
    #[arg(default_value = ".", value_name = "DIR")]
    folder: Utf8PathBuf,
}

pub(super) fn run(args: &InitArgs) -> anyhow::Result<Outcome> {
    let deployment = args.folder.join("landgrant.yaml");
    let schema = args.folder.join("landgrant.schema.json");
    let schema_text = format!("{:#}\n", load::deployment_schema());
    write::create_new(&[
        (deployment.clone(), STARTER.to_owned()),
        (schema.clone(), schema_text),
    ])?;
    ui::print(&format!(
        "Wrote {deployment}, a deployment to start from, and {schema}, with which an\neditor completes and checks it.\n\nNext: put in your account ids, then run `landgrant render {deployment}`.\n"
    ))?;
    Ok(Outcome::Clean)
}
