//! What the page of a kit says, beside what every part of the kit says, for its templates.

use schemars::JsonSchema;
use serde::Serialize;

use super::kit_view::KitView;

/// What the page says, beside what every part of the kit says.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "KitPage")]
pub struct PageView<'a> {
    /// What every part of the kit says.
    #[serde(flatten)]
    pub kit: &'a KitView,
    /// The style sheet.
    pub style: String,
    /// Its digest, as a content security policy names it.
    pub style_hash: String,
    /// The script.
    pub script: String,
    /// Its digest, as a content security policy names it.
    pub script_hash: String,
    /// The heading of the page.
    pub heading: String,
    /// What the logo is, for whoever does not see it.
    pub logo_alt: String,
    /// The heading of a note.
    pub note_title: String,
    /// What there is to know at a glance.
    pub facts: Vec<Fact>,
    /// The selected features of all products.
    pub features: Vec<FeatureRow>,
    /// The documents of all vendors.
    pub sources: Vec<SourceRow>,
    /// The sections of the page, in order.
    pub sections: Vec<Section>,
    /// What is used of quotas.
    pub quota_rows: Vec<QuotaRow>,
    /// The ways to verify.
    pub verify: Vec<Way>,
    /// The users that need an access key.
    pub key_users: Vec<String>,
    /// The user that commands name, or what stands for one of several.
    pub key_user: String,
    /// Whether there are several of them.
    pub several_users: bool,
    /// Whether the list of targets is long.
    pub many_targets: bool,
    /// Whether there is more than one format.
    pub several_formats: bool,
    /// Whether there are access keys to delete before anything else.
    pub keys_first: bool,
}

/// A section of the page.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "KitSection")]
pub struct Section {
    /// Its name, by which links find it.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The consultant's notes, a paragraph each.
    pub notes: Vec<String>,
}

/// Something to know at a glance.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "KitFact")]
pub struct Fact {
    /// What it is.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A selected feature.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "KitFeatureRow")]
pub struct FeatureRow {
    /// Its title.
    pub title: String,
    /// The product that it is of.
    pub product: String,
    /// Where it works.
    pub places: String,
    /// Required actions: how many of how many.
    pub required: String,
    /// Recommended actions: how many of how many.
    pub recommended: String,
}

/// A document of a vendor.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "KitSourceRow")]
pub struct SourceRow {
    /// Its title.
    pub title: String,
    /// Where it is.
    pub url: Option<String>,
    /// The product, and the date of the document.
    pub about: String,
}

/// What is used of a quota.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "KitQuotaRow")]
pub struct QuotaRow {
    /// What is limited.
    pub what: String,
    /// What is used.
    pub used: usize,
    /// What AWS allows.
    pub limit: usize,
    /// From here on it is nearly full.
    pub high: usize,
    /// What is used of what is allowed, in words.
    pub of: String,
    /// How many more targets fit, in words.
    pub left: String,
}

/// A way to verify.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "KitWay")]
pub struct Way {
    /// Its title.
    pub title: String,
    /// What to know of it.
    pub note: Option<String>,
    /// The command.
    pub command: String,
}
