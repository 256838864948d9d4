//! The catalog file as its author wrote it: one version of one product's permission list.
//!
//! These types are read by serde and also make `docs/schema/catalog.schema.json`, so their doc
//! comments are what an editor shows while somebody writes a catalog.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::condition_doc::{ConditionsDoc, OneOrMany};
use crate::load::deny_doc::DenyDoc;
use crate::model::{
    AssumeRoleGranularity, AssumeRolePlacement, AuthenticatesAs, ExternalIdSupport, GrantTo,
    ParameterKind, Partition,
};

/// The only value of `schema:` in a catalog file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum CatalogSchema {
    /// Version 1 of the catalog format.
    #[serde(rename = "landgrant/catalog/v1")]
    V1,
}

/// One version of a product's permission list.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Landgrant catalog")]
pub struct CatalogDoc {
    /// The format and its version: `landgrant/catalog/v1`.
    pub schema: CatalogSchema,
    /// The product's short name, as used in deployments: lower-case letters, digits and hyphens.
    pub product: String,
    /// The product's version, quoted: `"10.2"`.
    pub version: String,
    /// The product's readable name.
    pub title: String,
    /// The publisher of the product and its permission list.
    pub vendor: String,
    /// The vendor documents that the list was taken from.
    pub sources: Vec<SourceDoc>,
    /// How the product authenticates, and how it assumes roles.
    pub access: AccessDoc,
    /// Values that a deployment sets; written `${name}` in resources, condition keys and condition values.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub parameters: IndexMap<String, ParameterDoc>,
    /// What the vendor demands to be denied wherever the product is granted anything. Parameters cannot be used here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<DenyDoc>,
    /// The parts of the product that a customer can enable, in the vendor's order.
    pub features: IndexMap<String, FeatureDoc>,
    /// Groups of features that the vendor offers in place of each other: a deployment selects exactly one of each group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<Vec<String>>,
}

/// A vendor document that the catalog was written from.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceDoc {
    /// A short name that features refer to.
    pub id: String,
    /// The document's title.
    pub title: String,
    /// The URL of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The date of the version that was used, quoted: `"2023-11-28"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dated: Option<String>,
}

/// How a product signs in to AWS and accesses other accounts.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessDoc {
    /// The kind of principal whose credentials the product uses.
    pub authenticates_as: AuthenticatesAs,
    /// How the product finds the roles that it assumes; absent if the vendor documents nothing about roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role: Option<AssumeRoleDoc>,
    /// Whether the product can send `sts:ExternalId`.
    #[serde(default)]
    pub external_id: ExternalIdSupport,
    /// The vendor's own principal, if the product runs in the vendor's AWS account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<VendorDoc>,
}

/// The principals with which a vendor assumes its customers' roles: account ids, or ARNs of roles or users.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VendorDoc {
    /// The principals in the commercial Regions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws: Option<OneOrMany>,
    /// The principals in AWS GovCloud (US).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws_us_gov: Option<OneOrMany>,
    /// The principals in the China Regions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws_cn: Option<OneOrMany>,
    /// The principals in the AWS European Sovereign Cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws_eusc: Option<OneOrMany>,
    /// The principals in AWS Top Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws_iso: Option<OneOrMany>,
    /// The principals in AWS Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws_iso_b: Option<OneOrMany>,
    /// The principals in the partition `aws-iso-e`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws_iso_e: Option<OneOrMany>,
    /// The principals in the partition `aws-iso-f`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws_iso_f: Option<OneOrMany>,
    /// Where the vendor documents the principals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceRefDoc>,
}

impl VendorDoc {
    /// Those in a partition.
    pub fn in_partition(&self, partition: Partition) -> &[String] {
        let listed = match partition {
            Partition::Aws => &self.aws,
            Partition::AwsUsGov => &self.aws_us_gov,
            Partition::AwsCn => &self.aws_cn,
            Partition::AwsEusc => &self.aws_eusc,
            Partition::AwsIso => &self.aws_iso,
            Partition::AwsIsoB => &self.aws_iso_b,
            Partition::AwsIsoE => &self.aws_iso_e,
            Partition::AwsIsoF => &self.aws_iso_f,
        };
        listed.as_ref().map(OneOrMany::as_slice).unwrap_or_default()
    }
}

