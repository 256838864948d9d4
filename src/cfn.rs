//! Templates and policies as JSON, in which no key stands twice; of YAML, with CloudFormation's short tags written out.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess};
use serde_json::{Map, Value as Json, json};

/// Reads a YAML template as the JSON it stands for.
///
/// # Errors
///
/// When the text is not YAML, or holds a key that is not text.
pub(crate) fn parse_yaml(text: &str) -> Result<Json, String> {
    match serde_yaml::from_str(text) {
        Ok(WrittenOut(json)) => Ok(json),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads JSON in which no key stands twice: of two, CloudFormation or Terraform may take another than is read here.
///
/// # Errors
///
/// When the text is not JSON, or has a key twice.
pub(crate) fn parse_json(text: &str) -> Result<Json, String> {
    match serde_json::from_str(text) {
        Ok(WrittenOut(json)) => Ok(json),
        Err(error) => Err(error.to_string()),
    }
}

/// A value, read as JSON at once: a template of a megabyte is read for each of thousands of accounts.
struct WrittenOut(Json);

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
            let WrittenOut(value) = fields.next_value()?;
            if object.insert(key, value).is_some() {
                return Err(de::Error::custom("a key twice"));
            }
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
