//! Why nothing could be rendered.

use crate::diag::Diagnostic;

/// Why nothing could be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template that does not fit its view: a fault of Landgrant.
    #[error(
        "the template {template} failed; this is a fault of Landgrant, please report it:\n{message}"
    )]
    Template {
        template: String,
        /// What Tera says, with the line of the template.
        message: String,
    },
    /// Faults in templates of the user's own.
    #[error("{} of your own templates have faults, the first: {}", .0.len(), .0.first().map_or("", |fault| fault.message.as_str()))]
    Custom(Vec<Diagnostic>),
}