/// The policies that let a product assume roles.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssumeRoleDoc {
    /// Where the product looks for the policies.
    pub policy: AssumeRolePlacement,
    /// How many roles a policy names.
    pub granularity: AssumeRoleGranularity,
    /// The principal that the role should trust, according to the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusts: Option<String>,
}

/// A value that a deployment sets.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterDoc {
    /// The type of the value.
    #[serde(rename = "type")]
    pub kind: ParameterKind,
    /// What the value means and where to find it.
    pub description: String,
    /// Whether a deployment gives a list of values. In a resource it becomes one resource for each of them, in the value of a condition all of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub list: bool,
    /// The default value; without it, deployments have to set the parameter if they are granted anything that contains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<ParameterValue>,
    /// A regular expression that the whole value must match; wildcards are rejected unless it contains them.
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
    /// For a parameter with `list: true`.
    Texts(Vec<String>),
}

/// A time for which a permission is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PhaseDoc {
    /// Only until the product is set up.
    Setup,
}

/// A part of the product that a customer can enable.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeatureDoc {
    /// The feature's readable name.
    pub title: String,
    /// The accounts that the feature works in: the hub, the targets, or both.
    pub grant_to: Vec<GrantTo>,
    /// A boolean parameter or several; the feature is only granted if the deployment sets all of them to `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<OneOrMany>,
    /// The partitions that the feature is for; every one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partitions: Option<Vec<Partition>>,
    /// When the feature is needed, if not always; with `setup`, only until a deployment says that the product is set up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<PhaseDoc>,
    /// Where the vendor lists these actions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceRefDoc>,
    /// What the vendor demands to be denied where the feature is granted. Parameters cannot be used here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<DenyDoc>,
    /// Actions without which the feature does not work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<EntryDoc>,
    /// Actions without which the feature works only partly.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recommended: Vec<EntryDoc>,
}

/// A section of a vendor document.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceRefDoc {
    /// The `id` of an entry of `sources`.
    pub id: String,
    /// The heading under which the vendor lists the actions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
}

/// A permission: the name of an action, an action with resources and conditions, or a managed policy of AWS.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum EntryDoc {
    /// An action on every resource, without conditions.
    Action(String),
    /// An action with resources and conditions.
    Guarded(Box<GuardedEntryDoc>),
    /// A managed policy of AWS, which is attached.
    Managed(Box<ManagedEntryDoc>),
}

/// A managed policy of AWS, or several. AWS changes what they grant.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManagedEntryDoc {
    /// The policy's name, such as `SecurityAudit` or `job-function/ViewOnlyAccess`, or a list of names.
    pub managed: OneOrMany,
    /// A boolean parameter or several; the policy is only attached if the deployment sets all of them to `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<OneOrMany>,
    /// The partitions that the entry is for; those of the feature if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partitions: Option<Vec<Partition>>,
    /// What the product does with the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// What stops working without the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<String>,
}

/// An action with resources and conditions. The same action can be in several entries.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardedEntryDoc {
    /// The action in the vendor's spelling, or a list of actions with the same resources and conditions. It is rendered in AWS's spelling.
    pub action: OneOrMany,
    /// The resources that the action is granted on: `own-user`, `own-groups`, `"*"`, or ARN patterns; `"*"` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<OneOrMany>,
    /// Conditions, as in an IAM policy: operator, then key, then one value or several.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub conditions: ConditionsDoc,
    /// A boolean parameter or several; the action is only granted if the deployment sets all of them to `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<OneOrMany>,
    /// The partitions that the entry is for; those of the feature if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partitions: Option<Vec<Partition>>,
    /// When the entry is needed, if not always; with `setup`, only until a deployment says that the product is set up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<PhaseDoc>,
    /// What the product does with the action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// What stops working without the action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<String>,
    /// Why the entry is never granted: AWS does not know the action, or it has no effect. The entry stays as the vendor wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inert: Option<String>,
}
