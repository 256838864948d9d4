//! The texts of a kit by section and name, where Rust needs them and not a template.

use serde_json::Value;

use crate::render::RenderError;
use crate::render::html::filled;

/// The texts of a kit.
pub(super) struct Words<'a>(pub(super) &'a Value);

impl<'a> Words<'a> {
    /// A text.
    ///
    /// # Errors
    ///
    /// When it is missing: a fault of whoever translated.
    pub(super) fn get(&self, section: &str, name: &str) -> Result<&'a str, RenderError> {
        self.0
            .get(section)
            .and_then(|section| section.get(name))
            .and_then(Value::as_str)
            .ok_or_else(|| RenderError {
                template: "kit/index.html".to_owned(),
                message: format!("there is no text {section}.{name}"),
            })
    }

    /// A text with values.
    ///
    /// # Errors
    ///
    /// When it is missing.
    pub(super) fn fill(
        &self,
        section: &str,
        name: &str,
        values: &[(&str, &str)],
    ) -> Result<String, RenderError> {
        let text = self.get(section, name)?;
        Ok(filled(text, |wanted| {
            let found = values.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| (*value).to_owned())
        }))
    }

    /// A text with a number for `{count}`.
    ///
    /// # Errors
    ///
    /// When it is missing.
    pub(super) fn count(
        &self,
        section: &str,
        name: &str,
        count: usize,
    ) -> Result<String, RenderError> {
        self.fill(section, name, &[("count", &count.to_string())])
    }
}
