//! The parser: what has one reading, and nothing else.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashSet;

use super::syntax::For;
use super::{Attribute, Block, Body, Expression, Fault, Part, Step};
use crate::model::is_spelled_once;

/// How deep blocks and expressions may nest. A policy in a module nests ten deep.
const MOST_DEPTH: usize = 32;

/// Numbers up to here are the same in every reader. Terraform writes larger ones with an exponent.
const MOST_NUMBER: u64 = 1 << 53;

/// Words that are values or syntax, and so no names.
const KEYWORDS: [&str; 6] = ["true", "false", "null", "for", "in", "if"];

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
            what: format!("`{}` stands outside any block", stray.name),
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

struct Parser<'t> {
    text: &'t str,
    /// The byte that is read next.
    at: usize,
    depth: usize,
}

type Parsed<T> = Result<T, Fault>;

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn begins(&self, word: &str) -> bool {
        self.text.as_bytes()[self.at..].starts_with(word.as_bytes())
    }

    /// Goes past a word if it is next.
    fn take(&mut self, word: &str) -> bool {
        let is_next = self.begins(word);
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    fn fault<T>(&self, what: impl Into<String>) -> Parsed<T> {
        Err(Fault {
            offset: self.at,
            what: what.into(),
        })
    }

    /// What stands here, where something else is wanted.
    fn odd(&self, wanted: &str) -> Fault {
        let found = match self.text[self.at..].chars().next() {
            None => "the end of the file".to_owned(),
            Some('\n' | '\r') => "the end of the line".to_owned(),
            Some(character) => format!("`{}`", character.escape_debug()),
        };
        Fault {
            offset: self.at,
            what: format!("{found} is not understood here: {wanted} is wanted"),
        }
    }

    fn expect(&mut self, word: &str) -> Parsed<()> {
        match self.take(word) {
            true => Ok(()),
            false => Err(self.odd(&format!("`{word}`"))),
        }
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MOST_DEPTH {
            return self.fault(format!(
                "this nests more than {MOST_DEPTH} deep, which nothing rendered does"
            ));
        }
        self.depth += 1;
        let read = inner(self);
        self.depth -= 1;
        read
    }

    /// Goes past blanks of one line.
    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// Goes past a line's end, with the blanks and the comment before it. Tells whether there was one.
    fn line_end(&mut self) -> Parsed<bool> {
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
    fn lines(&mut self) -> Parsed<bool> {
        let mut any = false;
        while self.line_end()? {
            any = true;
        }
        Ok(any)
    }

    fn identifier(&mut self) -> Parsed<&'t str> {
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

    fn expression(&mut self) -> Parsed<Expression<'t>> {
        let first = self.operand()?;
        let mut operands = vec![first];
        let mut operators = Vec::new();
        loop {
            let end = self.at;
            self.blanks();
            let operator = ["&&", ">=", "<="].into_iter().find(|word| self.take(word));
            let Some(operator) = operator else {
                if self.is_operator() {
                    return self.fault("a condition, a comparison or a calculation is not understood: Terraform could take another value than is read here");
                }
                self.at = end;
                break;
            };
            self.blanks();
            operators.push(operator);
            operands.push(self.operand()?);
        }
        Ok(match operators.is_empty() {
            true => operands.remove(0),
            false => Expression::Operation(operands, operators),
        })
    }

    /// Whether an operator is next that no form has.
    fn is_operator(&self) -> bool {
        match self.peek() {
            Some(b'=') => self.begins("=="),
            Some(byte) => b"!<>?+-*/%&|".contains(&byte),
            None => false,
        }
    }

    fn operand(&mut self) -> Parsed<Expression<'t>> {
        match self.peek() {
            Some(b'"') => self.quoted(),
            Some(b'[') => self.deeper(Self::list),
            Some(b'{') => self.deeper(Self::object),
            Some(b'0'..=b'9') => self.number(),
            Some(b'<') => self.fault("a heredoc is not read: write a quoted text"),
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => self.named(),
            _ => Err(self.odd("a value")),
        }
    }

    fn number(&mut self) -> Parsed<Expression<'t>> {
        let rest = &self.text.as_bytes()[self.at..];
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'.';
        let length = rest.iter().take_while(|byte| is_part(byte)).count();
        let digits = &self.text[self.at..self.at + length];
        let number = digits.parse::<u64>().ok();
        let number = number.filter(|number| *number < MOST_NUMBER);
        // A number has one spelling: no zero before it, no exponent.
        match number.filter(|number| number.to_string() == digits) {
            Some(number) => {
                self.at += length;
                Ok(Expression::Number(number))
            }
            None => self.fault(format!(
                "the number {digits} is not understood: write a whole one below {MOST_NUMBER}, or a text in quotes"
            )),
        }
    }

    /// A path, a call or a word that is a value.
    fn named(&mut self) -> Parsed<Expression<'t>> {
        let start = self.at;
        let name = self.identifier()?;
        match name {
            "true" => return Ok(Expression::Bool(true)),
            "false" => return Ok(Expression::Bool(false)),
            "null" => return Ok(Expression::Null),
            name if KEYWORDS.contains(&name) => {
                self.at = start;
                return Err(self.odd("a value"));
            }
            _ => {}
        }
        if self.take("(") {
            return self.deeper(|parser| parser.arguments(name));
        }
        let mut steps = Vec::new();
        loop {
            if self.take(".") {
                if self.begins(".") {
                    // `...` behind an argument.
                    self.at -= 1;
                    break;
                }
                steps.push(Step::Name(self.identifier()?));
            } else if self.take("[") {
                steps.push(Step::Index(self.deeper(Self::operand)?));
                self.expect("]")?;
            } else {
                break;
            }
        }
        Ok(Expression::Path(name, steps))
    }

    fn arguments(&mut self, name: &'t str) -> Parsed<Expression<'t>> {
        let mut arguments = Vec::new();
        let mut expands = false;
        self.lines()?;
        while !self.take(")") {
            arguments.push(self.expression()?);
            expands = self.take("...");
            self.lines()?;
            let goes_on = !expands && self.take(",");
            if !goes_on && self.peek() != Some(b')') {
                return Err(self.odd("`,` or `)`"));
            }
            self.lines()?;
        }
        Ok(Expression::Call {
            name,
            arguments,
            expands,
        })
    }

    fn list(&mut self) -> Parsed<Expression<'t>> {
        self.expect("[")?;
        self.lines()?;
        if self.keyword("for") {
            return self.each("]");
        }
        let mut items = Vec::new();
        while !self.take("]") {
            items.push(self.expression()?);
            self.lines()?;
            if !self.take(",") && self.peek() != Some(b']') {
                return Err(self.odd("`,` or `]`"));
            }
            self.lines()?;
        }
        Ok(Expression::List(items))
    }

    fn object(&mut self) -> Parsed<Expression<'t>> {
        self.expect("{")?;
        self.lines()?;
        if self.keyword("for") {
            return self.each("}");
        }
        let mut fields: Vec<(Cow<'t, str>, Expression<'t>)> = Vec::new();
        let mut keys = HashSet::new();
        while !self.take("}") {
            let start = self.at;
            let key = self.key()?;
            if !keys.insert(key.clone()) {
                return Err(twice(&key, start));
            }
            self.blanks();
            self.expect("=")?;
            self.blanks();
            fields.push((key, self.expression()?));
            let is_line = self.lines()?;
            let is_comma = !is_line && self.take(",");
            if !is_line && !is_comma && self.peek() != Some(b'}') {
                return Err(self.odd("`,`, `}` or a new line"));
            }
            self.lines()?;
        }
        Ok(Expression::Object(fields))
    }

    /// A key of an object: a name, or a plain text.
    fn key(&mut self) -> Parsed<Cow<'t, str>> {
        let start = self.at;
        let plain = match self.peek() {
            Some(b'"') => match self.quoted()? {
                Expression::Text(mut parts) => match (parts.pop(), parts.is_empty()) {
                    (None, _) => Some(Cow::Borrowed("")),
                    (Some(Part::Literal(key)), true) => Some(key),
                    _ => None,
                },
                _ => None,
            },
            _ => {
                let name = self.identifier()?;
                (!KEYWORDS.contains(&name)).then_some(Cow::Borrowed(name))
            }
        };
        plain.ok_or(Fault {
            offset: start,
            what: "a key is a name or a plain text in quotes".to_owned(),
        })
    }

    /// Goes past a word that no name goes on with.
    fn keyword(&mut self, word: &str) -> bool {
        let next = self.text.as_bytes().get(self.at + word.len());
        let goes_on = next.is_some_and(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        !goes_on && self.take(word)
    }

    /// What follows `for`, up to the closing bracket.
    fn each(&mut self, close: &str) -> Parsed<Expression<'t>> {
        self.blanks();
        let mut names = vec![self.identifier()?];
        self.blanks();
        if self.take(",") {
            self.blanks();
            names.push(self.identifier()?);
            self.blanks();
        }
        if !self.keyword("in") {
            return Err(self.odd("`in`"));
        }
        self.blanks();
        let over = self.expression()?;
        self.blanks();
        self.expect(":")?;
        self.lines()?;
        let mut value = self.expression()?;
        let mut key = None;
        if close == "}" {
            self.blanks();
            self.expect("=>")?;
            self.lines()?;
            key = Some(std::mem::replace(&mut value, self.expression()?));
        }
        self.lines()?;
        self.expect(close)?;
        Ok(Expression::For(Box::new(For {
            names,
            over,
            key,
            value,
        })))
    }

    fn quoted(&mut self) -> Parsed<Expression<'t>> {
        let opening = self.at;
        self.expect("\"")?;
        let mut parts: Vec<Part<'t>> = Vec::new();
        let mut literal: Cow<'t, str> = Cow::Borrowed("");
        let mut plain = self.at;
        loop {
            // What needs no look goes as a whole.
            let rest = &self.text[self.at..];
            let odd = |character: char| {
                matches!(character, '"' | '\\' | '$' | '%') || character.is_control()
            };
            let Some(found) = rest.find(odd) else {
                self.at = opening;
                return self.fault("this text has no closing quote");
            };
            self.at += found;
            append(&mut literal, &self.text[plain..self.at]);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => append_char(&mut literal, self.escape()?),
                Some(sign @ (b'$' | b'%')) => {
                    let rest = &self.text.as_bytes()[self.at..];
                    let run = rest.iter().take_while(|byte| **byte == sign).count();
                    let opens = rest.get(run) == Some(&b'{');
                    if opens && run == 1 {
                        if !literal.is_empty() {
                            parts.push(Part::Literal(std::mem::take(&mut literal)));
                        }
                        parts.push(self.place()?);
                    } else {
                        // `$${` is a text that begins with `${`.
                        let kept = run - usize::from(opens);
                        append(&mut literal, &self.text[self.at..self.at + kept]);
                        self.at += run;
                        if opens {
                            append(&mut literal, "{");
                            self.at += 1;
                        }
                    }
                }
                _ => {
                    return self.fault(
                        "a control character in a text is not read: write it as an escape, and the text in one line",
                    );
                }
            }
            plain = self.at;
        }
        self.at += 1;
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        for part in &parts {
            if let Part::Literal(text) = part
                && !is_spelled_once(text)
            {
                return Err(Fault {
                    offset: opening,
                    what: format!(
                        "\"{}\" is no text of one spelling: Terraform writes it in Unicode NFC, and a letter and its mark as one",
                        text.escape_default()
                    ),
                });
            }
        }
        Ok(Expression::Text(parts))
    }

    /// What stands in `${` and `}`.
    fn place(&mut self) -> Parsed<Part<'t>> {
        if !self.take("${") {
            return self.fault("a directive in a text is not understood");
        }
        let inner = self.deeper(Self::operand)?;
        match self.take("}") {
            true => Ok(Part::Place(inner)),
            false => Err(self.odd("`}`")),
        }
    }

    fn escape(&mut self) -> Parsed<char> {
        let character = match self.text.as_bytes().get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let digits = self.text.get(self.at + 2..self.at + 6);
                let digits =
                    digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
                let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
                // Whatever can be written as it is, is: an escape could hide what it stands for.
                let control = code
                    .and_then(char::from_u32)
                    .filter(|code| code.is_control());
                match control {
                    Some(control) => {
                        self.at += 6;
                        return Ok(control);
                    }
                    None => {
                        return self
                            .fault("an escape of four digits stands for a control character, and for nothing else");
                    }
                }
            }
            _ => return self.fault("this escape is not understood"),
        };
        self.at += 2;
        Ok(character)
    }
}

fn twice(name: &str, offset: usize) -> Fault {
    Fault {
        offset,
        what: format!("`{name}` stands twice: which of them counts differs between readers"),
    }
}

fn append<'t>(text: &mut Cow<'t, str>, more: &'t str) {
    match text.is_empty() {
        true => *text = Cow::Borrowed(more),
        false if more.is_empty() => {}
        false => text.to_mut().push_str(more),
    }
}

fn append_char(text: &mut Cow<'_, str>, more: char) {
    text.to_mut().push(more);
}
