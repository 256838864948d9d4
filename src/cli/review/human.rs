//! A review for a terminal of 80 columns.

use super::super::table::{columns, paragraph};
use super::super::ui::{self, bold};
use super::edits::{self, Excerpt, Group, Names};
use super::{beside_unknown, uncompared, verdict, words};
use crate::reference::Reference;
use crate::review::{Found, Kind, Reach, Review};

/// More rows than this are counted, not listed.
const MOST_ROWS: usize = 12;

pub(in crate::cli) fn text(
    names: (&Names<'_>, &Names<'_>),
    review: &Review,
    reference: &Reference,
) -> String {
    let (old, new) = (names.0.side, names.1.side);
    let mut text = format!("{} → {}\n", bold(old), bold(new));
    text.push_str(&paragraph(&verdict(review), 0));
    if let Some(said) = uncompared(review) {
        text.push_str(&format!("\n{}", paragraph(&said, 0)));
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
    let settings: Vec<Vec<String>> = words::settings(review).map(Vec::from).collect();
    section(&mut text, "Settings", &settings);
    if let Some(said) = beside_unknown(review) {
        text.push_str(&format!("\n{said}\n"));
    }
    text.push_str(&permissions(review, reference));
    text
}

/// Files with their edits, each edit once.
fn groups(text: &mut String, title: &str, groups: &[Group]) {
    if groups.is_empty() {
        return;
    }
    text.push_str(&format!("\n{}\n", bold(title)));
    for group in groups {
        let (shown, further) = group
            .paths
            .split_at(group.paths.len().min(edits::MOST_PATHS));
        let (last, others) = shown
            .split_last()
            .map_or(("", shown), |(last, others)| (last, others));
        for path in others {
            text.push_str(&paragraph(&format!("{path},"), 2));
        }
        let further = match further.len() {
            0 => String::new(),
            number => format!(" and {} more", edits::files(number)),
        };
        let each = if group.paths.len() > 1 { ": each" } else { "" };
        text.push_str(&paragraph(
            &format!("{last}{further}{each} {}", group.says),
            2,
        ));
        let shown = Excerpt::of(&group.diff, usize::MAX, |line| {
            format!("    {}", ui::coloured(line))
        });
        text.push_str(&shown.head.concat());
        if shown.left_out > 0 {
            text.push_str(&format!(
                "  {} lines left out: `--format json` has them\n",
                shown.left_out
            ));
        }
        text.push_str(&shown.tail.concat());
    }
}

/// What changes in permissions, of which alone more can be said.
fn permissions(review: &Review, reference: &Reference) -> String {
    let mut text = String::new();
    for changed in &review.principals {
        text.push('\n');
        text.push_str(&heading(&words::principal(changed, &review.account_names)));
        if let Some(state) = words::state(changed) {
            text.push_str(&paragraph(&state, 2));
        }
        // What an old neighbour has too needs no second look.
        if changed.like.is_some() {
            continue;
        }
        for row in words::rows(&changed.grants, reference) {
            text.push_str(&format!("  {} {}\n", mark(row.kind, row.reach), row.level));
            text.push_str(&paragraph(&row.actions.join(", "), 6));
            for (number, on) in row.on.iter().enumerate() {
                let before = if number == 0 { "on" } else { "and" };
                text.push_str(&paragraph(&format!("{before} {on}"), 6));
            }
        }
        for fact in &changed.facts {
            text.push_str(&format!("  {}\n", mark(fact.kind, fact.reach)));
            text.push_str(&paragraph(&fact.text, 6));
        }
    }
    let moves: Vec<Vec<String>> = review
        .moves
        .iter()
        .map(|moved| {
            vec![
                moved.action.clone(),
                format!(
                    "{} → {}",
                    words::listed(&moved.before),
                    words::listed(&moved.after)
                ),
            ]
        })
        .collect();
    let accounts: Vec<Vec<String>> = words::many_accounts(review).map(Vec::from).collect();
    section(&mut text, "Accounts", &accounts);
    let catalogs: Vec<Vec<String>> = words::catalogs(review).map(Vec::from).collect();
    section(&mut text, "Catalogs", &catalogs);
    section(&mut text, "Moved in the catalog", &moves);
    let formats: Vec<Vec<String>> = words::formats(review).map(Vec::from).collect();
    section(&mut text, "Formats", &formats);
    section(
        &mut text,
        "Findings that appear",
        &findings(&review.appeared),
    );
    section(
        &mut text,
        "Findings that vanish",
        &findings(&review.vanished),
    );
    let accepted: Vec<Vec<String>> = review
        .accepted
        .iter()
        .map(|one| vec![one.found.finding.code.clone(), words::accepted(one)])
        .collect();
    section(&mut text, "Findings that are accepted now", &accepted);
    let levels: Vec<Vec<String>> = words::levels(review).map(Vec::from).collect();
    section(&mut text, "Levels of rules", &levels);
    let targets: Vec<Vec<String>> = review
        .targets
        .iter()
        .map(|target| words::target(target).to_vec())
        .collect();
    section(&mut text, "Targets", &targets);
    let mut quotas: Vec<Vec<String>> = review
        .quotas
        .iter()
        .map(|change| words::quota(change).to_vec())
        .collect();
    if !quotas.is_empty() {
        quotas.insert(
            0,
            ["quota", "before", "after", "limit"]
                .map(str::to_owned)
                .to_vec(),
        );
    }
    section(&mut text, "Quotas", &quotas);
    text
}

/// In bold; what goes beyond the line stands further right.
fn heading(text: &str) -> String {
    paragraph(text, 4)
        .lines()
        .enumerate()
        .map(|(number, line)| match number {
            0 => format!("{}\n", bold(line.trim_start())),
            _ => format!("    {}\n", bold(line.trim_start())),
        })
        .collect()
}

/// Which way it went. The colour says what that lets through.
fn mark(kind: Kind, reach: Reach) -> String {
    let sign = match kind {
        Kind::Added => "+",
        Kind::Widened => "▲",
        Kind::Narrowed => "▼",
        Kind::Removed => "-",
        Kind::Other => "=",
    };
    let colour = match reach {
        Reach::More => "31",
        Reach::Less => "32",
        Reach::Same => "0",
    };
    format!("\u{1b}[{colour}m{sign} {}\u{1b}[0m", kind.as_str())
}

fn findings(findings: &[Found]) -> Vec<Vec<String>> {
    findings
        .iter()
        .map(|found| vec![found.finding.code.clone(), words::finding(found)])
        .collect()
}

fn section(text: &mut String, title: &str, rows: &[Vec<String>]) {
    if rows.is_empty() {
        return;
    }
    text.push_str(&format!("\n{}\n", bold(title)));
    text.push_str(&columns(&rows[..rows.len().min(MOST_ROWS)]));
    if rows.len() > MOST_ROWS {
        text.push_str(&format!("  and {} more\n", rows.len() - MOST_ROWS));
    }
}
