//! What a deployment or a catalog denies, and how a deployment limits what is granted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::load::condition_doc::{ConditionsDoc, OneOrMany};

/// Actions that are denied, whatever else allows them.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DenyDoc {
    /// The actions, with or without wildcards; `"*"` is every action.
    pub actions: OneOrMany,
    /// ARN patterns, or `"*"`; `"*"` if absent. `${account}` is the account that the role or the hub is in.
    #[serde(default = "every_resource")]
    pub resources: OneOrMany,
    /// Conditions, as in an IAM policy: operator, then key, then one value or several. Without them, the actions are always denied.
    #[serde(default, skip_serializing_if = "ConditionsDoc::is_empty")]
    pub conditions: ConditionsDoc,
    /// Why they are denied; rendered files and the handoff kit show the reason.
    pub reason: String,
}

fn every_resource() -> OneOrMany {
    OneOrMany::One("*".to_owned())
}

/// Limits on what is granted. Each is a Deny of everything else.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsDoc {
    /// The Regions in which the granted services can be used. Global services, such as IAM, are not limited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// The public IP addresses and ranges that calls can come from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source_ips: Vec<String>,
}
