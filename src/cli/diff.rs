//! `landgrant diff`: prints what a render would change in the files, as a unified diff.

use camino::Utf8Path;
use clap::Args;
use similar::TextDiff;

use super::stages::{self, Inputs, Purpose};
use super::{Outcome, ui};
use crate::write::{self, Conflict};

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    #[command(flatten)]
    inputs: Inputs,
}

pub(super) fn run(args: &DiffArgs) -> anyhow::Result<Outcome> {
    let Some(stages) = stages::run(&args.inputs, Purpose::Compare)? else {
        return Ok(Outcome::Faults);
    };
    let mut text = String::new();
    for one in &stages.rendered {
        let compared = write::compare(one.output(), &one.out)?;
        compared.refuse_other_deployment(one.output(), &one.out)?;
        for file in compared.files {
            if file.standing != write::Standing::Same {
                let after = one.files.get(&file.path);
                let path = one.out.join(&file.path);
                text.push_str(&unified(&path, file.before.as_deref(), after));
            }
        }
    }
    ui::print(&text)?;
    Ok(match text.is_empty() {
        true => Outcome::Clean,
        false => Outcome::Findings,
    })
}

/// A coloured unified diff of one file; a missing file counts as empty. The label of each side follows a tab, where
/// `git apply` and `patch` ignore it.
pub(super) fn unified(path: &Utf8Path, before: Option<&str>, after: Option<&str>) -> String {
    let name = |side: Option<&str>, prefix: &str, what: &str| match side {
        Some(_) => format!("{prefix}/{path}\t{what}"),
        None => format!("/dev/null\t{what}"),
    };
    let difference = TextDiff::from_lines(before.unwrap_or_default(), after.unwrap_or_default());
    let text = difference
        .unified_diff()
        .context_radius(3)
        .header(
            &name(before, "a", "rendered, as it is"),
            &name(after, "b", "as landgrant render would write it"),
        )
        .to_string();
    text.lines().map(ui::coloured).collect()
}

/// The edits that overwriting a file would lose.
pub(super) fn lost(conflicts: &[Conflict]) -> String {
    conflicts
        .iter()
        .map(|conflict| {
            unified(
                &conflict.path,
                Some(&conflict.before),
                conflict.after.as_deref(),
            )
        })
        .collect()
}
