//! `landgrant render`: all stages, for one deployment or many. Nothing is written if any of them has a fault.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::{CatalogDir, Outcome, summary, ui};
use crate::diag::{Diagnostic, Span};
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
}

struct Rendered {
    name_span: Span,
    resolved: Resolved,
    plan: Plan,
    files: render::FileSet,
}

pub(super) fn run(args: &RenderArgs) -> anyhow::Result<Outcome> {
    let (loaded, mut diagnostics) =
        load::load(&args.deployments, args.catalogs.catalogs.as_deref())?;
    let mut rendered: Vec<Rendered> = Vec::new();
    for deployment in &loaded.deployments {
        let (resolved, faults) = resolve::resolve(&loaded, deployment);
        diagnostics.extend(faults);
        let Some(resolved) = resolved else { continue };
        let name_span = deployment.root().key("name").span();
        for other in &rendered {
            diagnostics.extend(resolve::refuse_shared(&other.resolved, &resolved));
        }
        if let Some(other) = rendered
            .iter()
            .find(|other| other.resolved.name == resolved.name)
        {
            diagnostics.push(
                Diagnostic::error("duplicate-deployment", name_span, format!("two deployments are named `{}`", resolved.name))
                    .related(other.name_span, "first here")
                    .why("each is written into a folder of its name, and the second would overwrite the first")
                    .help("give one of them another name"),
            );
        }
        let (plan, faults) = plan::plan(&resolved);
        diagnostics.extend(faults);
        let Some(plan) = plan else { continue };
        let files = render::render(&plan)?;
        readback::verify(&plan, &files)?;
        rendered.push(Rendered {
            name_span,
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
        changes.push(write::prepare(&one.files, out, args.force)?);
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
