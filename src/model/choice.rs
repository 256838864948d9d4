//! What a deployment or a catalog chooses: shapes, formats, places.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AccountId, OrganizationalUnitId, RoleName};

/// What becomes of a rule's findings.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum LintLevel {
    /// They are not shown.
    Allow,
    /// They are shown as notes.
    Note,
    /// They are shown as warnings.
    Warn,
    /// They are shown as errors, and `landgrant lint` ends with exit code 1.
    Deny,
}

impl LintLevel {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            LintLevel::Allow => "allow",
            LintLevel::Note => "note",
            LintLevel::Warn => "warn",
            LintLevel::Deny => "deny",
        }
    }
}

/// How Terraform is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TerraformShape {
    /// A root module for the hub and one for each target, each with a state and credentials of its own.
    #[default]
    Roots,
    /// One root module for everything, with a provider and a module call for each target; for a few accounts.
    SingleRoot,
    /// One root module for everything, with OpenTofu's provider for_each; Terraform does not take it.
    Tofu,
    /// A root module for the hub, and one with the stack set that brings the roles into their accounts.
    Stackset,
}

impl TerraformShape {
    /// Whether one root module has all targets.
    pub fn is_one_root(self) -> bool {
        matches!(self, Self::SingleRoot | Self::Tofu)
    }
}

/// How CloudFormation is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CloudFormationShape {
    /// A stack in each target account: one template, and a parameter file for each.
    #[default]
    Stacks,
    /// A template with the stack set that brings the roles into their accounts.
    Stackset,
}

/// The syntax of a CloudFormation template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TemplateFormat {
    /// YAML.
    #[default]
    Yaml,
    /// JSON.
    Json,
}

/// Where the permissions go that the product uses in the hub account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HubPermissions {
    /// A customer-managed policy attached to the group: spends nothing of the group's inline quota.
    #[default]
    Managed,
    /// An inline policy of the user: at most 2,048 characters.
    UserInline,
}

/// How many roles one `sts:AssumeRole` policy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AssumeRoleGranularity {
    /// One policy for each role: one statement with one action and one ARN.
    PolicyPerRole,
    /// One policy that lists every role.
    RoleList,
}

/// Whose roles a stack set works with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StackSetPermissions {
    /// Those that CloudFormation makes in the accounts of an organization.
    ServiceManaged {
        /// The units that the accounts are in, sorted.
        units: Vec<OrganizationalUnitId>,
        /// Whether a delegated administrator makes it, and not the management account.
        delegated: bool,
        /// The management account, if it is known: no such stack set reaches it.
        management: Option<AccountId>,
        /// Whether accounts that join the units get their stack at once.
        auto_deployment: bool,
        /// Whether accounts that leave them keep it.
        retain: bool,
    },
    /// Those that are made from templates of their own.
    SelfManaged {
        /// The role in the stack set's account.
        administration_role: RoleName,
        /// The role in each target.
        execution_role: RoleName,
    },
}

/// What actions are granted on where the catalog says `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceScoping {
    /// The resource types that each action takes, in the account and partition at hand; `*` for actions that name none.
    Typed,
    /// `*`, as the vendor has it.
    #[default]
    Any,
}

/// How much a vendor wants an action.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The feature does not work without it.
    Required,
    /// The feature works in part without it.
    Recommended,
}

/// What holds the credentials that a product uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuthenticatesAs {
    /// An IAM user made for the product.
    IamUser,
    /// Whatever principal is signed in already, such as a role that a CI system assumes.
    ExistingPrincipal,
    /// The vendor's own AWS account.
    VendorAccount,
    /// A token of an OpenID Connect provider, such as a CI system or a Kubernetes cluster.
    WebIdentity,
    /// A service of AWS that the product runs in, such as an EC2 instance or a pod of EKS.
    Service,
}

/// Where a product looks for `sts:AssumeRole` policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AssumeRolePlacement {
    /// It reads the inline policies of the user's groups; a managed policy is not seen.
    GroupInline,
    /// It does not look; any policy that allows the call will do.
    Any,
}

/// Whether a product can send `sts:ExternalId` when it assumes a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExternalIdSupport {
    /// It cannot: a role that asks for one locks the product out.
    #[default]
    Unsupported,
    /// It can, if the customer wants it.
    Optional,
    /// It always does, and the role must ask for it.
    Required,
    /// It always does, and the vendor makes the id only when the role is there.
    Issued,
}

/// The kinds of parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ParameterKind {
    /// Text without wildcards.
    String,
    /// A 12-digit account id.
    Account,
    /// An AWS Region name.
    Region,
    /// An ARN.
    Arn,
    /// `true` or `false`; an entry's `when` names it.
    Boolean,
}

/// Accounts that a feature's actions are granted in.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum GrantTo {
    /// The account that holds the user and the groups.
    Hub,
    /// The accounts that hold the roles.
    Target,
}

/// A product and a version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CatalogId {
    /// The product's short name.
    pub product: String,
    pub version: String,
}

impl CatalogId {
    /// Splits `product@version`.
    pub fn parse(text: &str) -> Option<Self> {
        let (product, version) = text.split_once('@')?;
        (!product.is_empty() && !version.is_empty()).then(|| Self {
            product: product.to_owned(),
            version: version.to_owned(),
        })
    }
}

impl std::fmt::Display for CatalogId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.product, self.version)
    }
}
