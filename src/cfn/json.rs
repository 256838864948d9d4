//! Templates and policies in JSON, in which no key appears twice; and what libyaml takes a template in YAML for.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess};
use serde_json::{Map, Value as Json, json};

use super::Fault;
use super::scalar::{literal, scan};
use crate::limits;

/// Reads JSON in which no key appears twice: of two, CloudFormation or Terraform may take another than is read here.
///
/// # Errors
///
/// When the text is not JSON, or has a key twice.
pub(crate) fn parse(text: &str) -> Result<Json, String> {
    match serde_json::from_str(text) {
        Ok(WrittenOut(json)) => Ok(json),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads a template in JSON. Some readers take it for YAML, so that numbers and escapes are those that both have.
pub(super) fn template(text: &str) -> Result<Json, Fault> {
    tokens(text)?;
    serde_json::from_str(text)
        .map(|WrittenOut(json)| json)
        .map_err(|error| {
            let what = error.to_string();
            Fault {
                line: error.line().max(1),
                column: error.column().max(1),
                what: match what.rsplit_once(" at line ") {
                    Some((what, _)) => what.to_owned(),
                    None => what,
                },
            }
        })
}

/// What libyaml takes a text for that was read otherwise before.
pub(super) fn by_libyaml(text: &str) -> Result<Json, String> {
    match serde_yaml::from_str(text) {
        Ok(WrittenOut(json)) => Ok(json),
        Err(error) => Err(error.to_string()),
    }
}

/// Refuses the escapes and numbers of JSON that YAML has otherwise, `null`, and what is nested too deep.
fn tokens(text: &str) -> Result<(), Fault> {
    let mut depth: usize = 0;
    let mut at = 0;
    while let Some(&byte) = text.as_bytes().get(at) {
        let rest = &text[at..];
        at += match byte {
            b'"' => match scan(rest, false) {
                Ok((_, length)) => length,
                Err(what) => {
                    let escape = what.split('`').nth(1).and_then(|escape| rest.find(escape));
                    return Err(Fault::at(text, at + escape.unwrap_or_default(), what));
                }
            },
            b'[' | b'{' if depth >= limits::DEPTH => {
                return Err(Fault::at(
                    text,
                    at,
                    format!("nested more than {} levels deep", limits::DEPTH),
                ));
            }
            b'[' | b'{' => {
                depth += 1;
                1
            }
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                1
            }
            b':' if !text[..at].trim_end_matches(' ').ends_with('"') => {
                return Err(Fault::at(text, at, "a colon stands on the line of its key"));
            }
            b',' | b':' | b' ' | b'\n' | b'\r' => 1,
            _ => {
                let word = &rest[..rest
                    .find([',', ':', ' ', '\n', '\r', ']', '}', '"'])
                    .unwrap_or(rest.len())];
                if !matches!(literal(word), Some(Json::Number(_) | Json::Bool(_))) {
                    return Err(Fault::at(
                        text,
                        at,
                        format!(
                            "`{word}` is not read: write a text in double quotes, a number in digits, `true` or `false`"
                        ),
                    ));
                }
                word.len()
            }
        };
    }
    Ok(())
}

/// A value in which no key appears twice, read as JSON at once: a template of a megabyte is read for each of thousands of accounts.
pub(crate) struct WrittenOut(pub(crate) Json);

impl<'de> Deserialize<'de> for WrittenOut {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor).map(WrittenOut)
    }
}

/// A key, which JSON has as text only.
struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match WrittenOut::deserialize(deserializer)? {
            WrittenOut(Json::String(key)) => Ok(Self(key)),
            WrittenOut(_) => Err(de::Error::custom("a key that is not text")),
        }
    }
}

struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of a template")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::from(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(WrittenOut(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Json, A::Error> {
        let mut object = Map::new();
        while let Some(Key(key)) = fields.next_key()? {
            if object.contains_key(&key) {
                return Err(de::Error::custom(format!(
                    "`{key}` appears twice: some readers use the first, others the last"
                )));
            }
            let WrittenOut(value) = fields.next_value()?;
            object.insert(key, value);
        }
        Ok(Json::Object(object))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Json, A::Error> {
        let (tag, value): (String, A::Variant) = tagged.variant()?;
        let WrittenOut(value) = value.newtype_variant()?;
        Ok(match tag.trim_start_matches('!') {
            "Ref" => json!({"Ref": value}),
            "Condition" => json!({"Condition": value}),
            "GetAtt" => {
                let parts: Vec<&str> = value.as_str().unwrap_or_default().split('.').collect();
                json!({"Fn::GetAtt": parts})
            }
            name => json!({format!("Fn::{name}"): value}),
        })
    }
}
