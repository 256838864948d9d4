//! JSON Schemas of the formats, generated from the types that read them.

use schemars::JsonSchema;
use serde_json::Value;

use super::catalog::CatalogDoc;
use super::deployment::DeploymentDoc;
use super::lists::doc::ListedAccountDoc;
use super::overlay::OverlayDoc;

/// The JSON Schema of a catalog file.
pub fn catalog_schema() -> Value {
    schema_of::<CatalogDoc>()
}

/// The JSON Schema of a deployment file.
pub fn deployment_schema() -> Value {
    schema_of::<DeploymentDoc>()
}

/// The JSON Schema of an overlay of the AWS service reference.
pub fn overlay_schema() -> Value {
    schema_of::<OverlayDoc>()
}

/// The JSON Schema of a list of accounts in YAML.
pub fn account_list_schema() -> Value {
    schema_of::<Vec<ListedAccountDoc>>()
}

fn schema_of<T: JsonSchema>() -> Value {
    schemars::schema_for!(T).to_value()
}
