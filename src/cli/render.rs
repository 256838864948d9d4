//! `landgrant render`: all stages, for one deployment or many. Nothing is written if any of them has a fault.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::{CatalogDir, Outcome, OverlayFile, summary, ui};
use crate::plan::Plan;
use crate::resolve::Resolved;
use crate::{load, plan, readback, render, resolve, write};

#[derive(Debug, Args)]
pub(super) struct RenderArgs {
    /// Deployment files
    #[arg(default_value = "landgrant.yaml", value_name = "DEPLOYMENT")]
    deployments: Vec<Utf8PathBuf>,
    /// The folder to write into; several deployments get a folder each in it, by name
    #[arg(long, short, default_value = "rendered", value_name = "DIR")]
    out: Utf8PathBuf,
    /// Overwrite files that were edited by hand or written by somebody else
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    catalogs: CatalogDir,
    #[command(flatten)]
    overlay: OverlayFile,
}

struct Rendered {
    resolved: Resolved,
    plan: Plan,
    files: render::FileSet,
}

pub(super) fn run(args: &RenderArgs) -> anyhow::Result<Outcome> {
    let (mut loaded, mut diagnostics) =
        load::load(&args.deployments, args.catalogs.catalogs.as_deref())?;
    let Some(reference) = args.overlay.read(&mut loaded.sources, &mut diagnostics)? else {
        ui::diagnose(&loaded.sources, &mut diagnostics);
        return Ok(Outcome::Faults);
    };
    let mut rendered: Vec<Rendered> = Vec::new();
    let (resolved, faults) = resolve::resolve(&loaded, &reference);
    diagnostics.extend(faults);
    for resolved in resolved {
        let (plan, faults) = plan::plan(&resolved);
        diagnostics.extend(faults);
        let Some(plan) = plan else { continue };
        let files = render::render(&plan)?;
        readback::verify(&plan, &files)?;
        rendered.push(Rendered {
            resolved,
            plan,
            files,
        });
    }
    if ui::diagnose(&loaded.sources, &mut diagnostics) {
        return Ok(Outcome::Faults);
    }
    let folders: Vec<Utf8PathBuf> = rendered
        .iter()
        .map(|one| folder(&args.out, &one.resolved.name, args.deployments.len()))
        .collect();
    // All folders are looked at before the first is touched.
    let mut changes = Vec::new();
    for (one, out) in rendered.iter().zip(&folders) {
        changes.push(write::prepare(&one.plan.name, &one.files, out, args.force)?);
    }
    for ((one, out), changes) in rendered.iter().zip(&folders).zip(changes) {
        let report = write::write(changes)?;
        ui::print(&summary::render(&one.resolved, &one.plan, &report, out))?;
    }
    Ok(Outcome::Clean)
}

/// Several deployments get a folder each.
fn folder(out: &Utf8Path, name: &str, deployments: usize) -> Utf8PathBuf {
    match deployments {
        1 => out.to_owned(),
        _ => out.join(name),
    }
}
