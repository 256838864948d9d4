//! The start of every command that works on deployments: reads and resolves them, and plans them on the basis of the
//! last render.

use std::borrow::Cow;
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::OverlayFile;
use crate::diag::Diagnostic;
use crate::load::{self, Loaded, Origin};
use crate::plan::{self, Placement, Plan};
use crate::reference::Reference;
use crate::resolve::{self, Resolved};
use crate::write::Last;

/// The paths of deployments, and what they are read with.
pub(super) struct Source<'a> {
    pub(super) origin: &'a Origin,
    pub(super) deployments: &'a [Utf8PathBuf],
    pub(super) catalogs: Option<&'a Utf8Path>,
    pub(super) overlay: &'a OverlayFile,
}

/// Deployments with their plans.
pub(super) struct Plans {
    /// The files that were read; diagnostics print their text.
    pub(super) loaded: Loaded,
    /// The service reference with the user's overlay. `None` if the overlay has errors.
    pub(super) reference: Option<Cow<'static, Reference>>,
    /// The deployments that could be planned.
    pub(super) planned: Vec<Planned>,
    /// The diagnostics so far, which are printed together with later ones.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// A deployment with its plan.
pub(super) struct Planned {
    pub(super) resolved: Resolved,
    pub(super) plan: Plan,
    /// What the last render decided, according to its lock.
    pub(super) last: Last,
    /// The group of each target in the last render.
    pub(super) before: Placement,
}

impl Plans {
    /// The deployment of a command that takes only one, if it could be planned.
    pub(super) fn take_one(&mut self) -> Option<(Cow<'static, Reference>, Planned)> {
        Some((self.reference.take()?, self.planned.pop()?))
    }
}

/// Reads, resolves and plans deployments. `last` returns the content of a deployment's lock by its name.
pub(super) fn plans(
    source: &Source<'_>,
    mut last: impl FnMut(&str) -> anyhow::Result<Last>,
) -> anyhow::Result<Plans> {
    let (mut loaded, mut diagnostics) =
        load::load_from(source.origin, source.deployments, source.catalogs)?;
    let reference =
        source
            .overlay
            .read_from(source.origin, &mut loaded.sources, &mut diagnostics)?;
    let mut planned = Vec::new();
    if let Some(reference) = &reference {
        let (resolved, faults) = resolve::resolve(&loaded, reference);
        diagnostics.extend(faults);
        for resolved in resolved {
            let last = last(&resolved.name)?;
            let before = placement(&last.targets);
            let (plan, faults) = plan::plan(&resolved, &before);
            diagnostics.extend(faults);
            planned.extend(plan.map(|plan| Planned {
                resolved,
                plan,
                last,
                before,
            }));
        }
        let pairs: Vec<(&Resolved, &Plan)> = planned
            .iter()
            .map(|one| (&one.resolved, &one.plan))
            .collect();
        diagnostics.extend(plan::refuse_shared(&pairs));
    }
    Ok(Plans {
        loaded,
        reference,
        planned,
        diagnostics,
    })
}

/// The folder of a deployment's rendered files. With several deployments, each has a subfolder.
pub(super) fn folder(out: &Utf8Path, name: &str, deployments: usize) -> Utf8PathBuf {
    match deployments {
        1 => out.to_owned(),
        _ => out.join(name),
    }
}

/// The placement of the last render, in the form that a plan takes.
fn placement(targets: &BTreeMap<String, usize>) -> Placement {
    let mut placement = Placement::new();
    for (key, group) in targets {
        placement.insert(key.clone(), *group);
    }
    placement
}
