//! An explanation for a person.

use std::collections::BTreeMap;

use super::super::catalog::{level_name, notes};
use super::super::table::{columns, paragraph};
use super::super::ui::bold;
use super::{Asking, Explanation, How};
use crate::reference::{AccessLevel, ActionFacts, Dependents, Need};
use crate::resolve::Level;

pub(super) fn text(explanation: &Explanation<'_>) -> String {
    let mut text = match explanation.actions.as_slice() {
        [facts] if !explanation.asked.has_wildcard() => action(*facts),
        actions => wildcard(explanation.asked.as_str(), actions),
    };
    text.push_str(&asked_for_by(explanation));
    text
}

fn action(facts: ActionFacts<'_>) -> String {
    let mut text = format!("{} {}\n", bold(&facts.canonical()), facts.service().title());
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
    match facts.level() {
        Some(level) => row("access level", level.to_string()),
        None => row(
            "access level",
            "unknown: the action is newer than the reference, and so is how AWS writes it"
                .to_owned(),
        ),
    }
    if facts.deprecated() {
        row("deprecated", "AWS says so".to_owned());
    }
    row("granted on", granted_on(facts));
    row(
        "condition keys",
        list(facts.condition_keys(), "none of its own"),
    );
    match facts.dependents() {
        Dependents::Known(actions) => row(
            "needs as well",
            list(actions.into_iter(), "no other action"),
        ),
        Dependents::Unknown => row("needs as well", "unknown to the source".to_owned()),
    }
    text.push_str(&columns(&rows));
    if !facts.only_star() {
        text.push_str(&format!("\n{}\n", bold("resource types")));
    }
    for resource in facts.resources() {
        let resource_type = resource.resource_type();
        let need = match resource.need() {
            Need::Required if !facts.shared_by_two_apis() => " (required)",
            Need::Required | Need::Optional | Need::Alternative => "",
        };
        text.push_str(&format!("  {}{need}\n", resource_type.name()));
        for arn in resource_type.arns() {
            text.push_str(&format!("    {arn}\n"));
        }
        let keys = list(resource.condition_keys(), "");
        if !keys.is_empty() {
            text.push_str(&paragraph(&format!("keys: {keys}"), 4));
        }
    }
    text
}

fn granted_on(facts: ActionFacts<'_>) -> String {
    let required: Vec<&str> = facts
        .required()
        .map(|resource| resource.resource_type().name())
        .collect();
    match required.as_slice() {
        _ if facts.only_star() && facts.verified() => {
            "* alone: a policy that names any other resource denies it".to_owned()
        }
        _ if facts.only_star() => "* alone, as far as is known".to_owned(),
        _ if facts.shared_by_two_apis() => {
            "* or ARNs; two APIs share the name, and each takes types of its own".to_owned()
        }
        [] => "* or ARNs; no resource type is required".to_owned(),
        required => format!(
            "* or ARNs; every call is checked against: {}",
            required.join(" and ")
        ),
    }
}

fn wildcard(asked: &str, actions: &[ActionFacts<'_>]) -> String {
    let mut by_level: BTreeMap<Option<AccessLevel>, Vec<&str>> = BTreeMap::new();
    for facts in actions {
        by_level
            .entry(facts.level())
            .or_default()
            .push(facts.name());
    }
    let mut services: Vec<&str> = actions
        .iter()
        .map(|facts| facts.service().title())
        .collect();
    services.dedup();
    let of = match services.as_slice() {
        [one] => (*one).to_owned(),
        many => format!("{} services", many.len()),
    };
    let count = match actions.len() {
        1 => "1 action".to_owned(),
        many => format!("{many} actions"),
    };
    let mut text = format!("{} stands for {count} of {of}\n", bold(asked));
    let levels = by_level.iter().map(|(level, names)| {
        let level = level.map_or("level unknown", AccessLevel::as_str);
        (level, names)
    });
    if services.len() > 1 {
        // Thousands of names say less than their number.
        let rows: Vec<Vec<String>> = levels
            .map(|(level, names)| vec![level.to_owned(), names.len().to_string()])
            .collect();
        text.push_str(&columns(&rows));
        return text;
    }
    for (level, names) in levels {
        text.push_str(&format!("  {level} ({})\n", names.len()));
        text.push_str(&paragraph(&names.join(", "), 4));
    }
    text
}

fn asked_for_by(explanation: &Explanation<'_>) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    // Actions under the question's wildcard, by the place that lists them.
    let mut narrower: Vec<(&Asking<'_>, Vec<&str>)> = Vec::new();
    for asking in &explanation.entries {
        if asking.how != How::Narrower {
            rows.push(row(asking, reason(asking)));
            continue;
        }
        let action = asking.entry.action.as_str();
        match narrower.last_mut() {
            Some((last, actions)) if same_place(last, asking) => {
                if !actions.contains(&action) {
                    actions.push(action);
                }
            }
            _ => narrower.push((asking, vec![action])),
        }
    }
    for (asking, actions) in narrower {
        rows.push(row(asking, actions.join(", ")));
    }
    for catalog in &explanation.assume_roles {
        rows.push(vec![
            catalog.id.to_string(),
            "access".to_owned(),
            "in its AssumeRole policies, on every role".to_owned(),
        ]);
    }
    if rows.is_empty() {
        return "\nNo catalog asks for it.\n".to_owned();
    }
    rows.sort_by(|a, b| a[0].cmp(&b[0]));
    format!("\n{}\n{}", bold("asked for by"), columns(&rows))
}

fn row(asking: &Asking<'_>, what: String) -> Vec<String> {
    let place = format!("{}, {}", asking.feature, level_name(asking.entry.level));
    vec![asking.catalog.id.to_string(), place, what]
}

fn same_place(one: &Asking<'_>, other: &Asking<'_>) -> bool {
    one.catalog.id == other.catalog.id
        && one.feature == other.feature
        && one.entry.level == other.entry.level
}

/// What the catalog says of the entry, and what stops without it.
fn reason(asking: &Asking<'_>) -> String {
    let mut said = Vec::new();
    if asking.how == How::Wider {
        said.push(format!("under {}", asking.entry.action));
    }
    said.push(notes(asking.entry));
    if asking.entry.without.is_none() && asking.entry.level == Level::Required {
        said.push("Without it: the feature does not work.".to_owned());
    }
    said.retain(|note| !note.is_empty());
    said.join("; ")
}

fn list<'a>(items: impl Iterator<Item = &'a str>, none: &str) -> String {
    let items: Vec<&str> = items.collect();
    if items.is_empty() {
        none.to_owned()
    } else {
        items.join(", ")
    }
}
