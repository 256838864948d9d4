//! A review as a comment on a pull request: the verdict and what widens in sight, the rest behind a click.

use std::cmp::Reverse;

use super::super::markdown::{MOST_ROWS, cell, code, details, table};
use super::super::ui;
use super::edits::{self, Excerpt, Group, Names};
use super::{beside_unknown, uncompared, verdict, words};
use crate::reference::Reference;
use crate::review::{Changed, Found, Kind, Reach, Review};

/// The columns of what changed.
const PRINCIPALS: &[&str] = &["who", "change", "access", "what", "on"];

/// More places than this in a row are counted; the targets are listed below.
const MOST_PLACES: usize = 6;

/// More characters of hand edits than this are counted: a comment of GitHub takes 65,536 in all.
const MOST_TEXT: usize = 24_000;

/// More actions than this in a row are counted.
const MOST_ACTIONS: usize = 12;

pub(super) fn text(
    names: (&Names<'_>, &Names<'_>),
    review: &Review,
    reference: &Reference,
) -> String {
    let mut text = format!(
        "### Permissions: {} → {}\n\n**{}.**\n",
        code(names.0.side),
        code(names.1.side),
        verdict(review)
    );
    if let Some(said) = uncompared(review) {
        text.push_str(&format!("\n{}.\n", cell(&said)));
    }
    groups(
        &mut text,
        "Edited by hand or not rendered",
        &edits::edits(names, review),
    );
    groups(
        &mut text,
        "Beside what is planned",
        &edits::accepted(names, review),
    );
    let settings: Vec<Vec<String>> = words::settings(review)
        .map(|row| row.iter().map(|text| cell(text)).collect())
        .collect();
    if !settings.is_empty() {
        text.push('\n');
        text.push_str(&table(&["setting", ""], &settings));
    }
    if let Some(said) = beside_unknown(review) {
        text.push_str(&format!("\n**{said}.**\n"));
    }
    let rows = |rows: Vec<Vec<String>>, head: &[&str]| {
        (!rows.is_empty()).then(|| (rows.len(), table(head, &rows)))
    };
    let (mut more, mut rest): (Vec<&Changed>, Vec<&Changed>) = review
        .principals
        .iter()
        .partition(|changed| changed.is_more());
    if !more.is_empty() {
        let rows = principals(&mut more, review, reference);
        let (shown, further) = rows.split_at(rows.len().min(MOST_ROWS));
        text.push('\n');
        text.push_str(&table(PRINCIPALS, shown));
        let further = (!further.is_empty()).then(|| (further.len(), table(PRINCIPALS, further)));
        details(&mut text, "Further rows", further);
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
            Some((
                rest.len(),
                table(PRINCIPALS, &principals(&mut rest, review, reference)),
            )),
        );
    }
    for (title, head, said) in [
        (
            "Accounts",
            ["who", "accounts"],
            words::many_accounts(review).collect::<Vec<_>>(),
        ),
        (
            "Catalogs",
            ["product", ""],
            words::catalogs(review).collect(),
        ),
    ] {
        let said = said
            .iter()
            .map(|row| row.iter().map(|text| cell(text)).collect());
        details(&mut text, title, rows(said.collect(), &head));
    }
    details(
        &mut text,
        "Findings that vanish",
        findings(&review.vanished),
    );
    details(
        &mut text,
        "Moved in the catalog",
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

/// Files with their edits, each edit once, in sight and in as much room as a comment has. What is too long is counted.
fn groups(text: &mut String, title: &str, groups: &[Group]) {
    if groups.is_empty() {
        return;
    }
    text.push_str(&format!("\n#### {title}\n"));
    let mut room = MOST_TEXT;
    let mut left_out = 0;
    for (number, group) in groups.iter().enumerate() {
        let (shown, further) = group
            .paths
            .split_at(group.paths.len().min(edits::MOST_PATHS));
        let paths: Vec<String> = shown.iter().map(|path| code(path)).collect();
        let further = match further.len() {
            0 => String::new(),
            number => format!(" and {} more", edits::files(number)),
        };
        let each = if group.paths.len() > 1 { ": each" } else { "" };
        let says = cell(&group.says);
        let head = format!("\n{}{further}{each} {says}\n", paths.join(", "));
        if head.len() > room {
            left_out += group.paths.len();
            continue;
        }
        room -= head.len();
        text.push_str(&head);
        // Nothing takes the room of what comes behind it.
        let (lines, used) = fenced(&group.diff, room / (groups.len() - number));
        room -= used;
        text.push_str(&lines);
    }
    if left_out > 0 {
        text.push_str(&format!(
            "\n**And {} more, which the command without `--format markdown` prints.**\n",
            edits::files(left_out)
        ));
    }
}

/// Lines of a diff as code, which nothing in them ends, in at most so many bytes.
fn fenced(lines: &[String], room: usize) -> (String, usize) {
    let shown = Excerpt::of(lines, room, |line| format!("{}\n", ui::visible(line)));
    let mut text = block(&shown.head);
    if shown.left_out > 0 {
        text.push_str(&format!(
            "\n**{} lines left out: `--format json` has them.**\n",
            shown.left_out
        ));
    }
    text.push_str(&block(&shown.tail));
    (text, shown.size())
}

fn block(lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let body = lines.concat();
    let longest = body.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("\n{fence}diff\n{body}{fence}\n")
}

/// A row for each change, what matters most first: rows at the end may be cut.
fn principals(
    changed: &mut [&Changed],
    review: &Review,
    reference: &Reference,
) -> Vec<Vec<String>> {
    changed.sort_by_key(|one| Reverse(weight(one)));
    let mut rows = Vec::new();
    for one in changed {
        let who = code(&words::principal(one, &review.account_names));
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
        for fact in &one.facts {
            rows.push(vec![
                who.clone(),
                mark(fact.kind, fact.reach),
                String::new(),
                cell(&fact.text),
                String::new(),
            ]);
        }
        let mut grants = words::rows(&one.grants, reference);
        grants.sort_by_key(|row| row.reach != Reach::More);
        for row in grants {
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
                places(&row.on),
            ]);
        }
    }
    rows
}

fn places(on: &[String]) -> String {
    let shown = on.len().min(MOST_PLACES);
    let mut places: Vec<String> = on[..shown].iter().map(|text| code(text)).collect();
    if on.len() > shown {
        places.push(format!("and {} more", on.len() - shown));
    }
    places.join(" ")
}

/// What more it lets through, by weight: who is trusted or belongs to what; then the most far-reaching action, those first
/// that AWS does not know.
fn weight(changed: &Changed) -> u8 {
    if changed.facts.iter().any(|fact| fact.reach == Reach::More) {
        return u8::MAX;
    }
    let more = changed
        .grants
        .iter()
        .filter(|change| change.reach == Reach::More);
    let weights = more.map(|change| change.level.map_or(u8::MAX - 1, |level| level.reach() + 1));
    weights.max().unwrap_or_default()
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
