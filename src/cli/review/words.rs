//! Describes the facts of a review.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::plural;
use crate::review::{
    Accepted, CatalogState, Changed, Found, Kind, Listed, QuotaChange, Review, TargetChange, parts,
};

/// How many accounts are listed; the others are counted.
const MOST_ACCOUNTS: usize = 3;

/// `role MicetroAccess in 222222222222 (dev) and 2 more accounts`.
pub(super) fn principal(changed: &Changed, names: &BTreeMap<String, String>) -> String {
    let mut text = match changed.what.as_str() {
        "" => changed.name.clone(),
        what => format!("{what} {}", changed.name),
    };
    let accounts: Vec<String> = changed
        .accounts
        .iter()
        .map(|id| account(id, names))
        .collect();
    text.push_str(&in_accounts(&accounts));
    if !changed.formats.is_empty() {
        text.push_str(&format!(" (only in {})", changed.formats.join(" and ")));
    }
    text
}

/// An account with its name, if it has one.
fn account(id: &str, names: &BTreeMap<String, String>) -> String {
    match names.get(id) {
        Some(name) => format!("{id} ({name})"),
        None => id.to_owned(),
    }
}

/// Principals in more accounts than are listed above, each with all of its accounts.
pub(super) fn many_accounts(review: &Review) -> impl Iterator<Item = [String; 2]> {
    let many = review.principals.iter();
    many.filter(|changed| changed.accounts.len() > MOST_ACCOUNTS)
        .map(|changed| {
            let accounts = changed.accounts.iter();
            let accounts: Vec<String> = accounts
                .map(|id| account(id, &review.account_names))
                .collect();
            [
                format!("{} {}", changed.what, changed.name),
                accounts.join(", "),
            ]
        })
}

/// Changes of catalogs: the product, and its version and features.
pub(super) fn catalogs(review: &Review) -> impl Iterator<Item = [String; 2]> {
    review.catalogs.iter().map(|change| {
        let sides = (&change.before, &change.after);
        let what = became(sides, |after| after.version.clone(), between);
        let product = &change.product;
        match &change.role {
            Some(role) => [format!("{product} (role {role})"), what],
            None => [product.clone(), what],
        }
    })
}

/// Changed settings of a catalog, before and after.
pub(super) fn settings(review: &Review) -> impl Iterator<Item = [String; 2]> {
    review.settings.iter().map(|change| {
        let sides = (&change.before, &change.after);
        let both = |before: &String, after: &String| format!("{before} → {after}");
        [change.name.clone(), became(sides, String::clone, both)]
    })
}

/// `new, …`, `gone`, or a comparison of both sides.
fn became<T>(
    sides: (&Option<T>, &Option<T>),
    new: impl Fn(&T) -> String,
    both: impl Fn(&T, &T) -> String,
) -> String {
    match sides {
        (Some(before), Some(after)) => both(before, after),
        (None, Some(after)) => format!("new, {}", new(after)),
        (_, None) => "gone".to_owned(),
    }
}

fn between(before: &CatalogState, after: &CatalogState) -> String {
    let mut said = Vec::new();
    if before.version != after.version {
        said.push(format!("{} → {}", before.version, after.version));
    }
    let names: BTreeSet<&String> = before
        .features
        .keys()
        .chain(after.features.keys())
        .collect();
    for name in names {
        let what = match (before.features.get(name), after.features.get(name)) {
            (None, Some(true)) => "is new",
            (None, Some(false)) => "is new, and not selected",
            (Some(_), None) => "is gone",
            (Some(false), Some(true)) => "is now selected",
            (Some(true), Some(false)) => "is no longer selected",
            _ => continue,
        };
        said.push(format!("the feature {name} {what}"));
    }
    said.join("; ")
}

/// ` in 222222222222, 333333333333`; empty if there is no account.
fn in_accounts(accounts: &[impl AsRef<str>]) -> String {
    let shown = accounts.len().min(MOST_ACCOUNTS);
    let listed: Vec<&str> = accounts[..shown].iter().map(AsRef::as_ref).collect();
    let mut text = match shown {
        0 => String::new(),
        _ => format!(" in {}", listed.join(", ")),
    };
    let more = accounts.len() - shown;
    if more > 0 {
        text.push_str(&format!(" and {}", plural(more, "more account")));
    }
    text
}

