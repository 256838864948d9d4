//! Suggestions for misspelled words.

use crate::limits;

/// The candidate that `written` is a misspelling of. Returns `None` if none is similar enough, or if two are equally
/// similar: a wrong suggestion is worse than none.
pub fn did_you_mean<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // Longer names are unlikely to be misspelled, and slow to compare.
    if written.len() > 100 {
        return None;
    }
    let written = written.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    let mut several = false;
    for candidate in candidates.into_iter().take(limits::SUGGESTIONS) {
        let lower = candidate.to_lowercase();
        let longest = written.chars().count().max(lower.chars().count());
        let Some(distance) = edits(&written, &lower, (longest / 3).min(3)) else {
            continue;
        };
        match best {
            Some((least, _)) if distance > least => {}
            Some((least, known)) if distance == least => several |= known != candidate,
            _ => {
                best = Some((distance, candidate));
                several = false;
            }
        }
    }
    best.filter(|_| !several).map(|(_, candidate)| candidate)
}

/// The edit distance: how many letters have to be inserted, deleted, replaced or swapped with their neighbour, up to
/// `most`.
pub(crate) fn edits(one: &str, other: &str, most: usize) -> Option<usize> {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let mut before = vec![0; other.len() + 1];
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1; other.len() + 1];
        for (j, b) in other.iter().enumerate() {
            let replaced = above[j] + usize::from(a != b);
            row[j + 1] = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            let exchanged = i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b;
            if exchanged {
                row[j + 1] = row[j + 1].min(before[j - 1] + 1);
            }
        }
        before = above;
        above = row;
    }
    above.last().copied().filter(|edits| *edits <= most)
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, edits};

    #[test]
    fn edits_are_counted_as_a_typist_makes_them() {
        for (one, other, count) in [
            ("", "", 0),
            ("vpc", "vpcs", 1),
            ("dsecribe", "describe", 1),
            ("lsit", "list", 1),
            ("bukcets", "bucket", 2),
            ("get", "put", 2),
        ] {
            assert_eq!(edits(one, other, 5), Some(count), "{one} {other}");
            assert_eq!(edits(other, one, 5), Some(count), "{other} {one}");
        }
        assert_eq!(edits("describe", "create", 3), None);
    }

    #[test]
    fn a_word_is_suggested_where_it_is_the_only_one_that_is_near() {
        let partitions = [
            "aws",
            "aws-us-gov",
            "aws-cn",
            "aws-eusc",
            "aws-iso",
            "aws-iso-b",
            "aws-iso-e",
        ];
        assert_eq!(did_you_mean("aws-dedicated", partitions), None);
        assert_eq!(did_you_mean("aws-iso-x", partitions), None);
        assert_eq!(did_you_mean("AWS-CN", partitions), Some("aws-cn"));
        assert_eq!(did_you_mean("aws-gov", partitions), Some("aws-us-gov"));
        assert_eq!(did_you_mean("ssx", ["sso", "ssm"]), None);
        assert_eq!(did_you_mean("ssm", ["sso", "ssm"]), Some("ssm"));
        assert_eq!(
            did_you_mean("clutser", ["cluster", "cluster"]),
            Some("cluster")
        );
    }
}
