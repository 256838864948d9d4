//! Text in columns, for a terminal of 80.

/// The width to keep to.
pub(super) const WIDTH: usize = 80;

/// Columns, each as wide as its widest cell, two blanks apart, behind an indentation of two. The last column wraps
/// within [`WIDTH`].
pub(super) fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..count.saturating_sub(1)).map(width).collect();
    let last = 2 + widths.iter().map(|width| width + 2).sum::<usize>();
    let mut text = String::new();
    for row in rows {
        let mut line = String::from(" ");
        for (cell, &width) in row.iter().zip(&widths) {
            line.push_str(&format!(" {cell:width$} "));
        }
        let tail = row
            .get(widths.len())
            .map(String::as_str)
            .unwrap_or_default();
        let mut pieces = wrap(tail, WIDTH.saturating_sub(last).max(20)).into_iter();
        line.push(' ');
        line.push_str(&pieces.next().unwrap_or_default());
        text.push_str(line.trim_end());
        text.push('\n');
        for piece in pieces {
            text.push_str(&format!("{:last$}{piece}\n", ""));
        }
    }
    text
}

/// A paragraph behind an indentation.
pub(super) fn paragraph(text: &str, indent: usize) -> String {
    wrap(text, WIDTH - indent)
        .into_iter()
        .map(|line| format!("{:indent$}{line}\n", ""))
        .collect()
}

/// Breaks at blanks; a word longer than a line stands alone.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn the_last_column_wraps_under_itself() {
        let rows = vec![vec!["a".to_owned(), "word ".repeat(30)]];
        let text = columns(&rows);
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        assert!(
            text.lines().nth(1).unwrap().starts_with("     word"),
            "{text}"
        );
    }
}
