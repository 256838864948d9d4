//! Import blocks: what is in an account already and comes into the state as it is.

use schemars::JsonSchema;
use serde::Serialize;

use super::RenderError;
use super::custom::Custom;
use super::engine::Engine;

/// A resource that is there, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "AdoptImport")]
pub struct Import {
    /// The address that the resource gets, as an HCL expression.
    pub to_hcl: String,
    /// How the AWS provider finds it.
    pub id: String,
}

/// What is in an account already.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AdoptImports")]
pub(super) struct ImportsView<'a> {
    /// The deployment's name.
    deployment: &'a str,
    /// The ids of the accounts.
    accounts: &'a [&'a str],
    /// The resources.
    imports: &'a [Import],
}

/// The import blocks of one root module.
///
/// # Errors
///
/// When the template does not fit its view.
pub fn imports(
    deployment: &str,
    accounts: &[&str],
    imports: &[Import],
    custom: &Custom,
) -> Result<String, RenderError> {
    let view = ImportsView {
        deployment,
        accounts,
        imports,
    };
    Engine::new(custom).render("terraform/shared/imports.tf", &view)
}
