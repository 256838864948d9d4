//! Attributes of the resources of a Terraform plan.

use serde_json::{Map, Value};

use super::snapshot::Tag;
use crate::cfn::parse_json;

/// A string; Terraform sometimes writes an absent one as an empty one.
pub(super) fn text<'a>(values: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    let text = values.get(key)?.as_str()?;
    (!text.is_empty()).then_some(text)
}

pub(super) fn list<'a>(
    values: &'a Map<String, Value>,
    key: &str,
) -> impl Iterator<Item = &'a Value> {
    values
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

pub(super) fn document(values: &Map<String, Value>, key: &str) -> Value {
    text(values, key)
        .and_then(|text| parse_json(text).ok())
        .unwrap_or(Value::Null)
}

/// The tags, including the provider's default tags if the plan has them.
pub(super) fn tags(values: &Map<String, Value>) -> Vec<Tag> {
    let all = values.get("tags_all").and_then(Value::as_object);
    let own = values.get("tags").and_then(Value::as_object);
    let tags = all.or(own).into_iter().flatten();
    tags.map(|(key, value)| Tag {
        key: key.clone(),
        value: value.as_str().unwrap_or_default().to_owned(),
    })
    .collect()
}
