//! `landgrant init`: a commented deployment to start from.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum, ValueHint};

use super::table::paragraph;
use super::{Outcome, ui};
use crate::model::FileSet;
use crate::{load, write};

/// What a starter is for. Each renders as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Starter {
    /// Micetro, with a user and a group in a hub account
    Micetro,
    /// A product in its vendor's account, with an external id
    VendorAccount,
    /// Workflows of GitHub Actions
    Github,
    /// Pods of an EKS cluster
    Eks,
    /// A product on instances of EC2
    Ec2,
}

impl Starter {
    fn text(self) -> &'static str {
        match self {
            Self::Micetro => include_str!("starters/micetro.yaml"),
            Self::VendorAccount => include_str!("starters/vendor-account.yaml"),
            Self::Github => include_str!("starters/github.yaml"),
            Self::Eks => include_str!("starters/eks.yaml"),
            Self::Ec2 => include_str!("starters/ec2.yaml"),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The folder to write landgrant.yaml and its schema into
    #[arg(default_value = ".", value_name = "DIR", value_hint = ValueHint::DirPath)]
    folder: Utf8PathBuf,
    /// Who is to get access
    #[arg(long = "for", value_enum, default_value_t = Starter::Micetro, value_name = "KIND")]
    starter: Starter,
}

pub(super) fn run(args: &InitArgs) -> anyhow::Result<Outcome> {
    let (deployment, schema) = ("landgrant.yaml", "landgrant.schema.json");
    let schema_text = format!("{:#}\n", load::deployment_schema());
    let files = FileSet::from_iter([(deployment, args.starter.text()), (schema, &schema_text)]);
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
