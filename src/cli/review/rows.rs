//! Describes changes of grants. Changes with equal descriptions are merged.

use std::collections::BTreeSet;

use crate::model::{Effect, Grant, conditions};
use crate::reference::Reference;
use crate::review::{GrantChange, Kind, Reach, is_of_many_services};

/// How many actions are listed; the others are counted.
const MOST_ACTIONS: usize = 3;

/// Changes of grants that only differ in their actions.
pub(in crate::cli) struct Row {
    pub(in crate::cli) kind: Kind,
    pub(in crate::cli) reach: Reach,
    pub(in crate::cli) level: String,
    pub(in crate::cli) actions: Vec<String>,
    /// The resources and conditions; several if everything else is equal.
    pub(in crate::cli) on: Vec<String>,
}

pub(in crate::cli) fn rows(changes: &[GrantChange], reference: &Reference) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for change in changes {
        let (action, on) = described(change, reference);
        let level = change
            .level
            .map_or("not known to AWS".to_owned(), |level| level.to_string());
        let same = rows.iter_mut().find(|row| {
            (row.kind, row.reach, &row.level, row.on.as_slice())
                == (change.kind, change.reach, &level, std::slice::from_ref(&on))
        });
        match same {
            Some(row) => row.actions.push(action),
            None => rows.push(Row {
                kind: change.kind,
                reach: change.reach,
                level,
                actions: vec![action],
                on: vec![on],
            }),
        }
    }
    let mut together: Vec<Row> = Vec::new();
    for row in rows {
        let same = together.iter_mut().find(|known| {
            (known.kind, known.reach, &known.level, &known.actions)
                == (row.kind, row.reach, &row.level, &row.actions)
        });
        match same {
            Some(known) => known.on.extend(row.on),
            None => together.push(row),
        }
    }
    together
}

/// A change in two parts: the actions, and the resources with conditions.
fn described(change: &GrantChange, reference: &Reference) -> (String, String) {
    let one_side = |grants: &[Grant]| {
        let actions: BTreeSet<&str> = grants.iter().map(|grant| grant.action.as_str()).collect();
        let places: BTreeSet<String> = grants.iter().map(place).collect();
        (
            some(
                &actions
                    .into_iter()
                    .map(|action| counted(action, reference))
                    .collect::<Vec<_>>(),
            ),
            some(&places.into_iter().collect::<Vec<_>>()),
        )
    };
    let denied = change
        .before
        .iter()
        .chain(&change.after)
        .any(|grant| grant.effect == Effect::Deny);
    let denied = if denied { "denied: " } else { "" };
    let (action, on) = match (change.before.as_slice(), change.after.as_slice()) {
        ([], after) => one_side(after),
        (before, []) => one_side(before),
        (before, after) => {
            let ((old_action, old_on), (new_action, new_on)) = (one_side(before), one_side(after));
            (arrow(old_action, new_action), arrow(old_on, new_on))
        }
    };
    let on = match (change.kind, change.after.is_empty()) {
        (Kind::Other, false) => format!("{on}, already granted"),
        (Kind::Other, true) => format!("{on}, still granted"),
        _ => on,
    };
    (format!("{denied}{action}"), on)
}

fn arrow(before: String, after: String) -> String {
    match before == after {
        true => after,
        false => format!("{before} → {after}"),
    }
}

/// A wildcard with the number of actions that it matches.
fn counted(action: &str, reference: &Reference) -> String {
    match action.contains(['*', '?']) && !is_of_many_services(action) {
        false => action.to_owned(),
        true => match reference.expand(action).len() {
            1 => format!("{action} (1 action)"),
            many => format!("{action} ({many} actions)"),
        },
    }
}

fn place(grant: &Grant) -> String {
    format!("{}{}", grant.resource, conditions(&grant.conditions))
}

fn some(texts: &[String]) -> String {
    let shown = texts.len().min(MOST_ACTIONS);
    match texts.len() - shown {
        0 => texts.join(", "),
        more => format!("{} and {more} more", texts[..shown].join(", ")),
    }
}
