//! IAM wildcards: `*` for any run of characters, `?` for any one character.

/// Whether `text` is one of the strings that `pattern` stands for. Case matters.
pub fn matches(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    walk(&plain(pattern), &text, |wanted, found| {
        wanted == Piece::Any || wanted == Piece::Character(found)
    })
}

/// Whether every string that `narrow` stands for is one that `wide` stands for too. Case matters.
///
/// A policy variable such as `${aws:username}` stands for text that nobody knows here: on the wide side for nothing but
/// the same variable, on the narrow side for any text.
///
/// Exact where `narrow` holds no wildcard. Where it does, `true` is always right; `false` may be too
/// careful for patterns such as `a*b` under `*a*b*`-like overlaps, which then count as different.
pub fn covers(wide: &str, narrow: &str) -> bool {
    if !wide.contains(['*', '?']) {
        return wide == narrow;
    }
    walk(
        &pieces(wide),
        &pieces(narrow),
        |wanted, found| match wanted {
            Piece::Any => matches!(found, Piece::Any | Piece::Character(_)),
            _ => wanted == found,
        },
    )
}

/// Whether some string is one that both patterns stand for. Exact without policy variables; one of those stands for any text.
pub(super) fn overlap(one: &str, other: &str) -> bool {
    let run = |piece| match piece {
        Piece::Variable(_) => Piece::Run,
        piece => piece,
    };
    let one: Vec<Piece<'_>> = pieces(one).into_iter().map(run).collect();
    let other: Vec<Piece<'_>> = pieces(other).into_iter().map(run).collect();
    // What overlaps from here on, a line for each place in `one`, from the last to the first.
    let mut below: Vec<bool> = Vec::new();
    for i in (0..=one.len()).rev() {
        let mut line = vec![false; other.len() + 1];
        for j in (0..=other.len()).rev() {
            let skips = |piece: Option<&Piece<'_>>| piece == Some(&Piece::Run);
            let (here, there) = (one.get(i), other.get(j));
            let next = |line: &[bool], j: usize| line.get(j).copied().unwrap_or(false);
            line[j] = match (here, there) {
                (None, None) => true,
                _ if skips(here) || skips(there) => {
                    next(&below, j) && (skips(here) || here.is_some() && skips(there))
                        || next(&line, j + 1) && (skips(there) || there.is_some() && skips(here))
                }
                (Some(here), Some(there)) => {
                    let same = here == there || *here == Piece::Any || *there == Piece::Any;
                    same && next(&below, j + 1)
                }
                _ => false,
            };
        }
        below = line;
    }
    below.first().copied().unwrap_or(false)
}

/// A pattern that stands for a text and nothing else.
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

/// The shortest text that a pattern stands for, as a pattern that stands for nothing else.
pub(super) fn shortest(pattern: &str) -> String {
    let texts = pieces(pattern).into_iter().map(|piece| match piece {
        Piece::Run | Piece::Variable(_) => String::new(),
        Piece::Any => "x".to_owned(),
        Piece::Character(character) => literal(&character.to_string()),
    });
    texts.collect()
}

/// Whether a pattern stands for one text only.
pub(super) fn is_literal(pattern: &str) -> bool {
    pieces(pattern)
        .iter()
        .all(|piece| matches!(piece, Piece::Character(_)))
}

/// A part of a pattern of IAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    /// `*`
    Run,
    /// `?`
    Any,
    Character(char),
    /// What stands between `${` and `}`.
    Variable(&'a str),
}

/// The parts of a pattern. `${*}`, `${?}` and `${$}` are how a policy writes these three characters themselves:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>.
fn pieces(pattern: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    // What is behind this has no closing brace, and is not searched for one again and again.
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

/// More than any two texts take that fit into policies of AWS, with room to spare.
const MOST_STEPS: usize = 4_000_000;

/// Linear-space matching with one point of return: the last `*`. What takes more steps than texts of AWS can is no match.
fn walk<'a, T: Copy>(
    pattern: &[Piece<'a>],
    text: &[T],
    same: impl Fn(Piece<'a>, T) -> bool,
) -> bool {
    let (mut p, mut t, mut steps) = (0, 0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        steps += 1;
        if steps > MOST_STEPS + 4 * text.len() {
            return false;
        }
        if p < pattern.len() && pattern[p] == Piece::Run {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && same(pattern[p], text[t]) {
            p += 1;
            t += 1;
        } else if let Some((star_p, star_t)) = star {
            p = star_p + 1;
            t = star_t + 1;
            star = Some((star_p, star_t + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&rest| rest == Piece::Run)
}

#[cfg(test)]
mod tests {
    use super::{covers, literal, matches, overlap, shortest};

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
}
