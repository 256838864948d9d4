//! The texts that diagnostics point into.

use std::ops::Range;

/// What the name of a catalog in the binary begins with.
pub const BUILTIN: &str = "builtin:";

/// Names a text in a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(usize);

/// A range of bytes in one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The text.
    pub file: FileId,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The bytes as a range.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A place as people count it: both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
}

/// A text and the name to show for it.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// A path as the user gave it, or `builtin:…` for a catalog in the binary.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// Whether it is a list of accounts, which a program made and nobody reads line by line.
    pub is_list: bool,
}

/// Every text that was read.
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
        });
        FileId(self.files.len() - 1)
    }

    /// Adds a list of accounts, or a file that belongs to one.
    pub fn add_list(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let file = self.add(name, text);
        self.files[file.0].is_list = true;
        file
    }

    /// The text that `file` names.
    pub fn file(&self, file: FileId) -> &SourceFile {
        &self.files[file.0]
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

    /// Whether a text is a catalog of the binary, and no file of the user's.
    pub fn is_builtin(&self, file: FileId) -> bool {
        self.file(file).name.starts_with(BUILTIN)
    }

    /// Where a span begins.
    pub fn line_column(&self, span: Span) -> LineColumn {
        self.position(span.file, span.start)
    }

    /// Where a span ends: behind its last character.
    pub fn end_line_column(&self, span: Span) -> LineColumn {
        self.position(span.file, span.end)
    }

    fn position(&self, file: FileId, byte: usize) -> LineColumn {
        let before = &self.file(file).text[..byte];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        LineColumn {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}
