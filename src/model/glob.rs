//! IAM wildcards: `*` for any run of characters, `?` for any one character.

/// Whether `text` is one of the strings that `pattern` stands for. Case matters.
pub fn matches(pattern: &str, text: &str) -> bool {
    walk(pattern, text, |wanted, found| {
        wanted == '?' || wanted == found
    })
}

/// Whether every string that `narrow` stands for is one that `wide` stands for too. Case matters.
///
/// Exact where `narrow` holds no wildcard. Where it does, `true` is always right; `false` may be too
/// careful for patterns such as `a*b` under `*a*b*`-like overlaps, which then count as different.
pub fn covers(wide: &str, narrow: &str) -> bool {
    if !wide.contains(['*', '?']) {
        return wide == narrow;
    }
    walk(wide, narrow, |wanted, found| match wanted {
        '?' => found != '*',
        _ => wanted == found,
    })
}

/// Linear-space matching with one point of return: the last `*`.
fn walk(pattern: &str, text: &str, same: impl Fn(char, char) -> bool) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '*' {
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
    pattern[p..].iter().all(|&rest| rest == '*')
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
}
