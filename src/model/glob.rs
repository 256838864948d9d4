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
    use super::{covers, matches};

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
    fn an_escaped_wildcard_is_a_character() {
        assert!(covers("a?*", "a${*}b"));
        assert!(covers("a${*}?", "a${*}b"));
        assert!(!covers("a${*}?", "axb"));
        assert!(covers("a${?}*", "a${?}b"));
    }
}
