//! The settings for a list of accounts in a deployment: its file, the selected accounts and their settings; and the file format of lists in YAML.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::load::catalog::OneOrMany;
use crate::load::role_doc::RoleOverrideDoc;

/// A file that lists accounts, and the accounts of it that get a role.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountListDoc {
    /// The file, relative to the deployment's folder: `.json` as printed by `aws organizations list-accounts`, `.csv` with a header, or `.yaml`.
    pub file: String,
    /// A folder with a file for each organizational unit, named after its id: the output of `aws organizations list-accounts-for-parent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<String>,
    /// A folder with a file for each account, named after its id: the output of `aws organizations list-tags-for-resource`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_tags: Option<String>,
    /// Another list of the same accounts, in any of the formats of `file`: what it says of an account is added, or replaces what `file` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<String>,
    /// The accounts to include: those that match any of these selectors; all if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub select: Vec<SelectorDoc>,
    /// Accounts to exclude, each with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<ExclusionDoc>,
    /// Settings for some of the accounts. If two set the same field for an account, the later one applies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<SettingDoc>,
}

/// Selects accounts of a list. All fields have to match; a field with several values matches if one of them does.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SelectorDoc {
    /// The account's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<OneOrMany>,
    /// The account's name; `*` matches any text and `?` any one character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<OneOrMany>,
    /// The id of the account's organizational unit; followed by a slash, that unit and all below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<OneOrMany>,
    /// The account's status. A selector without it matches only active accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<OneOrMany>,
    /// Tags of the account, by key; in values, `*` and `?` are wildcards as in names.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, OneOrMany>,
}

/// Accounts of a list to exclude.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExclusionDoc {
    /// The account's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<OneOrMany>,
    /// The account's name; `*` matches any text and `?` any one character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<OneOrMany>,
    /// The id of the account's organizational unit; followed by a slash, that unit and all below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<OneOrMany>,
    /// The account's status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<OneOrMany>,
    /// Tags of the account, by key; in values, `*` and `?` are wildcards as in names.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, OneOrMany>,
    /// Why the accounts are excluded; the summary shows the reason.
    pub reason: String,
}

impl ExclusionDoc {
    /// The accounts that match.
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

/// Settings for some accounts of a list.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingDoc {
    /// The accounts; all included ones if absent.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub selector: Option<SelectorDoc>,
    /// The name of one of the `variants`; the role gets its permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Settings that differ for the role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleOverrideDoc>,
    /// The external id that the product sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Tags that are added to the deployment's tags for the role, or replace them.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, String>,
}

/// An account of a list in YAML.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListedAccountDoc {
    /// The account id, quoted: 12 digits.
    pub account: String,
    /// The account's readable name; its id if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The account's status; `ACTIVE` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The id of the account's organizational unit.
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
    /// Tags of the account, for selectors. They are not added to the role.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, String>,
}
