//! The texts of the kit for people, in one file for each language.

use serde_json::Value;

use crate::render::RenderError;

/// The languages that there are, as HTML's `lang` takes them, each with its texts.
const LANGUAGES: &[(&str, &str)] = &[("en", include_str!("../../templates/kit/en.yaml"))];

/// The texts of a language by section and name.
///
/// # Errors
///
/// When there are none, or they are not YAML: a fault of Landgrant.
pub(crate) fn texts(language: &str) -> Result<Value, RenderError> {
    let failed = |message: String| RenderError {
        template: format!("kit/{language}.yaml"),
        message,
    };
    let (_, text) = LANGUAGES
        .iter()
        .find(|(name, _)| *name == language)
        .ok_or_else(|| failed("there is no such language".to_owned()))?;
    serde_yaml::from_str(text).map_err(|error| failed(error.to_string()))
}
