//! The texts of a kit, one file per language.
//!
//! A translation has the same sections, names and placeholders, which are words in braces, such as `{count}`.

use serde_json::{Map, Value, json};

use super::structure;
use super::yaml::{self, Node, Value as Yaml};
use crate::diag::{Diagnostic, FileId, did_you_mean};
use crate::model::{Texts, places, shown};

/// Reads the texts of another language, or reports all differences in structure from the English ones.
pub(super) fn read(file: FileId, text: &str) -> Result<Texts, Vec<Diagnostic>> {
    let root = yaml::parse(file, text)?;
    let english = Texts::english().value();
    let mut faults = structure::check(&schema(english), &root);
    compare(english, &root, &mut faults);
    match faults.is_empty() {
        true => Ok(Texts::like_english(json_of(&root))),
        false => Err(faults),
    }
}

/// The JSON Schema for texts, generated from the English ones.
fn schema(texts: &Value) -> Value {
    let fields = match texts {
        Value::Object(fields) => fields,
        Value::Array(items) => return json!({"type": "array", "items": schema(&items[0])}),
        text => return json!({"type": "string", "description": text}),
    };
    let properties: Map<String, Value> = fields
        .iter()
        .map(|(name, text)| (name.clone(), schema(text)))
        .collect();
    let required: Vec<&String> = fields.keys().collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// Compares the placeholders of each text. A list, such as a list of words, may have a different number of items.
fn compare(english: &Value, node: &Node, faults: &mut Vec<Diagnostic>) {
    match (&node.value, english) {
        (Yaml::Mapping(fields), Value::Object(texts)) => {
            for field in fields.iter() {
                if let Some(text) = texts.get(&field.key) {
                    compare(text, &field.node, faults);
                }
            }
        }
        (Yaml::Scalar { text, .. }, Value::String(english)) => {
            let (there, wanted) = (places(text), places(english));
            for place in there.difference(&wanted) {
                let names: Vec<&str> = wanted.iter().map(String::as_str).collect();
                let help = match (did_you_mean(place, names.iter().copied()), names.as_slice()) {
                    (Some(name), _) => format!("write {{{name}}}"),
                    (None, []) => "write the text without placeholders".to_owned(),
                    (None, names) => format!("its placeholders are {{{}}}", names.join("}, {")),
                };
                faults.push(
                    Diagnostic::error(
                        "unknown-place",
                        node.span,
                        format!(
                            "{} is not a placeholder of this text",
                            shown(&format!("{{{place}}}"))
                        ),
                    )
                    .why("nothing would be filled in")
                    .help(help),
                );
            }
            for place in wanted.difference(&there) {
                faults.push(
                    Diagnostic::error(
                        "missing-place",
                        node.span,
                        format!("the text lacks the placeholder {{{place}}}"),
                    )
                    .why("the value that the English text shows there would be lost")
                    .help(format!("in English it is: {english}")),
                );
            }
        }
        _ => {}
    }
}

fn json_of(node: &Node) -> Value {
    match &node.value {
        Yaml::Scalar { text, .. } => Value::String(text.clone()),
        Yaml::Sequence(items) => items.iter().map(json_of).collect(),
        Yaml::Mapping(fields) => fields
            .iter()
            .map(|field| (field.key.clone(), json_of(&field.node)))
            .collect::<Map<String, Value>>()
            .into(),
    }
}
