//! Prints a review as JSON, with every change listed separately.

use serde::Serialize;

use super::super::report;
use super::edits;
use crate::review::{Changed, Fact, GrantChange, Kind, Review, Side, Told};

/// The version of the format, which changes if the meaning of a field changes.
const SCHEMA: &str = "landgrant/review/v1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    old: &'a str,
    new: &'a str,
    edits: &'a [Told],
    uncompared: &'a Option<String>,
    beside_plan: Vec<Beside<'a>>,
    more: bool,
    less: bool,
    escalation: bool,
    principals: Vec<Principal<'a>>,
    /// Fields that are serialized as they are.
    #[serde(flatten)]
    review: &'a Review,
}

#[derive(Serialize)]
struct Beside<'a> {
    path: String,
    before: Option<&'a str>,
    after: Option<&'a str>,
    diff: Vec<String>,
    by_template: bool,
    more: bool,
}

#[derive(Serialize)]
struct Principal<'a> {
    change: &'static str,
    kind: &'a str,
    name: &'a str,
    accounts: &'a [String],
    formats: &'a [String],
    same_as: &'a Option<String>,
    more: bool,
    less: bool,
    grants: &'a [GrantChange],
    other: &'a [Fact],
}

pub(super) fn text((old, new): (&Side, &Side), review: &Review) -> serde_json::Result<String> {
    report::json(&Document {
        schema: SCHEMA,
        old: &old.name,
        new: &new.name,
        edits: &review.edits,
        uncompared: &review.uncompared,
        beside_plan: beside_plan(new, review),
        more: review.is_more(),
        less: review.is_less(),
        escalation: review.escalation,
        principals: review.principals.iter().map(principal).collect(),
        review,
    })
}

fn beside_plan<'a>(new: &Side, review: &'a Review) -> Vec<Beside<'a>> {
    let changes = review.accepted_files.iter().map(|change| Beside {
        path: new.called(&change.path),
        before: change.before.as_ref().map(|file| file.text.as_str()),
        after: change.after.as_ref().map(|file| file.text.as_str()),
        diff: edits::accepted_diff(change),
        by_template: change.is_rendered,
        more: change.is_more,
    });
    changes.collect()
}

fn principal(changed: &Changed) -> Principal<'_> {
    Principal {
        change: match changed.kind {
            Kind::Other => "changed",
            kind => kind.as_str(),
        },
        kind: &changed.what,
        name: &changed.name,
        accounts: &changed.accounts,
        formats: &changed.formats,
        same_as: &changed.like,
        more: changed.is_more(),
        less: changed.is_less(),
        grants: &changed.grants,
        other: &changed.facts,
    }
}
