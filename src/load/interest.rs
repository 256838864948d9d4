//! What of an account matters, so that the rest of a large snapshot is passed over while it is read.

use std::collections::BTreeSet;

use serde_json::Value;

use super::snapshot::{Attached, GroupDetail, PolicyDetail, RoleDetail, UserDetail};
use crate::model::AccountId;

/// Names of what is looked for in an account. Their case does not matter, since IAM ignores it.
#[derive(Debug, Clone, Default)]
pub struct Interest {
    users: BTreeSet<String>,
    groups: BTreeSet<String>,
    roles: BTreeSet<String>,
    policies: BTreeSet<String>,
    /// A role that trusts one of these accounts matters whatever its name is.
    accounts: BTreeSet<String>,
}

impl Interest {
    /// Adds a user.
    pub fn user(&mut self, name: &str) {
        self.users.insert(name.to_ascii_lowercase());
    }

    /// Adds a group, and with it all its members.
    pub fn group(&mut self, name: &str) {
        self.groups.insert(name.to_ascii_lowercase());
    }

    /// Adds a role.
    pub fn role(&mut self, name: &str) {
        self.roles.insert(name.to_ascii_lowercase());
    }

    /// Adds a managed policy, and with it everybody it is attached to.
    pub fn policy(&mut self, name: &str) {
        self.policies.insert(name.to_ascii_lowercase());
    }

    /// Adds every role that trusts the account or anybody in it.
    pub fn trusting(&mut self, account: &AccountId) {
        self.accounts.insert(account.to_string());
    }

    fn holds(&self, attached: &[Attached]) -> bool {
        attached
            .iter()
            .any(|one| has(&self.policies, last_part(&one.arn)))
    }

    /// Whether anybody who is trusted may be of one of the accounts. In doubt, yes.
    pub fn trusts(&self, trust: &Value) -> bool {
        match trust {
            Value::String(text) => {
                text == "*" || self.accounts.iter().any(|account| text.contains(account))
            }
            Value::Array(items) => items.iter().any(|item| self.trusts(item)),
            Value::Object(fields) => fields
                .iter()
                .any(|(key, value)| key == "NotPrincipal" || self.trusts(value)),
            _ => false,
        }
    }
}

/// What a snapshot lists.
pub(super) trait Detail {
    fn arn(&self) -> &str;
    fn matters(&self, interest: &Interest) -> bool;
}

impl Detail for UserDetail {
    fn arn(&self) -> &str {
        &self.arn
    }

    fn matters(&self, interest: &Interest) -> bool {
        has(&interest.users, &self.user_name)
            || self.groups.iter().any(|group| has(&interest.groups, group))
            || interest.holds(&self.attached)
    }
}

impl Detail for GroupDetail {
    fn arn(&self) -> &str {
        &self.arn
    }

    fn matters(&self, interest: &Interest) -> bool {
        has(&interest.groups, &self.group_name) || interest.holds(&self.attached)
    }
}

impl Detail for RoleDetail {
    fn arn(&self) -> &str {
        &self.arn
    }

    fn matters(&self, interest: &Interest) -> bool {
        has(&interest.roles, &self.role_name)
            || interest.holds(&self.attached)
            || interest.trusts(&self.trust)
    }
}

impl Detail for PolicyDetail {
    fn arn(&self) -> &str {
        &self.arn
    }

    fn matters(&self, interest: &Interest) -> bool {
        has(&interest.policies, self.name())
    }
}

fn has(names: &BTreeSet<String>, name: &str) -> bool {
    names.contains(&name.to_ascii_lowercase())
}

fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}
