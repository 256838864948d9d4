//! The deployment file as its author wrote it: what one customer wants, where.
//!
//! These types are read by serde and also make `docs/schema/deployment.schema.json`, so their doc
//! comments are what an editor shows while somebody writes a deployment.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::load::catalog::ParameterValue;
use crate::load::kit_doc::KitDoc;
use crate::load::lists::doc::AccountListDoc;
use crate::load::role_doc::{RoleDoc, RoleOverrideDoc};
use crate::load::trust_doc::TrustsDoc;
use crate::model::{
    CloudFormationShape, HubPermissions, Level, LintLevel, ResourceScoping, TemplateFormat,
    TerraformShape,
};

/// The only value of `schema:` in a deployment file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum DeploymentSchema {
    /// Version 1 of the deployment format.
    #[serde(rename = "landgrant/deployment/v1")]
    V1,
}

/// What one customer wants: products, accounts, trust, tags.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Landgrant deployment")]
pub struct DeploymentDoc {
    /// Names this format and its version: `landgrant/deployment/v1`.
    pub schema: DeploymentSchema,
    /// A short name: lower-case letters, digits and hyphens. Names the output folder when several deployments are rendered.
    pub name: String,
    /// The AWS partition of every account here. Roles cannot be assumed across partitions.
    #[serde(default)]
    pub partition: PartitionDoc,
    /// The account that holds the user and the groups; absent where the roles trust a principal that exists already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<HubDoc>,
    /// What actions are granted on where the catalog says `*`.
    #[serde(default)]
    pub resources: ResourceScoping,
    /// The products to grant access to; with `roles`, those of each role that names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<ProductDoc>,
    /// Several roles, by name: lower-case letters, digits and hyphens. What one of them does not say, the deployment says for it.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub roles: IndexMap<String, RolePartDoc>,
    /// The role in each target account, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleDoc>,
    /// Who may assume the roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<TrustsDoc>,
    /// Permissions that some targets get in place of what the products say, by name: lower-case letters, digits and hyphens.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub variants: IndexMap<String, VariantDoc>,
    /// The accounts that get a role: written out, or in files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetsDoc>,
    /// Tags for every resource that takes them; IAM groups take none.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, String>,
    /// The formats to write.
    #[serde(default = "all_outputs")]
    pub outputs: Vec<OutputDoc>,
    /// How Terraform is laid out.
    #[serde(default)]
    pub terraform: TerraformDoc,
    /// How CloudFormation is laid out and written.
    #[serde(default)]
    pub cloudformation: CloudFormationDoc,
    /// The stack set that brings the roles into their accounts, where `terraform` or `cloudformation` is `stackset`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_set: Option<StackSetDoc>,
    /// A folder with templates of your own, counted from the deployment's folder. `landgrant templates eject` writes those that there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub templates: Option<String>,
    /// What `landgrant lint` reports, and what was looked at and accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lint: Option<LintDoc>,
    /// What `landgrant audit` finds, and was looked at and accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditDoc>,
    /// The handoff kit that `landgrant kit` writes: whom it is for, how it looks, what it says beyond the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kit: Option<KitDoc>,
}

impl DeploymentDoc {
    /// The products of the deployment and of its roles.
    pub fn all_products(&self) -> impl Iterator<Item = &ProductDoc> {
        let of_roles = self.roles.values().flat_map(|role| &role.products);
        self.products.iter().chain(of_roles)
    }
}

/// One of several roles.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolePartDoc {
    /// The role's name in IAM, the same in every target unless the target says otherwise.
    pub name: String,
    /// The role's path, with a slash at both ends: `/vendor/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The longest session, from `1h` to `12h`; also `90m` or `5400s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_session: Option<String>,
    /// The ARN of a policy that caps what the role can be allowed; `${account}` is the target account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<String>,
    /// The products that it is for. One catalog may be in several roles, each with other features.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<ProductDoc>,
    /// Who may assume it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<TrustsDoc>,
    /// Permissions that it has in some targets in place of what the products say, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub variants: IndexMap<String, VariantDoc>,
    /// The accounts that get it: written out, or in files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetsDoc>,
    /// Tags to add to, or replace among, the deployment's.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, String>,
}

