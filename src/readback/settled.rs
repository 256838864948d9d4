//! Whether all that is granted is settled by what was read, and nothing of it by whoever applies it.

use std::collections::BTreeSet;

use super::ReadbackError;
use super::scope::unsettled;
use crate::model::{Access, ConditionMap, Grants, Identity};

/// Refuses grants that depend on a variable of a root module, or on a file that is not read.
pub(super) fn check(access: &Access) -> Result<(), ReadbackError> {
    let mut looked = Looked::default();
    for (arn, identity) in &access.identities {
        let found = unsettled(arn).or_else(|| looked.identity(identity));
        refuse(arn, found)?;
    }
    for (arn, grants) in &access.managed_policies {
        let found = unsettled(arn).or_else(|| looked.grants(grants));
        refuse(arn, found)?;
    }
    for (set, units) in &access.auto_deployed {
        let mut texts = [set].into_iter().chain(units);
        refuse(set, texts.find_map(|text| unsettled(text)))?;
    }
    Ok(())
}

fn refuse(who: &str, found: Option<String>) -> Result<(), ReadbackError> {
    match found {
        None => Ok(()),
        Some(what) => Err(ReadbackError::new(
            who,
            format!(
                "what it may do depends on {what}, which is known only when it is applied: write the value where it is used"
            ),
        )),
    }
}

/// The grants that were looked at: thousands of roles share theirs.
#[derive(Default)]
struct Looked(BTreeSet<usize>);

impl Looked {
    fn identity(&mut self, identity: &Identity) -> Option<String> {
        let Identity {
            kind: _,
            policies,
            trust,
            groups,
            permissions_boundary,
            max_session: _,
            tags,
        } = identity;
        let names = policies.keys().map(|(_, name)| name);
        let tags = tags.iter().flat_map(|(key, value)| [key, value]);
        let texts = names.chain(groups).chain(permissions_boundary).chain(tags);
        let own = texts.map(String::as_str).find_map(unsettled);
        own.or_else(|| policies.values().find_map(|grants| self.grants(grants)))
            .or_else(|| {
                trust.iter().find_map(|trust| {
                    [&trust.action, &trust.principal.kind, &trust.principal.value]
                        .into_iter()
                        .find_map(|text| unsettled(text))
                        .or_else(|| conditions(&trust.conditions))
                })
            })
    }

    fn grants(&mut self, grants: &Grants) -> Option<String> {
        if !self.0.insert(std::ptr::from_ref(&**grants).addr()) {
            return None;
        }
        grants.iter().find_map(|grant| {
            unsettled(&grant.action)
                .or_else(|| unsettled(&grant.resource))
                .or_else(|| conditions(&grant.conditions))
        })
    }
}

fn conditions(conditions: &ConditionMap) -> Option<String> {
    conditions.iter().find_map(|(operator, keys)| {
        unsettled(operator).or_else(|| {
            keys.iter().find_map(|(key, values)| {
                unsettled(key).or_else(|| values.iter().find_map(|value| unsettled(value)))
            })
        })
    })
}
