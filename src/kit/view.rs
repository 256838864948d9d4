//! What the page and the README say, for their templates. Texts for people are in a file for each language; what is
//! told of catalogs, findings and quotas is told in their own words.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// Everything that a kit says.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct KitView {
    /// The texts of the kit by section and name, in the language of whoever it is for.
    pub(crate) t: Value,
    /// The language of these texts, as HTML's `lang` takes it.
    pub(crate) language: String,
    /// The deployment.
    pub(crate) name: String,
    /// `aws`, `aws-us-gov` or `aws-cn`.
    pub(crate) partition: String,
    /// Whoever the kit is for.
    pub(crate) customer: Option<String>,
    /// Whoever hands it over.
    pub(crate) consultant: Option<String>,
    /// Their logo, as a `data:` address.
    pub(crate) logo: Option<String>,
    /// The colour of links, marks and buttons.
    pub(crate) accent: AccentView,
    /// The sections that this kit has, by name.
    pub(crate) shows: Shows,
    /// Notes of the consultant: paragraphs by section.
    pub(crate) notes: BTreeMap<&'static str, Vec<String>>,
    /// The products that the access is for.
    pub(crate) products: Vec<ProductView>,
    /// The account with the user and the groups.
    pub(crate) hub: Option<HubView>,
    /// Who may assume the roles, in words.
    pub(crate) trusted: Option<String>,
    /// The accounts that get a role, by account id.
    pub(crate) targets: Vec<TargetView>,
    /// Accounts of lists that get none, by reason.
    pub(crate) excluded: Vec<ExcludedView>,
    /// The picture of who assumes what from where: an SVG.
    pub(crate) picture: String,
    /// What is granted, in the order of the catalogs.
    pub(crate) permissions: Vec<PermissionView>,
    /// What the selected features list and what is not granted.
    pub(crate) not_granted: Vec<NotGrantedView>,
    /// What a reviewer asked, and the answers.
    pub(crate) findings: Vec<FindingView>,
    /// What is used of AWS's quotas.
    pub(crate) quotas: Vec<QuotaView>,
    /// How the files are deployed, for each format that there is.
    pub(crate) formats: Vec<FormatView>,
    /// Links that open a template in the AWS console.
    pub(crate) quick_create: Vec<QuickCreateView>,
    /// The policies as JSON files.
    pub(crate) policies: Vec<PolicyFileView>,
    /// What else is in the kit, and what for.
    pub(crate) contents: Vec<ContentView>,
}

/// A colour on white, and one on nearly black, each with a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3).
#[derive(Debug, Clone, Serialize)]
pub(crate) struct AccentView {
    /// On white, as `#rrggbb`.
    pub(crate) light: String,
    /// On nearly black, as `#rrggbb`.
    pub(crate) dark: String,
}

/// Which sections a kit has.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Shows {
    /// The permission table.
    pub(crate) permissions: bool,
    /// What a reviewer asked.
    pub(crate) findings: bool,
    /// The quotas.
    pub(crate) quotas: bool,
    /// The policies as files.
    pub(crate) policies: bool,
    /// The steps of the deployment, and the way back.
    pub(crate) deploy: bool,
    /// The scripts that verify it.
    pub(crate) verify: bool,
    /// Access keys.
    pub(crate) keys: bool,
    /// The words of AWS.
    pub(crate) glossary: bool,
}

/// A product with what was selected of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ProductView {
    /// `product@version`.
    pub(crate) id: String,
    /// Its name for people.
    pub(crate) title: String,
    /// Who publishes it.
    pub(crate) vendor: String,
    /// The version of its permission list.
    pub(crate) version: String,
    /// The vendor's documents.
    pub(crate) sources: Vec<SourceView>,
    /// The selected features.
    pub(crate) features: Vec<FeatureView>,
}

/// A document of a vendor.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SourceView {
    /// Its title.
    pub(crate) title: String,
    /// Where it is.
    pub(crate) url: Option<String>,
    /// Its date, as `YYYY-MM-DD`.
    pub(crate) dated: Option<String>,
}

/// A selected feature.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FeatureView {
    /// Its name in the catalog.
    pub(crate) name: String,
    /// Its name for people.
    pub(crate) title: String,
    /// Whether it works in the hub account.
    pub(crate) in_hub: bool,
    /// Whether it works in the targets.
    pub(crate) in_targets: bool,
    /// Required actions: granted, and listed.
    pub(crate) required: CountView,
    /// Recommended actions: granted, and listed.
    pub(crate) recommended: CountView,
}

/// How many of how many.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct CountView {
    /// Granted.
    pub(crate) granted: usize,
    /// Listed by the vendor.
    pub(crate) listed: usize,
}

/// The account with the user and the groups.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct HubView {
    /// Its id.
    pub(crate) account: String,
    /// The users; none where people or roles join the groups themselves.
    pub(crate) users: Vec<UserView>,
    /// The groups.
    pub(crate) groups: Vec<GroupView>,
    /// The policies of the products in this account.
    pub(crate) policies: Vec<String>,
    /// How old access keys may be, in days.
    pub(crate) key_days: Option<u32>,
}

/// A user of the hub.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct UserView {
    /// Its name.
    pub(crate) name: String,
    /// Its ARN.
    pub(crate) arn: String,
    /// The names of its groups.
    pub(crate) groups: Vec<String>,
    /// How many roles its key opens.
    pub(crate) targets: usize,
    /// The ARN of its permissions boundary.
    pub(crate) boundary: Option<String>,
}

