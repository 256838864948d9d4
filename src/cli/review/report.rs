//! The content of a review for people: what it says, in which words and order. The printers only do the layout.

use super::super::report::{Cell, Section};
use super::edits::{self, Group};
use super::rows::{Row, rows};
use super::{verdict, words};
use crate::reference::Reference;
use crate::review::{Changed, Fact, Found, Reach, Review, Side};

pub(in crate::cli) struct Report<'a> {
    /// The sides, as named by the user.
    pub(super) old: &'a str,
    pub(super) new: &'a str,
    /// Whether the change grants more.
    pub(super) verdict: String,
    /// What was not compared with the plan, and what to do about it.
    pub(super) uncompared: Option<String>,
    /// Files that are in no plan, with a heading.
    pub(super) files: [(&'static str, Vec<Group>); 2],
    pub(super) settings: Section,
    /// The part of the verdict that is known, if another part is unknown.
    pub(super) beside_unknown: Option<String>,
    pub(super) principals: Vec<Principal<'a>>,
    /// The sections, including empty ones, which are not printed.
    pub(super) sections: Vec<Section>,
}

/// A changed principal.
pub(super) struct Principal<'a> {
    pub(super) who: String,
    /// Changes of the principal itself.
    pub(super) state: Option<String>,
    /// How much more is granted; 0 if nothing.
    pub(super) weight: u8,
    pub(super) grants: Vec<Row>,
    pub(super) facts: &'a [Fact],
}

impl<'a> Report<'a> {
    /// Builds the report from a review of two sides.
    pub(in crate::cli) fn new(
        sides: (&'a Side, &'a Side),
        review: &'a Review,
        reference: &Reference,
    ) -> Self {
        Self {
            old: &sides.0.name,
            new: &sides.1.name,
            verdict: verdict::verdict(review),
            uncompared: verdict::uncompared(review),
            files: [
                (
                    "Edited by hand or not rendered",
                    edits::edits(sides, review),
                ),
                ("Beside what is planned", edits::accepted(sides, review)),
            ],
            settings: Section::new(
                "Settings",
                &["setting", ""],
                words::settings(review).map(in_words),
            ),
            beside_unknown: verdict::beside_unknown(review),
            principals: review
                .principals
                .iter()
                .map(|changed| principal(changed, review, reference))
                .collect(),
            sections: sections(review),
        }
    }
}

fn principal<'a>(changed: &'a Changed, review: &Review, reference: &Reference) -> Principal<'a> {
    // A principal that equals an existing one needs no second review.
    let (grants, facts) = match &changed.like {
        Some(_) => (Vec::new(), &[] as &[Fact]),
        None => (rows(&changed.grants, reference), changed.facts.as_slice()),
    };
    Principal {
        who: words::principal(changed, &review.account_names),
        state: words::state(changed),
        weight: weight(changed),
        grants,
        facts,
    }
}

/// The weight of what is granted in addition: first whoever is let in newly; then other trust, and membership; then the most
/// far-reaching action, where unknown actions come first.
fn weight(changed: &Changed) -> u8 {
    let more = changed
        .facts
        .iter()
        .filter(|fact| fact.reach == Reach::More);
    if let Some(lets_in) = more.map(|fact| fact.lets_in).max() {
        return u8::MAX - u8::from(!lets_in);
    }
    let more = changed
        .grants
        .iter()
        .filter(|change| change.reach == Reach::More);
    let weights = more.map(|change| change.level.map_or(u8::MAX - 2, |level| level.reach() + 1));
    weights.max().unwrap_or_default()
}

fn sections(review: &Review) -> Vec<Section> {
    let accounts = words::many_accounts(review).map(in_words);
    let catalogs = words::catalogs(review).map(in_words);
    let moves = review.moves.iter().map(|moved| {
        let (before, after) = (words::listed(&moved.before), words::listed(&moved.after));
        vec![
            Cell::Code(moved.action.clone()),
            Cell::Change(before, after),
        ]
    });
    let formats = words::formats(review).map(in_words);
    let finding = |found: &Found| named([found.finding.code.clone(), words::finding(found)]);
    let appeared = review.findings.appeared.iter().map(finding);
    let vanished = review.findings.vanished.iter().map(finding);
    let accepted = review.findings.accepted.iter().map(|one| {
        let code = one.found.finding.code.clone();
        named([code, words::accepted(one)])
    });
    let levels = words::levels(review).map(named);
    let targets = review.targets.iter().map(words::target).map(named);
    let quotas = review.quotas.iter().map(words::quota).map(in_words);
    let quota = &["quota", "before", "after", "limit"];
    vec![
        Section::new("Accounts", &["who", "accounts"], accounts),
        Section::new("Catalogs", &["product", ""], catalogs),
        Section::new(
            "Moved in the catalog",
            &["action", "before", "after"],
            moves,
        ),
        Section::new("Formats", &["format", ""], formats),
        Section::new("New findings", &["rule", "finding"], appeared).pressing(),
        Section::new("Resolved findings", &["rule", "finding"], vanished),
        Section::new("Newly accepted findings", &["rule", "finding"], accepted).pressing(),
        Section::new("Rule levels", &["rule", ""], levels).pressing(),
        Section::new("Targets", &["role", ""], targets),
        Section::new("Quotas", quota, quotas),
    ]
}

fn in_words<const N: usize>(row: [String; N]) -> Vec<Cell> {
    row.map(Cell::Words).into()
}

/// A name and its description.
fn named([name, what]: [String; 2]) -> Vec<Cell> {
    vec![Cell::Code(name), Cell::Words(what)]
}
