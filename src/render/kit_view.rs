//! What the page and the README say, for their templates. Texts for people are in a file for each language; what is
//! told of catalogs, findings and quotas is told in their own words.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::admission::AdmissionView;
use super::setup::SetupView;

/// Everything that a kit says.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Kit")]
pub struct KitView {
    /// The texts of the kit by section and name, in the language of whoever it is for.
    pub t: Value,
    /// The language of these texts, as HTML's `lang` takes it.
    pub language: String,
    /// The deployment.
    pub name: String,
    /// The partition: `aws`, `aws-us-gov`, …
    pub partition: String,
    /// Whoever the kit is for.
    pub customer: Option<String>,
    /// Whoever hands it over.
    pub consultant: Option<String>,
    /// Their logo, as a `data:` address.
    pub logo: Option<String>,
    /// The colour of links, marks and buttons.
    pub accent: AccentView,
    /// The sections that this kit has, by name.
    pub shows: Shows,
    /// Notes of the consultant: paragraphs by section.
    pub notes: BTreeMap<&'static str, Vec<String>>,
    /// The products that the access is for.
    pub products: Vec<ProductView>,
    /// The account with the user and the groups.
    pub hub: Option<HubView>,
    /// Who may assume the roles, in words.
    pub trusted: Vec<TrustedView>,
    /// The accounts that get a role, by account id.
    pub targets: Vec<TargetView>,
    /// Accounts of lists that get none, by reason.
    pub excluded: Vec<ExcludedView>,
    /// The picture of who assumes what from where: an SVG.
    pub picture: String,
    /// What is granted, in the order of the catalogs.
    pub permissions: Vec<PermissionView>,
    /// The managed policies of AWS's own that are attached, in the order of the catalogs.
    pub of_aws: Vec<ManagedView>,
    /// What the selected features list and what is not granted.
    pub not_granted: Vec<NotGrantedView>,
    /// What is denied, whatever else allows it.
    pub denied: Vec<DeniedView>,
    /// What vendors demand to be denied and is not.
    pub undenied: Vec<UndeniedView>,
    /// What a reviewer asked, and the answers.
    pub findings: Vec<FindingView>,
    /// What is used of AWS's quotas.
    pub quotas: Vec<QuotaView>,
    /// How the files are deployed, for each format that there is.
    pub formats: Vec<FormatView>,
    /// What is left to do, so that whoever the roles trust gets in.
    pub admissions: Vec<AdmissionView>,
    /// What is left to take away after the setup of products.
    pub setups: Vec<SetupView>,
    /// Links that open a template in the AWS console.
    pub quick_create: Vec<QuickCreateView>,
    /// The policies as JSON files.
    pub policies: Vec<PolicyFileView>,
    /// What else is in the kit, and what for.
    pub contents: Vec<ContentView>,
    /// The products by their names, with commas between.
    pub product_names: String,
    /// How the products come to what they may do, in words.
    pub how: String,
}

/// A colour on white, and one on nearly black, each with a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3).
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitAccent")]
pub struct AccentView {
    /// On white, as `#rrggbb`.
    pub light: String,
    /// On nearly black, as `#rrggbb`.
    pub dark: String,
}

/// Which sections a kit has.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[schemars(rename = "KitShows")]
pub struct Shows {
    /// The permission table.
    pub permissions: bool,
    /// What a reviewer asked.
    pub findings: bool,
    /// The quotas.
    pub quotas: bool,
    /// The policies as files.
    pub policies: bool,
    /// The steps of the deployment, and the way back.
    pub deploy: bool,
    /// The scripts that verify it.
    pub verify: bool,
    /// Access keys.
    pub keys: bool,
    /// The words of AWS.
    pub glossary: bool,
}

/// A product with what was selected of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitProduct")]
pub struct ProductView {
    /// `product@version`.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Who publishes it.
    pub vendor: String,
    /// The version of its permission list.
    pub version: String,
    /// The vendor's documents.
    pub sources: Vec<SourceView>,
    /// The selected features.
    pub features: Vec<FeatureView>,
}

/// A document of a vendor.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitSource")]
pub struct SourceView {
    /// Its title.
    pub title: String,
    /// Where it is.
    pub url: Option<String>,
    /// Its date, as `YYYY-MM-DD`.
    pub dated: Option<String>,
}

/// A selected feature.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitFeature")]
pub struct FeatureView {
    /// Its name in the catalog.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Whether it works in the hub account.
    pub in_hub: bool,
    /// Whether it works in the targets.
    pub in_targets: bool,
    /// The role that it is in there, by its name in the deployment, where there are several roles.
    pub role: Option<String>,
    /// Required actions: granted, and listed.
    pub required: CountView,
    /// Recommended actions: granted, and listed.
    pub recommended: CountView,
}

