//! A review as a comment on a pull request: the verdict and what widens in sight, the rest behind a click.

use super::super::markdown::{cell, code, details, table};
use super::{verdict, words};
use crate::reference::Reference;
use crate::review::{Changed, Found, Kind, Reach, Review};

/// More actions than this in a row are counted.
const MOST_ACTIONS: usize = 12;

pub(super) fn text(old: &str, new: &str, review: &Review, reference: &Reference) -> String {
    let mut text = format!(
        "### Permissions: {} → {}\n\n**{}.**\n",
        code(old),
        code(new),
        verdict(review)
    );
    let rows = |rows: Vec<Vec<String>>, head: &[&str]| {
        (!rows.is_empty()).then(|| (rows.len(), table(head, &rows)))
    };
    let (more, rest): (Vec<&Changed>, Vec<&Changed>) = review
        .principals
        .iter()
        .partition(|changed| changed.is_more());
    if !more.is_empty() {
        text.push('\n');
        text.push_str(&principals(&more, reference));
    }
    details(
        &mut text,
        "Findings that appear",
        findings(&review.appeared),
    );
    details(
        &mut text,
        "Findings that are accepted now",
        rows(
            review
                .accepted
                .iter()
                .map(|one| vec![code(&one.found.finding.code), cell(&words::accepted(one))])
                .collect(),
            &["rule", "finding"],
        ),
    );
    details(
        &mut text,
        "Levels of rules",
        rows(
            words::levels(review)
                .map(|[rule, level]| vec![code(&rule), cell(&level)])
                .collect(),
            &["rule", ""],
        ),
    );
    if !rest.is_empty() {
        details(
            &mut text,
            "Grants nothing more",
            Some((rest.len(), principals(&rest, reference))),
        );
    }
    details(
        &mut text,
        "Findings that vanish",
        findings(&review.vanished),
    );
    details(
        &mut text,
        "Listed elsewhere in the catalog",
        rows(
            review
                .moves
                .iter()
                .map(|moved| {
                    vec![
                        code(&moved.action),
                        cell(&words::listed(&moved.before)),
                        cell(&words::listed(&moved.after)),
                    ]
                })
                .collect(),
            &["action", "before", "after"],
        ),
    );
    details(
        &mut text,
        "Formats",
        rows(
            words::formats(review)
                .map(|row| row.iter().map(|text| cell(text)).collect())
                .collect(),
            &["format", ""],
        ),
    );
    details(
        &mut text,
        "Targets",
        rows(
            review
                .targets
                .iter()
                .map(|target| {
                    let [role, what] = words::target(target);
                    vec![code(&role), cell(&what)]
                })
                .collect(),
            &["role", ""],
        ),
    );
    details(
        &mut text,
        "Quotas",
        rows(
            review
                .quotas
                .iter()
                .map(|change| words::quota(change).iter().map(|text| cell(text)).collect())
                .collect(),
            &["quota", "before", "after", "limit"],
        ),
    );
    text
}

fn principals(changed: &[&Changed], reference: &Reference) -> String {
    let mut rows = Vec::new();
    for one in changed {
        let who = code(&words::principal(one));
        if let Some(state) = words::state(one) {
            rows.push(vec![
                who.clone(),
                cell(&state),
                String::new(),
                String::new(),
                String::new(),
            ]);
        }
        if one.like.is_some() {
            continue;
        }
        for row in words::rows(&one.grants, reference) {
            let shown = row.actions.len().min(MOST_ACTIONS);
            let mut actions: Vec<String> =
                row.actions[..shown].iter().map(|text| code(text)).collect();
            if row.actions.len() > shown {
                actions.push(format!("and {} more", row.actions.len() - shown));
            }
            rows.push(vec![
                who.clone(),
                mark(row.kind, row.reach),
                cell(&row.level),
                actions.join(" "),
                code(&row.on),
            ]);
        }
        for fact in &one.facts {
            rows.push(vec![
                who.clone(),
                mark(fact.kind, fact.reach),
                String::new(),
                cell(&fact.text),
                String::new(),
            ]);
        }
    }
    table(&["who", "change", "access", "what", "on"], &rows)
}

/// In bold, where it lets more through.
fn mark(kind: Kind, reach: Reach) -> String {
    match reach {
        Reach::More => format!("**{}**", kind.as_str()),
        Reach::Same | Reach::Less => kind.as_str().to_owned(),
    }
}

fn findings(findings: &[Found]) -> Option<(usize, String)> {
    let rows: Vec<Vec<String>> = findings
        .iter()
        .map(|found| vec![code(&found.finding.code), cell(&words::finding(found))])
        .collect();
    (!rows.is_empty()).then(|| (rows.len(), table(&["rule", "finding"], &rows)))
}
