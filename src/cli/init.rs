//! `landgrant init`: a commented deployment to start from.

use camino::Utf8PathBuf;
use clap::{Args, ValueHint};

use super::table::paragraph;
use super::{Outcome, ui};
use crate::model::FileSet;
use crate::{load, write};

/// The starter. It renders as it is.
const STARTER: &str = include_str!("starter.yaml");

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The folder to write landgrant.yaml and its schema into
    #[arg(default_value = ".", value_name = "DIR", value_hint = ValueHint::DirPath)]
    folder: Utf8PathBuf,
}

pub(super) fn run(args: &InitArgs) -> anyhow::Result<Outcome> {
    let (deployment, schema) = ("landgrant.yaml", "landgrant.schema.json");
    let schema_text = format!("{:#}\n", load::deployment_schema());
    let files = FileSet::from_iter([(deployment, STARTER), (schema, &schema_text)]);
    write::create_new(&args.folder, &files)?;
    let (deployment, schema) = (args.folder.join(deployment), args.folder.join(schema));
    let options = match args.folder.as_str() {
        "." => String::new(),
        folder => format!(" {deployment} --out {folder}/rendered"),
    };
    let wrote = format!(
        "Wrote {deployment}, a deployment to start from, and {schema}, with which an editor completes and checks it."
    );
    ui::print(&format!(
        "{}\nNext: fill in your account ids, then\n  landgrant lint{options}\n  landgrant render{options}\n",
        paragraph(&wrote, 0)
    ))?;
    Ok(Outcome::Clean)
}
