//! Prints explanations to a terminal.

use std::collections::BTreeMap;

use super::super::catalog::{level_name, notes};
use super::super::report::Page;
use super::super::table::{columns, paragraph};
use super::super::ui::bold;
use super::{Asking, Explanation, How};
use crate::diag::plural;
use crate::model::{Level, Prerequisites};
use crate::reference::{AccessLevel, ActionFacts, ConditionKey, Dependents, Need};

pub(super) fn text(explanation: &Explanation<'_>) -> String {
    let mut page = Page::default();
    match explanation.actions.as_slice() {
        [facts] if !explanation.asked.has_wildcard() => {
            page.block(&action(*facts));
            page.section("resource types", &resource_types(*facts));
        }
        actions => page.block(&wildcard(explanation.asked.as_str(), actions)),
    }
    let (whole, part) = (places(explanation, false), places(explanation, true));
    page.section("asked for by", &whole);
    page.section("asked for in part by", &part);
    let inert = explanation.inert.iter().map(|(catalog, feature, inert)| {
        let place = format!("  {}: {feature}, {}\n", catalog.id, level_name(inert.level));
        place + &paragraph(&format!("{}; {}", inert.action, inert.words()), 4)
    });
    page.section("listed and never granted by", &inert.collect::<String>());
    if whole.is_empty() && part.is_empty() {
        page.block("No catalog asks for it.\n");
    }
    page.text
}

fn action(facts: ActionFacts<'_>) -> String {
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
        keys(facts, facts.condition_keys(), "none of its own"),
    );
    match facts.dependents() {
        Dependents::Known(actions) => row(
            "needs as well",
            list(actions.into_iter(), "no other action"),
        ),
        Dependents::Unknown => row("needs as well", "unknown to the source".to_owned()),
    }
    let (name, service) = (bold(&facts.canonical()), facts.service().title());
    format!("{name} {service}\n{}", columns(&rows))
}

fn resource_types(facts: ActionFacts<'_>) -> String {
    let mut text = String::new();
    for resource in facts.resources() {
        let resource_type = resource.resource_type();
        let need = match resource.need() {
            Need::Required if !facts.has_alternatives() => " (required)",
            Need::Required | Need::Optional | Need::Alternative => "",
        };
        text.push_str(&format!("  {}{need}\n", resource_type.name()));
        for arn in resource_type.arns() {
            text.push_str(&format!("    {arn}\n"));
        }
        let keys = keys(facts, resource.condition_keys(), "");
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
        _ if facts.has_alternatives() => {
            "* or ARNs; not every call is checked against the same resource types".to_owned()
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
    let services: BTreeMap<&str, &str> = actions
        .iter()
        .map(|facts| (facts.service().prefix(), facts.service().title()))
        .collect();
    let of = match services.first_key_value() {
        Some((_, title)) if services.len() == 1 => (*title).to_owned(),
        _ => format!("{} services", services.len()),
    };
    let count = plural(actions.len(), "action");
    let mut text = format!("{} stands for {count} of {of}\n", bold(asked));
    let known = AccessLevel::ALL.map(Some).into_iter().chain([None]);
    let levels = known.filter_map(|level| {
        let names = by_level.get(&level)?;
        Some((level.map_or("level unknown", AccessLevel::as_str), names))
    });
    if services.len() > 1 {
        // Thousands of names are less useful than their number.
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

/// The places in catalogs that ask for the requested action or wildcard, each with its reasons, or those that list only
/// some of the wildcard's actions, each with these actions.
fn places(explanation: &Explanation<'_>, in_part: bool) -> String {
    let entries: Vec<&Asking<'_>> = explanation
        .entries
        .iter()
        .filter(|asking| (asking.how == How::Narrower) == in_part)
        .collect();
    let mut text = String::new();
    for entries in entries.chunk_by(|one, other| place(one) == place(other)) {
        text.push_str(&format!("  {}\n", place(entries[0])));
        match in_part {
            true => text.push_str(&paragraph(&names(explanation, entries), 4)),
            false => text.extend(entries.iter().map(|asking| paragraph(&reason(asking), 4))),
        }
    }
    for catalog in explanation.assume_roles.iter().filter(|_| !in_part) {
        text.push_str(&format!("  {}: access\n", catalog.id));
        text.push_str(&paragraph("on each role that the product assumes", 4));
    }
    text
}

fn place(asking: &Asking<'_>) -> String {
    format!(
        "{}: {}, {}",
        asking.catalog.id,
        asking.feature,
        level_name(asking.entry.level)
    )
}

/// The actions that a place lists and the requested wildcard matches; only their number if the wildcard is `*`.
fn names(explanation: &Explanation<'_>, entries: &[&Asking<'_>]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for asking in entries {
        let action = asking.entry.action.as_str();
        let (_, name) = action.split_once(':').unwrap_or(("", action));
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match (explanation.asked.as_str(), names.len()) {
        ("*", number) => plural(number, "action"),
        _ => names.join(", "),
    }
}

/// What the catalog says about the entry, and what does not work without it.
fn reason(asking: &Asking<'_>) -> String {
    let mut said = Vec::new();
    if asking.how == How::Wider {
        said.push(format!("under {}", asking.entry.action));
    }
    said.push(notes(asking.entry, &Prerequisites::default()));
    if asking.entry.without.is_none() && asking.entry.level == Level::Required {
        said.push("Without it: the feature does not work.".to_owned());
    }
    said.retain(|note| !note.is_empty());
    said.join("; ")
}

/// Condition keys, each with its type unless that is `String`.
fn keys<'a>(facts: ActionFacts<'_>, names: impl Iterator<Item = &'a str>, none: &str) -> String {
    let typed: Vec<String> = names
        .map(
            |name| match facts.service().key(name).and_then(ConditionKey::kind) {
                Some("String") | None => name.to_owned(),
                Some(kind) => format!("{name} ({kind})"),
            },
        )
        .collect();
    list(typed.iter().map(String::as_str), none)
}

fn list<'a>(items: impl Iterator<Item = &'a str>, none: &str) -> String {
    let items: Vec<&str> = items.collect();
    if items.is_empty() {
        none.to_owned()
    } else {
        items.join(", ")
    }
}