/// A finding, and its principal.
pub(super) fn finding(found: &Found) -> String {
    let mut accounts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for principal in &found.principals {
        // Only the account, if the principal is unknown.
        let (who, account) = match principal.split(':').nth(4) {
            None => (String::new(), principal.as_str()),
            Some(account) => {
                let (what, name, _) = parts(principal, None);
                (format!("{what} {name}"), account)
            }
        };
        accounts.entry(who).or_default().push(account);
    }
    let mut together: BTreeMap<Vec<&str>, Vec<String>> = BTreeMap::new();
    for (who, accounts) in accounts {
        together.entry(accounts).or_default().push(who);
    }
    let who: Vec<String> = together
        .into_iter()
        .map(|(accounts, who)| {
            // Somebody goes a way; all else is found of somebody.
            let by = match found.finding.code.as_str() {
                "escalation-path" => "by ",
                _ => "",
            };
            format!("{}{}", named(by, &who), in_accounts(&accounts))
        })
        .collect();
    match who.is_empty() {
        true => found.finding.message.clone(),
        false => format!(
            "{} ({})",
            found.finding.message,
            who.join("; ").trim_start()
        ),
    }
}

/// An accepted finding, its principal and the reason.
pub(super) fn accepted(accepted: &Accepted) -> String {
    format!(
        "{}; accepted: {}",
        finding(&accepted.found),
        accepted.reason
    )
}

/// Rules with a changed level, before and after.
pub(super) fn levels(review: &Review) -> impl Iterator<Item = [String; 2]> {
    review.levels.iter().map(|change| {
        let (before, after) = (change.before.as_str(), change.after.as_str());
        [change.rule.to_owned(), format!("{before} → {after}")]
    })
}

/// `by group a and user b`.
fn named(by: &str, who: &[String]) -> String {
    let named: Vec<&str> = who
        .iter()
        .map(String::as_str)
        .filter(|who| !who.is_empty())
        .collect();
    match named.split_last() {
        None => String::new(),
        Some((only, [])) => format!("{by}{only}"),
        Some((last, others)) => format!("{by}{} and {last}", others.join(", ")),
    }
}

/// Formats that were added or removed.
pub(super) fn formats(review: &Review) -> impl Iterator<Item = [String; 2]> {
    let row = |what: &'static str| move |format: &String| [format.clone(), what.to_owned()];
    let gone = review.formats.vanished.iter().map(row("gone"));
    review.formats.appeared.iter().map(row("new")).chain(gone)
}

/// The description of a principal's own changes.
pub(super) fn state(changed: &Changed) -> Option<String> {
    match (changed.kind, &changed.like) {
        (Kind::Added, Some(like)) => Some(format!("new, the same as {like}")),
        (Kind::Added, None) => Some("new".to_owned()),
        (Kind::Removed, _) => Some("gone".to_owned()),
        _ => None,
    }
}

/// `dns, recommended`.
pub(super) fn listed(places: &BTreeSet<Listed>) -> String {
    let places: Vec<String> = places
        .iter()
        .map(|place| format!("{}, {}", place.feature, place.level))
        .collect();
    places.join("; ")
}

/// A quota: name, before, after, limit.
pub(super) fn quota(change: &QuotaChange) -> [String; 4] {
    let used = |used: Option<usize>| used.map_or("–".to_owned(), |used| used.to_string());
    [
        change.what.clone(),
        used(change.before),
        used(change.after),
        format!("{} {}", change.limit, change.unit),
    ]
}

/// A role and its change.
pub(super) fn target(target: &TargetChange) -> [String; 2] {
    let groups = |groups: &BTreeSet<String>| {
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        match groups.as_slice() {
            [] => "no group".to_owned(),
            groups => groups.join(", "),
        }
    };
    let new = |after: &_| format!("assumed through {}", groups(after));
    let both = |before: &_, after: &_| format!("{} instead of {}", new(after), groups(before));
    let what = became((&target.before, &target.after), new, both);
    [target.role.clone(), what]
}
