//! `landgrant init`: a commented deployment to start from.

use camino::Utf8PathBuf;
use clap::Args;

use super::{Outcome, ui};
use crate::model::FileSet;
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
    let (deployment, schema) = ("landgrant.yaml", "landgrant.schema.json");
    let schema_text = format!("{:#}\n", load::deployment_schema());
    let files = FileSet::from_iter([(deployment, STARTER), (schema, &schema_text)]);
    write::create_new(&args.folder, &files)?;
    let (deployment, schema) = (args.folder.join(deployment), args.folder.join(schema));
    ui::print(&format!(
        "Wrote {deployment}, a deployment to start from, and {schema}, with which an\neditor completes and checks it.\n\nNext: put in your account ids, then run `landgrant render {deployment}`.\n"
    ))?;
    Ok(Outcome::Clean)
}
