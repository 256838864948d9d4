//! The rows of a spreadsheet, with the position of each cell.
//!
//! The csv crate parses the values. It only knows the position of a row, so those of the cells are found separately.

use std::ops::Range;

use ::csv::{ReaderBuilder, StringRecord, Trim};

use crate::diag::{Diagnostic, FileId, Span};
use crate::load::sink::Sink;

/// A row with the position of each cell.
pub(super) struct Row {
    pub(super) values: StringRecord,
    cells: Vec<Range<usize>>,
}

impl Row {
    /// The position of a cell, or of the last one if the row is shorter.
    pub(super) fn cell(&self, index: usize) -> Range<usize> {
        let last = self.cells.last().cloned().unwrap_or(0..0);
        self.cells.get(index).cloned().unwrap_or(last)
    }
}

/// The separator of cells, and the start of the header.
pub(super) fn dialect(text: &str) -> (u8, usize) {
    let line = text.lines().next().unwrap_or_default();
    // Excel reads and writes this line.
    if let Some(delimiter) = line
        .strip_prefix("sep=")
        .and_then(|rest| rest.bytes().next())
    {
        return (delimiter, text.find('\n').map_or(text.len(), |end| end + 1));
    }
    let header = text.trim_start();
    let header = header.lines().next().unwrap_or_default();
    let count = |delimiter: u8| header.bytes().filter(|byte| *byte == delimiter).count();
    let most = *b",;\t"
        .iter()
        .rev()
        .max_by_key(|delimiter| count(**delimiter))
        .unwrap_or(&b',');
    (most, 0)
}

/// All rows that are not blank.
pub(super) fn rows(
    file: FileId,
    text: &str,
    delimiter: u8,
    start: usize,
    sink: &mut Sink,
) -> Vec<Row> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(&text.as_bytes()[start..]);
    let mut rows = Vec::new();
    // The text is UTF-8 and rows may differ in length, so the crate accepts every row.
    for values in reader.records().flatten() {
        if values.iter().all(str::is_empty) {
            continue;
        }
        let begins = values.position().map_or(0, |position| position.byte());
        let begins = start + usize::try_from(begins).unwrap_or_default();
        let (cells, open) = cells(text, begins, delimiter);
        if let Some(quote) = open {
            sink.push(
                Diagnostic::error(
                    "open-quote",
                    at(file, quote..quote + 1),
                    "a quote that is not closed",
                )
                .why("everything behind it would be one cell")
                .help("close it; a quote inside a quoted cell is written twice"),
            );
            return Vec::from_iter(rows);
        }
        rows.push(Row { values, cells });
    }
    rows
}

/// The position of each cell of a row without surrounding blanks, and of an unclosed quote.
fn cells(text: &str, begins: usize, delimiter: u8) -> (Vec<Range<usize>>, Option<usize>) {
    let bytes = text.as_bytes();
    let mut start = begins + leading(&text[begins..]);
    let mut cells = Vec::new();
    let mut at = start;
    let mut quote = None;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            // A quote only opens a cell at its start; elsewhere it is an ordinary character.
            b'"' if quote.is_some() => quote = None,
            b'"' if at == start => quote = Some(at),
            b'"' if bytes.get(at.wrapping_sub(1)) == Some(&b'"') && bytes[start] == b'"' => {
                quote = Some(start);
            }
            // The crate accepts both as the end of a row.
            b'\n' | b'\r' if quote.is_none() => break,
            byte if byte == delimiter && quote.is_none() => {
                cells.push(trimmed(text, start..at));
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    cells.push(trimmed(text, start..at));
    (cells, quote)
}

/// The line ends before a row, which the crate counts as part of it.
fn leading(text: &str) -> usize {
    text.bytes()
        .take_while(|byte| b"\r\n".contains(byte))
        .count()
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let cell = &text[range.clone()];
    let start = range.start + (cell.len() - cell.trim_start().len());
    start..start + cell.trim().len()
}

/// A position in a file.
pub(super) fn at(file: FileId, range: Range<usize>) -> Span {
    Span {
        file,
        start: range.start,
        end: range.end,
    }
}

#[cfg(test)]
mod tests {
    use super::{dialect, rows};
    use crate::diag::SourceMap;
    use crate::load::sink::Sink;

    #[test]
    fn every_cell_is_where_its_value_says() {
        let texts = [
            "account,name\n1,a\n\n2,b",
            "account;name\r\n1;\"a; b\"\r\n2;\"c \"\"d\"\" e\"\r\n\r\n",
            "sep=;\r\naccount;name\r\n 1 ;  x \r\n",
            "\n\naccount\tname\n1\t\"two\nlines\"\n2\té中\t\n",
            "account,name\r1,a\r\r\"2\r3\",b\r",
            "account,name\n\"\",\"\"\"\"\n=\"01\",a \"b\" c\n",
        ];
        for text in texts {
            let mut sources = SourceMap::default();
            let file = sources.add("accounts.csv", text);
            let (delimiter, start) = dialect(text);
            let mut sink = Sink::default();
            let rows = rows(file, text, delimiter, start, &mut sink);
            assert!(!sink.has_errors(), "{text}");
            assert!(rows.len() > 1, "{text}");
            for row in rows {
                assert_eq!(row.values.len(), row.cells.len(), "{text}");
                for (value, cell) in row.values.iter().zip(row.cells) {
                    let written = &text[cell];
                    let inner = written
                        .strip_prefix('"')
                        .and_then(|rest| rest.strip_suffix('"'));
                    let read =
                        inner.map_or(written.to_owned(), |inner| inner.replace("\"\"", "\""));
                    assert_eq!(read.trim(), value, "{text}");
                }
            }
        }
    }
}
