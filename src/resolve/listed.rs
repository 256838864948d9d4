//! Which accounts of a list become targets, and what they have different.
//!
//! 1. What the folders tell is joined to the accounts.
//! 2. `select` takes accounts, `exclude` leaves some of these out. Those that are not active are left out with a note,
//!    and so is the hub.
//! 3. `rules` puts together what they have different.

use std::collections::{BTreeMap, BTreeSet};

use super::ExcludedAccounts;
use super::candidate::Candidate;
use super::candidate::Common;
use super::candidate::printable;
use super::reason::needs_reason;
use super::rules::Rules;
use super::selector::{Facts, Selector, Selectors, Unknown, some};
use super::sink::Sink;
use crate::diag::{Diagnostic, Span};
use crate::limits;
use crate::load::Place;
use crate::load::lists::AccountList;
use crate::load::lists::doc::{AccountListDoc, SelectorDoc};
use crate::model::{AccountId, OrganizationalUnitId};

/// What becomes of the accounts of a list.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) candidates: Vec<Candidate>,
    pub(super) excluded: Vec<ExcludedAccounts>,
    /// Whether a selector has a fault, so that it is not known which accounts are meant.
    pub(super) unknown: bool,
}

/// The targets that a list gives.
pub(super) fn taken(
    sink: &mut Sink,
    common: &Common<'_>,
    doc: &AccountListDoc,
    list: &AccountList,
    place: Place<'_>,
) -> Taken {
    let tags = tags(list);
    let units = units(sink, list);
    let accounts: Vec<Facts<'_>> = list
        .accounts
        .iter()
        .map(|listed| Facts {
            listed,
            unit: units.get(&listed.account).map(|(unit, _)| *unit),
            tags: tags.get(&listed.account).copied(),
        })
        .collect();
    let exclusions: Vec<SelectorDoc> = doc.exclude.iter().map(|one| one.selector()).collect();
    let select = selectors(sink, doc.select.iter(), place.key("select"));
    let exclude = selectors(sink, exclusions.iter(), place.key("exclude"));
    for (index, exclusion) in doc.exclude.iter().enumerate() {
        let span = place.key("exclude").index(index).key("reason").span();
        needs_reason(
            sink,
            &exclusion.reason,
            span,
            "whoever looks for the account will look here",
            "say in a sentence why it is left out",
        );
    }
    let mut rules = Rules::from_doc(sink, common, doc, place);
    let (Some(mut select), Some(mut exclude), false) = (select, exclude, rules.faulty) else {
        return Taken {
            unknown: true,
            ..Taken::default()
        };
    };
    let all = [&select, &exclude, &rules.selectors];
    let comparisons: usize = all.iter().map(|all| all.comparisons(accounts.len())).sum();
    if comparisons > limits::COMPARISONS {
        too_many(sink, place, comparisons);
        return Taken {
            unknown: true,
            ..Taken::default()
        };
    }
    let chosen = choose(sink, common, doc, &mut select, &mut exclude, &accounts);
    let candidates: Vec<Candidate> = chosen
        .taken
        .iter()
        .map(|facts| rules.candidate(sink, common, facts))
        .collect();
    select.refuse_unknown(sink, &accounts, Unknown::OfAll);
    exclude.refuse_unknown(sink, &chosen.taken, Unknown::OfAny);
    rules
        .selectors
        .refuse_unknown(sink, &chosen.taken, Unknown::OfAny);
    select.report_unused(sink, &list.path, &accounts);
    exclude.report_unused(sink, &list.path, &accounts);
    if candidates.is_empty() {
        if doc.select.is_empty() {
            nothing_taken(sink, place);
        }
    } else {
        rules
            .selectors
            .report_unused(sink, &list.path, &chosen.taken);
    }
    Taken {
        candidates,
        excluded: chosen.excluded,
        unknown: false,
    }
}

fn too_many(sink: &mut Sink, place: Place<'_>, comparisons: usize) {
    let message = format!(
        "the selectors of this list are compared with its accounts {comparisons} times, and at most {} are allowed",
        limits::COMPARISONS
    );
    sink.push(
        Diagnostic::error("too-many-items", place.key("file").span(), message)
            .why("each name, unit and tag of a selector is compared with every account, unless the selector names accounts")
            .help("select by fewer names with wildcards, by a unit or by a tag; or add `account`"),
    );
}

fn nothing_taken(sink: &mut Sink, place: Place<'_>) {
    sink.push(
        Diagnostic::warning(
            "empty-account-list",
            place.key("file").span(),
            "no account of this list becomes a target",
        )
        .why("roles that the last render made for it are not rendered any more")
        .help("check that the file is the right one, and complete"),
    );
}

/// The tags of each account: those of the folder, or else those of the list.
fn tags(list: &AccountList) -> BTreeMap<&AccountId, &BTreeMap<String, String>> {
    let own = list
        .accounts
        .iter()
        .filter_map(|listed| Some((&listed.account, listed.tags.as_ref()?)));
    let folder = list.account_tags.iter().flat_map(|folder| &folder.tags);
    own.chain(folder).collect()
}

