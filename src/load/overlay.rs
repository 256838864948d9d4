//! The reference overlay as its author wrote it: AWS actions that are newer than the reference in the binary.
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

/// AWS actions that the reference in the binary lacks, or knows otherwise.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Landgrant reference overlay")]
pub struct OverlayDoc {
    /// Names this format and its version: `landgrant/reference-overlay/v1`.
    pub schema: OverlaySchema,
    /// Condition keys that a request of any action can have, by name: `aws:SourceVpc`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub condition_keys: IndexMap<String, OverlayGlobalKeyDoc>,
    /// The services, by the prefix that their actions have: `ec2`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub services: IndexMap<String, OverlayServiceDoc>,
}

/// A global condition key.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverlayGlobalKeyDoc {
    /// The type of its values, as AWS writes it.
    pub r#type: OverlayKeyType,
}

/// A condition key of a service.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverlayKeyDoc {
    /// The type of its values, as AWS writes it.
    pub r#type: OverlayKeyType,
    /// The actions that have it, by name without the prefix, with wildcards; all of the service if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<Vec<String>>,
}

/// The types of condition keys. One that begins with `ArrayOf` can have several values in one request.
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

/// What the overlay says of a service.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverlayServiceDoc {
    /// The service's name for people; needed only for a service that the reference lacks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Resource types that the reference lacks, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub resource_types: IndexMap<String, OverlayResourceTypeDoc>,
    /// Condition keys that the reference lacks, or knows otherwise, by name: `ec2:ResourceTag/${TagKey}`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub condition_keys: IndexMap<String, OverlayKeyDoc>,
    /// Actions, by name in AWS's own case, without the prefix.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub actions: IndexMap<String, OverlayActionDoc>,
}

/// A resource type.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverlayResourceTypeDoc {
    /// ARN formats as AWS documents them: `arn:${Partition}:ec2:${Region}:${Account}:vpc/${VpcId}`.
    pub arns: Vec<String>,
}

/// An action.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverlayActionDoc {
    /// What the action does, in AWS's own classes.
    pub access_level: OverlayAccessLevel,
    /// The resource types it works on, of this file or of the reference; without any it takes `"*"` alone.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub resource_types: IndexMap<String, OverlayActionResourceDoc>,
    /// Condition keys whatever the resource: `aws:RequestTag/${TagKey}`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub condition_keys: Vec<String>,
    /// Other actions that a caller needs; unknown where absent, `[]` for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependent_actions: Option<Vec<String>>,
    /// Whether AWS calls it deprecated.
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
    /// Condition keys that the action and the type have together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub condition_keys: Vec<String>,
}

/// AWS's classes of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OverlayAccessLevel {
    /// Lists resources.
    List,
    /// Reads resources.
    Read,
    /// Creates, changes or deletes resources.
    Write,
    /// Changes tags.
    Tagging,
    /// Changes who may do what.
    PermissionsManagement,
}
