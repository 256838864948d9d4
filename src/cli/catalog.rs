//! c
use super::Outcome;
use clap::Args;
#[derive(Debug, Args)]
pub(super) struct CatalogArgs {}
pub(super) fn run(_args: &CatalogArgs) -> anyhow::Result<Outcome> {
    Ok(Outcome::Clean)
}
