//! Ways to more permissions in bare grants, for what was read back from files and has no deployment.

use std::collections::BTreeSet;

use super::escalation::{PATHS, Path};
use crate::model::{Effect, Grant, matches};

/// A way from what is granted to more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    /// The action in the middle of it.
    pub action: String,
    /// The steps, and what whoever goes this way can do.
    pub message: String,
}

/// The ways to more that a set of grants opens. Denials are not weighed: a way that one closes is found all the same.
pub fn ways<'a>(grants: impl IntoIterator<Item = &'a Grant>) -> Vec<Way> {
    let allowed: Vec<&Grant> = grants
        .into_iter()
        .filter(|grant| grant.effect == Effect::Allow)
        .collect();
    PATHS
        .iter()
        .filter_map(|path| way(path, &allowed))
        .collect()
}

fn way(path: &Path, grants: &[&Grant]) -> Option<Way> {
    let mut steps = Vec::new();
    for step in path.steps {
        let actions: BTreeSet<&str> = step
            .iter()
            .copied()
            .filter(|action| grants.iter().any(|grant| leads_on(grant, action, path)))
            .collect();
        if actions.is_empty() {
            return None;
        }
        steps.push(actions.into_iter().collect::<Vec<&str>>().join(" or "));
    }
    Some(Way {
        action: path
            .steps
            .first()?
            .first()
            .copied()
            .unwrap_or_default()
            .to_owned(),
        message: format!("{}: {}", steps.join(", then "), path.gain),
    })
}

fn leads_on(grant: &Grant, action: &str, path: &Path) -> bool {
    let granted = matches(
        &grant.action.to_ascii_lowercase(),
        &action.to_ascii_lowercase(),
    );
    let harmless = path.only_where_open && !grant.resource.contains('*');
    granted && !harmless && !passed_elsewhere(grant, action, path)
}

/// Whether the grant passes roles, but not to a service on this way.
fn passed_elsewhere(grant: &Grant, action: &str, path: &Path) -> bool {
    if action != "iam:PassRole" || path.services.is_empty() {
        return false;
    }
    let mut passed = grant
        .conditions
        .iter()
        .filter(|(operator, _)| matches!(operator.as_str(), "StringEquals" | "StringLike"))
        .flat_map(|(_, keys)| keys)
        .filter(|(key, _)| key.eq_ignore_ascii_case("iam:PassedToService"));
    passed.next().is_some_and(|(_, patterns)| {
        !path
            .services
            .iter()
            .any(|service| patterns.iter().any(|pattern| matches(pattern, service)))
    })
}
