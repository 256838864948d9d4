//! Policies as they stand in an account: in other words than ours, with the same meaning.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::ReadbackError;
use super::policy::{read_policy, read_trust_policy};
use crate::model::{Grants, Partition, Trust};

/// The grants of an identity policy.
///
/// # Errors
///
/// What is not understood, in words.
pub fn observed_grants(partition: Partition, document: &Value) -> Result<Grants, String> {
    read_policy("", &plain(document, partition)?).map_err(reason)
}

/// Who a trust policy lets in.
///
/// # Errors
///
/// What is not understood, in words.
pub fn observed_trust(partition: Partition, document: &Value) -> Result<BTreeSet<Trust>, String> {
    read_trust_policy("", &plain(document, partition)?).map_err(reason)
}

/// Whether two documents are the same to Terraform and CloudFormation, which know that some other words mean the same.
pub fn same_document(partition: Partition, one: &Value, other: &Value) -> bool {
    canonical(&tidy(one, partition)) == canonical(&tidy(other, partition))
}

fn reason(error: ReadbackError) -> String {
    match error {
        ReadbackError::NotUnderstood { what, .. } => what,
        other @ ReadbackError::Differs(_) => other.to_string(),
    }
}

/// A document without what changes nothing: its id, and the older version where nothing depends on it.
///
/// Source: AWS IAM User Guide, "IAM JSON policy elements: Version": what 2008-10-17 lacks is policy variables.
fn plain(document: &Value, partition: Partition) -> Result<Value, String> {
    if document.is_null() {
        return Err("its text is not known".to_owned());
    }
    let mut document = tidy(document, partition);
    if let Some(fields) = document.as_object_mut() {
        fields.shift_remove("Id");
        let old = fields
            .get("Version")
            .is_none_or(|version| version == "2008-10-17");
        if old && !fields.values().any(has_variable) {
            fields.insert("Version".to_owned(), json!("2012-10-17"));
        }
    }
    Ok(document)
}

fn has_variable(value: &Value) -> bool {
    value.to_string().contains("${")
}

/// A document as AWS means it: an empty Sid is none, an account id as principal is its root, and `true` is text.
fn tidy(document: &Value, partition: Partition) -> Value {
    match document {
        Value::Object(fields) => {
            let mut tidied = Map::new();
            for (key, value) in fields {
                match (key.as_str(), value) {
                    ("Sid", Value::String(sid)) if sid.is_empty() => {}
                    ("AWS", value) => {
                        tidied.insert(key.clone(), principals(value, partition));
                    }
                    _ => {
                        tidied.insert(key.clone(), tidy(value, partition));
                    }
                }
            }
            Value::Object(tidied)
        }
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| tidy(item, partition)).collect())
        }
        Value::Bool(_) | Value::Number(_) => json!(document.to_string()),
        other => other.clone(),
    }
}

fn principals(value: &Value, partition: Partition) -> Value {
    match value {
        Value::String(id) if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) => {
            json!(format!("arn:{partition}:iam::{id}:root"))
        }
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| principals(item, partition))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// A document in one form of all that mean the same to Terraform: one text is a list of one, lists and keys are sorted.
fn canonical(document: &Value) -> Value {
    match document {
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            let fields = sorted.into_iter().map(|(key, value)| {
                let list = match value {
                    Value::Object(_) if key == "Statement" => json!([value]),
                    Value::String(_) => json!([value]),
                    other => other.clone(),
                };
                (key.clone(), canonical(&list))
            });
            Value::Object(fields.collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(canonical).collect();
            items.sort_by_cached_key(Value::to_string);
            items.dedup();
            Value::Array(items)
        }
        other => other.clone(),
    }
}