/// How many of how many.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[schemars(rename = "KitCount")]
pub struct CountView {
    /// Granted.
    pub granted: usize,
    /// Listed by the vendor.
    pub listed: usize,
}

/// The account with the user and the groups.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitHub")]
pub struct HubView {
    /// Its id.
    pub account: String,
    /// The users; none where people or roles join the groups themselves.
    pub users: Vec<UserView>,
    /// The groups.
    pub groups: Vec<GroupView>,
    /// The policies of the products in this account.
    pub policies: Vec<String>,
    /// How old access keys may be, in days.
    pub key_days: Option<u32>,
}

/// A user of the hub.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitUser")]
pub struct UserView {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The names of its groups.
    pub groups: Vec<String>,
    /// How many roles its key opens.
    pub targets: usize,
    /// The ARN of its permissions boundary.
    pub boundary: Option<String>,
}

/// A group of the hub.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitGroup")]
pub struct GroupView {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// How many roles its policies name.
    pub targets: usize,
}

/// An identity that a role lets in.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitTrusted")]
pub struct TrustedView {
    /// The role's name in the deployment, where there are several roles.
    pub role: Option<String>,
    /// `The roles trust`, or which role does.
    pub which: String,
    /// Who that is, in words that follow these.
    pub who: String,
    /// Whether it is the hub account, or users of it.
    pub is_of_hub: bool,
}

/// An account that gets a role.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitTarget")]
pub struct TargetView {
    /// Its id.
    pub account: String,
    /// Its name for people.
    pub name: String,
    /// The ARN of the role.
    pub role: String,
    /// The group whose policy names it.
    pub group: Option<String>,
    /// The user whose key opens it.
    pub user: Option<String>,
    /// The variant, if it has one.
    pub variant: Option<String>,
    /// The role's name in the deployment, where there are several roles.
    pub role_name: Option<String>,
    /// The role's name in the deployment, with the variant's behind it, where there are several roles.
    pub part: Option<String>,
    /// The maximum session duration, in seconds.
    pub max_session: u32,
    /// Whether the role asks for an external id.
    pub external_id: bool,
    /// The ARN of its permissions boundary.
    pub boundary: Option<String>,
}

/// Accounts that get no role.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitExcluded")]
pub struct ExcludedView {
    /// Why, in the words of the deployment.
    pub reason: String,
    /// The accounts, as people call them.
    pub accounts: Vec<String>,
}

/// A line of the permission table.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitPermission")]
pub struct PermissionView {
    /// The product's name for people.
    pub product: String,
    /// The feature's name for people.
    pub feature: String,
    /// `required` or `recommended`.
    pub level: &'static str,
    /// The action, in AWS's case.
    pub action: String,
    /// `List`, `Read`, `Write`, `Permissions management`, `Tagging`, or empty where AWS does not say. Several, for an action
    /// with wildcards, stand with commas between.
    pub access: String,
    /// Where it is granted: `hub`, `targets`, or the name of a variant.
    pub places: Vec<PlaceView>,
    /// ARNs, or `*`.
    pub resources: Vec<String>,
    /// Conditions, one each: `StringEquals aws:ResourceTag/owner = landgrant`.
    pub conditions: Vec<String>,
    /// Where the vendor asks for it: the document and its section.
    pub source: Option<String>,
    /// Whether it is for the setup of the product only.
    pub setup: bool,
    /// What it is for, as the catalog says.
    pub purpose: Option<String>,
    /// What stops without it, as the catalog says.
    pub without: Option<String>,
    /// The resources that are too many to be shown in a table.
    pub more_resources: Vec<String>,
}

/// A managed policy of AWS's own that is attached.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitManagedPolicy")]
pub struct ManagedView {
    /// The product's name for people.
    pub product: String,
    /// The feature's name for people.
    pub feature: String,
    /// `required` or `recommended`.
    pub level: &'static str,
    /// The policy's name with its path.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its version.
    pub version: String,
    /// The day on which AWS changed it last.
    pub date: String,
    /// The day of the data: what AWS changed since is not known.
    pub known_on: &'static str,
    /// How many actions it allows.
    pub actions: usize,
    /// Of how many services these are.
    pub services: usize,
    /// How many actions have each access level.
    pub levels: Vec<LevelView>,
    /// The same, as names with commas between.
    pub access: String,
    /// What stands out of what it allows.
    pub notable: Vec<NotableView>,
    /// Where it is attached.
    pub places: Vec<PlaceView>,
    /// Where the vendor asks for it: the document and its section.
    pub source: Option<String>,
    /// What the product does with it, as the catalog says.
    pub purpose: Option<String>,
    /// What stops without it, as the catalog says.
    pub without: Option<String>,
}