/// What `landgrant audit` finds, and was looked at and accepted.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditDoc {
    /// Findings that were looked at and accepted, each with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<AllowDoc>,
}

/// What `landgrant lint` reports, and what was looked at and accepted.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LintDoc {
    /// Levels of rules, by the rule's name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub levels: IndexMap<String, LintLevel>,
    /// Findings that were looked at and accepted, each with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<AllowDoc>,
}

/// A finding that was looked at and accepted.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowDoc {
    /// The rule's name.
    pub rule: String,
    /// What the finding is about: an action, in which wildcards may stand, an account or a name. Everything that the rule finds if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is, quoted: `"2027-03-31"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

fn all_outputs() -> Vec<OutputDoc> {
    vec![OutputDoc::Terraform, OutputDoc::Cloudformation]
}

/// AWS partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PartitionDoc {
    /// The commercial Regions.
    #[default]
    Aws,
    /// AWS GovCloud (US).
    AwsUsGov,
    /// The China Regions.
    AwsCn,
}

/// Formats that `landgrant render` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutputDoc {
    /// Root modules and a role module in HCL, for Terraform and OpenTofu.
    Terraform,
    /// A hub template, a target template, and parameter files.
    Cloudformation,
}

/// How Terraform is laid out: a shape, or a shape with its settings.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum TerraformDoc {
    /// A shape.
    Shape(TerraformShape),
    /// A shape with its settings.
    Settings(TerraformSettingsDoc),
}

impl Default for TerraformDoc {
    fn default() -> Self {
        Self::Shape(TerraformShape::default())
    }
}

impl TerraformDoc {
    /// The shape.
    pub fn shape(&self) -> TerraformShape {
        match self {
            TerraformDoc::Shape(shape) => *shape,
            TerraformDoc::Settings(settings) => settings.shape,
        }
    }
}

/// A shape of Terraform with its settings.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TerraformSettingsDoc {
    /// The shape.
    #[serde(default)]
    pub shape: TerraformShape,
    /// For `single-root` and `tofu`: the role of each target account that is assumed to make things there, behind its path if it has one. `OrganizationAccountAccessRole` if absent, which AWS Organizations makes in the accounts that it creates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role: Option<String>,
}

/// How CloudFormation is laid out and written: a shape, or a shape with its settings.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum CloudFormationDoc {
    /// A shape.
    Shape(CloudFormationShape),
    /// A shape with its settings.
    Settings(CloudFormationSettingsDoc),
}

impl Default for CloudFormationDoc {
    fn default() -> Self {
        Self::Shape(CloudFormationShape::default())
    }
}

impl CloudFormationDoc {
    /// The shape.
    pub fn shape(&self) -> CloudFormationShape {
        match self {
            CloudFormationDoc::Shape(shape) => *shape,
            CloudFormationDoc::Settings(settings) => settings.shape,
        }
    }

    /// The syntax of the templates.
    pub fn format(&self) -> TemplateFormat {
        match self {
            CloudFormationDoc::Shape(_) => TemplateFormat::default(),
            CloudFormationDoc::Settings(settings) => settings.format,
        }
    }
}

/// A shape of CloudFormation with its settings.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloudFormationSettingsDoc {
    /// The shape.
    #[serde(default)]
    pub shape: CloudFormationShape,
    /// YAML (with comments that name the catalog features) or JSON.
    #[serde(default)]
    pub format: TemplateFormat,
}

/// The stack set that brings the roles into their accounts.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StackSetDoc {
    /// The account that the stack set is in, quoted: the organization's management account or a delegated administrator, or any account with `self-managed`. The hub account if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Whose roles the stack set works with.
    #[serde(default)]
    pub permissions: StackSetPermissionsDoc,
    /// With `service-managed`: the ids of the organizational units that the targets are in, or the id of the root.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<String>,
    /// With `service-managed`: as whom the stack set is made.
    #[serde(default)]
    pub call_as: CallAsDoc,
    /// With `service-managed`: whether accounts that join the units get the role at once, before the deployment lists them.
    #[serde(default)]
    pub auto_deployment: bool,
    /// With `auto_deployment`: whether accounts that leave the units keep the role.
    #[serde(default)]
    pub retain: bool,
    /// With `delegated-admin`: the organization's management account, quoted, which no stack set of the organization reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management_account: Option<String>,
    /// The one Region that the stacks are in; IAM itself is global. `us-east-1` in the partition `aws` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// With `self-managed`: the role that CloudFormation works as in the stack set's account. AWS's own name for it if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub administration_role: Option<String>,
    /// With `self-managed`: the role that it works as in the targets. AWS's own name for it if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_role: Option<String>,
}

