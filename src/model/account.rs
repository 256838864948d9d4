//! Ids of accounts and of organizational units.

use std::fmt;

use serde::Serialize;

use super::{Refusal, shown};

/// An AWS account id: 12 digits. Or what stands for one that nobody knows yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AccountId(String);

impl AccountId {
    /// Parses an account id.
    ///
    /// # Errors
    ///
    /// When the text is not 12 ASCII digits (botocore, `accountIdType`).
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(text.to_owned()));
        }
        let help = match text.replace(['-', ' '], "") {
            digits if digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                format!("write the digits alone: \"{digits}\"")
            }
            _ => "write all 12 digits, leading zeros included".to_owned(),
        };
        Err(Refusal::new(
            format!("{} is not an account id", shown(text)),
            "an AWS account id has exactly 12 digits",
            help,
        ))
    }

    /// What stands for each account that joins the organizational units of a stack set, in what it gets from that.
    pub fn joining(stack_set: &str) -> Self {
        Self(format!("accounts that join the units of {stack_set}"))
    }

    /// The 12 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of an organizational unit, or of the root that all units of an organization are under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrganizationalUnitId(String);

impl OrganizationalUnitId {
    /// Parses the id of a unit or root.
    ///
    /// # Errors
    ///
    /// When the text is neither `ou-…-…` nor `r-…` (CloudFormation, `OrganizationalUnitIds` of a stack set).
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if is_unit(text) {
            return Ok(Self(text.to_owned()));
        }
        Err(Refusal::new(
            format!("{} is not the id of an organizational unit", shown(text)),
            "AWS knows units by their ids; their names can change, and stand in several places",
            "write the id, such as `ou-ab12-11111111`, or `r-ab12` for the root",
        ))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the root, which all units are in.
    pub fn is_root(&self) -> bool {
        self.0.starts_with("r-")
    }
}

impl fmt::Display for OrganizationalUnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_unit(text: &str) -> bool {
    let part = |text: &str, shortest: usize| {
        (shortest..=32).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    match text.split('-').collect::<Vec<&str>>().as_slice() {
        ["r", root] => part(root, 4),
        ["ou", root, unit] => part(root, 4) && part(unit, 8),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::OrganizationalUnitId;

    #[test]
    fn a_unit_is_known_by_its_id() {
        for id in ["r-ab12", "ou-ab12-11111111", "ou-a1b2-f6g7h111"] {
            assert_eq!(OrganizationalUnitId::parse(id).unwrap().as_str(), id);
        }
        for other in [
            "",
            "r-",
            "r-abc",
            "ou-ab12",
            "ou-ab12-1111111",
            "OU-ab12-11111111",
            "ou-ab12-11111111/",
            "ou-ab12-11111111-x",
            "o-a1b2c3d4e5",
            "Workloads",
        ] {
            assert!(OrganizationalUnitId::parse(other).is_err(), "{other}");
        }
    }
}
