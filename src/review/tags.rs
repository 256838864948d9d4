//! Tags that grants depend on: another value of one can let more through, though no grant changes.

use std::collections::BTreeSet;

use super::joining;
use crate::model::{Access, ConditionMap};

/// What names a tag of a principal, or of a resource of IAM; before the tag's key.
const NAMES: [&str; 3] = ["aws:principaltag/", "aws:resourcetag/", "iam:resourcetag/"];

/// The keys, in lower case, of the tags that a condition or a policy variable names. AWS does not mind the case of these
/// keys.
pub(super) fn named(sides: [&Access; 2]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for access in sides.into_iter().flat_map(joining::all) {
        let own = access.identities.values();
        let own = own.flat_map(|identity| identity.policies.values());
        for grant in own.chain(access.managed_policies.values()).flatten() {
            add_variables(&grant.resource, &mut keys);
            add_conditions(&grant.conditions, &mut keys);
        }
        let identities = access.identities.values();
        for trust in identities.flat_map(|identity| &identity.trust) {
            add_conditions(&trust.conditions, &mut keys);
        }
    }
    keys
}

fn add_conditions(conditions: &ConditionMap, keys: &mut BTreeSet<String>) {
    for (key, values) in conditions.values().flatten() {
        keys.extend(tag(key));
        for value in values {
            add_variables(value, keys);
        }
    }
}

/// Adds those of `${aws:PrincipalTag/team}` and `${aws:PrincipalTag/team, 'none'}`.
fn add_variables(text: &str, keys: &mut BTreeSet<String>) {
    for variable in text.split("${").skip(1) {
        let name = variable.split(['}', ',']).next().unwrap_or_default();
        keys.extend(tag(name.trim()));
    }
}

/// The key of the tag that a condition key is about.
fn tag(key: &str) -> Option<String> {
    let key = key.to_ascii_lowercase();
    NAMES
        .iter()
        .find_map(|name| key.strip_prefix(name).map(str::to_owned))
}
