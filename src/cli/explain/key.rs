//! Explains a condition key: the type of its values, and the actions that have it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::catalog::Format;
use super::super::report::{Page, json};
use super::super::table::{columns, paragraph};
use super::super::ui::bold;
use crate::model::is_of_services;
use crate::reference::{ConditionKey, Reference, Service, ValueType};

/// If there are more actions than this, only their number is printed.
const MOST_ACTIONS: usize = 60;

/// How many services are listed if several have the key; the others are counted.
const MOST_SERVICES: usize = 8;

#[derive(Serialize)]
struct KeysJson<'a> {
    format: &'static str,
    keys: Vec<KeyJson<'a>>,
}

#[derive(Serialize)]
struct KeyJson<'a> {
    key: &'a str,
    /// Null if the source does not have it.
    r#type: Option<&'a str>,
    global: bool,
    /// The actions that list the key. Requests for other actions can have a global key too, unless it is about tags.
    actions: Vec<String>,
}

/// The explanation of keys, each with the service that has it.
pub(super) fn text(
    reference: &Reference,
    keys: &[(&ConditionKey, Option<&Service>)],
    format: Format,
) -> serde_json::Result<String> {
    match format {
        Format::Human => {
            let pages: Vec<String> = keys
                .iter()
                .map(|(key, service)| human(reference, key, *service))
                .collect();
            Ok(pages.join("\n"))
        }
        Format::Json => json(&KeysJson {
            format: "landgrant/explain-keys/v1",
            keys: keys
                .iter()
                .map(|(key, service)| KeyJson {
                    key: key.name(),
                    r#type: key.kind(),
                    global: service.is_none(),
                    actions: listing(reference, key, *service)
                        .into_iter()
                        .flat_map(|(prefix, names)| {
                            names
                                .into_iter()
                                .map(move |name| format!("{prefix}:{name}"))
                        })
                        .collect(),
                })
                .collect(),
        }),
    }
}

fn human(reference: &Reference, key: &ConditionKey, service: Option<&Service>) -> String {
    let of = service.map_or("any service", Service::title);
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
    row("type", key.kind().unwrap_or("unknown").to_owned());
    if let Some(key_type) = key.key_type() {
        let values = match key_type.multivalued {
            true => "several in one request: compare them with ForAnyValue or ForAllValues",
            false => "one",
        };
        row("values", values.to_owned());
        row("operators", operators(key_type.value).to_owned());
    }
    let facts = format!("{} {of}\n{}", bold(key.name()), columns(&rows));
    let listed = listing(reference, key, service);
    let count: usize = listed.values().map(Vec::len).sum();
    if service.is_none() && !reference.is_of_tags(key.name()) {
        let who = match is_of_services(key.name()) {
            true => "Only requests that AWS services make have it, whatever the action.",
            false => "Requests of every action can have it.",
        };
        return facts + &paragraph(who, 2);
    }
    if count == 0 {
        return facts + &paragraph("AWS does not say which actions have it.", 2);
    }
    let actions = match count {
        1 => "1 action has it".to_owned(),
        many => format!("{many} actions have it"),
    };
    let (of, said) = match (listed.first_key_value(), listed.len()) {
        (Some((_, names)), 1) if count <= MOST_ACTIONS => (String::new(), names.join(", ")),
        (_, 1) => (String::new(), "`--format json` lists them.".to_owned()),
        (_, services) => (format!(", of {services} services"), largest(&listed)),
    };
    let mut page = Page::default();
    page.block(&facts);
    page.section(&format!("{actions}{of}"), &paragraph(&said, 2));
    page.text
}

/// The services with the most actions, and the number of the others.
fn largest(listed: &BTreeMap<&str, Vec<&str>>) -> String {
    let mut most: Vec<(&&str, usize)> = listed
        .iter()
        .map(|(prefix, names)| (prefix, names.len()))
        .collect();
    most.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let named: Vec<String> = most
        .iter()
        .take(MOST_SERVICES)
        .map(|(prefix, count)| format!("{prefix} ({count})"))
        .collect();
    let more = match most.len().saturating_sub(MOST_SERVICES) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!("{}{more}", named.join(", "))
}

/// The actions that list a key, by service.
fn listing<'a>(
    reference: &'a Reference,
    key: &ConditionKey,
    service: Option<&'a Service>,
) -> BTreeMap<&'a str, Vec<&'a str>> {
    let services: Vec<&Service> = match service {
        Some(service) => vec![service],
        None => reference.services().collect(),
    };
    let mut listed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for service in services {
        for facts in service.actions().filter(|facts| facts.lists_key(key)) {
            listed
                .entry(service.prefix())
                .or_default()
                .push(facts.name());
        }
    }
    listed
}

fn operators(value: ValueType) -> &'static str {
    match value {
        ValueType::String => "StringEquals, StringLike and their negations",
        ValueType::Arn => "ArnLike, ArnNotLike",
        ValueType::Bool => "Bool",
        ValueType::Numeric => "NumericEquals, NumericLessThan and the like",
        ValueType::Date => "DateLessThan, DateGreaterThan and the like",
        ValueType::IpAddress => "IpAddress, NotIpAddress",
        ValueType::Binary => "BinaryEquals",
    }
}
