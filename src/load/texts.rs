//! The texts of a kit: one file for each language. The English ones are in the binary.
//!
//! A translation has the same sections, the same names and the same places, which are words in braces, such as `{count}`.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::structure;
use super::yaml::{self, Node, Value as Yaml};
use crate::diag::{Diagnostic, FileId, did_you_mean};
use crate::model::shown;

/// The English texts, as their file has them.
pub const ENGLISH: &str = include_str!("../../templates/kit/en.yaml");

/// The texts of a kit by section and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts(Value);

impl Texts {
    /// The English ones.
    pub fn english() -> Self {
        Self(english().clone())
    }

    /// By section and name.
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// One of them, with its places filled.
    pub fn get(&self, section: &str, name: &str, places: &[(&str, &str)]) -> String {
        let text = self.0[section][name].as_str().unwrap_or_default();
        fill(text, |place| {
            let mut places = places.iter();
            places
                .find(|(name, _)| *name == place)
                .map(|(_, value)| (*value).to_owned())
        })
    }
}

/// Fills the places of a text. A place without a value stays.
pub(crate) fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match after.split_once('}') {
            Some((place, after)) if is_place(place) => {
                match value(place) {
                    Some(value) => filled.push_str(&value),
                    None => filled.push_str(&format!("{{{place}}}")),
                }
                rest = after;
            }
            _ => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

fn is_place(place: &str) -> bool {
    !place.is_empty()
        && place
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// The places of a text.
fn places(text: &str) -> BTreeSet<String> {
    let found = std::cell::RefCell::new(BTreeSet::new());
    fill(text, |place| {
        found.borrow_mut().insert(place.to_owned());
        None
    });
    found.into_inner()
}

fn english() -> &'static Value {
    static TEXTS: OnceLock<Value> = OnceLock::new();
    TEXTS.get_or_init(|| serde_yaml::from_str(ENGLISH).expect("the English texts are YAML"))
}

/// Reads texts in another language, or tells everything in which they are not like the English ones.
pub(super) fn read(file: FileId, text: &str) -> Result<Texts, Vec<Diagnostic>> {
    let root = yaml::parse(file, text)?;
    let mut faults = structure::check(&schema(english()), &root);
    if faults.is_empty() {
        compare(english(), &root, &mut faults);
    }
    match faults.is_empty() {
        true => Ok(Texts(json_of(&root))),
        false => Err(faults),
    }
}

/// The JSON Schema of texts that have all that the English ones have.
fn schema(texts: &Value) -> Value {
    let Value::Object(fields) = texts else {
        return json!({"type": "string", "description": texts});
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

/// Compares the places of each text.
fn compare(english: &Value, node: &Node, faults: &mut Vec<Diagnostic>) {
    match (&node.value, english) {
        (Yaml::Mapping(fields), Value::Object(texts)) => {
            for field in fields {
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
                    (None, []) => "write the text without places".to_owned(),
                    (None, names) => format!("its places are {{{}}}", names.join("}, {")),
                };
                faults.push(
                    Diagnostic::error(
                        "unknown-place",
                        node.span,
                        format!(
                            "{} is no place of this text",
                            shown(&format!("{{{place}}}"))
                        ),
                    )
                    .why("nothing is there to stand in it")
                    .help(help),
                );
            }
            for place in wanted.difference(&there) {
                faults.push(
                    Diagnostic::error(
                        "missing-place",
                        node.span,
                        format!("the text lacks the place {{{place}}}"),
                    )
                    .why("what stands there in English would be lost")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_and_other_braces_stay() {
        let value = |place: &str| (place == "count").then(|| "3".to_owned());
        assert_eq!(
            fill("{count} of {all} {x y} {", value),
            "3 of {all} {x y} {"
        );
        assert_eq!(places("{a} and {b}, not {B}").len(), 2);
    }

    #[test]
    fn every_english_text_is_a_text_in_a_section() {
        for (section, texts) in english().as_object().unwrap() {
            for (name, text) in texts.as_object().unwrap() {
                assert!(text.is_string(), "{section}.{name} is no text");
            }
        }
    }
}
