//! What a managed policy of AWS says, statement by statement, and as grants.
//!
//! AWS's own documents use more than what Landgrant renders: `NotAction` and `NotResource`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{AccessLevel, ManagedPolicy, Reference};
use crate::model::{
    Action, ArnPattern, ConditionMap, Effect, Grant, Partition, Text, covers, matches, overlap,
};

/// A statement of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub effect: Effect,
    pub actions: Patterns,
    pub resources: Patterns,
    pub conditions: ConditionMap,
}

/// Patterns with wildcards that something matches, or that nothing may match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patterns {
    /// As AWS writes them.
    pub listed: Vec<String>,
    /// Whether everything else is meant: `NotAction`, `NotResource`.
    pub is_but: bool,
}

/// The statements of a document; nothing where it has what no managed policy has.
pub(super) fn statements(document: &Value) -> Option<Vec<Statement>> {
    match document.get("Statement")? {
        Value::Array(all) => all.iter().map(statement).collect(),
        one => Some(vec![statement(one)?]),
    }
}

fn statement(value: &Value) -> Option<Statement> {
    let fields = value.as_object()?;
    let known = [
        "Sid",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ];
    let conditions = match fields.get("Condition") {
        Some(operators) => operators
            .as_object()?
            .iter()
            .map(|(operator, keys)| {
                let keys = keys.as_object()?.iter();
                let keys = keys.map(|(key, values)| Some((key.clone(), set(values)?)));
                Some((operator.clone(), keys.collect::<Option<BTreeMap<_, _>>>()?))
            })
            .collect::<Option<ConditionMap>>()?,
        None => ConditionMap::new(),
    };
    let is_known = fields.keys().all(|field| known.contains(&field.as_str()));
    is_known.then_some(Statement {
        effect: match fields.get("Effect")?.as_str()? {
            "Allow" => Effect::Allow,
            "Deny" => Effect::Deny,
            _ => return None,
        },
        actions: patterns(fields, "Action", "NotAction")?,
        resources: patterns(fields, "Resource", "NotResource")?,
        conditions,
    })
}

fn patterns(fields: &Map<String, Value>, own: &str, but: &str) -> Option<Patterns> {
    let (value, is_but) = match (fields.get(own), fields.get(but)) {
        (Some(value), None) => (value, false),
        (None, Some(value)) => (value, true),
        _ => return None,
    };
    let listed = set(value)?.into_iter().collect();
    Some(Patterns { listed, is_but })
}

/// IAM takes booleans and numbers for the text that they are written as.
fn set(value: &Value) -> Option<BTreeSet<String>> {
    match value {
        Value::Array(many) => many.iter().map(text).collect(),
        one => Some(BTreeSet::from([text(one)?])),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

impl ManagedPolicy {
    /// Whether it only allows, and names what it allows: its statements can stand in another policy.
    pub fn is_plain(&self) -> bool {
        self.statements().iter().all(|statement| {
            statement.effect == Effect::Allow
                && !statement.actions.is_but
                && !statement.resources.is_but
        })
    }

    /// Whether it allows an action, or all that a wildcard stands for, on whatever resources and conditions. An action that it
    /// denies everywhere is not allowed.
    pub fn allows(&self, action: &Action) -> bool {
        let lower = action.as_str().to_lowercase();
        let is_about = |statement: &Statement| {
            let mut listed = statement.actions.listed.iter();
            listed.any(|pattern| covers(&pattern.to_lowercase(), &lower))
                != statement.actions.is_but
        };
        let denies = |statement: &Statement| {
            let everywhere = statement.resources.listed.iter().any(|one| one == "*");
            statement.effect == Effect::Deny && everywhere && statement.conditions.is_empty()
        };
        let mut statements = self.statements().iter().filter(|one| is_about(one));
        let allowed = statements.clone().any(|one| one.effect == Effect::Allow);
        allowed && !statements.any(denies)
    }

    /// What it grants and denies, in a partition. What `NotAction` means is worked out from the actions that the reference
    /// knows. With `NotResource`, a grant is on everything, and a denial is left out: nobody knows which resources there are,
    /// and it is better to say too much than too little.
    pub fn grants(&self, reference: &Reference, partition: Partition) -> BTreeSet<Grant> {
        let begin = format!("arn:{partition}:");
        let mut grants = BTreeSet::new();
        for statement in self.statements() {
            let resources: Vec<String> = match (statement.resources.is_but, statement.effect) {
                (true, Effect::Deny) => continue,
                (true, Effect::Allow) => vec!["*".to_owned()],
                (false, _) => {
                    let listed = statement.resources.listed.iter();
                    listed.map(|arn| arn.replace("arn:aws:", &begin)).collect()
                }
            };
            for action in statement.actions.written(reference) {
                grants.extend(resources.iter().map(|resource| Grant {
                    effect: statement.effect,
                    action: action.clone(),
                    resource: resource.clone(),
                    conditions: statement.conditions.clone(),
                }));
            }
        }
        grants
    }
}

impl Patterns {
    /// The actions as patterns: those listed, or wildcards and names for all others that the reference knows.
    pub fn written(&self, reference: &Reference) -> Vec<String> {
        if !self.is_but {
            return self.listed.clone();
        }
        let left_out: Vec<String> = self.listed.iter().map(|one| one.to_lowercase()).collect();
        let mut others = Vec::new();
        for prefix in reference.prefixes() {
            let whole = format!("{prefix}:*");
            if !left_out.iter().any(|pattern| overlap(pattern, &whole)) {
                others.push(whole);
                continue;
            }
            if left_out.contains(&whole) {
                continue;
            }
            let actions = reference.service(prefix).into_iter();
            let actions = actions.flat_map(|service| service.actions());
            others.extend(actions.map(|facts| facts.canonical()).filter(|action| {
                let action = action.to_lowercase();
                !left_out.iter().any(|pattern| matches(pattern, &action))
            }));
        }
        others
    }
}

/// The actions that grants can allow, in AWS's case, with their access levels; those of wildcards are all that the reference
/// knows. An action that they deny everywhere, without conditions, is not among them.
pub fn allowed(
    grants: &BTreeSet<Grant>,
    reference: &Reference,
) -> BTreeMap<String, Option<AccessLevel>> {
    let mut allowed = BTreeMap::new();
    for grant in grants.iter().filter(|grant| grant.effect == Effect::Allow) {
        let facts = reference.expand(&grant.action);
        // Of a wildcard, an action counts if its resources can be among those granted.
        let arn = ArnPattern::from(Text::literal(&grant.resource));
        let is_open = facts.len() == 1 || grant.resource == "*";
        let takes = facts.into_iter().filter(|one| is_open || one.takes(&arn));
        allowed.extend(takes.map(|one| (one.canonical(), one.level())));
    }
    let denied: Vec<String> = grants
        .iter()
        .filter(|grant| grant.effect == Effect::Deny)
        .filter(|grant| grant.resource == "*" && grant.conditions.is_empty())
        .map(|grant| grant.action.to_lowercase())
        .collect();
    allowed.retain(|action, _| {
        if denied.is_empty() {
            return true;
        }
        let action = action.to_lowercase();
        !denied.iter().any(|pattern| matches(pattern, &action))
    });
    allowed
}
