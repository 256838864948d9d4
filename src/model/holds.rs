//! Evaluates conditions with three values: yes, no, or depends on keys that are unknown here.
//!
//! Sources: the IAM User Guide, "IAM JSON policy elements: Condition operators", "Single-valued vs. multivalued context
//! keys" and "IAM policy elements: Variables and tags".

use std::collections::BTreeSet;

use super::access::ConditionMap;
use super::fact::{Fact, Holds};
use super::glob::{covers, is_literal, literal, overlap, shortest};

/// Keys with several values. How they are compared without a set operator is not documented.
const MULTIVALUED: &[&str] = &["aws:tagkeys", "sts:transitivetagkeys"];

/// How many values of a condition are tried for a caller that chooses: each is compared with each.
const MOST_TRIED: usize = 100;

/// The longest number that is compared.
const MOST_DIGITS: usize = 15;

/// What is known about a request: a fact for each condition key, in lower case since AWS ignores its case.
pub type Facts<'a> = &'a dyn Fn(&str) -> Fact;

/// A request to evaluate conditions for.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// What is known about the request.
    pub facts: Facts<'a>,
    /// What the caller wants: that the conditions match, as for an allow, or that they do not.
    pub wanted: bool,
    /// Whether the version of the policy supports policy variables.
    pub variables: bool,
}

/// Evaluates all conditions of a statement.
pub fn holds(conditions: &ConditionMap, request: Request<'_>) -> Holds {
    let mut all = Holds::Yes;
    for (operator, keys) in conditions {
        for (key, values) in keys {
            let condition = Condition::new(operator, key, values, request);
            all = all.and(condition.holds((request.facts)(&key.to_lowercase())));
        }
    }
    all
}

/// How many values of a request have to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    /// The only value.
    One,
    /// `ForAllValues`: all, even if there are none.
    All,
    /// `ForAnyValue`: at least one.
    Any,
}

/// One condition of a statement.
struct Condition<'a> {
    set: Set,
    /// The operator without prefix, suffix and negation.
    base: String,
    negated: bool,
    if_exists: bool,
    key: &'a str,
    values: &'a BTreeSet<String>,
    request: Request<'a>,
}

impl<'a> Condition<'a> {
    fn new(
        operator: &str,
        key: &'a str,
        values: &'a BTreeSet<String>,
        request: Request<'a>,
    ) -> Self {
        let (set, rest) = match operator.split_once(':') {
            Some(("ForAllValues", rest)) => (Set::All, rest),
            Some(("ForAnyValue", rest)) => (Set::Any, rest),
            _ => (Set::One, operator),
        };
        let (rest, if_exists) = match rest.strip_suffix("IfExists") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        Self {
            set,
            base: rest.replacen("Not", "", 1),
            negated: rest.contains("Not"),
            if_exists,
            key,
            values,
            request,
        }
    }

    fn holds(&self, fact: Fact) -> Holds {
        let many = MULTIVALUED.contains(&self.key.to_lowercase().as_str());
        let is_odd = many && self.set == Set::One && self.base != "Null";
        // What no value at all means is not documented either.
        if is_odd || self.values.is_empty() {
            return Holds::on(self.key);
        }
        if fact.chosen {
            return self.holds_by_choice(&fact);
        }
        let absent = fact.absent.then(|| self.holds_without());
        let present = fact.value.map(|value| self.holds_with(&value));
        match (absent, present) {
            (Some(one), Some(other)) if one == other => one,
            (Some(one), Some(other)) => {
                let keys = [one, other].into_iter().filter_map(|one| match one {
                    Holds::Depends(keys) => Some(keys),
                    _ => None,
                });
                let mut keys: BTreeSet<String> = keys.flatten().collect();
                keys.insert(self.key.to_owned());
                Holds::Depends(keys)
            }
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => Holds::on(self.key),
        }
    }

    /// Evaluates a condition whose value the caller chooses: one matching value is enough.
    fn holds_by_choice(&self, fact: &Fact) -> Holds {
        if self.values.len() > MOST_TRIED {
            return Holds::on(self.key);
        }
        let filled = self.values.iter().map(|value| self.filled(value));
        let patterns: Vec<String> = filled.map(|value| value.pattern).collect();
        // A text that is longer than all values, so that it is none of them.
        let longest = patterns.iter().map(String::len).max().unwrap_or_default();
        let mut choices = vec![Fact::known(&"~".repeat(longest + 1))];
        if fact.absent {
            choices.push(Fact::absent());
        }
        choices.extend(patterns.iter().map(|value| Fact::like(&shortest(value))));
        for number in self.values.iter().filter_map(|value| number(value)) {
            choices.extend([number - 1, number + 1].map(|near| Fact::known(&near.to_string())));
        }
        let mut depends = BTreeSet::new();
        for choice in choices {
            match self.holds(choice) {
                Holds::Yes if self.request.wanted => return Holds::Yes,
                Holds::No if !self.request.wanted => return Holds::No,
                Holds::Depends(keys) => depends.extend(keys),
                _ => {}
            }
        }
        // Patterns may match a text that was not tried.
        let all_tried = patterns
            .iter()
            .all(|pattern| is_literal(pattern) || covers(pattern, "*"));
        match depends.is_empty() && all_tried {
            true => Holds::from(!self.request.wanted),
            false => {
                depends.insert(self.key.to_owned());
                Holds::Depends(depends)
            }
        }
    }

