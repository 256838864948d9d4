//! The deployment file as its author wrote it: what one customer wants, where.
//!
//! These types are read by serde and also make `docs/schema/deployment.schema.json`, so their doc
//! comments are what an editor shows while somebody writes a deployment.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::load::catalog::{OneOrMany, ParameterValue};
use crate::load::deny_doc::{DenyDoc, LimitsDoc};
use crate::load::kit_doc::KitDoc;
use crate::load::lists::doc::AccountListDoc;
use crate::load::role_doc::{RoleDoc, RoleOverrideDoc};
use crate::load::trust_doc::TrustsDoc;
use crate::model::{
    CloudFormationShape, HubPermissions, Level, LintLevel, Partition, ResourceScoping,
    TemplateFormat, TerraformShape,
};

/// The only value of `schema:` in a deployment file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum DeploymentSchema {
    /// Version 1 of the deployment format.
    #[serde(rename = "landgrant/deployment/v1")]
    V1,
}

/// A deployment: products, accounts, trust, tags.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Landgrant deployment")]
pub struct DeploymentDoc {
    /// The format and its version: `landgrant/deployment/v1`.
    pub schema: DeploymentSchema,
    /// A short name: lower-case letters, digits and hyphens. It is also the name of the output folder if several deployments are rendered.
    pub name: String,
    /// The AWS partition of all accounts. Roles cannot be assumed across partitions.
    #[serde(default)]
    pub partition: Partition,
    /// The account with the user and the groups; absent if the roles trust an existing principal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<HubDoc>,
    /// The resources that actions are granted on if the catalog says `*`.
    #[serde(default)]
    pub resources: ResourceScoping,
    /// The products to grant access to; with `roles`, the default for roles without `products`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<ProductDoc>,
    /// Several roles, by name: lower-case letters, digits and hyphens. Fields that a role does not set are taken from the deployment.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub roles: IndexMap<String, RolePartDoc>,
    /// The role in each target account, if there is only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleDoc>,
    /// Who may assume the roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<TrustsDoc>,
    /// Different permissions for some targets, by name: lower-case letters, digits and hyphens.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub variants: IndexMap<String, VariantDoc>,
    /// What the roles and the hub are denied, whatever else allows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<DenyDoc>,
    /// Where and from where the permissions can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitsDoc>,
    /// The accounts that get a role: listed here, or in files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetsDoc>,
    /// Tags for every resource that supports them; IAM groups do not.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, String>,
    /// The output formats.
    #[serde(default = "all_outputs")]
    pub outputs: Vec<OutputDoc>,
    /// The layout of the Terraform files.
    #[serde(default)]
    pub terraform: TerraformDoc,
    /// The layout and syntax of the CloudFormation files.
    #[serde(default)]
    pub cloudformation: CloudFormationDoc,
    /// The stack set that deploys the roles, if `terraform` or `cloudformation` is `stackset`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_set: Option<StackSetDoc>,
    /// A folder with custom templates, relative to the deployment's folder. `landgrant templates eject` exports the built-in ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub templates: Option<String>,
    /// Folders with catalogs of your own, relative to the deployment's folder: `PRODUCT/VERSION.yaml` in each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogs: Option<OneOrMany>,
    /// What `landgrant lint` reports, and which findings are accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lint: Option<LintDoc>,
    /// Findings of `landgrant audit` that are accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditDoc>,
    /// The handoff kit that `landgrant kit` writes: its audience, its appearance and additional notes.
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
    /// The maximum session duration, from `1h` to `12h`; also `90m` or `5400s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_session: Option<String>,
    /// The ARN of the role's permissions boundary; `${account}` is the target account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<String>,
    /// The products that use the role. A catalog may be in several roles, with different features in each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<ProductDoc>,
    /// Who may assume the role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<TrustsDoc>,
    /// Different permissions for some of the role's targets, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub variants: IndexMap<String, VariantDoc>,
    /// What the role is denied, beside what the deployment denies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<DenyDoc>,
    /// Where and from where the role's permissions can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitsDoc>,
    /// The accounts that get the role: listed here, or in files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetsDoc>,
    /// Tags that are added to the deployment's tags or replace them.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, String>,
}

/// Findings of `landgrant audit` that are accepted.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditDoc {
    /// Accepted findings, each with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<AllowDoc>,
}

/// What `landgrant lint` reports, and which findings are accepted.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LintDoc {
    /// Levels of rules, by the rule's name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub levels: IndexMap<String, LintLevel>,
    /// Accepted findings, each with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<AllowDoc>,
}

/// An accepted finding.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowDoc {
    /// The rule's name.
    pub rule: String,
    /// What the finding is about: an action, with or without wildcards, an account or a name. If absent, all findings of the rule are accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is accepted, quoted: `"2027-03-31"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

