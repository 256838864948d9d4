//! Two texts held against each other, line by line.

use similar::TextDiff;

/// Where lines differ that many ways, they are told as replaced, and not searched for what they have in common.
const MOST_WAYS: usize = 4_000_000;

/// The lines of a unified diff with so many lines of context, without its head.
pub fn diff(before: &str, after: &str, context: usize) -> Vec<String> {
    // Whoever compares them takes each of these for the end of a line.
    let lines = |text: &str| -> Vec<String> {
        let lines = text.split_inclusive(['\n', '\r']);
        lines.map(|line| line.trim_end().to_owned()).collect()
    };
    let (old, new) = (lines(before), lines(after));
    let alike = old.iter().zip(&new);
    let head = alike.take_while(|(one, other)| one == other).count();
    let alike = old[head..].iter().rev().zip(new[head..].iter().rev());
    let tail = alike.take_while(|(one, other)| one == other).count();
    let (gone, come) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    if before.is_empty() || after.is_empty() || gone.len() * come.len() > MOST_WAYS {
        let gone = gone.iter().map(|line| format!("-{line}"));
        return gone
            .chain(come.iter().map(|line| format!("+{line}")))
            .collect();
    }
    let difference = TextDiff::from_lines(before, after);
    let text = difference
        .unified_diff()
        .context_radius(context)
        .to_string();
    text.lines().map(str::to_owned).collect()
}