    /// Evaluates a condition for a request without the key.
    fn holds_without(&self) -> Holds {
        match self.base.as_str() {
            "Null" => self.is_null(true),
            _ if self.if_exists && self.set == Set::Any => Holds::on(self.key),
            _ if self.if_exists || self.set == Set::All => Holds::Yes,
            _ if self.set == Set::Any => Holds::No,
            _ => Holds::from(self.negated),
        }
    }

    /// Evaluates a condition for a request whose value matches a pattern.
    fn holds_with(&self, given: &str) -> Holds {
        if self.base == "Null" {
            return self.is_null(false);
        }
        let mut found = Holds::No;
        let mut unresolved = false;
        for value in self.values {
            let filled = self.filled(value);
            unresolved |= filled.unresolved;
            found = match filled {
                Filled { unresolved, .. } if unresolved => found,
                // A value always equals itself.
                _ if self.is_itself(value) => Holds::Yes,
                filled => found.or(self.compare(&filled, given)),
            };
        }
        match self.negated {
            false => found,
            // The effect of a missing variable is only documented for positive operators.
            true if unresolved => Holds::on(self.key),
            true => found.negated(),
        }
    }

    fn is_null(&self, absent: bool) -> Holds {
        let is_read = |value: &String| ["true", "false"].contains(&value.as_str());
        let is_plain = self.set == Set::One && !self.if_exists;
        match is_plain && self.values.iter().all(is_read) {
            true => Holds::from(self.values.contains(&absent.to_string())),
            false => Holds::on(self.key),
        }
    }

    fn is_itself(&self, value: &str) -> bool {
        let name = value.strip_prefix("${").and_then(|v| v.strip_suffix('}'));
        let same = name.is_some_and(|name| name.trim().eq_ignore_ascii_case(self.key));
        let is_text = self.base.starts_with("String");
        self.request.variables && self.set == Set::One && is_text && same
    }

    fn compare(&self, wanted: &Filled, given: &str) -> Holds {
        match self.base.as_str() {
            "StringEquals" | "StringLike" => self.texts(wanted, &wanted.pattern, given),
            "StringEqualsIgnoreCase" => self.texts(
                wanted,
                &wanted.pattern.to_lowercase(),
                &given.to_lowercase(),
            ),
            "ArnEquals" | "ArnLike" => {
                let parts = |text: &str| -> Vec<String> {
                    text.splitn(6, ':').map(str::to_owned).collect()
                };
                let (parts, given) = (parts(&wanted.pattern), parts(given));
                // Text that becomes an ARN only with its variables replaced is not documented to be compared as one.
                if parts.len() != 6 || given.len() != 6 || wanted.hides_a_colon {
                    return Holds::on(self.key);
                }
                let pairs = parts.iter().zip(&given);
                pairs.fold(Holds::Yes, |all, (part, given)| {
                    all.and(self.texts(wanted, part, given))
                })
            }
            "Bool" => match (wanted.pattern.as_str(), given) {
                ("true" | "false", "true" | "false") => Holds::from(wanted.pattern == given),
                _ => Holds::on(self.key),
            },
            base => match (number(&wanted.pattern), number(given)) {
                (Some(wanted), Some(given)) => match base {
                    "NumericEquals" => Holds::from(given == wanted),
                    "NumericLessThan" => Holds::from(given < wanted),
                    "NumericLessThanEquals" => Holds::from(given <= wanted),
                    "NumericGreaterThan" => Holds::from(given > wanted),
                    "NumericGreaterThanEquals" => Holds::from(given >= wanted),
                    _ => Holds::on(self.key),
                },
                _ => Holds::on(self.key),
            },
        }
    }

    fn texts(&self, filled: &Filled, wanted: &str, given: &str) -> Holds {
        if !overlap(wanted, given) {
            return Holds::No;
        }
        if filled.depends.is_empty() && covers(wanted, given) {
            return Holds::Yes;
        }
        let mut keys = filled.depends.clone();
        if keys.is_empty() || !is_literal(given) {
            keys.insert(self.key.to_owned());
        }
        Holds::Depends(keys)
    }

