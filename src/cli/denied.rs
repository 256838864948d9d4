//! What is denied, as the summary of a render and `landgrant catalog show` say it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::table::{paragraph, some};
use crate::model::{Text, condition};
use crate::resolve::{Denial, Resolved};

/// What is denied, with its reason, each time with where. What the deployment denies, it denies in several places.
pub(super) fn denied(resolved: &Resolved) -> String {
    let mut rows: Vec<(&Denial, Vec<String>)> = Vec::new();
    let in_hub = resolved.hub_denials.iter().map(|one| (one, "hub"));
    let in_roles = resolved.roles.iter().flat_map(|role| {
        let name = role.name.as_deref().unwrap_or("targets");
        role.denials.iter().map(move |one| (one, name))
    });
    for (denial, place) in in_hub.chain(in_roles) {
        match rows.iter_mut().find(|(known, _)| known.span == denial.span) {
            Some((_, places)) => places.push(place.to_owned()),
            None => rows.push((denial, vec![place.to_owned()])),
        }
    }
    let mut text = String::new();
    for (denial, places) in rows {
        text.push_str(&paragraph(
            &format!("{}: {}", places.join(", "), denial.reason),
            2,
        ));
        let actions: Vec<String> = denial.actions.iter().map(ToString::to_string).collect();
        let resources = denial.resources.iter().map(|arn| arn.text().pattern());
        let resources: Vec<String> = resources.collect();
        let guarded = match denial.conditions.is_empty() {
            true => "",
            false => " under conditions",
        };
        let on = format!("on {}{guarded}", some(&resources, " "));
        text.push_str(&paragraph(&format!("{} {on}", some(&actions, ", ")), 4));
    }
    text
}

/// What vendors demand to be denied and is not, by reason.
pub(super) fn undenied(resolved: &Resolved) -> String {
    let mut text = String::new();
    for product in &resolved.products {
        for one in &product.undenied {
            let demanded = format!(
                "{} demands that {} is denied",
                product.catalog.id, one.action
            );
            text.push_str(&paragraph(
                &format!("{demanded}; it is not: {}", one.reason),
                2,
            ));
        }
    }
    text
}

/// What a catalog demands to be denied: the actions, and on what, where and why.
pub(super) fn denial_row((feature, denial): &(Option<String>, Denial)) -> Vec<String> {
    let actions: Vec<&str> = denial
        .actions
        .iter()
        .map(|action| action.as_str())
        .collect();
    let mut notes: Vec<String> = feature.iter().map(|name| format!("with {name}")).collect();
    let on: Vec<String> = denial
        .resources
        .iter()
        .map(|arn| arn.text().pattern())
        .collect();
    if on != ["*"] {
        notes.push(format!("on {}", on.join(" ")));
    }
    for (operator, keys) in &denial.conditions {
        for (key, values) in keys {
            let values: Vec<String> = values.iter().map(Text::pattern).collect();
            notes.push(condition(operator, key, &values));
        }
    }
    notes.push(denial.reason.clone());
    vec![actions.join(" "), notes.join("; ")]
}

/// What the vendor demands to be denied; without a feature, wherever the product is granted anything.
#[derive(Serialize)]
pub(super) struct DenialJson<'a> {
    feature: Option<&'a str>,
    actions: Vec<&'a str>,
    resources: Vec<String>,
    conditions: BTreeMap<&'a str, BTreeMap<&'a str, Vec<String>>>,
    reason: &'a str,
}

impl<'a> From<&'a (Option<String>, Denial)> for DenialJson<'a> {
    fn from((feature, denial): &'a (Option<String>, Denial)) -> Self {
        let conditions = denial.conditions.iter().map(|(operator, keys)| {
            let keys = keys.iter().map(|(key, values)| {
                let values = values.iter().map(Text::pattern);
                (key.as_str(), values.collect())
            });
            (operator.as_str(), keys.collect())
        });
        DenialJson {
            feature: feature.as_deref(),
            actions: denial
                .actions
                .iter()
                .map(|action| action.as_str())
                .collect(),
            resources: denial
                .resources
                .iter()
                .map(|arn| arn.text().pattern())
                .collect(),
            conditions: conditions.collect(),
            reason: &denial.reason,
        }
    }
}
