//! Names of groups, and identifiers made from names.

use super::limits::GROUPS_PER_USER;
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

/// The name, or the name with the lowest number from 2 that makes it different from everything in `taken`.
pub(super) fn unique(name: String, taken: &[String]) -> String {
    if !taken.contains(&name) {
        return name;
    }
    (2..)
        .map(|number| format!("{name}{number}"))
        .find(|candidate| !taken.contains(candidate))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::{pascal, unique};

    #[test]
    fn identifiers_hold_letters_and_digits_only() {
        assert_eq!(pascal("multi-account"), "MultiAccount");
        assert_eq!(pascal("cost:center/Köln 1"), "CostCenterKLn1");
        assert_eq!(unique("A".into(), &["A".into(), "A2".into()]), "A3");
    }
}