    /// A value of the policy with its variables replaced.
    fn filled(&self, value: &str) -> Filled {
        let wildcards = self.base == "StringLike" || self.base.starts_with("Arn");
        let written = |text: &str| match wildcards {
            true => text.replace('$', "${$}"),
            false => literal(text),
        };
        let mut filled = Filled::default();
        let mut rest = value;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else {
                break;
            };
            if !self.request.variables {
                break;
            }
            filled.pattern.push_str(&written(before));
            rest = after;
            if ["*", "?", "$"].contains(&name) {
                filled.pattern.push_str(&literal(name));
                continue;
            }
            let (name, default) = match name.split_once(',') {
                Some((name, default)) => (name, Some(default)),
                None => (name, None),
            };
            let name = name.trim();
            let fact = (self.request.facts)(&name.to_lowercase());
            match fact {
                Fact {
                    absent: false,
                    chosen: false,
                    value: Some(value),
                } if is_literal(&value) => {
                    filled.hides_a_colon |= value.contains(':');
                    filled.pattern.push_str(&value);
                }
                Fact { value: None, .. } => match default {
                    Some(text) => {
                        let text = text.trim().trim_matches('\'');
                        filled.pattern.push_str(&literal(text));
                    }
                    None => filled.unresolved = true,
                },
                _ => {
                    filled.pattern.push('*');
                    filled.depends.insert(name.to_owned());
                }
            }
        }
        filled.pattern.push_str(&written(rest));
        filled
    }
}

/// A value of a policy as a pattern.
#[derive(Debug, Default)]
struct Filled {
    pattern: String,
    /// The keys of variables whose values are unknown.
    depends: BTreeSet<String>,
    /// Whether a variable has no value, because the request lacks its key.
    unresolved: bool,
    /// Whether a variable has a value with a colon.
    hides_a_colon: bool,
}

/// A whole number. How exactly others are compared is not documented.
fn number(text: &str) -> Option<i64> {
    let is_short = text.len() <= MOST_DIGITS;
    is_short.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Fact, Holds, MOST_TRIED, Request, holds};

    /// Every pair of short patterns, against every text that could be sent.
    #[test]
    fn a_choice_is_found_where_there_is_one() {
        let texts = |letters: &str| -> Vec<String> {
            let mut texts = vec![String::new()];
            for _ in 0..3 {
                let longer = texts
                    .iter()
                    .flat_map(|text| letters.chars().map(move |letter| format!("{text}{letter}")));
                texts = std::iter::once(String::new()).chain(longer).collect();
            }
            texts
        };
        let sent = texts("ab~?*");
        let patterns: Vec<String> = texts("a~?*");
        let patterns = patterns.iter().filter(|pattern| pattern.len() < 3);
        let mut sure = 0;
        for (one, other) in patterns
            .clone()
            .flat_map(|one| patterns.clone().map(move |other| (one, other)))
        {
            for operator in [
                "StringLike",
                "StringNotLike",
                "StringEquals",
                "StringNotEquals",
            ] {
                let values = [one, other].map(String::clone).into();
                let keys = BTreeMap::from([("k".to_owned(), values)]);
                let conditions = BTreeMap::from([(operator.to_owned(), keys)]);
                for wanted in [true, false] {
                    let said = |fact: &Fact| {
                        let request = Request {
                            facts: &|_| fact.clone(),
                            wanted,
                            variables: true,
                        };
                        holds(&conditions, request)
                    };
                    let is_met = |text: &String| said(&Fact::known(text)) == Holds::from(wanted);
                    let expected = Holds::from(sent.iter().any(is_met) == wanted);
                    let found = said(&Fact::chosen(false));
                    sure += usize::from(found == expected);
                    let open = Holds::on("k");
                    assert!([expected, open].contains(&found), "{conditions:?} {wanted}");
                }
            }
        }
        assert!(sure > 3000, "{sure}");
    }

    #[test]
    fn with_more_values_than_are_tried_it_cannot_be_known() {
        let external_id = |count: usize| {
            let values = (0..count).map(|number| format!("*{number}b")).collect();
            let keys = BTreeMap::from([("sts:ExternalId".to_owned(), values)]);
            BTreeMap::from([("StringLike".to_owned(), keys)])
        };
        for wanted in [true, false] {
            let request = Request {
                facts: &|_| Fact::chosen(false),
                wanted,
                variables: true,
            };
            assert_eq!(
                holds(&external_id(MOST_TRIED), request),
                Holds::from(wanted)
            );
            assert_eq!(
                holds(&external_id(MOST_TRIED + 1), request),
                Holds::on("sts:ExternalId")
            );
        }
    }
}
