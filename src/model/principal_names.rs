//! What principals are called. A lock keeps it, so that the next render sees which of them got another name.

use std::collections::BTreeMap;

/// The names of the principals of one deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrincipalNames {
    /// The hub account, which the user and the group are in.
    pub hub: Option<String>,
    /// The name of the first user; further ones are named after it.
    pub user: Option<String>,
    /// The name of the first group; further ones are named after it.
    pub group: Option<String>,
    /// The role in each target, by account id, and with several roles, the role's name in the deployment behind it: `MicetroAccess`, or with its path `/vendor/MicetroAccess`.
    pub roles: BTreeMap<String, String>,
}
