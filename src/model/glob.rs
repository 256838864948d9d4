//! IAM wildcards: `*` matches any number of characters, `?` any one character.

use std::collections::BTreeMap;

/// Whether `text` matches `pattern`. Case matters.
pub fn matches(pattern: &str, text: &str) -> bool {
    let text: Vec<Piece<'_>> = text.chars().map(Piece::Character).collect();
    walk(&plain(pattern), &text)
}

/// Whether every string that `narrow` matches is also matched by `wide`. Case matters.
///
/// The value of a policy variable such as `${aws:username}` is unknown: in `wide`, it only matches the same variable;
/// in `narrow`, it can be any text.
///
/// Exact if `narrow` has no wildcard. Otherwise `true` is always right, but `false` may be too cautious for overlaps
/// such as `a*b` under `*a*b*`.
pub fn covers(wide: &str, narrow: &str) -> bool {
    if !wide.contains(['*', '?']) {
        return wide == narrow;
    }
    walk(&pieces(wide), &pieces(narrow))
}

/// Whether some string matches both patterns. Exact without policy variables; a variable matches any text.
pub fn overlap(one: &str, other: &str) -> bool {
    let run = |piece| match piece {
        Piece::Variable(_) => Piece::Run,
        piece => piece,
    };
    let one: Vec<Piece<'_>> = pieces(one).into_iter().map(run).collect();
    let other: Vec<Piece<'_>> = pieces(other).into_iter().map(run).collect();
    let (mut one, mut other) = (one.as_slice(), other.as_slice());
    let fit = |a: &Piece<'_>, b: &Piece<'_>| a == b || *a == Piece::Any || *b == Piece::Any;
    // The parts before the first run and after the last one of either pattern are compared position by position.
    while let (Some((a, ones)), Some((b, others))) = (one.split_first(), other.split_first()) {
        if *a == Piece::Run || *b == Piece::Run {
            break;
        }
        if !fit(a, b) {
            return false;
        }
        (one, other) = (ones, others);
    }
    while let (Some((a, ones)), Some((b, others))) = (one.split_last(), other.split_last()) {
        if *a == Piece::Run || *b == Piece::Run {
            break;
        }
        if !fit(a, b) {
            return false;
        }
        (one, other) = (ones, others);
    }
    let is_run = |piece: &Piece<'_>| *piece == Piece::Run;
    match (one.iter().any(is_run), other.iter().any(is_run)) {
        // Each begins or ends with a run that takes what the other one has beside its own, or holds the other one in it.
        (true, true) => true,
        (true, false) => walk(one, &open(other)),
        (false, true) => walk(other, &open(one)),
        (false, false) => one.is_empty() && other.is_empty(),
    }
}

/// A pattern without runs as a text in which some characters are whichever is wanted.
fn open<'a>(pattern: &[Piece<'a>]) -> Vec<Piece<'a>> {
    let open = |&piece: &Piece<'a>| match piece {
        Piece::Any => Piece::Open,
        piece => piece,
    };
    pattern.iter().map(open).collect()
}

/// A pattern that matches only the given text.
pub fn literal(text: &str) -> String {
    let mut pattern = String::new();
    for character in text.chars() {
        match character {
            '*' | '?' | '$' => pattern.extend(['$', '{', character, '}']),
            character => pattern.push(character),
        }
    }
    pattern
}

/// The shortest text that a pattern matches, as a pattern for only this text.
pub(super) fn shortest(pattern: &str) -> String {
    let texts = pieces(pattern).into_iter().map(|piece| match piece {
        Piece::Run | Piece::Variable(_) => String::new(),
        Piece::Any | Piece::Open => "x".to_owned(),
        Piece::Character(character) => literal(&character.to_string()),
    });
    texts.collect()
}

/// Whether a pattern matches only one text.
pub(super) fn is_literal(pattern: &str) -> bool {
    pieces(pattern)
        .iter()
        .all(|piece| matches!(piece, Piece::Character(_)))
}

/// A part of a pattern of IAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Piece<'a> {
    Run,
    Any,
    Character(char),
    /// In a text, a character that is whichever is wanted.
    Open,
    /// The text between `${` and `}`.
    Variable(&'a str),
}

impl Piece<'_> {
    /// Whether this piece, which is no run, matches everything that the other one does.
    fn takes(self, found: Piece<'_>) -> bool {
        match self {
            Piece::Any => matches!(found, Piece::Any | Piece::Character(_) | Piece::Open),
            Piece::Character(_) => self == found || found == Piece::Open,
            _ => self == found,
        }
    }
}

