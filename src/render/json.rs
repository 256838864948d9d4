//! A CloudFormation template in JSON: the YAML one with its short tags written out.

use serde_json::{Map, Value as Json, json};

use super::RenderError;
use crate::cfn;

/// Converts a rendered YAML template. JSON has no comments, so the notice stands under `Metadata`, first.
pub(super) fn from_yaml(name: &str, text: &str, notice: &[String]) -> Result<String, RenderError> {
    let failed = |message: String| RenderError {
        template: name.to_owned(),
        message,
    };
    let Json::Object(template) = cfn::parse_yaml(text).map_err(failed)? else {
        return Err(failed("a template is a mapping".to_owned()));
    };
    let mut with_notice = Map::new();
    with_notice.insert("Metadata".to_owned(), json!({"Notice": notice.join(" ")}));
    with_notice.extend(template);
    let mut text = format!("{:#}", Json::Object(with_notice));
    text.push('\n');
    Ok(text)
}
