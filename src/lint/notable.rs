//! What a reviewer should know of many grants at once, such as those of a managed policy.

use std::collections::{BTreeMap, BTreeSet};

use super::sensitive::{CREDENTIALS, DATA, EXPOSURE};
use super::ways::{Held, Way, ways};
use crate::model::{Effect, Grant};
use crate::reference::{AccessLevel, Reference, allowed};

/// The actions that grants allow, and which of them stand out.
#[derive(Debug, Clone)]
pub struct Notable {
    /// The actions that can be allowed, in AWS's case, with their access levels; those of wildcards are all that the reference
    /// knows.
    pub allowed: BTreeMap<String, Option<AccessLevel>>,
    /// Actions that are named and that the reference does not know.
    pub unknown: BTreeSet<String>,
    /// Those that return something to sign in with, each with what it does.
    pub credentials: Vec<Listed>,
    /// Those that can open resources to others.
    pub exposure: Vec<Listed>,
    /// Those that return what is stored.
    pub data: Vec<Listed>,
    /// Those that change who may do what.
    pub manages: Vec<String>,
    /// The ways to more permissions.
    pub ways: Vec<Way>,
}

/// An action of a list, with what it does.
pub type Listed = (&'static str, &'static str);

impl Notable {
    /// What stands out of these grants. An action that they deny everywhere, without conditions, does not count.
    pub fn of(grants: &BTreeSet<Grant>, reference: &Reference) -> Self {
        let allowed = allowed(grants, reference);
        let allows = grants.iter().filter(|grant| grant.effect == Effect::Allow);
        let unknown = allows.filter(|grant| {
            !grant.action.contains(['*', '?']) && reference.action(&grant.action).is_none()
        });
        let among = |list: &'static [Listed]| {
            let listed = list.iter().copied();
            listed
                .filter(|(action, _)| allowed.contains_key(*action))
                .collect()
        };
        let manages = allowed.iter();
        let manages =
            manages.filter(|(_, level)| **level == Some(AccessLevel::PermissionsManagement));
        Self {
            credentials: among(CREDENTIALS),
            exposure: among(EXPOSURE),
            data: among(DATA),
            manages: manages.map(|(action, _)| action.clone()).collect(),
            ways: ways(&Held {
                grants: grants.iter().collect(),
                own: BTreeSet::new(),
            }),
            allowed,
            unknown: unknown.map(|grant| grant.action.clone()).collect(),
        }
    }
}
