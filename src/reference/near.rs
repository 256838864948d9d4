//! The condition key that an unknown one is likely to have meant. A wrong suggestion is worse than none.

use std::collections::BTreeSet;

use super::key::{names, open_end};
use super::{ActionFacts, ConditionKey, Reference};

impl Reference {
    /// The key that an unknown one is likely to have meant, with the tag's key that was written: one that differs in a letter
    /// or two, of those that the actions have first; or the same name behind another prefix. Nothing where two are as near.
    pub fn near_key(&self, written: &str, actions: &[ActionFacts<'_>]) -> Option<String> {
        let had: BTreeSet<&str> = actions
            .iter()
            .flat_map(|facts| facts.all_condition_keys())
            .collect();
        let global = self.global_keys.iter().map(ConditionKey::name);
        let (prefix, name) = written.split_once(':')?;
        let same_name: BTreeSet<String> = had
            .iter()
            .copied()
            .chain(global.clone())
            .filter_map(|key| {
                let (own, _) = key.split_once(':')?;
                let moved = format!("{own}:{name}");
                (own != prefix && names(key, &moved)).then_some(moved)
            })
            .collect();
        if same_name.len() == 1 {
            return same_name.into_iter().next();
        }
        let of_service = self.service(prefix);
        let of_service = of_service
            .into_iter()
            .flat_map(|service| service.condition_keys().iter().map(ConditionKey::name));
        nearest(written, had.into_iter().chain(global.clone()))
            .or_else(|| nearest(written, of_service.chain(global)))
            .filter(|near| !near.eq_ignore_ascii_case(written))
    }
}

/// The one candidate that is nearest, if it is near: few letters differ, and none of the others is as near.
fn nearest<'a>(written: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut best: Option<(usize, String)> = None;
    let mut tied = false;
    for candidate in candidates {
        let (wanted, wrote, meant) = match open_end(candidate) {
            Some(head) => {
                let mark = head.chars().last().unwrap_or('/');
                let Some((start, tail)) = split_behind(written, mark, head) else {
                    continue;
                };
                (head, start, format!("{head}{tail}"))
            }
            None => (candidate, written, candidate.to_owned()),
        };
        let letters = wanted.split_once(':').map_or(wanted, |(_, name)| name);
        let most = (letters.chars().count() / 4).clamp(1, 3);
        let Some(distance) = distance(&wanted.to_lowercase(), &wrote.to_lowercase(), most) else {
            continue;
        };
        match &best {
            Some((known, meaning)) if *known == distance => {
                tied |= !meaning.eq_ignore_ascii_case(&meant);
            }
            Some((known, _)) if *known < distance => {}
            _ => {
                best = Some((distance, meant));
                tied = false;
            }
        }
    }
    best.filter(|_| !tied).map(|(_, meant)| meant)
}

/// A written key as its head up to the mark that a placeholder follows, and the rest.
fn split_behind<'a>(written: &'a str, mark: char, head: &str) -> Option<(&'a str, &'a str)> {
    let nth = head.matches(mark).count();
    let (at, _) = written.match_indices(mark).nth(nth.checked_sub(1)?)?;
    let (start, tail) = written.split_at(at + mark.len_utf8());
    (!tail.is_empty()).then_some((start, tail))
}

/// How many letters differ, are more, are fewer or are swapped; nothing where it is more than `most`.
fn distance(one: &str, other: &str, most: usize) -> Option<usize> {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    if one.len().abs_diff(other.len()) > most || other.len() > 200 {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let mut cost = (last[j] + usize::from(a != b))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|found| *found <= most)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_key_is_suggested_where_it_is_near_and_alone() {
        let keys = [
            "ec2:ResourceTag/${TagKey}",
            "ec2:Region",
            "ec2:Vpc",
            "ec2:VpcID",
        ];
        let near = |written| nearest(written, keys.into_iter());
        assert_eq!(near("ec2:ResourceTags/env").unwrap(), "ec2:ResourceTag/env");
        assert_eq!(near("ec2:ReosurceTag/env").unwrap(), "ec2:ResourceTag/env");
        assert_eq!(near("ec:Region").unwrap(), "ec2:Region");
        assert_eq!(near("ec2:VpcId").unwrap(), "ec2:VpcID");
        for far in ["ec2:Tag/env", "ec2:ResourceTags", "ec2:Zone"] {
            assert_eq!(near(far), None, "{far}");
        }
    }
}
