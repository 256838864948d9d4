//! A set of terms that many others are held against: each action, each resource and each set of conditions is compared
//! once, however many terms have it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::access::ConditionMap;
use super::covers::{
    MOST_PARTS, Scope, Term, action_covers, holds_always, meets, no_stricter,
    values_are_alternatives,
};

/// Terms by what they are about beside their action, each with the number of its conditions.
type ByScope<'a, T> = BTreeMap<Scope<'a>, Vec<(&'a T, usize)>>;

/// A set of terms.
pub struct Terms<'a, T> {
    /// By action.
    terms: BTreeMap<&'a str, ByScope<'a, T>>,
    /// Every scope, with a term that has it.
    scopes: BTreeMap<Scope<'a>, &'a T>,
    conditions: Conditions<'a>,
    actions_known: HashMap<(Side, &'a str), Vec<&'a str>>,
    scopes_known: HashMap<(Side, Scope<'a>), Vec<Scope<'a>>>,
}

/// Which of two terms covers the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Side {
    Set,
    Other,
}

impl<'a, T: Term> Terms<'a, T> {
    /// The terms of a set.
    pub fn new(set: &'a BTreeSet<T>) -> Self {
        let mut all = Self {
            terms: BTreeMap::new(),
            scopes: BTreeMap::new(),
            conditions: Conditions::default(),
            actions_known: HashMap::new(),
            scopes_known: HashMap::new(),
        };
        for term in set {
            let number = all.conditions.number(term.conditions());
            let on = all.terms.entry(term.action()).or_default();
            on.entry(term.scope()).or_default().push((term, number));
            all.scopes.entry(term.scope()).or_insert(term);
        }
        all
    }

    /// The terms of the set that each cover another one alone.
    pub fn wider(&mut self, other: &'a T) -> Vec<&'a T> {
        self.compared(Side::Set, other)
    }

    /// The terms of the set that another one covers.
    pub fn narrower(&mut self, other: &'a T) -> Vec<&'a T> {
        self.compared(Side::Other, other)
    }

    /// Whether the set as a whole covers another term: one term alone, or each of its parts another. There is a part for
    /// each choice of values of the conditions whose values are alternatives; together they are what the term is.
    pub fn cover(&mut self, other: &'a T) -> bool {
        let conditions = self.conditions.number(other.conditions());
        let about = self.about(Side::Set, other);
        let set: BTreeSet<usize> = about.into_iter().map(|(_, number)| number).collect();
        self.conditions.cover(set.into_iter().collect(), conditions)
    }

    fn compared(&mut self, wide: Side, other: &'a T) -> Vec<&'a T> {
        let number = self.conditions.number(other.conditions());
        let mut found = Vec::new();
        for (term, own) in self.about(wide, other) {
            let (wide, narrow) = match wide {
                Side::Set => (own, number),
                Side::Other => (number, own),
            };
            if self.conditions.no_stricter(wide, narrow) {
                found.push(term);
            }
        }
        found.sort();
        found
    }

    /// The terms that cover another one, or that it covers, but for the conditions.
    fn about(&mut self, wide: Side, other: &'a T) -> Vec<(&'a T, usize)> {
        let actions = self.actions_known.entry((wide, other.action()));
        let actions = actions.or_insert_with(|| {
            let all = self.terms.keys().copied();
            all.filter(|action| match wide {
                Side::Set => action_covers(action, other.action()),
                Side::Other => action_covers(other.action(), action),
            })
            .collect()
        });
        let scopes = self.scopes_known.entry((wide, other.scope()));
        let scopes = scopes.or_insert_with(|| {
            let all = self.scopes.iter();
            all.filter(|(_, term)| match wide {
                Side::Set => term.scope_covers(other),
                Side::Other => other.scope_covers(term),
            })
            .map(|(scope, _)| *scope)
            .collect()
        });
        let on = actions.iter().filter_map(|action| self.terms.get(action));
        let found = on.flat_map(|on| scopes.iter().filter_map(|scope| on.get(scope)));
        found
            .flatten()
            .filter(|(term, _)| term.effect() == other.effect())
            .copied()
            .collect()
    }
}

/// Sets of conditions by number, and what is known of them.
#[derive(Default)]
struct Conditions<'a> {
    numbers: BTreeMap<&'a ConditionMap, usize>,
    all: Vec<&'a ConditionMap>,
    no_stricter: HashMap<(usize, usize), bool>,
    cover: HashMap<(Vec<usize>, usize), bool>,
}

impl<'a> Conditions<'a> {
    fn number(&mut self, conditions: &'a ConditionMap) -> usize {
        let next = self.all.len();
        let number = *self.numbers.entry(conditions).or_insert(next);
        if number == next {
            self.all.push(conditions);
        }
        number
    }

    fn no_stricter(&mut self, wide: usize, narrow: usize) -> bool {
        let known = self.no_stricter.entry((wide, narrow));
        *known.or_insert_with(|| no_stricter(self.all[wide], self.all[narrow]))
    }

    fn cover(&mut self, set: Vec<usize>, other: usize) -> bool {
        if set.iter().any(|wide| self.no_stricter(*wide, other)) {
            return true;
        }
        if let Some(known) = self.cover.get(&(set.clone(), other)) {
            return *known;
        }
        let conditions: Vec<&ConditionMap> = set.iter().map(|number| self.all[*number]).collect();
        let covers = Parts::split(self.all[other], &conditions).are_covered();
        self.cover.insert((set, other), covers);
        covers
    }
}

/// The parts of a set of conditions, by what each choice of a value meets of what others ask.
struct Parts {
    /// For each condition whose values are told apart, what each value meets.
    choices: Vec<BTreeSet<Bits>>,
    /// What each of the others asks.
    asked: Vec<Bits>,
}

impl Parts {
    fn split(conditions: &ConditionMap, others: &[&ConditionMap]) -> Self {
        let mut parts = 1;
        let mut whole = Vec::new();
        let mut apart = Vec::new();
        for (operator, keys) in conditions {
            for (key, values) in keys {
                if !values_are_alternatives(operator) || parts * values.len() > MOST_PARTS {
                    whole.push((operator, key, values.clone()));
                } else {
                    parts *= values.len();
                    let each = values.iter().map(|value| BTreeSet::from([value.clone()]));
                    apart.push((operator, key, each.collect::<Vec<_>>()));
                }
            }
        }
        let asked = others.iter().map(|other| {
            let keys = other.iter();
            let each =
                keys.flat_map(|(operator, keys)| keys.iter().map(move |key| (operator, key)));
            each.filter(|(operator, (key, values))| !holds_always((operator, key, values)))
                .collect::<Vec<_>>()
        });
        let asked: Vec<Vec<_>> = asked.collect();
        let all: Vec<_> = asked.iter().flatten().collect();
        let met = |operator: &str, key: &str, values: &BTreeSet<String>| {
            let mut bits = Bits::default();
            for (number, (asks, (of, wanted))) in all.iter().enumerate() {
                if meets((operator, key, values), (asks, of, wanted)) {
                    bits.set(number);
                }
            }
            bits
        };
        let mut always = Bits::default();
        for (operator, key, values) in &whole {
            always.add(&met(operator, key, values));
        }
        let choices = apart.iter().map(|(operator, key, values)| {
            let met = values.iter().map(|value| met(operator, key, value));
            met.map(|mut met| {
                met.add(&always);
                met
            })
            .collect()
        });
        let mut number = 0;
        let asked = asked.iter().map(|one| {
            let mut bits = Bits::default();
            for _ in one {
                bits.set(number);
                number += 1;
            }
            bits
        });
        let asked = asked.collect();
        let mut choices: Vec<BTreeSet<Bits>> = choices.collect();
        choices.push(BTreeSet::from([always]));
        Self { choices, asked }
    }

    /// Whether each part meets all that one of the others asks.
    fn are_covered(&self) -> bool {
        // A condition without values is met by nothing.
        self.choices.iter().any(BTreeSet::is_empty) || self.from(0, &Bits::default())
    }

    fn from(&self, choice: usize, met: &Bits) -> bool {
        if self.asked.iter().any(|asked| met.has(asked)) {
            return true;
        }
        let Some(values) = self.choices.get(choice) else {
            return false;
        };
        values.iter().all(|value| {
            let mut met = met.clone();
            met.add(value);
            self.from(choice + 1, &met)
        })
    }
}

/// A set of small numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Bits(Vec<u64>);

impl Bits {
    fn set(&mut self, number: usize) {
        let word = number / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (number % 64);
    }

    fn add(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    fn has(&self, other: &Self) -> bool {
        let word = |number: usize| self.0.get(number).copied().unwrap_or_default();
        let mut words = other.0.iter().enumerate();
        words.all(|(number, wanted)| wanted & !word(number) == 0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::access::{ConditionMap, Grant};
    use super::super::covers::{MOST_PARTS, no_stricter, values_are_alternatives};
    use super::super::{Effect, glob};
    use super::Terms;

    /// Every part, one by one.
    fn parts(grant: &Grant) -> Vec<Grant> {
        let mut parts = vec![grant.clone()];
        for (operator, keys) in &grant.conditions {
            for (key, values) in keys {
                if !values_are_alternatives(operator) || parts.len() * values.len() > MOST_PARTS {
                    continue;
                }
                let one_each = |part: &Grant| {
                    let part = part.clone();
                    values.iter().map(move |value| {
                        let mut part = part.clone();
                        let keys = part.conditions.entry(operator.clone()).or_default();
                        keys.insert(key.clone(), BTreeSet::from([value.clone()]));
                        part
                    })
                };
                parts = parts.iter().flat_map(one_each).collect();
            }
        }
        parts
    }

    fn covers(wide: &Grant, narrow: &Grant) -> bool {
        wide.effect == narrow.effect
            && glob::covers(&wide.action, &narrow.action)
            && glob::covers(&wide.resource, &narrow.resource)
            && no_stricter(&wide.conditions, &narrow.conditions)
    }

    /// Numbers that look like chance, and are the same each time.
    struct Chance(u64);

    impl Chance {
        fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let place = usize::try_from(self.0 >> 33).unwrap_or_default();
            all[place % all.len()]
        }

        fn grant(&mut self) -> Grant {
            let mut conditions = ConditionMap::new();
            while self.one_of(&["more", "more", "enough"]) == "more" {
                let operator = self.one_of(&[
                    "StringEquals",
                    "StringLike",
                    "StringNotEquals",
                    "ForAllValues:StringLike",
                ]);
                let keys = conditions.entry(operator.to_owned()).or_default();
                let values = keys.entry(self.one_of(&["k", "l", "m"]).to_owned());
                let values = values.or_default();
                while self.one_of(&["more", "more", "enough"]) == "more" {
                    values.insert(self.one_of(&["a", "b", "c", "a*", "*"]).to_owned());
                }
            }
            Grant {
                effect: match self.one_of(&["", "", "", "deny"]) {
                    "" => Effect::Allow,
                    _ => Effect::Deny,
                },
                action: self.one_of(&["s3:a", "s3:b", "s3:*", "*"]).to_owned(),
                resource: self.one_of(&["x", "y", "x*", "*"]).to_owned(),
                conditions,
            }
        }
    }

    #[test]
    fn the_answers_are_those_of_every_part_held_against_every_term() {
        let mut chance = Chance(1);
        let mut in_parts = 0;
        for number in 0..1000 {
            let set: BTreeSet<Grant> = (0..number % 12).map(|_| chance.grant()).collect();
            let others: Vec<Grant> = (0..8).map(|_| chance.grant()).collect();
            let mut terms = Terms::new(&set);
            for other in &others {
                let wider: Vec<&Grant> = set.iter().filter(|term| covers(term, other)).collect();
                let narrower = set.iter().filter(|term| covers(other, term));
                let narrower: Vec<&Grant> = narrower.collect();
                let covered = |part: &Grant| set.iter().any(|term| covers(term, part));
                let whole = covered(other) || parts(other).iter().all(covered);
                in_parts += usize::from(whole && wider.is_empty());
                assert_eq!(terms.wider(other), wider, "{other:?}");
                assert_eq!(terms.narrower(other), narrower, "{other:?}");
                assert_eq!(terms.cover(other), whole, "{other:?} {set:?}");
            }
        }
        assert!(in_parts > 100, "{in_parts}");
    }
}
