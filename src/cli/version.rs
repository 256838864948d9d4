//! `landgrant --version`, and with `--verbose` where the data in the binary is from.

use super::table::{columns, paragraph, row};
use super::{Outcome, ui};
use crate::load::builtin::BUILTIN_CATALOGS;
use crate::reference::{Reference, managed_source};

pub(super) fn run(verbose: bool) -> anyhow::Result<Outcome> {
    let mut text = format!("landgrant {}\n", env!("CARGO_PKG_VERSION"));
    if verbose {
        text.push_str(&sources());
    }
    ui::print(&text)?;
    Ok(Outcome::Clean)
}

fn sources() -> String {
    let mut text = String::from("\nAWS service reference\n");
    let mut rows = vec![row(["source", "version", "data of", "licence", "gives"])];
    let sources = Reference::embedded().sources().iter().copied();
    rows.extend(sources.chain(managed_source()).map(|source| {
        row([
            source.name,
            source.version,
            source.date,
            source.licence,
            source.gives,
        ])
    }));
    text.push_str(&columns(&rows));
    text.push_str("\npermission catalogs\n");
    let catalogs: Vec<&str> = BUILTIN_CATALOGS
        .iter()
        .map(|catalog| catalog.name)
        .collect();
    text.push_str(&paragraph(&catalogs.join(", "), 2));
    text
}
