//! Parses `reference/aws.txt`: the header, and one service's block. `reference/README.md` describes the lines.

use super::service::{ActionRow, Listed, NO_KEYS};
use super::{AccessLevel, ConditionKey, Need, ResourceType, Service, Source, Text};

/// A line of the header that names a source.
pub(super) fn source(line: &'static str) -> Option<Source> {
    let mut fields = line.strip_prefix("source ")?.split('|');
    Some(Source {
        name: fields.next()?,
        version: fields.next()?,
        date: fields.next()?,
        licence: fields.next()?,
        package: fields.next()?,
        gives: fields.next()?,
    })
}

/// A line of the header that names a global condition key.
pub(super) fn global_key(line: &'static str) -> Option<ConditionKey> {
    condition_key(line.strip_prefix("g ")?)
}

fn condition_key(text: &'static str) -> Option<ConditionKey> {
    let (name, kind) = text.split_once(' ')?;
    Some(ConditionKey {
        name: Text::Borrowed(name),
        kind: Some(Text::Borrowed(kind)).filter(|kind| kind != "?"),
    })
}

/// A service's block, from behind its `@` to the blank line that ends it. The error is the line that makes no sense.
pub(super) fn service(text: &'static str) -> Result<Service, &'static str> {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let (prefix, title) = first.split_once(' ').ok_or(first)?;
    let mut service = Service::new(Text::Borrowed(prefix), Text::Borrowed(title));
    for line in lines.filter(|line| !line.is_empty()) {
        parse_line(&mut service, line).ok_or(line)?;
    }
    Ok(service)
}

fn parse_line(service: &mut Service, line: &'static str) -> Option<()> {
    let (kind, rest) = line.split_once(' ')?;
    match kind {
        "k" => service.keys.push(condition_key(rest)?),
        "s" => {
            let set: Option<Vec<usize>> = rest
                .split(' ')
                .map(|index| index_below(index, service.keys.len()))
                .collect();
            service.key_sets.push(set?);
        }
        "r" => {
            let mut fields = rest.split('|');
            let resource_type = ResourceType {
                name: Text::Borrowed(fields.next()?),
                keys: key_set(service, fields.next()?)?,
                arns: fields.map(Text::Borrowed).collect(),
            };
            service.types.push(resource_type);
        }
        _ => {
            let row = action(service, kind, rest)?;
            service.rows.push(row);
        }
    }
    Some(())
}

fn action(service: &Service, level: &str, rest: &'static str) -> Option<ActionRow> {
    let level = match level {
        "L" => Some(AccessLevel::List),
        "R" => Some(AccessLevel::Read),
        "W" => Some(AccessLevel::Write),
        "T" => Some(AccessLevel::Tagging),
        "P" => Some(AccessLevel::PermissionsManagement),
        "?" => None,
        _ => return None,
    };
    let mut fields = rest.split('|');
    let name = fields.next()?;
    let keys = key_set(service, fields.next().unwrap_or_default())?;
    let types: Option<Vec<Listed>> = fields
        .next()
        .unwrap_or_default()
        .split_ascii_whitespace()
        .map(|listed| listed_type(service, listed))
        .collect();
    let dependents = match fields.next().unwrap_or_default() {
        "?" => None,
        listed => Some(
            listed
                .split_ascii_whitespace()
                .map(|one| {
                    if one.contains(':') {
                        Text::Borrowed(one)
                    } else {
                        Text::Owned(format!("{}:{one}", service.prefix()))
                    }
                })
                .collect(),
        ),
    };
    let deprecated = match fields.next() {
        None => false,
        Some("deprecated") => true,
        Some(_) => return None,
    };
    Some(ActionRow {
        name: Text::Borrowed(name),
        level,
        keys,
        types: types?,
        dependents,
        deprecated,
    })
}

/// A resource type of an action: its index, a mark, and the keys that the two have together: `3*:14`.
fn listed_type(service: &Service, listed: &str) -> Option<Listed> {
    let (index, keys) = listed.split_once(':').unwrap_or((listed, ""));
    let (index, need) = if let Some(index) = index.strip_suffix('*') {
        (index, Need::Required)
    } else if let Some(index) = index.strip_suffix('+') {
        (index, Need::Alternative)
    } else {
        (index, Need::Optional)
    };
    Some(Listed {
        index: index_below(index, service.types.len())?,
        need,
        keys: key_set(service, keys)?,
    })
}

/// A set of condition keys, by its number in the text; the empty set has none.
fn key_set(service: &Service, index: &str) -> Option<usize> {
    if index.is_empty() {
        return Some(NO_KEYS);
    }
    index_below(index, service.key_sets.len() - 1).map(|index| index + 1)
}

fn index_below(index: &str, count: usize) -> Option<usize> {
    index.parse().ok().filter(|index| *index < count)
}
