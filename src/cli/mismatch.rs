//! Reports that custom templates grant something other than the plan.

use std::collections::BTreeMap;

use super::report::{Findings, Page};
use super::review::human;
use super::review::report::Report;
use super::table::paragraph;
use crate::diag::Severity;
use crate::model::Access;
use crate::plan::Plan;
use crate::readback::{Difference, ReadbackError};
use crate::reference::Reference;
use crate::render::{Custom, Syntax};
use crate::review::{self, Side};

/// How many places or templates are listed; the others are counted.
const MOST_NAMES: usize = 8;

/// How many lines of one difference are shown; the others are counted.
const MOST_LINES: usize = 60;

/// The difference in grants, its location, and the templates that may cause it.
pub(super) fn text(
    plan: &Plan,
    custom: &Custom,
    error: &ReadbackError,
    reference: &Reference,
) -> String {
    let mut page = Page::default();
    let mut block = |what: &str, body: &str, suspects: &str| {
        let head = Findings {
            severity: Severity::Error,
            code: "template-grants",
            summary: &format!("{}: {what}", plan.name),
            number: 1,
            lists: Vec::new(),
        };
        page.block(&format!("{}{body}\n{suspects}", head.human()));
    };
    match error {
        ReadbackError::Differs(differences) => {
            for one in differences {
                let what = format!(
                    "the rendered {} grants something other than the deployment",
                    one.format
                );
                let syntax = match one.format {
                    "Terraform" => Syntax::Hcl,
                    _ => Syntax::Yaml,
                };
                let body = shortened(&difference(one, reference));
                block(&what, &body, &suspects(custom, Some(syntax)));
            }
        }
        ReadbackError::NotUnderstood { place, what } => block(
            "read-back cannot tell what the rendered files grant",
            &unread(place, what),
            &suspects(custom, None),
        ),
    }
    page.block(&paragraph(
        "= help: the deployment decides what is granted; a template only lays it out. `landgrant templates eject` exports the built-in templates to compare with.",
        2,
    ));
    page.block("nothing was written\n");
    page.text
}

/// The difference as a review describes it. If a review finds none, because the two are equivalent, every differing
/// fact.
fn difference(one: &Difference, reference: &Reference) -> String {
    let places = one.places.iter().map(|place| place.as_str());
    let mut text = names("In:", places);
    text.push('\n');
    let side = |name: &str, access: &Access| Side {
        name: name.to_owned(),
        access: BTreeMap::from([(one.format.to_owned(), access.clone())]),
        ..Side::default()
    };
    let (planned, rendered) = (side("planned", &one.planned), side("rendered", &one.read));
    let mut review = review::review(&planned, &rendered, &[reference]);
    // Escalation paths are not computed, since nothing of this will be granted.
    review.findings.appeared.clear();
    review.findings.vanished.clear();
    review.escalation = false;
    if review.principals.is_empty() {
        for line in one.planned.differences(&one.read) {
            text.push_str(&paragraph(&line, 2));
        }
        return text;
    }
    let report = Report::new((&planned, &rendered), &review, reference);
    for line in human::text(&report).lines() {
        let line = format!("  {line}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The file that read-back does not understand; a parser error shows the line of the rendered file.
fn unread(place: &str, what: &str) -> String {
    if !what.contains('\n') {
        return paragraph(&format!("{place}: {what}"), 2);
    }
    let lines = what
        .lines()
        .map(|line| format!("    {line}").trim_end().to_owned() + "\n");
    format!("  {place}:\n{}", lines.collect::<String>())
}

fn shortened(text: &str) -> String {
    let lines = text.lines().count();
    if lines <= MOST_LINES {
        return text.to_owned();
    }
    let shown: Vec<&str> = text.lines().take(MOST_LINES).collect();
    format!(
        "{}\n  and {} more lines\n",
        shown.join("\n"),
        lines - MOST_LINES
    )
}

/// The custom templates that may be the cause: those of the format, or else all.
fn suspects(custom: &Custom, syntax: Option<Syntax>) -> String {
    let of_format = |name: &&str| syntax.is_none() || Syntax::from_file_name(name) == syntax;
    match custom.names().any(|name| of_format(&name)) {
        true => names("Your templates for it:", custom.names().filter(of_format)),
        false => names("Your templates:", custom.names()),
    }
}

/// Names under a heading.
fn names<'a>(title: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let mut text = format!("  {title}\n");
    for name in names.iter().take(MOST_NAMES) {
        text.push_str(&format!("    {name}\n"));
    }
    if names.len() > MOST_NAMES {
        text.push_str(&format!("    and {} more\n", names.len() - MOST_NAMES));
    }
    text
}
