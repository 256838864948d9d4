//! Groups grants into statements: one for each feature, level, set of resources and set of conditions.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Names, pascal};
use crate::model::{
    Action, ArnPattern, Conditions, Effect, Level, PolicyDocument, Statement, Text,
};
use crate::resolve::{Denial, GrantResource, Origin, Product, SelectedGrant};

/// What the actions of one statement have in common. Orders the statements.
type StatementKey<'a> = (Origin, &'a Conditions, Vec<ArnPattern>);

/// A statement and the feature that it belongs to.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// Index into the catalog's features; 0 of what is denied.
    pub(super) feature: usize,
    /// What is granted or denied.
    pub(super) statement: Statement,
}

/// The permissions of one product as statements. They come in the catalog's order of features, required before recommended; the
/// unconditional before the conditional. A grant that two features ask for stands once, where it is asked for first.
pub(super) fn statements(
    product: &Product,
    grants: &[&SelectedGrant],
    arns: impl Fn(&GrantResource) -> Vec<ArnPattern>,
) -> Vec<Part> {
    let only_stars: BTreeSet<&Action> = grants
        .iter()
        .filter(|grant| grant.only_star)
        .map(|grant| &grant.action)
        .collect();
    let mut first: BTreeMap<(&Action, Vec<ArnPattern>, &Conditions), BTreeSet<Origin>> =
        BTreeMap::new();
    for grant in grants {
        let mut resources = arns(&grant.resource);
        resources.sort();
        resources.dedup();
        first
            .entry((&grant.action, resources, &grant.conditions))
            .or_default()
            .insert(grant.origin);
    }
    let mut grouped: BTreeMap<StatementKey<'_>, BTreeMap<&Action, BTreeSet<Origin>>> =
        BTreeMap::new();
    for ((action, resources, conditions), mut origins) in first {
        if let Some(origin) = origins.pop_first() {
            grouped
                .entry((origin, conditions, resources))
                .or_default()
                .insert(action, origins);
        }
    }
    let mut sids = Names::default();
    let mut statements = Vec::new();
    for ((origin, conditions, resources), actions) in grouped {
        let (feature, _) = product
            .catalog
            .features
            .get_index(origin.feature)
            .expect("an origin names a feature of its catalog");
        let id = &product.catalog.id;
        let sid = format!(
            "{}{}{}",
            pascal(&id.product),
            pascal(feature),
            pascal(level(origin.level))
        );
        let sid = sids.unique(sid);
        let mut comment = vec![format!("{id}: {feature}, {}", level(origin.level))];
        for (action, others) in &actions {
            for other in others {
                let name = product
                    .catalog
                    .features
                    .get_index(other.feature)
                    .map_or("", |(name, _)| name);
                comment.push(format!(
                    "{action} is asked for by {name}, {} too",
                    level(other.level)
                ));
            }
        }
        let only_star = actions.keys().all(|action| only_stars.contains(action));
        statements.push(Part {
            feature: origin.feature,
            statement: Statement {
                effect: Effect::Allow,
                sid: Some(sid),
                actions: actions.into_keys().cloned().collect(),
                resources,
                conditions: conditions.clone(),
                only_star,
                origin: comment,
            },
        });
    }
    statements
}

/// What is denied as statements, in the deployment's order.
pub(super) fn denials(denials: &[Denial]) -> Vec<Part> {
    let mut sids = Names::default();
    let statement = |denial: &Denial| {
        let service = denial.actions.first().map_or("", |action| action.service());
        Statement {
            effect: Effect::Deny,
            sid: Some(sids.unique(format!("Deny{}", pascal(service)))),
            actions: denial.actions.clone(),
            resources: denial.resources.clone(),
            conditions: denial.conditions.clone(),
            only_star: false,
            origin: denial.reason.lines().map(str::to_owned).collect(),
        }
    };
    let statements = denials.iter().map(statement);
    statements
        .map(|statement| Part {
            feature: 0,
            statement,
        })
        .collect()
}

/// All of them in one document.
pub(super) fn document(parts: &[Part]) -> PolicyDocument {
    PolicyDocument {
        statements: parts.iter().map(|part| part.statement.clone()).collect(),
    }
}

/// The document that lets a group's members assume roles: no Sid, since every character counts against the group.
pub(super) fn assume_role(roles: impl Iterator<Item = Text>) -> PolicyDocument {
    PolicyDocument {
        statements: vec![Statement {
            effect: Effect::Allow,
            sid: None,
            actions: vec![Action::parse("sts:AssumeRole").expect("a constant action")],
            resources: roles.map(ArnPattern::from).collect(),
            conditions: Conditions::new(),
            only_star: false,
            origin: Vec::new(),
        }],
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Required => "required",
        Level::Recommended => "recommended",
    }
}
