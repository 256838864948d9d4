//! Prints a review as a comment on a pull request: the verdict and what grants more, with the rest collapsed.

use std::cmp::Reverse;

use super::super::markdown::{MOST_ROWS, cell, code, details, table};
use super::super::ui;
use super::edits::{Excerpt, Group};
use super::report::{Principal, Report};
use crate::diag::plural;
use crate::review::{Kind, Reach};

/// The columns of the table of changes.
const PRINCIPALS: &[&str] = &["who", "change", "access", "what", "on"];

/// How many places are listed per row; the others are counted. The targets are listed below.
const MOST_PLACES: usize = 6;

/// The maximum number of characters of hand edits; a comment on GitHub is limited to 65,536.
const MOST_TEXT: usize = 24_000;

/// How many actions are listed per row; the others are counted.
const MOST_ACTIONS: usize = 12;

pub(super) fn text(mut report: Report<'_>) -> String {
    let mut text = format!(
        "### Permissions: {} → {}\n\n**{}.**\n",
        code(report.old),
        code(report.new),
        report.verdict
    );
    if let Some(said) = &report.uncompared {
        text.push_str(&format!("\n{}.\n", cell(said)));
    }
    for (title, groups) in &report.files {
        text.push_str(&files(title, groups));
    }
    if !report.settings.rows.is_empty() {
        text.push_str(&format!("\n{}", report.settings.markdown()));
    }
    if let Some(said) = &report.beside_unknown {
        text.push_str(&format!("\n**{said}.**\n"));
    }
    // The most important rows come first, since the last ones may be cut.
    report
        .principals
        .sort_by_key(|principal| Reverse(principal.weight));
    let is_more = |principal: &Principal<'_>| principal.weight > 0;
    let (more, rest) = report
        .principals
        .split_at(report.principals.partition_point(is_more));
    let rows = principals(more);
    let (shown, further) = rows.split_at(rows.len().min(MOST_ROWS));
    if !shown.is_empty() {
        text.push_str(&format!("\n{}", table(PRINCIPALS, shown)));
    }
    let rows = table(PRINCIPALS, further);
    details(&mut text, "Further rows", further.len(), &rows);
    let sections = report.sections.iter();
    let (pressing, others): (Vec<_>, Vec<_>) = sections.partition(|section| section.is_pressing);
    for section in pressing {
        section.details(&mut text);
    }
    let rows = table(PRINCIPALS, &principals(rest));
    details(&mut text, "Grants nothing more", rest.len(), &rows);
    for section in others {
        section.details(&mut text);
    }
    text
}

/// Files with their edits, not collapsed; equal edits are shown once. Edits that do not fit into a comment are counted.
fn files(title: &str, groups: &[Group]) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let mut text = format!("\n#### {title}\n");
    let mut room = MOST_TEXT;
    let mut left_out = 0;
    for (number, group) in groups.iter().enumerate() {
        let paths: Vec<String> = group.paths.iter().map(|path| code(path)).collect();
        let (paths, says) = (paths.join(", "), cell(&group.says));
        let head = format!("\n{paths}{} {says}\n", group.behind);
        if head.len() > room {
            left_out += group.number;
            continue;
        }
        room -= head.len();
        text.push_str(&head);
        // Each file leaves room for the following ones.
        let (lines, used) = fenced(&group.diff, room / (groups.len() - number));
        room -= used;
        text.push_str(&lines);
    }
    if left_out > 0 {
        text.push_str(&format!(
            "\n**And {} more, which the command without `--format markdown` prints.**\n",
            plural(left_out, "file")
        ));
    }
    text
}

/// Lines of a diff as a code block of limited size. Nothing in the lines can end the block.
fn fenced(lines: &[String], room: usize) -> (String, usize) {
    let shown = Excerpt::new(lines, room, |line| format!("{}\n", ui::visible(line)));
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

/// A row per change. What grants more comes before everything else, whoever it is granted to.
fn principals(principals: &[Principal<'_>]) -> Vec<Vec<String>> {
    let (mut more, mut others) = (Vec::new(), Vec::new());
    for principal in principals {
        let who = code(&principal.who);
        let mut row = |is_more: bool, change: String, level: &str, what: String, on: String| {
            let rows = if is_more { &mut more } else { &mut others };
            rows.push(vec![who.clone(), change, cell(level), what, on]);
        };
        if let Some(state) = &principal.state {
            let is_more = principal.weight > 0;
            row(is_more, cell(state), "", String::new(), String::new());
        }
        for fact in principal.facts {
            let (change, what) = (mark(fact.kind, fact.reach), cell(&fact.text));
            row(fact.reach == Reach::More, change, "", what, String::new());
        }
        for one in &principal.grants {
            let (actions, on) = (some(&one.actions, MOST_ACTIONS), some(&one.on, MOST_PLACES));
            let change = mark(one.kind, one.reach);
            row(one.reach == Reach::More, change, &one.level, actions, on);
        }
    }
    more.append(&mut others);
    more
}

/// The first items as code, and the number of the others.
fn some(texts: &[String], most: usize) -> String {
    let shown = texts.len().min(most);
    let mut said: Vec<String> = texts[..shown].iter().map(|text| code(text)).collect();
    if texts.len() > shown {
        said.push(format!("and {} more", texts.len() - shown));
    }
    said.join(" ")
}

/// Bold if it grants more.
fn mark(kind: Kind, reach: Reach) -> String {
    match reach {
        Reach::More => format!("**{}**", kind.as_str()),
        Reach::Same | Reach::Less => kind.as_str().to_owned(),
    }
}
