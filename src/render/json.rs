//! A CloudFormation template in JSON: the YAML one with its short tags written out.

use serde_json::{Map, Value as Json, json};

use crate::cfn;

/// Converts a rendered YAML template. JSON has no comments, so the notice stands under `Metadata`, first.
///
/// # Errors
///
/// What is wrong with it, in words.
pub(super) fn from_yaml(text: &str, notice: &[String]) -> Result<String, String> {
    let Json::Object(template) = cfn::template(text).map_err(|fault| fault.to_string())? else {
        return Err("a template must be a mapping".to_owned());
    };
    let mut with_notice = Map::new();
    with_notice.insert("Metadata".to_owned(), json!({"Notice": notice.join(" ")}));
    with_notice.extend(template);
    let mut text = cfn::without_unusual(&format!("{:#}", Json::Object(with_notice)));
    text.push('\n');
    Ok(text)
}
