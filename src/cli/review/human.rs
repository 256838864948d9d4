//! A review for a terminal of 80 columns.

use super::super::table::{columns, paragraph};
use super::super::ui::{self, bold};
use super::edits::{Excerpt, Group};
use super::report::{Cell, Principal, Report, Section};
use crate::review::{Kind, Reach};

/// More rows than this are counted, not listed.
const MOST_ROWS: usize = 12;

pub(in crate::cli) fn text(report: &Report<'_>) -> String {
    let mut text = format!("{} → {}\n", bold(report.old), bold(report.new));
    text.push_str(&paragraph(&report.verdict, 0));
    if let Some(said) = &report.uncompared {
        text.push_str(&format!("\n{}", paragraph(said, 0)));
    }
    for (title, groups) in &report.files {
        text.push_str(&files(title, groups));
    }
    text.push_str(&section(&report.settings));
    if let Some(said) = &report.beside_unknown {
        text.push_str(&format!("\n{said}\n"));
    }
    text.extend(report.principals.iter().map(principal));
    text.extend(report.sections.iter().map(section));
    text
}

/// Files with their edits, each edit once.
fn files(title: &str, groups: &[Group]) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", bold(title));
    for group in groups {
        if let Some((last, others)) = group.paths.split_last() {
            text.extend(others.iter().map(|path| paragraph(&format!("{path},"), 2)));
            let said = format!("{last}{} {}", group.behind, group.says);
            text.push_str(&paragraph(&said, 2));
        }
        let shown = Excerpt::new(&group.diff, usize::MAX, |line| {
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
    text
}

fn principal(principal: &Principal<'_>) -> String {
    let mut text = format!("\n{}", heading(&principal.who));
    if let Some(state) = &principal.state {
        text.push_str(&paragraph(state, 2));
    }
    for row in &principal.grants {
        text.push_str(&format!("  {} {}\n", mark(row.kind, row.reach), row.level));
        text.push_str(&paragraph(&row.actions.join(", "), 6));
        for (number, on) in row.on.iter().enumerate() {
            let before = if number == 0 { "on" } else { "and" };
            text.push_str(&paragraph(&format!("{before} {on}"), 6));
        }
    }
    for fact in principal.facts {
        text.push_str(&format!("  {}\n", mark(fact.kind, fact.reach)));
        text.push_str(&paragraph(&fact.text, 6));
    }
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
    let colour = match reach {
        Reach::More => "31",
        Reach::Less => "32",
        Reach::Same => "0",
    };
    format!("\u{1b}[{colour}m{} {}\u{1b}[0m", kind.sign(), kind.as_str())
}

/// A section; its head only where there is more than a name and what is said of it.
fn section(section: &Section) -> String {
    let Some(first) = section.rows.first() else {
        return String::new();
    };
    let head = (first.len() > 2).then(|| section.head.iter().map(|name| name.to_string()));
    let rows = section
        .rows
        .iter()
        .map(|row| row.iter().map(cell).collect());
    let rows: Vec<Vec<String>> = head
        .map(Iterator::collect)
        .into_iter()
        .chain(rows)
        .collect();
    let shown = rows.len().min(MOST_ROWS);
    let mut text = format!("\n{}\n{}", bold(section.title), columns(&rows[..shown]));
    if rows.len() > shown {
        text.push_str(&format!("  and {} more\n", rows.len() - shown));
    }
    text
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Words(text) | Cell::Code(text) => text.clone(),
        Cell::Change(before, after) => format!("{before} → {after}"),
    }
}
