//! Selects the relevant parts of an account, so that the rest of a large snapshot is skipped while it is read.

use std::collections::BTreeSet;

use serde_json::Value;

use super::snapshot::{
    Attached, GroupDetail, InlinePolicy, PolicyDetail, RoleDetail, UserDetail, is_of_aws,
};
use crate::model::AccountId;

/// Names to look for in an account. IAM ignores their case.
#[derive(Debug, Clone, Default)]
pub struct Interest {
    users: BTreeSet<String>,
    groups: BTreeSet<String>,
    roles: BTreeSet<String>,
    policies: BTreeSet<String>,
    /// Roles that trust one of these accounts are relevant whatever their names; so are roles that trust their own
    /// account.
    accounts: BTreeSet<String>,
}

impl Interest {
    /// Adds a user.
    pub fn user(&mut self, name: &str) {
        self.users.insert(name.to_ascii_lowercase());
    }

    /// Adds a group, and all of its members.
    pub fn group(&mut self, name: &str) {
        self.groups.insert(name.to_ascii_lowercase());
    }

    /// Adds a role.
    pub fn role(&mut self, name: &str) {
        self.roles.insert(name.to_ascii_lowercase());
    }

    /// Adds a managed policy, and all principals that it is attached to.
    pub fn policy(&mut self, name: &str) {
        self.policies.insert(name.to_ascii_lowercase());
    }

    /// Adds all roles that trust the account or a principal in it.
    pub fn trusting(&mut self, account: &AccountId) {
        self.accounts.insert(account.to_string());
    }

    fn holds(&self, attached: &[Attached]) -> bool {
        attached
            .iter()
            .any(|one| has(&self.policies, last_part(&one.arn)))
    }

    /// Whether a role with this ARN may trust a principal of one of the accounts, or a planned role of its own account.
    /// In doubt, yes.
    pub fn trusts(&self, trust: &Value, role: &str) -> bool {
        // A role that is trusted by name needs no permission of its own, but only within its account.
        let home = (!self.roles.is_empty()).then(|| role.split(':').nth(4).unwrap_or_default());
        self.trusts_any(trust, home.filter(|home| !home.is_empty()))
    }

    fn trusts_any(&self, trust: &Value, home: Option<&str>) -> bool {
        match trust {
            Value::String(text) => self.mentions(text, home),
            Value::Number(number) => self.mentions(&number.to_string(), home),
            Value::Array(items) => items.iter().any(|item| self.trusts_any(item, home)),
            Value::Object(fields) => fields.iter().any(|(key, value)| {
                key.eq_ignore_ascii_case("NotPrincipal")
                    || key.eq_ignore_ascii_case("Federated") && home.is_some()
                    || self.trusts_any(value, home)
            }),
            _ => false,
        }
    }

    /// Whether a text may refer to a relevant principal. A unique id does not show its account,
    /// nor does the name of a provider that every account has,
    /// and a certificate can be of a trust anchor that the policy does not name.
    fn mentions(&self, text: &str, home: Option<&str>) -> bool {
        text.contains(['*', '?'])
            || text == "rolesanywhere.amazonaws.com"
            || text.starts_with("AIDA")
            || text.starts_with("AROA")
            || home.is_some_and(|home| text.contains(home))
            || self.accounts.iter().any(|account| text.contains(account))
    }
}

/// An entry of a snapshot.
pub(super) trait Detail {
    fn arn(&self) -> &str;
    /// The name, which is unique in the account or among AWS managed policies. IAM ignores its case.
    fn name(&self) -> &str;
    /// The first thing that the entry has twice but can only have once.
    fn twice(&self) -> Option<String>;
    fn matters(&self, interest: &Interest) -> bool;
}

impl Detail for UserDetail {
    fn arn(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.user_name
    }

    fn twice(&self) -> Option<String> {
        inline_twice(&self.inline)
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

    fn name(&self) -> &str {
        &self.group_name
    }

    fn twice(&self) -> Option<String> {
        inline_twice(&self.inline)
    }

    fn matters(&self, interest: &Interest) -> bool {
        has(&interest.groups, &self.group_name) || interest.holds(&self.attached)
    }
}

impl Detail for RoleDetail {
    fn arn(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.role_name
    }

    fn twice(&self) -> Option<String> {
        inline_twice(&self.inline)
    }

    fn matters(&self, interest: &Interest) -> bool {
        // An instance profile is named after its role.
        let mut profiles = self.instance_profiles.iter();
        has(&interest.roles, &self.role_name)
            || profiles.any(|profile| has(&interest.roles, &profile.name))
            || interest.holds(&self.attached)
            || interest.trusts(&self.trust, &self.arn)
    }
}

impl Detail for PolicyDetail {
    fn arn(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        match is_of_aws(&self.arn) {
            // Names whose path matters too.
            true => &self.arn,
            false => last_part(&self.arn),
        }
    }

    fn twice(&self) -> Option<String> {
        let defaults = self.versions.iter().filter(|one| one.is_default_version);
        (defaults.count() > 1).then(|| "a default version".to_owned())
    }

    fn matters(&self, interest: &Interest) -> bool {
        has(&interest.policies, last_part(&self.arn))
    }
}

/// The name of an inline policy that appears twice.
fn inline_twice(policies: &[InlinePolicy]) -> Option<String> {
    let mut names = BTreeSet::new();
    let twice = policies.iter().find(|one| !names.insert(&one.name))?;
    Some(format!("the inline policy {}", twice.name))
}

fn has(names: &BTreeSet<String>, name: &str) -> bool {
    names.contains(&name.to_ascii_lowercase())
}

fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}