/// The parts of a pattern. `${*}`, `${?}` and `${$}` are how a policy writes these three characters themselves:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>.
fn pieces(pattern: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    // The rest has no closing brace, so it is not searched for one repeatedly.
    let last = pattern.rfind('}').unwrap_or_default();
    while let Some(first) = rest.chars().next() {
        let variable = rest
            .strip_prefix("${")
            .filter(|_| pattern.len() - rest.len() < last)
            .and_then(|inner| inner.split_once('}'));
        let piece = match (variable, first) {
            (Some((name, after)), _) => {
                rest = after;
                match name {
                    "*" => Piece::Character('*'),
                    "?" => Piece::Character('?'),
                    "$" => Piece::Character('$'),
                    _ => Piece::Variable(name),
                }
            }
            (None, first) => {
                rest = &rest[first.len_utf8()..];
                match first {
                    '*' => Piece::Run,
                    '?' => Piece::Any,
                    other => Piece::Character(other),
                }
            }
        };
        pieces.push(piece);
    }
    pieces
}

/// A pattern without policy variables.
fn plain(pattern: &str) -> Vec<Piece<'_>> {
    pattern
        .chars()
        .map(|c| match c {
            '*' => Piece::Run,
            '?' => Piece::Any,
            other => Piece::Character(other),
        })
        .collect()
}

