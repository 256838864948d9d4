//! What is denied, whoever says so.

use crate::diag::Span;
use crate::model::{Action, ArnPattern, Conditions};

/// Actions that are denied, whatever else allows them.
#[derive(Debug, Clone, PartialEq)]
pub struct Denial {
    /// The actions, sorted.
    pub actions: Vec<Action>,
    /// The resources, sorted.
    pub resources: Vec<ArnPattern>,
    pub conditions: Conditions,
    /// Why, in the deployment's words.
    pub reason: String,
    /// Where the deployment denies them.
    pub span: Span,
}

impl Denial {
    /// Whether every request for an action on a resource is denied for certain.
    pub fn always_denies(&self, action: &Action, resource: &ArnPattern) -> bool {
        self.conditions.is_empty()
            && self.actions.iter().any(|own| own.covers(action))
            && self.resources.iter().any(|own| own.covers(resource))
    }
}

/// An action that a catalog demands to be denied and that is not.
#[derive(Debug, Clone)]
pub struct Undenied {
    pub action: Action,
    /// Why it is not denied, in the deployment's words.
    pub reason: String,
}
