//! The file format for reference overlays: AWS actions that are newer than the built-in service reference.
//!
//! These types are read by serde and also make `docs/schema/reference-overlay.schema.json`, so their doc comments are
//! what an editor shows while somebody writes an overlay.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The only value of `schema:` in an overlay file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum OverlaySchema {
    /// Version 1 of the overlay format.
    #[serde(rename = "landgrant/reference-overlay/v1")]
    V1,
}

/// AWS actions that are missing from the built-in service reference or that differ from it.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Landgrant reference overlay")]
pub struct OverlayDoc {
    /// The format and its version: `landgrant/reference-overlay/v1`.
    pub schema: OverlaySchema,
    /// Condition keys that are available for all actions, by name: `aws:SourceVpc`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub condition_keys: IndexMap<String, OverlayGlobalKeyDoc>,
    /// The services, by the prefix of their actions: `ec2`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub services: IndexMap<String, OverlayServiceDoc>,
}

/// A global condition key.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverlayGlobalKeyDoc {
    /// The type of its values, as in AWS's documentation.
    pub r#type: OverlayKeyType,
}

/// A condition key of a service.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverlayKeyDoc {
    /// The type of its values, as in AWS's documentation.
    pub r#type: OverlayKeyType,
    /// The actions that have the key, by name without the prefix, with wildcards; all actions of the service if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<Vec<String>>,
}

/// The types of condition keys. Keys whose type begins with `ArrayOf` are multivalued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum OverlayKeyType {
    String,
    #[serde(rename = "ARN")]
    Arn,
    Bool,
    Numeric,
    Date,
    #[serde(rename = "IPAddress")]
    IpAddress,
    Binary,
    ArrayOfString,
    #[serde(rename = "ArrayOfARN")]
    ArrayOfArn,
    ArrayOfBool,
    ArrayOfNumeric,
    ArrayOfDate,
    #[serde(rename = "ArrayOfIPAddress")]
    ArrayOfIpAddress,
    ArrayOfBinary,
}

impl OverlayKeyType {
    /// The type as AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            OverlayKeyType::String => "String",
            OverlayKeyType::Arn => "ARN",
            OverlayKeyType::Bool => "Bool",
            OverlayKeyType::Numeric => "Numeric",
            OverlayKeyType::Date => "Date",
            OverlayKeyType::IpAddress => "IPAddress",
            OverlayKeyType::Binary => "Binary",
            OverlayKeyType::ArrayOfString => "ArrayOfString",
            OverlayKeyType::ArrayOfArn => "ArrayOfARN",
            OverlayKeyType::ArrayOfBool => "ArrayOfBool",
            OverlayKeyType::ArrayOfNumeric => "ArrayOfNumeric",
            OverlayKeyType::ArrayOfDate => "ArrayOfDate",
            OverlayKeyType::ArrayOfIpAddress => "ArrayOfIPAddress",
            OverlayKeyType::ArrayOfBinary => "ArrayOfBinary",
        }
    }
}

/// Changes and additions to a service.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverlayServiceDoc {
    /// The service's readable name; only needed for a service that is not in the reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Additional resource types, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub resource_types: IndexMap<String, OverlayResourceTypeDoc>,
    /// Additional or changed condition keys, by name: `ec2:ResourceTag/${TagKey}`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub condition_keys: IndexMap<String, OverlayKeyDoc>,
    /// Actions, by name in AWS's spelling, without the prefix.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub actions: IndexMap<String, OverlayActionDoc>,
}

/// A resource type.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverlayResourceTypeDoc {
    /// ARN formats, as in AWS's documentation: `arn:${Partition}:ec2:${Region}:${Account}:vpc/${VpcId}`.
    pub arns: Vec<String>,
}

/// An action.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverlayActionDoc {
    /// The access level of the action.
    pub access_level: OverlayAccessLevel,
    /// The resource types that the action supports, from this file or the reference; without any, it supports only `"*"`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub resource_types: IndexMap<String, OverlayActionResourceDoc>,
    /// Condition keys for all resource types: `aws:RequestTag/${TagKey}`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub condition_keys: Vec<String>,
    /// Dependent actions, which a caller also needs; unknown if absent, `[]` for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependent_actions: Option<Vec<String>>,
    /// Whether AWS describes the action as deprecated.
    #[serde(default)]
    pub deprecated: bool,
}

/// A resource type of an action.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverlayActionResourceDoc {
    /// Whether every call names a resource of this type.
    #[serde(default)]
    pub required: bool,
    /// Condition keys of the action for this resource type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub condition_keys: Vec<String>,
}

/// AWS's access levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OverlayAccessLevel {
    /// List: lists resources.
    List,
    /// Read: reads resources.
    Read,
    /// Write: creates, changes or deletes resources.
    Write,
    /// Tagging: changes tags.
    Tagging,
    /// Permissions management: changes permissions.
    PermissionsManagement,
}