/// Whether the pieces of a pattern, between whose runs anything may stand, take all of a text. Each part between two runs
/// is taken where it first fits, so that what is behind it has the most room.
fn walk(pattern: &[Piece<'_>], text: &[Piece<'_>]) -> bool {
    let mut parts = pattern.split(|&piece| piece == Piece::Run);
    let first = parts.next().unwrap_or_default();
    let Some(rest) = after(first, text) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    let Some((mut rest, end)) = rest
        .len()
        .checked_sub(last.len())
        .map(|at| rest.split_at(at))
    else {
        return false;
    };
    if after(last, end).is_none() {
        return false;
    }
    for part in parts {
        let Some(at) = find(part, rest) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    true
}

/// What is left of a text behind a part of a pattern.
fn after<'t, 'a>(part: &[Piece<'_>], text: &'t [Piece<'a>]) -> Option<&'t [Piece<'a>]> {
    let (here, rest) = text.split_at_checked(part.len())?;
    let mut pairs = part.iter().zip(here);
    pairs
        .all(|(wanted, found)| wanted.takes(*found))
        .then_some(rest)
}

/// The pieces of a part that is looked for at one place after the other. A longer one is looked for at all at once.
const SHORT: usize = 64;

/// The first place in a text where a part of a pattern stands.
fn find(part: &[Piece<'_>], text: &[Piece<'_>]) -> Option<usize> {
    if part.len() <= SHORT {
        let mut places = 0..(text.len() + 1).checked_sub(part.len())?;
        return places.find(|&at| after(part, &text[at..]).is_some());
    }
    // Window by window, so that what is found early costs no look at all of the text.
    let places = (text.len() + 1).checked_sub(part.len())?;
    let window = 4 * part.len();
    (0..places).step_by(window).find_map(|start| {
        let end = (start + window + part.len() - 1).min(text.len());
        Some(start + find_long(part, &text[start..end])?)
    })
}

/// What `find` does, for 64 places in one step: two texts of half a megabyte, as no policy of AWS has them, would take hours.
fn find_long(part: &[Piece<'_>], text: &[Piece<'_>]) -> Option<usize> {
    let places = (text.len() + 1).checked_sub(part.len())?;
    let mut stands: BTreeMap<Piece<'_>, Vec<usize>> = BTreeMap::new();
    for (at, &piece) in text.iter().enumerate() {
        stands.entry(piece).or_default().push(at);
    }
    let mut wanted: BTreeMap<Piece<'_>, Vec<usize>> = BTreeMap::new();
    for (at, &piece) in part.iter().enumerate() {
        wanted.entry(piece).or_default().push(at);
    }
    // A bit for each place where the part may stand, and one for each place where a piece of it does.
    let mut open = vec![u64::MAX; places.div_ceil(64)];
    for (piece, offsets) in wanted {
        let mut here = vec![0_u64; text.len() / 64 + 2];
        let any = stands.iter().filter(|(found, _)| piece.takes(**found));
        let found: Vec<&Vec<usize>> = match piece {
            Piece::Any => any.map(|(_, places)| places).collect(),
            _ => [piece, Piece::Open]
                .iter()
                .filter_map(|one| stands.get(one))
                .collect(),
        };
        for &at in found.into_iter().flatten() {
            here[at / 64] |= 1 << (at % 64);
        }
        for offset in offsets {
            let (word, bit) = (offset / 64, offset % 64);
            for (open, pair) in open.iter_mut().zip(here[word..].windows(2)) {
                let high = if bit == 0 { 0 } else { pair[1] << (64 - bit) };
                *open &= pair[0] >> bit | high;
            }
        }
    }
    let first = open.iter().position(|&word| word != 0)?;
    let at = first * 64 + open[first].trailing_zeros() as usize;
    (at < places).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::{
        Piece, covers, find, find_long, literal, matches, overlap, pieces, plain, shortest,
    };

    #[test]
    fn a_star_stands_for_any_run_and_a_question_mark_for_one_character() {
        assert!(matches("ec2:Describe*", "ec2:DescribeVpcs"));
        assert!(matches("ec2:DescribeVpc?", "ec2:DescribeVpcs"));
        assert!(matches("*", ""));
        assert!(matches("a*b*c", "aXXbYYbZc"));
        assert!(!matches("ec2:DescribeVpc?", "ec2:DescribeVpc"));
        assert!(!matches("ec2:Describe", "ec2:DescribeVpcs"));
    }

    #[test]
    fn a_pattern_covers_a_narrower_one_and_never_a_wider_one() {
        assert!(covers("ec2:*", "ec2:Describe*"));
        assert!(covers("ec2:Describe*", "ec2:Describe*"));
        assert!(covers("ec2:*Vpc*", "ec2:DescribeVpcs"));
        assert!(!covers("ec2:Describe*", "ec2:*"));
        assert!(!covers("ec2:Describe?", "ec2:Describe*"));
        assert!(covers("a?c", "a?c"));
    }

    #[test]
    fn a_policy_variable_stands_for_text_of_any_length() {
        let home = |name: &str| format!("arn:aws:s3:::home/{name}");
        let by_name = home("${aws:username}");
        // As long as the variable is written, but not as what stands for it.
        assert!(!covers(&home("????????????*"), &by_name));
        assert!(!covers(&home("?{aws*"), &by_name));
        assert!(!covers(&home("?"), &home("${x}")));
        assert!(covers(&home("*"), &by_name));
        assert!(covers(&by_name, &by_name));
        assert!(covers(
            &home("${aws:username}/*"),
            &home("${aws:username}/a")
        ));
        assert!(!covers(
            &home("${aws:username}/*"),
            &home("${aws:userid}/a")
        ));
        assert!(!covers(&home("${aws:username}/*"), &home("anna/a")));
        assert!(!covers(&by_name, &home("*")));
    }

    #[test]
    fn two_patterns_overlap_where_one_text_fits_both() {
        for (one, other, fits) in [
            ("a*", "*b", true),
            ("a*", "b*", false),
            ("a?c", "ab*", true),
            ("a?c", "a*d", false),
            ("*", "", true),
            ("?", "", false),
            ("a*b*c", "*bb*", true),
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "a${*}", true),
            ("ab", "a${*}", false),
            ("x/${aws:username}", "x/anna", true),
            ("x/${aws:username}", "y/anna", false),
        ] {
            assert_eq!(overlap(one, other), fits, "{one} {other}");
            assert_eq!(overlap(other, one), fits, "{other} {one}");
        }
        assert_eq!(literal("a*$"), "a${*}${$}");
        assert_eq!(shortest("a*?${*}"), "ax${*}");
    }

    #[test]
    fn an_escaped_wildcard_is_a_character() {
        assert!(covers("a?*", "a${*}b"));
        assert!(covers("a${*}?", "a${*}b"));
        assert!(!covers("a${*}?", "axb"));
        assert!(covers("a${?}*", "a${?}b"));
    }

    /// A stop after some number of steps would have to be read as "no match" or as "match", and either can be unsafe.
    #[test]
    fn no_text_is_too_long_to_be_matched() {
        let (many, more) = ("a".repeat(10_000), "a".repeat(20_000));
        assert!(matches(&format!("*{many}*b"), &format!("{more}b")));
        assert!(!matches(&format!("*{many}b*"), &format!("{more}c")));
        assert!(matches(&format!("*{many}b*"), &format!("{more}bc")));
        assert!(matches(
            &format!("*{}b*", "?".repeat(10_000)),
            &format!("{more}bc")
        ));
        assert!(matches(&"*a".repeat(10_000), &more));
        assert!(!matches(&format!("{}b", "*a".repeat(10_000)), &more));
        assert!(matches(
            &format!("{}sts:assumerole", "*".repeat(5_000_000)),
            "sts:assumerole"
        ));
        assert!(covers(
            &format!("*{many}?*"),
            &format!("{more}${{aws:username}}a")
        ));
        assert!(!covers(
            &format!("*{many}??*"),
            &format!("{many}${{aws:username}}a")
        ));
        assert!(overlap(&format!("{}*", "*a".repeat(10_000)), &more));
        // Of all of these, the time grows with the length, and not with its square.
        let runs = "*a".repeat(300_000);
        assert!(overlap(&runs, &format!("{runs}*")));
        assert!(!overlap(&format!("{runs}b"), &format!("{runs}c")));
        assert!(!overlap(&format!("{runs}b"), &"?a".repeat(300_000)));
        let parts = format!("*{}", "a".repeat(100)).repeat(10_000);
        assert!(matches(&parts, &"a".repeat(1_000_000)));
        assert!(!matches(&format!("{parts}*a"), &"a".repeat(1_000_000)));
    }

    /// Two patterns of two letters up to some length: they overlap where both take one of the texts.
    #[test]
    fn patterns_overlap_as_it_is_defined() {
        let patterns = all("ab?*", 4);
        // Longer than the characters that both patterns ask for.
        let texts = all("ab", 8);
        let taken: Vec<Vec<bool>> = patterns
            .iter()
            .map(|pattern| texts.iter().map(|text| matches(pattern, text)).collect())
            .collect();
        for (one, ones) in patterns.iter().zip(&taken) {
            for (other, others) in patterns.iter().zip(&taken) {
                let expected = ones.iter().zip(others).any(|(a, b)| *a && *b);
                assert_eq!(overlap(one, other), expected, "{one} {other}");
            }
        }
    }

    /// All texts of some letters up to a length.
    fn all(letters: &str, length: u32) -> Vec<String> {
        let mut texts = vec![String::new()];
        for _ in 0..length {
            let longer = texts
                .iter()
                .flat_map(|text| letters.chars().map(move |letter| format!("{text}{letter}")));
            texts = std::iter::once(String::new()).chain(longer).collect();
        }
        texts
    }

    /// Every pattern and every text of two letters up to some length: by the definition, and in both ways of looking.
    #[test]
    fn a_pattern_is_looked_for_as_it_is_defined() {
        fn defined(pattern: &[Piece<'_>], text: &[Piece<'_>]) -> bool {
            match (pattern.split_first(), text.split_first()) {
                (None, None) => true,
                (Some((Piece::Run, rest)), next) => {
                    defined(rest, text) || next.is_some_and(|(_, after)| defined(pattern, after))
                }
                (Some((wanted, rest)), Some((found, after))) => {
                    wanted.takes(*found) && defined(rest, after)
                }
                _ => false,
            }
        }
        for pattern in all("ab?*", 5) {
            for text in all("ab", 5) {
                let found: Vec<Piece<'_>> = text.chars().map(Piece::Character).collect();
                let expected = defined(&plain(&pattern), &found);
                assert_eq!(matches(&pattern, &text), expected, "{pattern} {text}");
            }
        }
        let texts: Vec<String> = [63, 64, 65, 127, 128, 129, 200]
            .iter()
            .flat_map(|&length| {
                ["ab", "a?b", "aab", "a${x}b"].map(|word| word.repeat(length)[..].to_owned())
            })
            .collect();
        for text in &texts {
            let text = pieces(text);
            for (begin, end) in [
                (0, 1),
                (0, 65),
                (1, 64),
                (30, 31),
                (63, 130),
                (64, 128),
                (5, 200),
                (0, text.len()),
            ] {
                let mut part = text[begin.min(text.len())..end.min(text.len())].to_vec();
                for change in [None, Some(Piece::Any), Some(Piece::Character('c'))] {
                    if let (Some(change), Some(last)) = (change, part.last_mut()) {
                        *last = change;
                    }
                    if part.is_empty() {
                        continue;
                    }
                    let places = (text.len() + 1).saturating_sub(part.len());
                    let first = (0..places).find(|&at| {
                        part.iter()
                            .zip(&text[at..])
                            .all(|(wanted, found)| wanted.takes(*found))
                    });
                    assert_eq!(find(&part, &text), first);
                    assert_eq!(find_long(&part, &text), first);
                }
            }
        }
    }
}
