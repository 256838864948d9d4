//! Maps of texts, such as tags and the parameters of a stack.

use std::collections::BTreeMap;

use crate::hcl::Value;

/// A map of texts, in which Terraform writes a number or a truth value as text.
pub(super) fn texts(value: Option<&Value>) -> Result<BTreeMap<String, String>, String> {
    let fields = match value {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Map(fields)) => fields,
        Some(_) => return Err("it is not a map".to_owned()),
    };
    fields
        .iter()
        .map(|(key, value)| {
            let text = match value {
                Value::Text(text) => text.to_string(),
                Value::Bool(value) => value.to_string(),
                Value::Number(number) => number.to_string(),
                _ => return Err(format!("the value of {key} is not text")),
            };
            Ok((key.to_string(), text))
        })
        .collect()
}