/// Whose roles a stack set works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StackSetPermissionsDoc {
    /// Those that CloudFormation makes in the accounts of an organization.
    #[default]
    ServiceManaged,
    /// Those that you make from the templates that are rendered for them.
    SelfManaged,
}

/// As whom a stack set of an organization is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CallAsDoc {
    /// As the management account.
    #[default]
    #[serde(rename = "self")]
    OwnAccount,
    /// As a delegated administrator.
    DelegatedAdmin,
}

/// The account that holds the user and the groups.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HubDoc {
    /// The account id, quoted: 12 digits.
    pub account: String,
    /// The IAM user that the product signs in as; absent where people or roles join the group themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<NamedDoc>,
    /// The IAM group that carries the permissions.
    pub group: NamedDoc,
    /// Whether the product also works in the hub account itself, and not only in the targets.
    #[serde(default)]
    pub workload: bool,
    /// Where the permissions go that the product uses in the hub account.
    #[serde(default)]
    pub permissions: HubPermissions,
    /// The ARN of a policy that caps what the user can be allowed; `${account}` is the hub account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<String>,
    /// How old the user's access keys may be, in days: `90d`. `landgrant audit` looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key_max_age: Option<String>,
}

/// A name, or a name with a path.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum NamedDoc {
    /// A name under the path `/`.
    Name(String),
    /// A name under a path.
    Path(NamedPathDoc),
}

/// A name under a path.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedPathDoc {
    /// The name.
    pub name: String,
    /// The path, with a slash at both ends: `/vendor/`.
    pub path: String,
}

/// A product, and what of it is wanted.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductDoc {
    /// A catalog and its version: `micetro@10.2`.
    pub catalog: String,
    /// The features to grant; `landgrant catalog show` lists them.
    pub features: Vec<String>,
    /// `required` alone, or `recommended` too.
    #[serde(default = "required_only")]
    pub levels: Vec<Level>,
    /// Whether wildcards of the catalog are granted as the actions they stand for today, so that some can be left out or narrowed.
    #[serde(default)]
    pub expand: bool,
    /// Actions to leave out, each with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub omit: Vec<OmitDoc>,
    /// Actions to narrow to certain resources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<ScopeDoc>,
    /// Values for the catalog's parameters.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub parameters: IndexMap<String, ParameterValue>,
}

fn required_only() -> Vec<Level> {
    vec![Level::Required]
}

/// An action to leave out.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OmitDoc {
    /// The action, as the catalog lists it.
    pub action: String,
    /// Why it is left out; the summary and the reviewers show it.
    pub reason: String,
}

/// Actions to narrow to certain resources.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeDoc {
    /// Actions, as the catalog lists them.
    pub actions: Vec<String>,
    /// ARN patterns; `${account}` is the account that the grant is made in.
    pub resources: Vec<String>,
}

/// What the role may do in the targets that name this variant, where it differs from what the products say.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VariantDoc {
    /// Actions to leave out too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub omit: Vec<OmitDoc>,
    /// Actions to narrow; replaces a scope of the same action in the product.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<ScopeDoc>,
    /// Values for the catalogs' parameters.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub parameters: IndexMap<String, ParameterValue>,
}

/// An account that gets a role, or a list of them.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum TargetsDoc {
    /// A file that lists accounts.
    List(Box<AccountListDoc>),
    /// One account.
    One(Box<TargetDoc>),
}

/// An account that gets a role.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetDoc {
    /// The account id, quoted: 12 digits.
    pub account: String,
    /// The account's name for people.
    pub name: String,
    /// The organizational unit that the account is in, by id; `r-…` is the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The name of one of the `variants`, whose permissions the role gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// What this target's role has different.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleOverrideDoc>,
    /// The external id that the product sends for this target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Tags to add to, or replace among, the deployment's.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, String>,
}