fn all_outputs() -> Vec<OutputDoc> {
    vec![OutputDoc::Terraform, OutputDoc::Cloudformation]
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

/// The layout of the Terraform files: a shape, or a shape with its settings.
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

/// A Terraform shape with its settings.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TerraformSettingsDoc {
    /// The shape.
    #[serde(default)]
    pub shape: TerraformShape,
    /// For `single-root` and `tofu`: the role that Terraform assumes in each target account, with its path if it has one. `OrganizationAccountAccessRole` if absent, which AWS Organizations creates in the accounts that it creates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role: Option<String>,
    /// For `single-root` and `tofu` without a hub: the account whose credentials Terraform runs with. With a hub, these are the hub account's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// The layout and syntax of the CloudFormation files: a shape, or a shape with its settings.
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

/// A CloudFormation shape with its settings.
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

/// The stack set that deploys the roles.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StackSetDoc {
    /// The account that the stack set is in, quoted: the organization's management account or a delegated administrator, or any account with `self-managed`. The hub account if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The permission model of the stack set.
    #[serde(default)]
    pub permissions: StackSetPermissionsDoc,
    /// With `service-managed`: the ids of the organizational units that the targets are in, or the id of the root.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<String>,
    /// With `service-managed`: whether the management account or a delegated administrator creates the stack set.
    #[serde(default)]
    pub call_as: CallAsDoc,
    /// With `service-managed`: whether accounts that join the units get the role immediately, before the deployment lists them.
    #[serde(default)]
    pub auto_deployment: bool,
    /// With `auto_deployment`: whether accounts that leave the units keep the role.
    #[serde(default)]
    pub retain: bool,
    /// With `delegated-admin`: the organization's management account, quoted. A service-managed stack set does not deploy to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management_account: Option<String>,
    /// The Region of the stacks; IAM itself is global. The Region of IAM in the partition if absent, such as `us-east-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// With `self-managed`: the administration role, which CloudFormation assumes in the stack set's account. AWS's default name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub administration_role: Option<String>,
    /// With `self-managed`: the execution role, which CloudFormation uses in the targets. AWS's default name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_role: Option<String>,
}

/// The permission model of a stack set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StackSetPermissionsDoc {
    /// With roles that CloudFormation creates in the accounts of an organization.
    #[default]
    ServiceManaged,
    /// With roles that you create from the templates that are rendered for them.
    SelfManaged,
}

/// Which account creates a service-managed stack set.
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

/// The account with the user and the groups.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HubDoc {
    /// The account id, quoted: 12 digits.
    pub account: String,
    /// The IAM user that the product signs in as; absent if existing users are added to the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<NamedDoc>,
    /// The IAM group with the permissions.
    pub group: NamedDoc,
    /// Whether the product also works in the hub account itself, and not only in the targets.
    #[serde(default)]
    pub workload: bool,
    /// Where the product's permissions in the hub account are attached.
    #[serde(default)]
    pub permissions: HubPermissions,
    /// The ARN of the user's permissions boundary; `${account}` is the hub account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<String>,
    /// The maximum age of the user's access keys, in days: `90d`. `landgrant audit` checks it.
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

/// A product, and the features that are granted to it.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductDoc {
    /// A catalog and its version: `micetro@10.2`.
    pub catalog: String,
    /// The features to grant, or `all`; `landgrant catalog show` lists them.
    pub features: FeaturesDoc,
    /// The levels to grant: `required`, or `recommended` too.
    #[serde(default = "required_only")]
    pub levels: Vec<Level>,
    /// Whether wildcards of the catalog are expanded to the actions that they match today, and managed policies of AWS to what they allow today, so that some can be omitted or scoped; `managed` expands the policies alone.
    #[serde(default)]
    pub expand: ExpandDoc,
    /// Actions and managed policies to omit, each with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub omit: Vec<OmitDoc>,
    /// Actions that the catalog demands to be denied and that are not denied, each with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub omit_deny: Vec<OmitDoc>,
    /// Actions to limit to certain resources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<ScopeDoc>,
    /// Values for the catalog's parameters.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub parameters: IndexMap<String, ParameterValue>,
    /// Whether the product is set up; what the catalog lists for the setup only is then granted no longer.
    #[serde(default)]
    pub set_up: bool,
}

/// What is written out as it is today.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ExpandDoc {
    /// Wildcards and managed policies, or neither.
    Everything(bool),
    /// One of the two.
    Only(ExpandOnly),
}

/// What alone is written out.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExpandOnly {
    /// Managed policies of AWS; wildcards in them and in the catalog stay.
    Managed,
}

impl Default for ExpandDoc {
    fn default() -> Self {
        Self::Everything(false)
    }
}

impl ExpandDoc {
    /// Whether wildcards are.
    pub fn wildcards(self) -> bool {
        matches!(self, ExpandDoc::Everything(true))
    }

    /// Whether managed policies are.
    pub fn managed(self) -> bool {
        !matches!(self, ExpandDoc::Everything(false))
    }
}

/// The features of a product that are wanted.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum FeaturesDoc {
    /// These, in any order.
    Names(Vec<String>),
    /// Every feature of the catalog.
    Word(AllFeatures),
}

impl FeaturesDoc {
    /// How many features are named; absent where all are wanted.
    pub fn named(&self) -> Option<usize> {
        match self {
            FeaturesDoc::Names(names) => Some(names.len()),
            FeaturesDoc::Word(AllFeatures::All) => None,
        }
    }
}

/// Every feature of a catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AllFeatures {
    /// Every feature of that version; a later version may have others.
    All,
}

fn required_only() -> Vec<Level> {
    vec![Level::Required]
}

/// An action or a managed policy to omit.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OmitDoc {
    /// The action, as the catalog lists it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub action: String,
    /// The managed policy of AWS, as the catalog lists it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed: Option<String>,
    /// Why it is omitted; summaries and reviews show the reason.
    pub reason: String,
}

/// Actions to limit to certain resources.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeDoc {
    /// Actions, as the catalog lists them.
    pub actions: Vec<String>,
    /// ARN patterns; `${account}` is the account that the grant is made in.
    pub resources: Vec<String>,
}

/// The role's permissions in the targets of this variant, as differences from the products' settings.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VariantDoc {
    /// Further actions to omit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub omit: Vec<OmitDoc>,
    /// Actions to limit; replaces the product's scope for the same action.
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
    /// A readable name of the account.
    pub name: String,
    /// The organizational unit that the account is in, by id; `r-…` is the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The name of one of the `variants`; the role gets its permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Settings that differ for this target's role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleOverrideDoc>,
    /// The external id that the product sends for this target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Tags that are added to the deployment's tags or replace them.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, String>,
}
