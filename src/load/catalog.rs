//! The catalog file as its author wrote it: one version of one product's permission list.
//!
//! These types are read by serde and also make `docs/schema/catalog.schema.json`, so their doc
//! comments are what an editor shows while somebody writes a catalog.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    AssumeRoleGranularity, AssumeRolePlacement, AuthenticatesAs, ExternalIdSupport, GrantTo,
    ParameterKind,
};

/// The only value of `schema:` in a catalog file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum CatalogSchema {
    /// Version 1 of the catalog format.
    #[serde(rename = "landgrant/catalog/v1")]
    V1,
}

/// One version of one product's permission list.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Landgrant catalog")]
pub struct CatalogDoc {
    /// Names this format and its version: `landgrant/catalog/v1`.
    pub schema: CatalogSchema,
    /// The product's short name, as deployments write it: lower-case letters, digits and hyphens.
    pub product: String,
    /// The product's version, quoted: `"10.2"`.
    pub version: String,
    /// The product's name for people.
    pub title: String,
    /// Who publishes the product and its permission list.
    pub vendor: String,
    /// Where the list was read.
    pub sources: Vec<SourceDoc>,
    /// How the product authenticates, and what it can and cannot do when it assumes a role.
    pub access: AccessDoc,
    /// Values that a deployment fills in; written `${name}` in resources, condition keys and condition values.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub parameters: IndexMap<String, ParameterDoc>,
    /// The parts of the product that a customer may switch on, in the vendor's order.
    pub features: IndexMap<String, FeatureDoc>,
}

/// A vendor document that a catalog was read from.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceDoc {
    /// A short name that features refer to.
    pub id: String,
    /// The document's title.
    pub title: String,
    /// Where it is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The date of the text that was read, quoted: `"2023-11-28"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dated: Option<String>,
}

/// How a product signs in to AWS and moves between accounts.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessDoc {
    /// What holds the credentials that the product uses.
    pub authenticates_as: AuthenticatesAs,
    /// How the product finds the roles it assumes; absent where the vendor documents nothing about roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role: Option<AssumeRoleDoc>,
    /// Whether the product can send `sts:ExternalId`.
    #[serde(default)]
    pub external_id: ExternalIdSupport,
    /// The vendor's own principal, where the product comes from the vendor's AWS account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<VendorDoc>,
}

/// The principals of a vendor that assume roles of its customers: account ids, or ARNs of roles or users.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VendorDoc {
    /// Those in the commercial Regions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws: Option<OneOrMany>,
    /// Those in AWS GovCloud (US).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws_us_gov: Option<OneOrMany>,
    /// Those in the China Regions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws_cn: Option<OneOrMany>,
    /// Where the vendor names them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceRefDoc>,
}

/// The policies that let a product assume roles.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssumeRoleDoc {
    /// Where the product looks for them.
    pub policy: AssumeRolePlacement,
    /// How many roles one policy names.
    pub granularity: AssumeRoleGranularity,
    /// Whom the vendor says the role should trust, in the vendor's sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusts: Option<String>,
}

/// A value that a deployment fills in.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterDoc {
    /// What kind of value it is.
    #[serde(rename = "type")]
    pub kind: ParameterKind,
    /// What it means and where to find it.
    pub description: String,
    /// The value where the deployment gives none; without it the deployment must.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<ParameterValue>,
    /// A regular expression that the whole value must match; wildcards are refused unless it names them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ParameterValue {
    /// For a parameter of type `boolean`.
    Boolean(bool),
    /// For every other type; quote numbers.
    Text(String),
}

/// A part of the product that a customer may switch on.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeatureDoc {
    /// The feature's name for people.
    pub title: String,
    /// The accounts the feature works in: the hub, the targets, or both.
    pub grant_to: Vec<GrantTo>,
    /// Where the vendor lists these actions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceRefDoc>,
    /// Actions without which the feature does not work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<EntryDoc>,
    /// Actions without which the feature works in part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recommended: Vec<EntryDoc>,
}

/// A place in a vendor document.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceRefDoc {
    /// The `id` of an entry in `sources`.
    pub id: String,
    /// The heading under which the vendor lists the actions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
}

/// A permission: an action name, or an action with its resources and conditions.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum EntryDoc {
    /// An action on every resource, without conditions.
    Action(String),
    /// An action with what guards it.
    Guarded(Box<GuardedEntryDoc>),
}

/// An action with its resources and conditions. The same action may stand in several entries.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardedEntryDoc {
    /// The action as the vendor spells it, or a list of actions that share everything below. It is rendered in AWS's own case.
    pub action: OneOrMany,
    /// What the action is granted on: `own-user`, `own-groups`, `"*"`, or ARN patterns; `"*"` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<OneOrMany>,
    /// Conditions as IAM writes them: operator, then key, then one value or several.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub conditions: ConditionsDoc,
    /// A boolean parameter; the action is granted only where the deployment sets it to `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// What stops working without the action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<String>,
}

/// Conditions as IAM writes them: operator, then key, then one value or several.
pub type ConditionsDoc = IndexMap<String, IndexMap<String, OneOrMany>>;

/// One string or a list of strings, as IAM itself allows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One string.
    One(String),
    /// A list of strings.
    Many(Vec<String>),
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl OneOrMany {
    /// The strings in the order they were written.
    pub fn as_slice(&self) -> &[String] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }
}
