//! Import blocks: what is in an account already and comes into the state as it is.

use serde::Serialize;

use super::engine::{Engine, RenderError};
use super::hcl;

/// A resource that is there, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Import {
    /// The address that the resource gets, as an HCL expression.
    pub to_hcl: String,
    /// How the AWS provider finds it.
    pub id: String,
}

#[derive(Serialize)]
struct ImportsView<'a> {
    deployment: &'a str,
    account: &'a str,
    imports: &'a [Import],
}

/// The import blocks of one root module.
///
/// # Errors
///
/// When the template does not fit its view.
pub fn imports(deployment: &str, account: &str, imports: &[Import]) -> Result<String, RenderError> {
    let view = ImportsView {
        deployment,
        account,
        imports,
    };
    let text = Engine::hcl(&[])?.render("terraform/shared/imports.tf", &view)?;
    Ok(hcl::align(&text))
}
