//! Two sets of grants or trusts held against each other: what is new, gone, wider or narrower.
//!
//! 1. Both are brought into one form: actions and condition keys in one spelling, since AWS does not care for case, and
//!    terms that differ in the values of one condition as one term with all values.
//! 2. What only one side has is compared with the whole of the other.

use std::collections::{BTreeMap, BTreeSet};

use super::Kind;
use crate::model::{ConditionMap, Effect, Term, Terms, values_are_alternatives};

/// A difference between two sets.
pub(super) struct Difference<T> {
    pub(super) kind: Kind,
    /// What was there; empty for what is new.
    pub(super) before: Vec<T>,
    /// What is there; empty for what is gone.
    pub(super) after: Vec<T>,
}

impl<T: Term> Difference<T> {
    /// Whether it is about what is denied.
    pub(super) fn denies(&self) -> bool {
        let mut terms = self.before.iter().chain(&self.after);
        terms.any(|term| term.effect() == Effect::Deny)
    }
}

/// The differences between two sets; none where they only read differently.
pub(super) fn differences<T: Term>(old: &BTreeSet<T>, new: &BTreeSet<T>) -> Vec<Difference<T>> {
    let mut spelling = Spelling::default();
    // A new spelling is shown before an old one.
    let new = merged(new.iter().map(|term| spelling.drop_from(term)).collect());
    let old = merged(old.iter().map(|term| spelling.drop_from(term)).collect());
    let mut differences = Vec::new();
    let mut difference = |kind, before: Vec<&T>, after: Vec<&T>| {
        let written = |terms: Vec<&T>| -> Vec<T> {
            terms
                .into_iter()
                .map(|term| spelling.put_into(term))
                .collect()
        };
        differences.push(Difference {
            kind,
            before: written(before),
            after: written(after),
        });
    };
    let gone: BTreeSet<&T> = old.difference(&new).collect();
    // What is gone and is told with what came instead of it.
    let mut told: BTreeSet<&T> = BTreeSet::new();
    let mut narrowed: BTreeSet<&T> = BTreeSet::new();
    let (mut in_old, mut in_new) = (Terms::new(&old), Terms::new(&new));
    for term in new.difference(&old) {
        let wider = in_old.wider(term);
        let narrower = in_old.narrower(term);
        let equal = |one: &&T| wider.contains(one) && narrower.contains(one);
        if let Some(one) = gone.iter().copied().find(equal) {
            difference(Kind::Other, vec![one], vec![term]);
            told.insert(one);
            continue;
        }
        if in_old.cover(term) {
            let wider = wider.into_iter();
            let (instead, beside): (Vec<&T>, Vec<&T>) =
                wider.partition(|wider| gone.contains(wider));
            match instead.is_empty() {
                false if beside.is_empty() => narrowed.extend(instead),
                // It is there twice now.
                _ => difference(Kind::Other, vec![], vec![term]),
            }
            continue;
        }
        if narrower.is_empty() {
            difference(Kind::Added, vec![], vec![term]);
        } else {
            told.extend(&narrower);
            difference(Kind::Widened, narrower, vec![term]);
        }
    }
    for term in gone {
        let left = in_new.narrower(term);
        if in_new.cover(term) {
            // Still there, by a wider one that was there before.
            if !told.contains(term) {
                difference(Kind::Other, vec![term], vec![]);
            }
        } else if narrowed.contains(term) || !left.is_empty() {
            difference(Kind::Narrowed, vec![term], left);
        } else {
            difference(Kind::Removed, vec![term], vec![]);
        }
    }
    differences
}

/// Terms that differ in the values of one condition, as one, where that means the same.
fn merged<T: Term>(mut terms: BTreeSet<T>) -> BTreeSet<T> {
    loop {
        let before = terms.len();
        let places: BTreeSet<(String, String)> = terms
            .iter()
            .flat_map(|term| term.conditions())
            .filter(|(operator, _)| values_are_alternatives(operator))
            .flat_map(|(operator, keys)| keys.keys().map(|key| (operator.clone(), key.clone())))
            .collect();
        for (operator, key) in &places {
            let mut rest: BTreeMap<T, BTreeSet<String>> = BTreeMap::new();
            for mut term in std::mem::take(&mut terms) {
                let values = term
                    .conditions_mut()
                    .get_mut(operator)
                    .and_then(|keys| keys.get_mut(key))
                    .map(std::mem::take)
                    .unwrap_or_default();
                rest.entry(term).or_default().extend(values);
            }
            terms = rest
                .into_iter()
                .map(|(mut term, all)| {
                    let values = term
                        .conditions_mut()
                        .get_mut(operator)
                        .and_then(|keys| keys.get_mut(key));
                    if let Some(values) = values {
                        *values = all;
                    }
                    term
                })
                .collect();
        }
        if terms.len() == before {
            return terms;
        }
    }
}

/// How what AWS reads without regard to case is written, by its lower case.
#[derive(Default)]
struct Spelling(BTreeMap<String, String>);

impl Spelling {
    /// The term in lower case, where case means nothing.
    fn drop_from<T: Term>(&mut self, term: &T) -> T {
        let mut term = term.clone();
        let mut lower = |text: &str| {
            let lower = text.to_ascii_lowercase();
            self.0
                .entry(lower.clone())
                .or_insert_with(|| text.to_owned());
            lower
        };
        let action = lower(term.action_mut());
        *term.action_mut() = action;
        map_keys(term.conditions_mut(), &mut lower);
        term
    }

    /// The term as it was written.
    fn put_into<T: Term>(&self, term: &T) -> T {
        let mut term = term.clone();
        let mut written = |text: &str| {
            self.0
                .get(text)
                .map_or_else(|| text.to_owned(), Clone::clone)
        };
        let action = written(term.action_mut());
        *term.action_mut() = action;
        map_keys(term.conditions_mut(), &mut written);
        term
    }
}

/// Changes the condition keys. Two that become one have the values of the first.
fn map_keys(conditions: &mut ConditionMap, change: &mut impl FnMut(&str) -> String) {
    for keys in conditions.values_mut() {
        // A condition that names a key twice is met by what meets both; that is not merged.
        let lower: BTreeSet<String> = keys.keys().map(|key| key.to_ascii_lowercase()).collect();
        if lower.len() == keys.len() {
            *keys = std::mem::take(keys)
                .into_iter()
                .map(|(key, values)| (change(&key), values))
                .collect();
        }
    }
}
