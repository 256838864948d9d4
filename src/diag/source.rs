//! The texts that diagnostics refer to.

use std::ops::Range;
use std::sync::OnceLock;

/// The prefix of the names of built-in catalogs.
pub const BUILTIN: &str = "builtin:";

/// Identifies a text in a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(usize);

/// A range of bytes in one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The text.
    pub file: FileId,
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// The bytes as a range.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A position for people: line and column start at 1, and columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
}

/// A text and its name.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// A path as the user gave it, or `builtin:…` for a built-in catalog.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// Whether it is an account list, which is generated and not meant to be read line by line.
    pub is_list: bool,
    /// Computed when a position is needed first.
    lines: OnceLock<Lines>,
}

/// An index of line starts and of the number of characters before each block. Without it, every position in a text with
/// one long line, or with an error in each line, would require reading the whole text.
#[derive(Debug, Clone)]
struct Lines {
    starts: Vec<usize>,
    /// Per block, and at the end; empty if every character has one byte.
    characters: Vec<usize>,
}

/// The number of bytes per block.
const BLOCK: usize = 256;

impl Lines {
    fn new(text: &str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let mut characters = Vec::new();
        if !text.is_ascii() {
            let mut before = 0;
            for block in text.as_bytes().chunks(BLOCK) {
                characters.push(before);
                before += begun(block);
            }
            characters.push(before);
        }
        Self {
            starts: [0]
                .into_iter()
                .chain(newlines.map(|(at, _)| at + 1))
                .collect(),
            characters,
        }
    }

    fn characters_before(&self, text: &str, byte: usize) -> usize {
        let block = byte / BLOCK;
        match self.characters.get(block) {
            Some(before) => before + begun(&text.as_bytes()[block * BLOCK..byte]),
            None => byte,
        }
    }
}

/// The number of characters that start in these bytes.
fn begun(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte & 0xc0) != 0x80).count()
}

/// All texts that were read.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Adds a text.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.files.push(SourceFile {
            name: name.into(),
            text: text.into(),
            is_list: false,
            lines: OnceLock::new(),
        });
        FileId(self.files.len() - 1)
    }

    /// Adds an account list, or a file that belongs to one.
    pub fn add_list(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let file = self.add(name, text);
        self.files[file.0].is_list = true;
        file
    }

    /// The text with this id.
    pub fn file(&self, file: FileId) -> &SourceFile {
        &self.files[file.0]
    }

    /// The names of all texts except built-in ones.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.files.iter().map(|file| file.name.as_str());
        names.filter(|name| !name.starts_with(BUILTIN))
    }

    /// The text with this name, if it was read.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.id_of(name).map(|file| self.file(file).text.as_str())
    }

    /// The first text with this name, if it was read.
    pub fn id_of(&self, name: &str) -> Option<FileId> {
        let index = self.files.iter().position(|file| file.name == name)?;
        Some(FileId(index))
    }

    /// Whether a text is a built-in catalog.
    pub fn is_builtin(&self, file: FileId) -> bool {
        self.file(file).name.starts_with(BUILTIN)
    }

    /// The start of a span.
    pub fn line_column(&self, span: Span) -> LineColumn {
        self.position(span.file, span.start)
    }

    /// The end of a span, after its last character.
    pub fn end_line_column(&self, span: Span) -> LineColumn {
        self.position(span.file, span.end)
    }

    /// The start of the line that contains a byte.
    pub(super) fn line_start(&self, file: FileId, byte: usize) -> usize {
        let lines = self.lines(file);
        lines.starts[lines.starts.partition_point(|start| *start <= byte) - 1]
    }

    fn position(&self, file: FileId, byte: usize) -> LineColumn {
        let text = &self.file(file).text;
        let lines = self.lines(file);
        let line = lines.starts.partition_point(|start| *start <= byte);
        let before = |byte| lines.characters_before(text, byte);
        LineColumn {
            line,
            column: before(byte) - before(lines.starts[line - 1]) + 1,
        }
    }

    fn lines(&self, file: FileId) -> &Lines {
        let file = self.file(file);
        file.lines.get_or_init(|| Lines::new(&file.text))
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, SourceMap, Span};

    #[test]
    fn lines_and_columns_are_those_that_counting_finds() {
        for piece in ["a", "ä", "a\n", "漢字\r\n", "🦀 x"] {
            let text = piece.repeat(BLOCK);
            let mut sources = SourceMap::default();
            let file = sources.add("x", text.as_str());
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            for start in ends {
                let before = &text[..start];
                let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
                let span = Span {
                    file,
                    start,
                    end: start,
                };
                let found = sources.line_column(span);
                let line = before.matches('\n').count() + 1;
                let column = before[line_start..].chars().count() + 1;
                assert_eq!(
                    (found.line, found.column),
                    (line, column),
                    "{piece:?} at {start}"
                );
                assert_eq!(sources.line_start(file, start), line_start);
            }
        }
    }
}
