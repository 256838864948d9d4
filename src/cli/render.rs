//! `landgrant render`: all stages, for one deployment or many. Nothing is written if any of them has a fault.

use anyhow::bail;
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueHint};

use super::progress::Progress;
use super::stages::{self, Inputs, Purpose, Rendered};
use super::{Outcome, diff, merge, summary, ui};
use crate::load;
use crate::write::{self, WriteError};

#[derive(Debug, Args)]
pub(super) struct RenderArgs {
    #[command(flatten)]
    inputs: Inputs,
    /// Overwrite files that were edited by hand or that Landgrant did not write
    #[arg(long)]
    force: bool,
    /// Allow renamed users, groups and roles to be deleted and recreated where they cannot be renamed in place
    #[arg(long)]
    replace: bool,
    /// Record the content of a file beside the rendered ones, such as your own backend.tf, so that `check` and `review` accept it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    accept: Vec<Utf8PathBuf>,
}

pub(super) fn run(args: &RenderArgs) -> anyhow::Result<Outcome> {
    let purpose = Purpose::Write {
        replace: args.replace,
    };
    let Some(mut stages) = stages::run(&args.inputs, purpose)? else {
        return Ok(Outcome::Faults);
    };
    accept(&args.accept, &mut stages.rendered)?;
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

/// Takes the digest of each file that is accepted, whichever deployment it stands beside.
fn accept(files: &[Utf8PathBuf], rendered: &mut [Rendered]) -> anyhow::Result<()> {
    for file in files {
        let beside = |one: &Rendered| {
            let path = load::way(&one.out, file)?;
            (!path.is_empty() && !path.starts_with("..")).then_some(path)
        };
        let found = rendered
            .iter_mut()
            .find_map(|one| beside(one).map(|path| (one, path)));
        let Some((one, path)) = found else {
            bail!("{file} is in no folder that is rendered to, so that nobody has to accept it");
        };
        let digest = write::accept(&one.out, Utf8Path::new(&path), &one.files)?;
        one.accept.insert(path, digest);
    }
    Ok(())
}