/// How many actions have an access level.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitLevel")]
pub struct LevelView {
    /// The access level; empty where AWS does not say.
    pub level: &'static str,
    /// How many actions have it.
    pub count: usize,
}

/// Actions of a managed policy that a reviewer would ask about.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitNotable")]
pub struct NotableView {
    /// `credentials`, `data`, `exposure`, `manages` or `ways`: the name of a text.
    pub kind: &'static str,
    /// How many there are.
    pub count: usize,
    /// The first of them: actions, or ways to more permissions in words.
    pub first: Vec<String>,
}

/// Where something is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "KitPlace")]
pub struct PlaceView {
    /// `hub`, `targets`, `variant`, or `role` where there are several roles.
    pub kind: &'static str,
    /// The variant's name; that of the role, with the variant's behind it, where there are several roles.
    pub variant: Option<String>,
}

/// What is denied, whatever else allows it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitDenied")]
pub struct DeniedView {
    /// The actions, in AWS's case.
    pub actions: Vec<String>,
    /// ARNs, or `*`.
    pub resources: Vec<String>,
    /// Conditions, one each; none where the actions are always denied.
    pub conditions: Vec<String>,
    /// Where it is denied.
    pub places: Vec<PlaceView>,
    /// Why, as the deployment says.
    pub reason: String,
}

/// What a vendor demands to be denied and is not.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitUndenied")]
pub struct UndeniedView {
    /// The product's name for people.
    pub product: String,
    /// The action, in AWS's case.
    pub action: String,
    /// Why it is not denied, as the deployment says.
    pub reason: String,
}

/// An action that is listed and not granted.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitNotGranted")]
pub struct NotGrantedView {
    /// The product's name for people.
    pub product: String,
    /// The feature's name for people.
    pub feature: String,
    /// `required` or `recommended`.
    pub level: &'static str,
    /// The action.
    pub action: String,
    /// The role that it is not granted to, where there are several.
    pub role: Option<String>,
    /// Why it is not granted: `level`, `omitted`, `partition`, `when`, `set-up` or `inert`.
    pub kind: &'static str,
    /// The same in a sentence.
    pub reason: String,
    /// The variant, if it is only the targets of one.
    pub variant: Option<String>,
    /// What it is for, as the catalog says.
    pub purpose: Option<String>,
    /// What stops without it, as the catalog says.
    pub without: Option<String>,
}

/// Something that a reviewer asked.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitFinding")]
pub struct FindingView {
    /// The rule.
    pub rule: &'static str,
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
    /// What it is about.
    pub subject: String,
    /// What was found.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub help: String,
    /// Why it was accepted, if it was.
    pub accepted: Option<String>,
    /// What was found elsewhere by the same rule, with the same reason and the same answer.
    pub others: Vec<String>,
}

/// What is used of a quota.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitQuota")]
pub struct QuotaView {
    /// What is limited.
    pub what: String,
    /// What is used.
    pub used: usize,
    /// What AWS allows.
    pub limit: usize,
    /// `characters`, or what is counted.
    pub unit: &'static str,
    /// How much is used, in percent.
    pub percent: usize,
    /// How many more targets fit, if targets use it.
    pub targets_left: Option<usize>,
}

/// How the files of one format are deployed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitFormat")]
pub struct FormatView {
    /// `Terraform` or `CloudFormation`.
    pub title: &'static str,
    /// The same in small letters.
    pub id: &'static str,
    /// The steps, in order.
    pub steps: Vec<StepView>,
    /// The steps that take everything away, in order.
    pub undo: Vec<StepView>,
}

/// A step of a deployment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitStep")]
pub struct StepView {
    /// From 1.
    pub number: usize,
    /// What is made or taken away.
    pub what: String,
    /// Where it is done, in words.
    pub place: String,
    /// What to run, `ACCOUNT` standing for the account where it is done in each target.
    pub commands: Vec<String>,
    /// What to know before.
    pub notes: Vec<String>,
    /// Whether the commands hold `ACCOUNT`.
    pub names_account: bool,
    /// The accounts that it stands for, where it is not every target and they are few.
    pub accounts: Vec<String>,
    /// What begins each line of the README below the first, so that it stays within the list.
    pub indent: &'static str,
}

/// A link that opens a template in the AWS console, with what it is to be filled with.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitQuickCreate")]
pub struct QuickCreateView {
    /// What is made.
    pub what: String,
    /// Where whoever clicks has to be signed in, in words.
    pub place: String,
    /// The link.
    pub url: String,
}

/// A policy as a JSON file.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitPolicyFile")]
pub struct PolicyFileView {
    /// Its path in the kit.
    pub path: String,
    /// What it is for.
    pub what: String,
}

/// Something in the kit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "KitContent")]
pub struct ContentView {
    /// Its path.
    pub path: String,
    /// What it is for.
    pub what: String,
}
