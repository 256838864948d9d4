//! Prints a review to a terminal of 80 columns.

use super::super::report::Page;
use super::super::table::paragraph;
use super::super::ui::{self, bold};
use super::edits::{Excerpt, Group};
use super::report::{Principal, Report};
use crate::review::{Kind, Reach};

pub(in crate::cli) fn text(report: &Report<'_>) -> String {
    let mut page = Page::default();
    let sides = format!("{} → {}\n", bold(report.old), bold(report.new));
    page.block(&(sides + &paragraph(&report.verdict, 0)));
    if let Some(said) = &report.uncompared {
        page.block(&paragraph(said, 0));
    }
    for (title, groups) in &report.files {
        page.section(title, &files(groups));
    }
    page.section(report.settings.title, &report.settings.human());
    if let Some(said) = &report.beside_unknown {
        page.block(&format!("{said}\n"));
    }
    for one in &report.principals {
        page.block(&principal(one));
    }
    for section in &report.sections {
        page.section(section.title, &section.human());
    }
    page.text
}

/// Files with their edits; equal edits are shown once.
fn files(groups: &[Group]) -> String {
    let mut text = String::new();
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
    let mut text = heading(&principal.who);
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

/// A bold heading; continuation lines are indented.
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

/// The direction of a change, coloured by whether it grants more.
fn mark(kind: Kind, reach: Reach) -> String {
    let colour = match reach {
        Reach::More => "31",
        Reach::Less => "32",
        Reach::Same => "0",
    };
    format!("\u{1b}[{colour}m{} {}\u{1b}[0m", kind.sign(), kind.as_str())
}
