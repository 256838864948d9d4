//! A review for a program: everything, nothing counted together.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::super::catalog;
use super::edits;
use crate::review::{
    Accepted, CatalogChange, Changed, Fact, Found, GrantChange, Kind, LevelChange, Move, On,
    QuotaChange, Review, SettingChange, Side, TargetChange,
};

/// The format of the document; it changes when a field changes its meaning.
const SCHEMA: &str = "landgrant/review/v1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    old: &'a str,
    new: &'a str,
    edits: Vec<Edit<'a>>,
    uncompared: &'a Option<String>,
    beside_plan: Vec<Beside<'a>>,
    more: bool,
    less: bool,
    escalation: bool,
    principals: Vec<Principal<'a>>,
    account_names: &'a BTreeMap<String, String>,
    catalogs: &'a [CatalogChange],
    moves: &'a [Move],
    settings: &'a [SettingChange],
    formats: CameAndWent<&'a BTreeSet<String>>,
    findings: Findings<'a>,
    levels: &'a [LevelChange],
    targets: &'a [TargetChange],
    quotas: &'a [QuotaChange],
}

#[derive(Serialize)]
struct Edit<'a> {
    path: String,
    on: On,
    what: &'a str,
    as_other_side: bool,
    diff: Vec<String>,
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

#[derive(Serialize)]
struct CameAndWent<T> {
    appeared: T,
    vanished: T,
}

#[derive(Serialize)]
struct Findings<'a> {
    #[serde(flatten)]
    open: CameAndWent<&'a [Found]>,
    accepted: &'a [Accepted],
}

pub(super) fn text(sides: (&Side, &Side), review: &Review) -> serde_json::Result<String> {
    let (old, new) = sides;
    catalog::json(&Document {
        schema: SCHEMA,
        old: &old.name,
        new: &new.name,
        edits: edits_of(sides, review),
        uncompared: &review.uncompared,
        beside_plan: beside_plan(new, review),
        more: review.is_more(),
        less: review.is_less(),
        escalation: review.escalation,
        principals: review.principals.iter().map(principal).collect(),
        account_names: &review.account_names,
        catalogs: &review.catalogs,
        moves: &review.moves,
        settings: &review.settings,
        formats: CameAndWent {
            appeared: &review.formats_come,
            vanished: &review.formats_gone,
        },
        findings: Findings {
            open: CameAndWent {
                appeared: &review.appeared,
                vanished: &review.vanished,
            },
            accepted: &review.accepted,
        },
        levels: &review.levels,
        targets: &review.targets,
        quotas: &review.quotas,
    })
}

fn edits_of<'a>((old, new): (&Side, &Side), review: &'a Review) -> Vec<Edit<'a>> {
    let edits = review.edits.iter().map(|told| Edit {
        path: match told.on {
            On::Old => edits::path(old, &told.edit.path),
            On::New | On::Both => edits::path(new, &told.edit.path),
        },
        on: told.on,
        what: &told.edit.what,
        as_other_side: told.is_of_other_side,
        diff: edits::diff(told),
    });
    edits.collect()
}

fn beside_plan<'a>(new: &Side, review: &'a Review) -> Vec<Beside<'a>> {
    let changes = review.accepted_files.iter().map(|change| Beside {
        path: edits::path(new, &change.path),
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
