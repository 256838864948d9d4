//! `landgrant render`: all stages, for one deployment or many. Nothing is written if any of them has a fault.

use clap::Args;

use super::progress::Progress;
use super::stages::{self, Inputs, Purpose};
use super::{Outcome, diff, merge, summary, ui};
use crate::write::{self, WriteError};

#[derive(Debug, Args)]
pub(super) struct RenderArgs {
    #[command(flatten)]
    inputs: Inputs,
    /// Overwrite files that were edited by hand or written by somebody else
    #[arg(long)]
    force: bool,
    /// Let users, groups and roles with another name be deleted and made anew, where they cannot be renamed
    #[arg(long)]
    replace: bool,
}

pub(super) fn run(args: &RenderArgs) -> anyhow::Result<Outcome> {
    let purpose = Purpose::Write {
        replace: args.replace,
    };
    let Some(stages) = stages::run(&args.inputs, purpose)? else {
        return Ok(Outcome::Faults);
    };
    let progress = Progress::new("comparing");
    // All folders are looked at before the first is touched.
    let mut changes = Vec::new();
    for one in &stages.rendered {
        match write::prepare(one.output(), &one.out, args.force) {
            Ok(prepared) => changes.push(prepared),
            Err(WriteError::Conflicts(conflicts)) => {
                return Err(merge::refused(conflicts, &one.out, &args.inputs));
            }
            Err(error) => return Err(error.into()),
        }
    }
    drop(progress);
    for (one, changes) in stages.rendered.iter().zip(changes) {
        ui::warn(&diff::lost(&changes.overwritten));
        let progress = Progress::new("writing");
        let report = write::write(changes)?;
        drop(progress);
        ui::print(&summary::render(one, &report))?;
    }
    stages.leave();
    Ok(Outcome::Clean)
}
