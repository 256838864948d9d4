//! Which group lets its members assume which role: groups fill up to their quota, and a target keeps its place.
//!
//! 1. Every target that has a place keeps it, as long as it fits there.
//! 2. The others take the first group with room, by account id: a gap that another left, or the next new group.

use std::collections::BTreeMap;

/// The group of each target as the last render left it, by number from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placement(BTreeMap<String, usize>);

impl Placement {
    /// No target has a place yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a target its place. Numbers count from 1.
    pub fn insert(&mut self, key: String, group: usize) {
        self.0.insert(key, group);
    }

    /// The places, by the key of the target.
    pub fn iter(&self) -> impl Iterator<Item = (&str, usize)> {
        self.0.iter().map(|(key, group)| (key.as_str(), *group))
    }
}

/// What is placed: a target, and the characters that it takes of its group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'a> {
    /// The key of the target.
    pub(super) key: &'a str,
    pub(super) size: usize,
}

/// The group of each item, by index from 0, in the order of the items, which is that of account ids.
/// `room` is what one group holds.
pub(super) fn place(items: &[Item<'_>], room: usize, before: &Placement) -> Vec<usize> {
    let mut used: Vec<usize> = Vec::new();
    let mut places: Vec<Option<usize>> = vec![None; items.len()];
    for (item, place) in items.iter().zip(&mut places) {
        // A lock that was tampered with must not make thousands of empty groups.
        let known = before
            .0
            .get(item.key)
            .filter(|&&n| (1..=items.len().max(LEAST)).contains(&n));
        let Some(group) = known.map(|number| number - 1) else {
            continue;
        };
        if used.len() <= group {
            used.resize(group + 1, 0);
        }
        if used[group] == 0 || used[group] + item.size <= room {
            used[group] += item.size;
            *place = Some(group);
        }
    }
    // Groups are looked at from the first that had room for the smallest item: those before it are full.
    let smallest = items.iter().map(|item| item.size).min().unwrap_or_default();
    let mut first = 0;
    for (item, place) in items.iter().zip(&mut places) {
        if place.is_some() {
            continue;
        }
        while first < used.len() && used[first] > 0 && used[first] + smallest > room {
            first += 1;
        }
        let group = (first..used.len())
            .find(|&group| used[group] == 0 || used[group] + item.size <= room)
            .unwrap_or(used.len());
        if group == used.len() {
            used.push(0);
        }
        used[group] += item.size;
        *place = Some(group);
    }
    places.into_iter().flatten().collect()
}

/// However few targets are left, one may be in a group with a number up to this: the others were removed.
const LEAST: usize = 500;

#[cfg(test)]
mod tests {
    use super::{Item, Placement, place};

    fn accounts(numbers: std::ops::Range<usize>) -> Vec<String> {
        numbers.map(|number| format!("{number:012}")).collect()
    }

    fn placed(accounts: &[String], before: &Placement) -> Vec<usize> {
        let items: Vec<Item<'_>> = accounts.iter().map(|key| Item { key, size: 10 }).collect();
        place(&items, 30, before)
    }

    fn kept(accounts: &[String], places: &[usize]) -> Placement {
        let mut placement = Placement::new();
        for (account, place) in accounts.iter().zip(places) {
            placement.insert(account.clone(), place + 1);
        }
        placement
    }

    #[test]
    fn groups_fill_one_after_the_other() {
        assert_eq!(
            placed(&accounts(1..8), &Placement::new()),
            [0, 0, 0, 1, 1, 1, 2]
        );
    }

    #[test]
    fn one_that_goes_leaves_a_gap_and_the_next_fills_it() {
        let mut all = accounts(1..8);
        let before = kept(&all, &placed(&all, &Placement::new()));
        all.remove(1);
        assert_eq!(placed(&all, &before), [0, 0, 1, 1, 1, 2]);
        let mut more = all.clone();
        more.push("000000000099".to_owned());
        assert_eq!(placed(&more, &before), [0, 0, 1, 1, 1, 2, 0]);
    }

    #[test]
    fn places_that_cannot_be_are_no_places() {
        let all = accounts(1..3);
        let mut before = Placement::new();
        before.insert(all[0].clone(), 0);
        before.insert(all[1].clone(), usize::MAX);
        assert_eq!(placed(&all, &before), [0, 0]);
    }

    #[test]
    fn what_no_longer_fits_moves_alone() {
        let all = accounts(1..4);
        let mut before = Placement::new();
        for account in &all {
            before.insert(account.clone(), 1);
        }
        let items: Vec<Item<'_>> = all.iter().map(|key| Item { key, size: 14 }).collect();
        assert_eq!(place(&items, 30, &before), [0, 0, 1]);
    }
}
