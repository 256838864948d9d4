//! The short tags of CloudFormation's YAML, written out as its JSON has them.

use serde_json::{Map, Value as Json, json};
use serde_yaml::Value as Yaml;

/// Reads a YAML template as the JSON it stands for.
///
/// # Errors
///
/// When the text is not YAML, or holds a key that is not text.
pub(crate) fn parse_yaml(text: &str) -> Result<Json, String> {
    let yaml: Yaml = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    write_out(yaml)
}

fn write_out(yaml: Yaml) -> Result<Json, String> {
    Ok(match yaml {
        Yaml::Null => Json::Null,
        Yaml::Bool(value) => Json::Bool(value),
        Yaml::Number(number) => serde_json::to_value(&number).map_err(|error| error.to_string())?,
        Yaml::String(text) => Json::String(text),
        Yaml::Sequence(items) => {
            Json::Array(items.into_iter().map(write_out).collect::<Result<_, _>>()?)
        }
        Yaml::Mapping(fields) => {
            let mut object = Map::new();
            for (key, value) in fields {
                let Yaml::String(key) = key else {
                    return Err("a key that is not text".to_owned());
                };
                object.insert(key, write_out(value)?);
            }
            Json::Object(object)
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let value = write_out(tagged.value)?;
            match tag.trim_start_matches('!') {
                "Ref" => json!({"Ref": value}),
                "Condition" => json!({"Condition": value}),
                "GetAtt" => {
                    let parts: Vec<&str> = value.as_str().unwrap_or_default().split('.').collect();
                    json!({"Fn::GetAtt": parts})
                }
                name => json!({format!("Fn::{name}"): value}),
            }
        }
    })
}
