//! Which accounts of a list a selector means.

use std::collections::{BTreeMap, BTreeSet};

use super::sink::Sink;
use crate::diag::{Diagnostic, Span, did_you_mean};
use crate::load::Place;
use crate::load::catalog::OneOrMany;
use crate::load::lists::ListedAccount;
use crate::load::lists::doc::SelectorDoc;
use crate::model::{AccountId, OrganizationalUnitId, matches, shown};

/// What is known of an account, from everything that was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) listed: &'a ListedAccount,
    pub(super) unit: Option<&'a OrganizationalUnitId>,
    pub(super) tags: Option<&'a BTreeMap<String, String>>,
}

impl Facts<'_> {
    /// Whether the list says nothing against it.
    pub(super) fn is_active(&self) -> bool {
        let status = self.listed.status.as_ref();
        status.is_none_or(|status| status.text.eq_ignore_ascii_case("ACTIVE"))
    }

    /// What people call it.
    pub(super) fn shown_name(&self) -> String {
        let account = &self.listed.account;
        match &self.listed.name {
            Some(name) => format!("{} ({account})", super::candidate::printable(&name.text)),
            None => account.to_string(),
        }
    }
}

/// A selector, checked.
#[derive(Debug)]
pub(super) struct Selector<'a> {
    accounts: Option<BTreeSet<&'a str>>,
    names: Option<&'a [String]>,
    units: Option<Vec<Unit<'a>>>,
    statuses: Option<&'a [String]>,
    tags: Vec<(&'a str, &'a [String])>,
    place: Place<'a>,
}

