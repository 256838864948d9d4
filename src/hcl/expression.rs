//! Expressions: literals, lists, objects, paths, calls and loops.

use std::borrow::Cow;
use std::collections::HashSet;

use super::parse::{Parsed, Parser, twice};
use super::syntax::For;
use super::{Expression, Fault, Part, Step};

/// Numbers up to here are the same in every reader. Terraform writes larger ones with an exponent.
const MOST_NUMBER: u64 = 1 << 53;

/// Words that are values or syntax, and so no names.
const KEYWORDS: [&str; 6] = ["true", "false", "null", "for", "in", "if"];

impl<'t> Parser<'t> {
    pub(super) fn expression(&mut self) -> Parsed<Expression<'t>> {
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

    pub(super) fn operand(&mut self) -> Parsed<Expression<'t>> {
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
}
