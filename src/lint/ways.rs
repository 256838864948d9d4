//! Ways to more permissions in bare grants, for what was read back from files and has no deployment.

use std::collections::BTreeSet;

use super::escalation::{PATHS, Path};
use crate::model::{Effect, Grant, Term as _, matches};

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

/// The ways that new grants open and old ones opened too, where a step reaches further now: a denial of it or a condition
/// on it went, or its resources grew.
pub fn widened_ways<'a>(
    old: impl IntoIterator<Item = &'a Grant>,
    new: impl IntoIterator<Item = &'a Grant>,
) -> Vec<Way> {
    let (old, new): (Vec<&Grant>, Vec<&Grant>) =
        (old.into_iter().collect(), new.into_iter().collect());
    let allowed: Vec<&Grant> = of_effect(&new, Effect::Allow).collect();
    let is_wider = |path: &Path| {
        let mut actions = path.steps.iter().copied().flatten();
        actions.any(|action| {
            let leading = allowed.iter().filter(|grant| leads_on(grant, action, path));
            let leading: BTreeSet<Grant> = leading.map(|grant| only(grant, action)).collect();
            let closed = of_action(&old, Effect::Deny, action);
            !covered(&leading, &of_action(&old, Effect::Allow, action))
                || !covered(&closed, &of_action(&new, Effect::Deny, action))
        })
    };
    let wider = PATHS.iter().filter(|path| is_wider(path));
    wider.filter_map(|path| way(path, &allowed)).collect()
}

fn of_effect<'a>(grants: &[&'a Grant], effect: Effect) -> impl Iterator<Item = &'a Grant> {
    let grants = grants.iter().copied();
    grants.filter(move |grant| grant.effect == effect)
}

/// What grants or denials say of one action.
fn of_action(grants: &[&Grant], effect: Effect, action: &str) -> BTreeSet<Grant> {
    of_effect(grants, effect)
        .filter(|grant| is_about(grant, action))
        .map(|grant| only(grant, action))
        .collect()
}

/// A grant as far as it is about one action.
fn only(grant: &Grant, action: &str) -> Grant {
    Grant {
        action: action.to_owned(),
        ..grant.clone()
    }
}

fn covered(terms: &BTreeSet<Grant>, by: &BTreeSet<Grant>) -> bool {
    terms.iter().all(|term| term.is_covered_by(by))
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

fn is_about(grant: &Grant, action: &str) -> bool {
    matches(
        &grant.action.to_ascii_lowercase(),
        &action.to_ascii_lowercase(),
    )
}

fn leads_on(grant: &Grant, action: &str, path: &Path) -> bool {
    let harmless = path.only_where_open && !grant.resource.contains('*');
    is_about(grant, action) && !harmless && !passed_elsewhere(grant, action, path)
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
