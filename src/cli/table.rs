//! Text in columns for a terminal of 80 columns. Control characters are removed, since text may come from others.

use crate::model::visible;

/// The maximum width of a line.
pub(super) const WIDTH: usize = 80;

/// The minimum width of the last column.
const NARROWEST: usize = 20;

/// How many rows are listed; the others are counted.
pub(super) const MOST_ROWS: usize = 12;

/// The first items, and the number of the others.
pub(super) fn some(items: &[String], between: &str) -> String {
    let shown = items[..items.len().min(MOST_ROWS)].join(between);
    match items.len().saturating_sub(MOST_ROWS) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A row of string literals, such as a header.
pub(super) fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).into()
}

/// Columns as wide as their widest cells, separated by two blanks and indented by two. The last column wraps within
/// [`WIDTH`]; if the others leave too little room for it, the widest of them wraps too.
pub(super) fn columns(rows: &[Vec<String>]) -> String {
    let shown = |row: &Vec<String>| row.iter().map(|cell| visible(cell).into_owned()).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(shown).collect();
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let mut widths: Vec<usize> = (0..count).map(width).collect();
    let Some(tail) = widths.pop() else {
        return String::new();
    };
    let before = |widths: &[usize]| 2 + widths.iter().map(|width| width + 2).sum::<usize>();
    let excess = (before(&widths) + tail.min(NARROWEST)).saturating_sub(WIDTH);
    let widest = (0..widths.len()).max_by_key(|column| widths[*column]);
    if let Some(column) = widest.filter(|_| excess > 0) {
        // Words are not broken.
        let cells = rows.iter().filter_map(|row| row.get(column));
        let words = cells.flat_map(|cell| cell.split_whitespace());
        let longest = words.map(|word| word.chars().count()).max();
        widths[column] = widths[column]
            .saturating_sub(excess)
            .max(longest.unwrap_or(0));
    }
    let last = before(&widths);
    widths.push(WIDTH.saturating_sub(last).max(NARROWEST));
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<Vec<String>> = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| match cell.chars().count() > width {
                true => wrap(cell, width),
                false => vec![cell.clone()],
            })
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or_default();
        for number in 0..height {
            let mut line = String::from(" ");
            for (pieces, &width) in cells.iter().zip(&widths) {
                let piece = pieces.get(number).map_or("", String::as_str);
                line.push_str(&format!(" {piece:width$} "));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

/// An indented paragraph.
pub(super) fn paragraph(text: &str, indent: usize) -> String {
    wrap(text, WIDTH - indent)
        .into_iter()
        .map(|line| format!("{:indent$}{line}\n", ""))
        .collect()
}

/// Wraps text at blanks. A word that is longer than a line gets its own line.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace().map(visible) {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::{columns, row};

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

    #[test]
    fn the_widest_column_gives_way_where_there_is_no_room() {
        let label = "the longest managed policy of the role in 222222222222 (largest)";
        let text = columns(&[row([label, "6000", "6100", "6144 characters"])]);
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.lines().next().unwrap().ends_with("6144 characters"));
    }
}