/// A group of the hub.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct GroupView {
    /// Its name.
    pub(crate) name: String,
    /// Its ARN.
    pub(crate) arn: String,
    /// How many roles its policies name.
    pub(crate) targets: usize,
}

/// An account that gets a role.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TargetView {
    /// Its id.
    pub(crate) account: String,
    /// Its name for people.
    pub(crate) name: String,
    /// The ARN of the role.
    pub(crate) role: String,
    /// The group whose policy names it.
    pub(crate) group: Option<String>,
    /// The user whose key opens it.
    pub(crate) user: Option<String>,
    /// The variant, if it has one.
    pub(crate) variant: Option<String>,
    /// The longest session, in seconds.
    pub(crate) max_session: u32,
    /// Whether the role asks for an external id.
    pub(crate) external_id: bool,
    /// The ARN of its permissions boundary.
    pub(crate) boundary: Option<String>,
}

/// Accounts that get no role.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ExcludedView {
    /// Why, in the words of the deployment.
    pub(crate) reason: String,
    /// The accounts, as people call them.
    pub(crate) accounts: Vec<String>,
}

/// A line of the permission table.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PermissionView {
    /// The product's name for people.
    pub(crate) product: String,
    /// The feature's name for people.
    pub(crate) feature: String,
    /// `required` or `recommended`.
    pub(crate) level: &'static str,
    /// The action, in AWS's case.
    pub(crate) action: String,
    /// `List`, `Read`, `Write`, `Permissions management`, `Tagging`, or empty where AWS does not say. Several, for an action
    /// with wildcards, stand with commas between.
    pub(crate) access: String,
    /// Where it is granted: `hub`, `targets`, or the name of a variant.
    pub(crate) places: Vec<PlaceView>,
    /// ARNs, or `*`.
    pub(crate) resources: Vec<String>,
    /// Conditions, one each: `StringEquals aws:ResourceTag/owner = landgrant`.
    pub(crate) conditions: Vec<String>,
    /// Where the vendor asks for it: the document and its section.
    pub(crate) source: Option<String>,
    /// What stops without it, as the catalog says.
    pub(crate) without: Option<String>,
}

/// Where something is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PlaceView {
    /// `hub`, `targets` or `variant`.
    pub(crate) kind: &'static str,
    /// The variant's name.
    pub(crate) variant: Option<String>,
}

/// An action that is listed and not granted.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct NotGrantedView {
    /// The product's name for people.
    pub(crate) product: String,
    /// The feature's name for people.
    pub(crate) feature: String,
    /// `required` or `recommended`.
    pub(crate) level: &'static str,
    /// The action.
    pub(crate) action: String,
    /// `level`, `omitted` or `case`.
    pub(crate) kind: &'static str,
    /// The reason that the deployment gives, where it omits the action.
    pub(crate) reason: Option<String>,
    /// The variant, if it is only the targets of one.
    pub(crate) variant: Option<String>,
    /// The boolean parameter of the case that the deployment does not have.
    pub(crate) parameter: Option<String>,
    /// What stops without it, as the catalog says.
    pub(crate) without: Option<String>,
}

/// Something that a reviewer asked.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FindingView {
    /// The rule.
    pub(crate) rule: &'static str,
    /// `error`, `warning` or `note`.
    pub(crate) severity: &'static str,
    /// What it is about.
    pub(crate) subject: String,
    /// What was found.
    pub(crate) message: String,
    /// Why it matters.
    pub(crate) why: String,
    /// What to do.
    pub(crate) help: String,
    /// Why it was accepted, if it was.
    pub(crate) accepted: Option<String>,
}

/// What is used of a quota.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct QuotaView {
    /// What is limited.
    pub(crate) what: String,
    /// What is used.
    pub(crate) used: usize,
    /// What AWS allows.
    pub(crate) limit: usize,
    /// `characters`, or what is counted.
    pub(crate) unit: &'static str,
    /// How much is used, in percent.
    pub(crate) percent: usize,
    /// How many more targets fit, if targets use it.
    pub(crate) targets_left: Option<usize>,
}

/// How the files of one format are deployed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FormatView {
    /// `Terraform` or `CloudFormation`.
    pub(crate) title: &'static str,
    /// The same in small letters.
    pub(crate) id: &'static str,
    /// The steps, in order.
    pub(crate) steps: Vec<StepView>,
    /// The steps that take everything away, in order.
    pub(crate) undo: Vec<StepView>,
}

/// A step of a deployment.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct StepView {
    /// From 1.
    pub(crate) number: usize,
    /// What is made or taken away.
    pub(crate) what: String,
    /// The account that it is done in; none where it is done in each target.
    pub(crate) account: Option<String>,
    /// What to run, `ACCOUNT` standing for the account where it is done in each target.
    pub(crate) commands: Vec<String>,
    /// What to know before.
    pub(crate) notes: Vec<String>,
}

/// A link that opens a template in the AWS console, with what it is to be filled with.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct QuickCreateView {
    /// What is made.
    pub(crate) what: String,
    /// The account that whoever clicks has to be signed in to.
    pub(crate) account: String,
    /// The link.
    pub(crate) url: String,
}

/// A policy as a JSON file.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PolicyFileView {
    /// Its path in the kit.
    pub(crate) path: String,
    /// What it is for.
    pub(crate) what: String,
}

/// Something in the kit.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ContentView {
    /// Its path.
    pub(crate) path: String,
    /// What it is for.
    pub(crate) what: String,
}
