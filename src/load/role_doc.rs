//! What a deployment says of roles.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The role in each target account.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleDoc {
    /// The role's name, the same in every target unless the target says otherwise.
    pub name: String,
    /// The role's path, with a slash at both ends: `/vendor/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The maximum session duration, from `1h` to `12h`; also `90m` or `5400s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_session: Option<String>,
    /// The ARN of the role's permissions boundary; `${account}` is the target account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<String>,
}

/// Settings that differ for one target's role.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleOverrideDoc {
    /// The role's name in this target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The role's path in this target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The maximum session duration in this target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_session: Option<String>,
    /// The permissions boundary in this target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<String>,
}