/// The unit of each account, with the place that says so.
fn units<'a>(
    sink: &mut Sink,
    list: &'a AccountList,
) -> BTreeMap<&'a AccountId, (&'a OrganizationalUnitId, Span)> {
    let own = list.accounts.iter().filter_map(|listed| {
        let (unit, span) = listed.unit.as_ref()?;
        Some((&listed.account, (unit, *span)))
    });
    let mut units: BTreeMap<&AccountId, (&OrganizationalUnitId, Span)> = own.collect();
    let Some(folder) = &list.units else {
        return units;
    };
    let listed: BTreeSet<&AccountId> = list.accounts.iter().map(|one| &one.account).collect();
    let mut strangers = Vec::new();
    for (account, span, unit) in &folder.members {
        if !listed.contains(account) {
            strangers.push((account, *span));
        }
        match units.get(account) {
            Some((first, first_span)) if *first != unit => sink.push(
                Diagnostic::error(
                    "conflicting-units",
                    *span,
                    format!("account {account} is in {unit} here"),
                )
                .related(*first_span, format!("in {first} here"))
                .why("an account is in one unit; what was saved before it moved is out of date")
                .help("save the list and the files of all units again, at one time"),
            ),
            _ => drop(units.insert(account, (unit, *span))),
        }
    }
    if let Some((account, span)) = strangers.first() {
        let message = match strangers.len() {
            1 => format!("account {account} is not in {}", list.path),
            many => format!(
                "{many} accounts of {} are not in {}, the first is {account}",
                folder.path, list.path
            ),
        };
        sink.push(
            Diagnostic::warning("unlisted-account", *span, message)
                .why("one of the two was saved before the other, and no role is made in an account that is not in the list")
                .help("save the list and the files of all units again, at one time"),
        );
    }
    units
}

/// The selectors of a field; nothing, where one has a fault.
fn selectors<'a>(
    sink: &mut Sink,
    docs: impl Iterator<Item = &'a SelectorDoc>,
    place: Place<'a>,
) -> Option<Selectors<'a>> {
    let all: Vec<Option<Selector<'a>>> = docs
        .enumerate()
        .map(|(index, doc)| Selector::from_doc(sink, doc, place.index(index)))
        .collect();
    let all: Option<Vec<Selector<'a>>> = all.into_iter().collect();
    all.map(Selectors::new)
}

#[derive(Default)]
struct Chosen<'a> {
    taken: Vec<Facts<'a>>,
    excluded: Vec<ExcludedAccounts>,
}

/// Which accounts become targets.
fn choose<'a>(
    sink: &mut Sink,
    common: &Common<'_>,
    doc: &AccountListDoc,
    select: &mut Selectors<'_>,
    exclude: &mut Selectors<'_>,
    accounts: &[Facts<'a>],
) -> Chosen<'a> {
    let hub = common.doc.hub.as_ref().map(|hub| hub.account.as_str());
    let mut taken = Vec::new();
    let mut inactive = Vec::new();
    let mut excluded: Vec<Vec<String>> = vec![Vec::new(); doc.exclude.len()];
    for facts in accounts {
        let selected_by = select.meaning(facts);
        let excluded_by = exclude.meaning(facts);
        if !doc.select.is_empty() && selected_by.is_empty() {
            continue;
        }
        for &number in &excluded_by {
            excluded[number].push(facts.shown_name());
        }
        if !excluded_by.is_empty() {
            continue;
        }
        let mut selected_by = selected_by.into_iter();
        if hub == Some(facts.listed.account.as_str()) {
            leave_hub_out(sink, facts.listed.span);
        } else if facts.is_active() || selected_by.any(|one| select.get(one).names_status()) {
            taken.push(*facts);
        } else {
            inactive.push(*facts);
        }
    }
    leave_inactive_out(sink, &inactive);
    let reasons = doc.exclude.iter().map(|one| one.reason.clone());
    let excluded = reasons
        .zip(excluded)
        .map(|(reason, accounts)| ExcludedAccounts { reason, accounts })
        .filter(|excluded| !excluded.accounts.is_empty());
    Chosen {
        taken,
        excluded: excluded.collect(),
    }
}

fn leave_hub_out(sink: &mut Sink, span: Span) {
    sink.push(
        Diagnostic::note(
            "hub-in-list",
            span,
            "the hub account is in this list and is left out",
        )
        .why("the product works in its own account as the user; it assumes no role there")
        .help("exclude it with a reason to silence this note"),
    );
}

fn leave_inactive_out(sink: &mut Sink, inactive: &[Facts<'_>]) {
    let Some(first) = inactive.first() else {
        return;
    };
    let status = first.listed.status.as_ref();
    let (span, status) = status.map_or((first.listed.span, ""), |status| {
        (status.span, status.text.as_str())
    });
    let message = match inactive {
        [one] => format!(
            "account {} is {} and is left out",
            one.shown_name(),
            printable(status)
        ),
        many => format!(
            "{} accounts are not active and are left out: {}",
            many.len(),
            some(many)
        ),
    };
    sink.push(
        Diagnostic::note("inactive-account", span, message)
            .help("to take accounts of another status too, name it in `select`"),
    );
}
