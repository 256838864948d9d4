//! What to say where templates of the user's own grant something else than the plan.

use std::collections::BTreeMap;

use super::review::human;
use super::table::paragraph;
use super::ui::bold;
use crate::model::Access;
use crate::plan::Plan;
use crate::readback::{Difference, ReadbackError};
use crate::reference::Reference;
use crate::render::Custom;
use crate::review::{self, Side};

/// More places or templates than this are counted, not listed.
const MOST_NAMES: usize = 8;

/// The difference in grants, where it is, and whose it may be.
pub(super) fn text(
    plan: &Plan,
    custom: &Custom,
    error: &ReadbackError,
    reference: &Reference,
) -> String {
    let mut text = String::new();
    match error {
        ReadbackError::Differs(differences) => {
            for one in differences {
                text.push_str(&headline(&format!(
                    "{}: the rendered {} grants something else than the deployment",
                    plan.name, one.format
                )));
                text.push_str(&difference(one, reference));
                text.push('\n');
            }
        }
        ReadbackError::NotUnderstood { place, what } => {
            text.push_str(&headline(&format!(
                "{}: nobody can tell what the rendered files grant",
                plan.name
            )));
            text.push_str(&paragraph(&format!("{place}: {what}"), 2));
            text.push('\n');
        }
    }
    text.push_str(&names("These templates are yours:", custom.names()));
    text.push_str(&paragraph(
        "= help: what is granted is the deployment's to say, and a template lays it out. docs/templates.md has what one may change.",
        2,
    ));
    text.push_str("\nnothing was written\n");
    text
}

fn headline(what: &str) -> String {
    format!(
        "\u{1b}[1;31merror[template-grants]\u{1b}[0m {}\n",
        bold(what)
    )
}

/// In the words of a review; where that finds nothing, since one way of writing it is as good, fact by fact.
fn difference(one: &Difference, reference: &Reference) -> String {
    let places = one.places.iter().map(|place| place.as_str());
    let mut text = names("In:", places);
    let side = |name: &str, access: &Access| Side {
        name: name.to_owned(),
        access: BTreeMap::from([(one.format.to_owned(), access.clone())]),
        ..Side::default()
    };
    let (planned, rendered) = (side("planned", &one.planned), side("rendered", &one.read));
    let review = review::review(&planned, &rendered, reference);
    if review.principals.is_empty() {
        for line in one.planned.differences(&one.read) {
            text.push_str(&paragraph(&line, 2));
        }
        return text;
    }
    text.push('\n');
    for line in human::text(&planned.name, &rendered.name, &review, reference).lines() {
        let line = format!("  {line}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

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
