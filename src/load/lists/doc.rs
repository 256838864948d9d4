//! What a deployment says of a list of accounts: which file, which of its accounts, and what they have different; and a
//! list in YAML, as its author wrote it.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::load::catalog::OneOrMany;
use crate::load::role_doc::RoleOverrideDoc;

/// A file that lists accounts, and which of them get a role.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountListDoc {
    /// The file, counted from the folder of the deployment: `.json` as `aws organizations list-accounts` prints it, `.csv` with a header, or `.yaml`.
    pub file: String,
    /// A folder with a file for each organizational unit, named after its id: `aws organizations list-accounts-for-parent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<String>,
    /// A folder with a file for each account, named after its id: `aws organizations list-tags-for-resource`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_tags: Option<String>,
    /// The accounts to take: those that any of these matches; all if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub select: Vec<SelectorDoc>,
    /// Accounts to leave out, each with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<ExclusionDoc>,
    /// What some of the accounts have different. Of two that say the same of one account, the later one holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<SettingDoc>,
}

/// Which accounts of a list are meant: all that is said must hold. Of several values of one field, one must.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SelectorDoc {
    /// The account's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<OneOrMany>,
    /// The account's name, in which `*` stands for any text and `?` for any one character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<OneOrMany>,
    /// The id of the unit that the account is in; with a slash behind it, that unit and all below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<OneOrMany>,
    /// The account's status. A selector that does not name any takes active accounts only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<OneOrMany>,
    /// Tags of the account, by key; in values, `*` and `?` stand for what they do in names.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, OneOrMany>,
}

/// Accounts of a list to leave out.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExclusionDoc {
    /// The account's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<OneOrMany>,
    /// The account's name, in which `*` stands for any text and `?` for any one character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<OneOrMany>,
    /// The id of the unit that the account is in; with a slash behind it, that unit and all below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<OneOrMany>,
    /// The account's status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<OneOrMany>,
    /// Tags of the account, by key; in values, `*` and `?` stand for what they do in names.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, OneOrMany>,
    /// Why they are left out; the summary shows it.
    pub reason: String,
}

impl ExclusionDoc {
    /// Which accounts are meant.
    pub fn selector(&self) -> SelectorDoc {
        SelectorDoc {
            account: self.account.clone(),
            name: self.name.clone(),
            unit: self.unit.clone(),
            status: self.status.clone(),
            tags: self.tags.clone(),
        }
    }
}

/// What some accounts of a list have different.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingDoc {
    /// Which accounts; all that are taken if absent.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub selector: Option<SelectorDoc>,
    /// The name of one of the `variants`, whose permissions the role gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// What the role has different.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleOverrideDoc>,
    /// The external id that the product sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Tags of the role to add to, or replace among, the deployment's.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, String>,
}

/// An account of a list in YAML.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListedAccountDoc {
    /// The account id, quoted: 12 digits.
    pub account: String,
    /// The account's name for people; its id if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The account's status; `ACTIVE` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The organizational unit that the account is in, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The external id that the product sends for this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The role's name in this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The name of one of the deployment's `variants`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Tags of the account, for selectors. The role does not get them.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, String>,
}
