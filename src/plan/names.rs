//! Names of groups, and identifiers made from names.

use std::collections::{BTreeMap, BTreeSet};

use super::quota::GROUPS_PER_USER;
use super::{GroupPlan, UserPlan};
use crate::diag::Diagnostic;
use crate::model::{GroupName, UserName};
use crate::resolve::Hub;

/// The users: the deployment's own, then `-2`, `-3` and so on, each in ten groups.
pub(super) fn users(hub: &Hub, groups: usize, diagnostics: &mut Vec<Diagnostic>) -> Vec<UserPlan> {
    let Some((first, path)) = &hub.user else {
        return Vec::new();
    };
    let count = groups.div_ceil(GROUPS_PER_USER);
    let mut users = Vec::new();
    for number in 1..=count {
        let name = match number {
            1 => Ok(first.clone()),
            _ => UserName::parse(&format!("{first}-{number}")),
        };
        let start = (number - 1) * GROUPS_PER_USER;
        match name {
            Ok(name) => users.push(UserPlan {
                groups: start..groups.min(start + GROUPS_PER_USER),
                name,
                path: path.clone(),
                permissions_boundary: hub.permissions_boundary.clone(),
                inherent: Vec::new(),
            }),
            Err(refusal) => {
                diagnostics.push(
                    Diagnostic::error("bad-name", hub.span, refusal.what)
                        .why(format!(
                            "the targets take {count} users, which are numbered; {}",
                            refusal.why
                        ))
                        .help("give the user a shorter name"),
                );
                break;
            }
        }
    }
    users
}

/// The groups: the deployment's own, then `-2`, `-3` and so on.
pub(super) fn groups(hub: &Hub, count: usize, diagnostics: &mut Vec<Diagnostic>) -> Vec<GroupPlan> {
    let (first, path) = &hub.group;
    let mut groups = vec![GroupPlan {
        name: first.clone(),
        path: path.clone(),
        inherent: Vec::new(),
    }];
    for number in 2..=count {
        match GroupName::parse(&format!("{first}-{number}")) {
            Ok(name) => groups.push(GroupPlan {
                name,
                path: path.clone(),
                inherent: Vec::new(),
            }),
            Err(refusal) => {
                diagnostics.push(
                    Diagnostic::error("bad-name", hub.group_span, refusal.what)
                        .why(format!(
                            "the targets fill {count} groups, which are numbered; {}",
                            refusal.why
                        ))
                        .help("give the group a shorter name"),
                );
                break;
            }
        }
    }
    groups
}

/// `multi-account` as `MultiAccount`: letters and digits only, which is what Sids and CloudFormation names take.
pub fn pascal(name: &str) -> String {
    let mut text = String::new();
    for part in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut characters = part.chars();
        if let Some(first) = characters.next() {
            text.push(first.to_ascii_uppercase());
            text.push_str(characters.as_str());
        }
    }
    text
}

/// Names of which none is given twice.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
    /// The lowest number that may be free behind a name.
    next: BTreeMap<String, usize>,
}

impl Names {
    /// Names that are taken already.
    pub(super) fn taken(names: impl IntoIterator<Item = String>) -> Self {
        Self {
            taken: names.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Takes the name, or the name with the lowest number from 2 that nobody has.
    pub(super) fn unique(&mut self, name: String) -> String {
        if self.taken.insert(name.clone()) {
            return name;
        }
        let number = self.next.entry(name.clone()).or_insert(2);
        loop {
            let candidate = format!("{name}{number}");
            *number += 1;
            if self.taken.insert(candidate.clone()) {
                return candidate;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, pascal};

    #[test]
    fn identifiers_hold_letters_and_digits_only() {
        assert_eq!(pascal("multi-account"), "MultiAccount");
        assert_eq!(pascal("cost:center/Köln 1"), "CostCenterKLn1");
        let mut names = Names::taken(["A".to_owned(), "A2".to_owned()]);
        let unique: Vec<String> = ["A", "B", "A"]
            .map(|name| names.unique(name.to_owned()))
            .into();
        assert_eq!(unique, ["A3", "B", "A4"]);
    }
}
