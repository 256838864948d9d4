//! The table of what is denied, whatever else allows it.

use super::Kit;
use super::permissions::{access, conditions, places, shown};
use crate::model::csv_line;
use crate::render::kit_view::{DeniedView, PlaceView, UndeniedView};
use crate::resolve::Denial;

/// What is denied, in the deployment's order. What is denied in several places is one line.
pub(super) fn denied(kit: &Kit<'_>) -> Vec<DeniedView> {
    let mut rows: Vec<DeniedView> = Vec::new();
    let mut add = |denial: &Denial, place: PlaceView| {
        let in_hub = place.kind == "hub";
        let resources = denial.resources.iter();
        let row = DeniedView {
            actions: denial.actions.iter().map(ToString::to_string).collect(),
            resources: resources
                .map(|arn| shown(kit, arn.text(), in_hub))
                .collect(),
            conditions: conditions(kit, &denial.conditions, in_hub),
            places: vec![place],
            reason: denial.reason.clone(),
        };
        let same = |known: &&mut DeniedView| {
            (
                &known.actions,
                &known.resources,
                &known.conditions,
                &known.reason,
            ) == (&row.actions, &row.resources, &row.conditions, &row.reason)
        };
        match rows.iter_mut().find(same) {
            Some(known) => known.places.extend(row.places),
            None => rows.push(row),
        }
    };
    for denial in &kit.resolved.hub_denials {
        add(
            denial,
            PlaceView {
                kind: "hub",
                variant: None,
            },
        );
    }
    for role in &kit.resolved.roles {
        for denial in &role.denials {
            let kind = match &role.name {
                Some(_) => "role",
                None => "targets",
            };
            let variant = role.name.clone();
            add(denial, PlaceView { kind, variant });
        }
    }
    rows
}

/// What vendors demand to be denied and is not.
pub(super) fn undenied(kit: &Kit<'_>) -> Vec<UndeniedView> {
    let products = kit.resolved.products.iter();
    let each = products.flat_map(|product| {
        product.undenied.iter().map(|one| UndeniedView {
            product: product.catalog.title.clone(),
            action: one.action.to_string(),
            reason: one.reason.clone(),
        })
    });
    each.collect()
}

/// The lines of the permission table as CSV, one for each action.
pub(super) fn csv(kit: &Kit<'_>, denied: &[DeniedView]) -> String {
    let mut text = String::new();
    for row in denied {
        for action in &row.actions {
            text += &csv_line([
                "",
                "",
                "",
                action,
                &access(kit, action),
                "denied",
                &places(&row.places),
                &row.resources.join(" "),
                &row.conditions.join("; "),
                "",
                "",
                "",
                &row.reason,
            ]);
        }
    }
    text
}
