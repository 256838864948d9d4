//! `landgrant render`: all stages, for one deployment or many. Nothing is written if any of them has a fault.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::{CatalogDir, Outcome, OverlayFile, summary, ui};
use crate::model::AccountId;
use crate::plan::{Placement, Plan};
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
    /// The group of each target, by number.
    targets: BTreeMap<String, usize>,
    /// Targets that had to leave their group.
    moved: Vec<AccountId>,
    out: Utf8PathBuf,
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
        let out = folder(&args.out, &resolved.name, args.deployments.len());
        let before = placement(write::last_targets(&resolved.name, &out)?);
        let (plan, faults) = plan::plan(&resolved, &before);
        diagnostics.extend(faults);
        let Some(plan) = plan else { continue };
        let files = render::render(&plan)?;
        readback::verify(&plan, &files)?;
        let targets = plan
            .hub
            .as_ref()
            .map(|hub| hub.placement(&plan.targets))
            .unwrap_or_default();
        rendered.push(Rendered {
            targets: targets
                .iter()
                .map(|(account, group)| (account.to_string(), group))
                .collect(),
            moved: moved(&before, &targets),
            resolved,
            plan,
            files,
            out,
        });
    }
    let planned: Vec<(&Resolved, &Plan)> = rendered
        .iter()
        .map(|one| (&one.resolved, &one.plan))
        .collect();
    diagnostics.extend(plan::refuse_shared(&planned));
    if ui::diagnose(&loaded.sources, &mut diagnostics) {
        return Ok(Outcome::Faults);
    }
    // All folders are looked at before the first is touched.
    let mut changes = Vec::new();
    for one in &rendered {
        let output = write::Output {
            deployment: &one.plan.name,
            files: &one.files,
            targets: &one.targets,
        };
        changes.push(write::prepare(output, &one.out, args.force)?);
    }
    for (one, changes) in rendered.iter().zip(changes) {
        let report = write::write(changes)?;
        ui::print(&summary::render(
            &one.resolved,
            &one.plan,
            &one.files,
            &one.moved,
            &report,
            &one.out,
        ))?;
    }
    Ok(Outcome::Clean)
}

/// Several deployments get a folder each.
pub(super) fn folder(out: &Utf8Path, name: &str, deployments: usize) -> Utf8PathBuf {
    match deployments {
        1 => out.to_owned(),
        _ => out.join(name),
    }
}

/// The places that the last render gave, as a plan takes them.
pub(super) fn placement(targets: BTreeMap<String, usize>) -> Placement {
    let mut placement = Placement::new();
    for (account, group) in targets {
        if let Ok(account) = AccountId::parse(&account) {
            placement.insert(account, group);
        }
    }
    placement
}

fn moved(before: &Placement, after: &Placement) -> Vec<AccountId> {
    let after: BTreeMap<&AccountId, usize> = after.iter().collect();
    before
        .iter()
        .filter(|(account, group)| after.get(account).is_some_and(|now| now != group))
        .map(|(account, _)| account.clone())
        .collect()
}
