//! What a deployment says of its kit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The handoff kit: its audience, its appearance and additional notes.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KitDoc {
    /// Whom the kit is for, as shown in its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// Who provides the kit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consultant: Option<String>,
    /// The provider's logo, beside the deployment: an SVG, PNG or JPEG file of at most 256 KiB. It is embedded in the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    /// The colour of links and marks, quoted: `"#rrggbb"`. It is darkened or lightened until its contrast is sufficient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// A file beside the deployment with the kit's texts in another language; `landgrant kit --texts` prints the English
    /// ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<String>,
    /// The `https://` URL of the S3 folder that the CloudFormation templates are uploaded to. The kit then has a link for
    /// each template that opens it in the AWS console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub templates_at: Option<String>,
    /// The Region that these links open, such as `eu-central-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Notes for the readers of the kit, by section. An empty line starts a new paragraph.
    #[serde(default)]
    pub notes: NotesDoc,
}

/// Notes of a kit by section.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotesDoc {
    /// The introduction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overview: Option<String>,
    /// Who is who: the user, the groups, the accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<String>,
    /// The permission table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<String>,
    /// The answers for a security review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<String>,
    /// AWS's quotas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotas: Option<String>,
    /// The steps of the deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deploy: Option<String>,
    /// Verification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<String>,
    /// Access keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
    /// The removal of everything that was deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<String>,
}

impl NotesDoc {
    /// The notes that are present, by section, in the order of the kit.
    pub fn sections(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("overview", &self.overview),
            ("accounts", &self.accounts),
            ("permissions", &self.permissions),
            ("findings", &self.findings),
            ("quotas", &self.quotas),
            ("deploy", &self.deploy),
            ("verify", &self.verify),
            ("keys", &self.keys),
            ("rollback", &self.rollback),
        ]
        .into_iter()
        .filter_map(|(section, note)| Some((section, note.as_deref()?)))
    }
}