#[derive(Debug)]
enum Unit<'a> {
    Only(&'a str),
    /// The parts of a path that leads through these.
    Below(Vec<&'a str>),
}

impl<'a> Selector<'a> {
    /// Checks a selector; `place` is the mapping that holds its fields.
    pub(super) fn from_doc(
        sink: &mut Sink,
        doc: &'a SelectorDoc,
        place: Place<'a>,
    ) -> Option<Selector<'a>> {
        let fields = [
            ("account", &doc.account),
            ("name", &doc.name),
            ("unit", &doc.unit),
            ("status", &doc.status),
        ];
        let mut faulty = false;
        if fields.iter().all(|(_, values)| values.is_none()) && doc.tags.is_empty() {
            faulty = true;
            sink.push(
                Diagnostic::error("empty-selector", place.span(), "this selector is empty")
                    .why("it would select every account of the list")
                    .help("name at least one of `account`, `name`, `unit`, `status` and `tags`"),
            );
        }
        let given = fields.iter().filter_map(|(key, values)| {
            let values = values.as_ref()?;
            Some((place.key(key), values))
        });
        let tags = place.key("tags");
        let tagged = doc.tags.iter().map(|(key, values)| (tags.key(key), values));
        for (place, values) in given.chain(tagged) {
            if values.as_slice().is_empty() {
                faulty = true;
                sink.push(
                    Diagnostic::error("empty-list", place.key_span(), "no value is named")
                        .why("no account could match")
                        .help("name at least one, or delete the field"),
                );
            }
        }
        for (index, account) in slice(&doc.account).iter().enumerate() {
            let span = place.key("account").index(index).span();
            faulty |= sink
                .take("bad-account", span, AccountId::parse(account))
                .is_none();
        }
        let mut units = Vec::new();
        for (index, unit) in slice(&doc.unit).iter().enumerate() {
            let span = place.key("unit").index(index).span();
            let parts: Vec<&str> = unit.split('/').filter(|part| !part.is_empty()).collect();
            let unit_of_path = |part: &&str| part.starts_with("o-") && unit.contains('/');
            let odd = parts
                .iter()
                .find(|part| !unit_of_path(part) && OrganizationalUnitId::parse(part).is_err());
            let odd = odd.copied().or(parts.is_empty().then_some(unit.as_str()));
            if let Some(odd) = odd {
                faulty = true;
                sink.take("bad-unit", span, OrganizationalUnitId::parse(odd));
            }
            units.push(match unit.contains('/') {
                true => Unit::Below(parts),
                false => Unit::Only(unit),
            });
        }
        (!faulty).then(|| Selector {
            accounts: doc
                .account
                .as_ref()
                .map(|accounts| accounts.as_slice().iter().map(String::as_str).collect()),
            names: doc.name.as_ref().map(OneOrMany::as_slice),
            units: doc.unit.as_ref().map(|_| units),
            statuses: doc.status.as_ref().map(OneOrMany::as_slice),
            tags: doc
                .tags
                .iter()
                .map(|(key, values)| (key.as_str(), values.as_slice()))
                .collect(),
            place,
        })
    }

    /// Whether it says which status an account has.
    pub(super) fn names_status(&self) -> bool {
        self.statuses.is_some()
    }

    fn means(&self, facts: &Facts<'_>) -> bool {
        let listed = facts.listed;
        let account = |accounts: &BTreeSet<&str>| accounts.contains(listed.account.as_str());
        let name = |patterns: &[String]| {
            let name = listed.name.as_ref().map_or("", |name| name.text.as_str());
            patterns.iter().any(|pattern| matches(pattern, name))
        };
        let unit = |units: &Vec<Unit<'_>>| units.iter().any(|unit| unit.holds(facts));
        let status = |words: &[String]| {
            let status = listed.status.as_ref();
            let status = status.map_or("ACTIVE", |status| status.text.as_str());
            words.iter().any(|word| word.eq_ignore_ascii_case(status))
        };
        let tag = |(key, patterns): &(&str, &[String])| {
            let value = facts.tags.and_then(|tags| tags.get(*key));
            value.is_some_and(|value| patterns.iter().any(|pattern| matches(pattern, value)))
        };
        self.accounts.as_ref().is_none_or(account)
            && self.names.is_none_or(name)
            && self.units.as_ref().is_none_or(unit)
            && self.statuses.is_none_or(status)
            && self.tags.iter().all(tag)
    }

    /// How many texts an account is compared with.
    fn patterns(&self) -> usize {
        let names = self.names.map_or(0, <[String]>::len);
        let statuses = self.statuses.map_or(0, <[String]>::len);
        let units = self.units.as_ref().map_or(0, Vec::len);
        let tags: usize = self.tags.iter().map(|(_, patterns)| patterns.len()).sum();
        (names + statuses + units + tags).max(1)
    }

    /// What must be known of an account to tell whether it is meant.
    fn asks(&self) -> Vec<Ask> {
        let mut asks = Vec::new();
        let units = self.units.as_deref().unwrap_or_default();
        let span = self.place.key("unit").key_span();
        if units.iter().any(|unit| matches!(unit, Unit::Only(_))) {
            asks.push(Ask {
                span,
                code: "unknown-units",
                what: "the unit",
                help: "name a folder with the units under `units`; every unit with accounts, and the root, has a file in it",
                known: |facts| facts.unit.is_some(),
            });
        }
        if units.iter().any(|unit| matches!(unit, Unit::Below(_))) {
            asks.push(Ask {
                span,
                code: "unknown-units",
                what: "the way down the units",
                help: "newer releases of the AWS CLI print `Paths`; without them, name each unit, with no slash",
                known: |facts| !facts.listed.paths.is_empty(),
            });
        }
        if !self.tags.is_empty() {
            asks.push(Ask {
                span: self.place.key("tags").key_span(),
                code: "unknown-tags",
                what: "the tags",
                help: "name a folder with them under `account_tags`; every account has a file in it",
                known: |facts| facts.tags.is_some(),
            });
        }
        asks
    }
}

/// What a selector must know of an account.
struct Ask {
    /// Where it is asked.
    span: Span,
    /// The fault where it is not known.
    code: &'static str,
    what: &'static str,
    help: &'static str,
    known: fn(&Facts<'_>) -> bool,
}

impl Unit<'_> {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Unit::Only(id) => facts.unit.is_some_and(|unit| unit.as_str() == *id),
            Unit::Below(parts) => facts.listed.paths.iter().any(|path| {
                let path: Vec<&str> = path.split('/').collect();
                path.windows(parts.len()).any(|window| window == parts)
            }),
        }
    }
}

fn slice(values: &Option<OneOrMany>) -> &[String] {
    values.as_ref().map_or(&[], OneOrMany::as_slice)
}

/// Several selectors, of which those are found quickly that name an account.
#[derive(Debug)]
pub(super) struct Selectors<'a> {
    all: Vec<Selector<'a>>,
    by_account: BTreeMap<&'a str, Vec<usize>>,
    others: Vec<usize>,
    used: Vec<bool>,
}

