//! A review for a terminal of 80 columns.

use super::super::table::{columns, paragraph};
use super::super::ui::bold;
use super::{verdict, words};
use crate::reference::Reference;
use crate::review::{Found, Kind, Reach, Review};

/// More rows than this are counted, not listed.
const MOST_ROWS: usize = 12;

pub(in crate::cli) fn text(old: &str, new: &str, review: &Review, reference: &Reference) -> String {
    let mut text = format!("{} → {}\n{}\n", bold(old), bold(new), verdict(review));
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
