//! Quoted texts, with their escapes and places.

use std::borrow::Cow;

use super::parse::{Parsed, Parser};
use super::{Expression, Fault, Part};
use crate::model::is_spelled_once;

impl<'t> Parser<'t> {
    pub(super) fn quoted(&mut self) -> Parsed<Expression<'t>> {
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
