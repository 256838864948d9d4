//! Splits permissions that do not fit one policy into several: by feature first, then by statement, then a statement by
//! its actions or resources. An action is never parted from its conditions, and has all of its resources somewhere.
//! Features share a policy only where one for each would be too many.

use std::collections::BTreeMap;

use super::names::Names;
use super::policy::Part;
use super::quota::ATTACHED;
use crate::model::{PolicyDocument, Site, Statement};

/// A document with the feature it is for, and its number from 1 among those of that feature.
#[derive(Debug)]
pub(super) struct Piece {
    /// Index into the catalog's features.
    pub(super) feature: usize,
    /// 1, 2 and so on.
    pub(super) number: usize,
    /// What is granted.
    pub(super) document: PolicyDocument,
}

/// The pieces, by feature; each has at most `room` characters, unless a single action on a single resource has more.
pub(super) fn split(parts: &[Part], room: usize, site: Site<'_>) -> Vec<Piece> {
    let mut by_feature: BTreeMap<usize, Vec<&Statement>> = BTreeMap::new();
    for part in parts {
        by_feature
            .entry(part.feature)
            .or_default()
            .push(&part.statement);
    }
    let mut pieces = Vec::new();
    for (feature, statements) in by_feature {
        let whole = numbered(
            statements
                .into_iter()
                .flat_map(|statement| halves(statement, room, site)),
        );
        for (index, document) in packed(whole, room, site).into_iter().enumerate() {
            pieces.push(Piece {
                feature,
                number: index + 1,
                document,
            });
        }
    }
    match pieces.len() {
        0..=ATTACHED => pieces,
        _ => joined(pieces, room, site),
    }
}

/// Joins neighbours as long as they fit together; each is named after its first feature.
fn joined(pieces: Vec<Piece>, room: usize, site: Site<'_>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::new();
    for piece in pieces {
        if let Some(last) = joined.last_mut() {
            let mut both = last.document.clone();
            both.statements.extend(piece.document.statements.clone());
            if both.size(site) <= room {
                last.document = both;
                continue;
            }
        }
        joined.push(piece);
    }
    joined
}

/// The statement, or parts of it that fit a document of their own: half of its actions each, or half of the resources of a
/// single action, and so on.
fn halves(statement: &Statement, room: usize, site: Site<'_>) -> Vec<Statement> {
    let alone = PolicyDocument {
        statements: vec![statement.clone()],
    };
    let (actions, resources) = (statement.actions.len(), statement.resources.len());
    // A number may be added to the Sid.
    if alone.size(site) + 4 <= room || (actions < 2 && resources < 2) {
        return alone.statements;
    }
    let (mut first, mut second) = (statement.clone(), statement.clone());
    if actions > 1 {
        second.actions = first.actions.split_off(actions / 2);
    } else {
        second.resources = first.resources.split_off(resources / 2);
    }
    let mut parts = halves(&first, room, site);
    parts.extend(halves(&second, room, site));
    parts
}

/// Gives every statement a Sid of its own, since those of halves are the same.
fn numbered(statements: impl Iterator<Item = Statement>) -> Vec<Statement> {
    let mut sids = Names::default();
    statements
        .map(|mut statement| {
            statement.sid = statement.sid.map(|sid| sids.unique(sid));
            statement
        })
        .collect()
}

/// Fills documents one after the other.
fn packed(statements: Vec<Statement>, room: usize, site: Site<'_>) -> Vec<PolicyDocument> {
    let mut documents: Vec<PolicyDocument> = Vec::new();
    for statement in statements {
        if let Some(last) = documents.last_mut() {
            last.statements.push(statement);
            if last.size(site) <= room {
                continue;
            }
            let statements = last.statements.pop().into_iter().collect();
            documents.push(PolicyDocument { statements });
        } else {
            documents.push(PolicyDocument {
                statements: vec![statement],
            });
        }
    }
    documents
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Part, split};
    use crate::model::{
        AccountId, Action, ArnPattern, Conditions, Effect, Partition, Site, Statement, Text,
    };

    fn part(feature: usize, actions: usize, resources: usize) -> Part {
        let arn = |n| ArnPattern::from(Text::literal(format!("arn:aws:s3:::bucket-{n:04}/*")));
        Part {
            feature,
            statement: Statement {
                effect: Effect::Allow,
                sid: Some(format!("Feature{feature}")),
                actions: (0..actions)
                    .map(|n| Action::parse(&format!("s3:Action{n:04}")).unwrap())
                    .collect(),
                resources: (0..resources).map(arn).collect(),
                conditions: Conditions::new(),
                only_star: false,
                origin: Vec::new(),
            },
        }
    }

    /// Every action with every resource that is granted.
    fn granted<'a>(statements: impl Iterator<Item = &'a Statement>) -> BTreeSet<(String, String)> {
        let mut all = BTreeSet::new();
        for statement in statements {
            for action in &statement.actions {
                for arn in &statement.resources {
                    all.insert((action.to_string(), arn.text().pattern()));
                }
            }
        }
        all
    }

    #[test]
    fn what_is_split_grants_the_same_in_documents_that_fit() {
        let account = AccountId::parse("111111111111").unwrap();
        let site = Site {
            partition: Partition::Aws,
            account: &account,
        };
        for parts in [
            vec![part(0, 400, 1), part(1, 3, 200)],
            vec![part(0, 1, 500)],
            (0..30).map(|feature| part(feature, 20, 2)).collect(),
        ] {
            let pieces = split(&parts, 6_144, site);
            assert!(pieces.len() > 1);
            for piece in &pieces {
                assert!(piece.document.size(site) <= 6_144);
                let sids: BTreeSet<_> = piece
                    .document
                    .statements
                    .iter()
                    .map(|statement| statement.sid.clone())
                    .collect();
                assert_eq!(sids.len(), piece.document.statements.len());
            }
            let after = pieces.iter().flat_map(|piece| &piece.document.statements);
            let before = parts.iter().map(|part| &part.statement);
            assert_eq!(granted(after), granted(before));
        }
        // Thirty small features share policies: one for each would be more than AWS attaches.
        let many: Vec<Part> = (0..30).map(|feature| part(feature, 20, 2)).collect();
        assert!(split(&many, 6_144, site).len() <= 10);
    }
}
