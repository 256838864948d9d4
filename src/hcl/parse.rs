//! The parser: what has one reading, and nothing else. Here are files, blocks and what is between words; `expression` and
//! `quoted` go on with it.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashSet;

use super::{Attribute, Block, Body, Expression, Fault, Part};
use crate::limits;

/// Reads the blocks of a file.
///
/// # Errors
///
/// At the first thing that is not of the subset.
pub(crate) fn parse(text: &str) -> Result<Vec<Block<'_>>, Fault> {
    let mut parser = Parser::new(text);
    let body = parser.body(None)?;
    match body.attributes.first() {
        None => Ok(body.blocks),
        Some(stray) => Err(Fault {
            offset: stray.offset,
            what: format!("`{}` is outside any block", stray.name),
        }),
    }
}

/// Reads one expression, which is the whole text.
///
/// # Errors
///
/// When it is not of the subset.
pub(crate) fn expression(text: &str) -> Result<Expression<'_>, Fault> {
    let mut parser = Parser::new(text);
    let expression = parser.expression()?;
    match parser.peek() {
        None => Ok(expression),
        Some(_) => Err(parser.odd("the end")),
    }
}

pub(super) struct Parser<'t> {
    pub(super) text: &'t str,
    /// The byte that is read next.
    pub(super) at: usize,
    depth: usize,
}

pub(super) type Parsed<T> = Result<T, Fault>;

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn begins(&self, word: &str) -> bool {
        self.text.as_bytes()[self.at..].starts_with(word.as_bytes())
    }

    /// Goes past a word if it is next.
    pub(super) fn take(&mut self, word: &str) -> bool {
        let is_next = self.begins(word);
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    pub(super) fn fault<T>(&self, what: impl Into<String>) -> Parsed<T> {
        Err(Fault {
            offset: self.at,
            what: what.into(),
        })
    }

    /// What stands here, where something else is wanted.
    pub(super) fn odd(&self, wanted: &str) -> Fault {
        let found = match self.text[self.at..].chars().next() {
            None => "the end of the file".to_owned(),
            Some('\n' | '\r') => "the end of the line".to_owned(),
            Some(character) => format!("`{}`", character.escape_debug()),
        };
        Fault {
            offset: self.at,
            what: format!("{found} is not understood here: expected {wanted}"),
        }
    }

    pub(super) fn expect(&mut self, word: &str) -> Parsed<()> {
        match self.take(word) {
            true => Ok(()),
            false => Err(self.odd(&format!("`{word}`"))),
        }
    }

    pub(super) fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == limits::DEPTH {
            return self.fault(format!(
                "this is nested more than {} levels deep",
                limits::DEPTH
            ));
        }
        self.depth += 1;
        let read = inner(self);
        self.depth -= 1;
        read
    }

    /// Goes past blanks of one line.
    pub(super) fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// Goes past a line's end, with the blanks and the comment before it. Tells whether there was one.
    pub(super) fn line_end(&mut self) -> Parsed<bool> {
        self.blanks();
        if self.begins("//") || self.begins("/*") {
            return self.fault("a comment begins with `#`: the others are not read");
        }
        if self.peek() == Some(b'#') {
            let rest = &self.text[self.at..];
            let comment = &rest[..rest.find('\n').unwrap_or(rest.len())];
            let comment = comment.strip_suffix('\r').unwrap_or(comment);
            let odd = |character: char| character.is_control() && character != '\t';
            if let Some(odd) = comment.find(odd) {
                self.at += odd;
                return self.fault("a control character in a comment is not read");
            }
            self.at += comment.len();
        }
        Ok(self.take("\n") || self.take("\r\n"))
    }

    /// Goes past blanks, comments and line ends. Tells whether there was a line end.
    pub(super) fn lines(&mut self) -> Parsed<bool> {
        let mut any = false;
        while self.line_end()? {
            any = true;
        }
        Ok(any)
    }

    pub(super) fn identifier(&mut self) -> Parsed<&'t str> {
        let rest = &self.text.as_bytes()[self.at..];
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let length = rest.iter().take_while(|byte| is_part(byte)).count();
        if length == 0 || !(rest[0].is_ascii_alphabetic() || rest[0] == b'_') {
            return Err(self.odd("a name"));
        }
        let name = &self.text[self.at..self.at + length];
        self.at += length;
        Ok(name)
    }

    /// What stands in a block up to its closing brace, or in a file up to its end.
    fn body(&mut self, close: Option<&str>) -> Parsed<Body<'t>> {
        let mut body = Body::default();
        let mut names = HashSet::new();
        loop {
            self.lines()?;
            let is_closed = match close {
                Some(brace) => self.begins(brace),
                None => self.peek().is_none(),
            };
            if is_closed {
                return Ok(body);
            }
            if self.peek().is_none() {
                return Err(self.odd("`}`"));
            }
            let offset = self.at;
            let name = self.identifier()?;
            self.blanks();
            match self.peek() {
                Some(b'=') => {
                    let attribute = self.attribute(name, offset)?;
                    if !names.insert(name) {
                        return Err(twice(name, offset));
                    }
                    body.attributes.push(attribute);
                }
                _ => body.blocks.push(self.block(name, offset)?),
            }
            if !self.line_end()? && self.peek().is_some() {
                return Err(self.odd("a new line"));
            }
        }
    }

    fn attribute(&mut self, name: &'t str, offset: usize) -> Parsed<Attribute<'t>> {
        self.expect("=")?;
        self.blanks();
        Ok(Attribute {
            name,
            value: self.expression()?,
            offset,
            constant: OnceCell::new(),
        })
    }

    /// A block from behind its kind.
    fn block(&mut self, kind: &'t str, offset: usize) -> Parsed<Block<'t>> {
        let mut labels = Vec::new();
        while self.peek() == Some(b'"') {
            let start = self.at;
            let plain = match self.quoted()? {
                Expression::Text(parts) => match parts.as_slice() {
                    [Part::Literal(Cow::Borrowed(label))] => Some(*label),
                    _ => None,
                },
                _ => None,
            };
            labels.push(plain.ok_or(Fault {
                offset: start,
                what: "a label is a plain text".to_owned(),
            })?);
            self.blanks();
        }
        self.expect("{")?;
        let body = self.deeper(|parser| match parser.line_end()? {
            true => parser.body(Some("}")),
            false => parser.one_line(),
        })?;
        self.expect("}")?;
        Ok(Block {
            kind,
            labels,
            body,
            offset,
        })
    }

    /// A body on one line has one attribute or none.
    fn one_line(&mut self) -> Parsed<Body<'t>> {
        let mut body = Body::default();
        if self.peek() != Some(b'}') {
            let offset = self.at;
            let name = self.identifier()?;
            self.blanks();
            body.attributes.push(self.attribute(name, offset)?);
            self.blanks();
        }
        Ok(body)
    }
}

pub(super) fn twice(name: &str, offset: usize) -> Fault {
    Fault {
        offset,
        what: format!("`{name}` appears twice: readers differ in which one they use"),
    }
}