impl<'a> Selectors<'a> {
    pub(super) fn new(all: Vec<Selector<'a>>) -> Self {
        let mut by_account: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut others = Vec::new();
        for (index, selector) in all.iter().enumerate() {
            match &selector.accounts {
                None => others.push(index),
                Some(accounts) => {
                    for account in accounts {
                        by_account.entry(account).or_default().push(index);
                    }
                }
            }
        }
        Self {
            used: vec![false; all.len()],
            all,
            by_account,
            others,
        }
    }

    /// How often they are compared with one of so many accounts.
    pub(super) fn comparisons(&self, accounts: usize) -> usize {
        let all = self.all.iter().map(|selector| {
            let named = selector.accounts.as_ref().map(BTreeSet::len);
            selector.patterns() * named.unwrap_or(accounts)
        });
        all.sum()
    }

    /// The numbers of those that mean an account, in their order.
    pub(super) fn meaning(&mut self, facts: &Facts<'_>) -> Vec<usize> {
        let named = self.by_account.get(facts.listed.account.as_str());
        let mut meaning: Vec<usize> = named
            .into_iter()
            .flatten()
            .chain(&self.others)
            .copied()
            .filter(|&index| self.all[index].means(facts))
            .collect();
        meaning.sort_unstable();
        for &index in &meaning {
            self.used[index] = true;
        }
        meaning
    }

    pub(super) fn get(&self, index: usize) -> &Selector<'a> {
        &self.all[index]
    }

    /// Refuses selectors by what is not known of the accounts: of any of them, or of all.
    pub(super) fn refuse_unknown(&mut self, sink: &mut Sink, of: &[Facts<'_>], how: Unknown) {
        // Many selectors ask for the same.
        let mut unknown_of: BTreeMap<&str, Vec<Facts<'_>>> = BTreeMap::new();
        for (selector, used) in self.all.iter().zip(&mut self.used) {
            for ask in selector.asks() {
                let unknown = unknown_of.entry(ask.what).or_insert_with(|| {
                    let unknown = of.iter().filter(|facts| !(ask.known)(facts));
                    unknown.copied().collect()
                });
                let all = unknown.len() == of.len();
                if unknown.is_empty() || (how == Unknown::OfAll && !all) {
                    continue;
                }
                // Nothing else is said of it.
                *used = true;
                let message = match all {
                    true => format!(
                        "{} of accounts cannot be determined from this list",
                        ask.what
                    ),
                    false => format!("{} of {} cannot be determined", ask.what, some(unknown)),
                };
                sink.push(
                    Diagnostic::error(ask.code, ask.span, message)
                        .why("whether this selects an account would be a guess")
                        .help(ask.help),
                );
            }
        }
    }

    /// Says which mean no account at all.
    pub(super) fn report_unused(&self, sink: &mut Sink, list: &str, accounts: &[Facts<'_>]) {
        let unused = self.all.iter().zip(&self.used).filter(|(_, used)| !**used);
        for (number, (selector, _)) in unused.enumerate() {
            let names = accounts
                .iter()
                .filter_map(|facts| facts.listed.name.as_ref());
            let near = selector
                .names
                .filter(|_| number < SUGGESTED)
                .and_then(<[String]>::first)
                .and_then(|name| did_you_mean(name, names.map(|name| name.text.as_str())));
            let help = match near {
                Some(near) => format!("did you mean {}?", shown(near)),
                None => "was it renamed or moved? correct it, or delete it".to_owned(),
            };
            sink.push(
                Diagnostic::warning(
                    "unmatched-selector",
                    selector.place.span(),
                    format!("no account of {} matches this", shown(list)),
                )
                .help(help),
            );
        }
    }
}

/// The selectors for which the nearest name of all accounts is looked for.
const SUGGESTED: usize = 100;

/// How much must be unknown so that a selector is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// Nothing is known of any account: it could take none.
    OfAll,
    /// Something is not known of an account: it could leave out, or change, too few.
    OfAny,
}

/// The first few of some accounts, and how many more there are.
pub(super) fn some(accounts: &[Facts<'_>]) -> String {
    const MOST: usize = 3;
    let names: Vec<String> = accounts.iter().take(MOST).map(Facts::shown_name).collect();
    match accounts.len().saturating_sub(MOST) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}
