//! The part of YAML that templates are written in.
//!
//! saphyr-parser gives events. Beside them goes a cursor over the text: what stands between two values is a dash, a colon, a
//! bracket, a known tag or a comment, and every scalar is written in one of four ways, on one line or after `|`. Where the
//! cursor and the events disagree, and where libyaml reads another value, readers may differ, and the text is refused.

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag};
use serde_json::{Map, Value as Json, json};

use super::scalar::{Written, literal, scan};
use super::{Fault, is_plain, json};
use crate::limits;

/// Longer than any key; YAML gives keys a limit of 1,024 characters, and readers count them differently.
const LONGEST_KEY: usize = 256;

/// Reads a template in YAML.
pub(super) fn read(text: &str) -> Result<Json, Fault> {
    let mut builder = TreeBuilder {
        text,
        at: 0,
        parser: Parser::new_from_str(text),
    };
    let value = builder.document()?;
    match json::by_libyaml(text) {
        Ok(same) if same == value => Ok(value),
        Ok(_) => Err(Fault::at(
            text,
            0,
            "two YAML readers see different values in the template: lay it out like the rendered ones",
        )),
        Err(error) => Err(Fault::at(
            text,
            0,
            format!("not every reader of YAML takes it: {error}"),
        )),
    }
}

struct TreeBuilder<'t> {
    text: &'t str,
    /// The end of what was looked at.
    at: usize,
    parser: Parser<'t, StrInput<'t>>,
}

impl<'t> TreeBuilder<'t> {
    fn document(&mut self) -> Result<Json, Fault> {
        let mut root = None;
        loop {
            match self.event()? {
                Event::StreamEnd => break,
                Event::StreamStart
                | Event::DocumentStart(_)
                | Event::DocumentEnd
                | Event::Nothing => {}
                event => root = Some(self.value(event, false, 0)?),
            }
        }
        self.skip(false);
        match root {
            _ if self.at < self.text.len() => Err(self.fault(self.odd())),
            Some(Json::Object(fields)) => Ok(Json::Object(fields)),
            Some(_) => Err(Fault::at(self.text, 0, "a template must be a mapping")),
            None => Err(Fault::at(self.text, 0, "there is no template in it")),
        }
    }

    fn event(&mut self) -> Result<Event<'t>, Fault> {
        match self.parser.next_event() {
            Some(Ok((event, _))) => Ok(event),
            Some(Err(error)) => {
                let place = error.marker();
                // Odd text may stand before what the parser stumbled over, and says more.
                self.skip(false);
                Err(match self.text[self.at..].starts_with(['&', '*', '%']) {
                    true => self.fault(self.odd()),
                    false => Fault {
                        line: place.line(),
                        column: place.col() + 1,
                        what: format!("this is not YAML: {}", error.info()),
                    },
                })
            }
            None => Ok(Event::StreamEnd),
        }
    }

    fn value(&mut self, event: Event<'t>, in_brackets: bool, depth: usize) -> Result<Json, Fault> {
        let before = self.at;
        self.skip(in_brackets);
        if depth > limits::DEPTH {
            return Err(self.fault(format!("nested more than {} levels deep", limits::DEPTH)));
        }
        let tag = match &event {
            Event::Scalar(_, _, _, Some(tag))
            | Event::SequenceStart(_, Some(tag))
            | Event::MappingStart(_, Some(tag)) => Some(self.tag(tag)?),
            _ => None,
        };
        self.skip(in_brackets);
        let value = match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) if text.is_empty() => {
                let what = "a field or item without a value: write one, or leave it out";
                return Err(Fault::at(self.text, before, what));
            }
            Event::Scalar(text, ..) => self.scalar(&text, tag.is_some(), in_brackets)?,
            Event::SequenceStart(..) => self.sequence(in_brackets, depth)?,
            Event::MappingStart(..) => self.mapping(in_brackets, depth)?,
            _ => return Err(self.fault(self.odd())),
        };
        match tag {
            None => Ok(value),
            Some((at, name)) => {
                function(name, value).map_err(|what| Fault::at(self.text, at, what))
            }
        }
    }

    fn scalar(&mut self, text: &str, is_tagged: bool, in_brackets: bool) -> Result<Json, Fault> {
        let (written, length) =
            scan(&self.text[self.at..], in_brackets).map_err(|what| self.at_escape(what))?;
        let value = match written {
            Written::Plain(plain) => match literal(plain) {
                Some(value) if value.is_string() || !is_tagged => value,
                _ => return Err(self.fault(self.odd())),
            },
            _ => Json::from(text),
        };
        if written.text().as_deref() != Some(text) {
            return Err(self.fault(self.odd()));
        }
        self.at += length;
        Ok(value)
    }

    fn sequence(&mut self, in_brackets: bool, depth: usize) -> Result<Json, Fault> {
        let brackets = self.takes("[");
        if in_brackets && !brackets {
            return Err(self.fault(self.odd()));
        }
        let mut items = Vec::new();
        loop {
            let event = self.event()?;
            let ends = matches!(event, Event::SequenceEnd);
            if brackets && !self.takes_mark(ends, items.is_empty(), "]") {
                return Err(self.fault(self.odd()));
            }
            if ends {
                return Ok(Json::Array(items));
            }
            items.push(self.value(event, brackets, depth + 1)?);
        }
    }

    fn mapping(&mut self, in_brackets: bool, depth: usize) -> Result<Json, Fault> {
        let braces = self.takes("{");
        if in_brackets && !braces {
            return Err(self.fault(self.odd()));
        }
        let mut fields = Map::new();
        loop {
            let event = self.event()?;
            let ends = matches!(event, Event::MappingEnd);
            if braces && !self.takes_mark(ends, fields.is_empty(), "}") {
                return Err(self.fault(self.odd()));
            }
            if ends {
                return Ok(Json::Object(fields));
            }
            self.skip(braces);
            let at = self.at;
            let failed = |what: &str| Fault::at(self.text, at, what);
            let Json::String(key) = self.value(event, braces, depth + 1)? else {
                return Err(failed("a key that is not text: write it in double quotes"));
            };
            if key == "<<" || key.len() > LONGEST_KEY {
                return Err(failed("a key that not every reader takes for text"));
            }
            if fields.contains_key(&key) {
                return Err(failed(&format!(
                    "`{key}` appears twice: some readers use the first, others the last"
                )));
            }
            if braces && !self.takes(": ") {
                return Err(self.fault(self.odd()));
            }
            let event = self.event()?;
            let value = self.value(event, braces, depth + 1)?;
            fields.insert(key, value);
        }
    }

    /// Goes over what stands before an item in brackets or braces, or behind the last one.
    fn takes_mark(&mut self, ends: bool, is_first: bool, end: &str) -> bool {
        self.skip(true);
        self.takes(match (ends, is_first) {
            (true, _) => end,
            (false, true) => "",
            (false, false) => ",",
        })
    }

    /// Goes over what may stand between values: in brackets, that is blanks.
    fn skip(&mut self, in_brackets: bool) {
        loop {
            let rest = &self.text[self.at..];
            let is_mark = |rest: &str| rest.len() == 1 || rest[1..].starts_with([' ', '\n', '\r']);
            self.at += match rest.as_bytes().first() {
                Some(b' ') => 1,
                Some(b'\n' | b'\r') if !in_brackets => 1,
                Some(b'-' | b':') if !in_brackets && is_mark(rest) => 1,
                Some(b'#') if !in_brackets && self.begins_word() => {
                    rest.find('\n').unwrap_or(rest.len())
                }
                _ => return,
            };
        }
    }

    /// A short tag and its place.
    fn tag(&mut self, given: &Tag) -> Result<(usize, &'static str), Fault> {
        let at = self.at;
        let rest = &self.text[at..];
        if !rest.starts_with('!') {
            return Err(self.fault(self.odd()));
        }
        let word = &rest[..rest
            .find([' ', '\n', '\r', ',', ']', '}'])
            .unwrap_or(rest.len())];
        let Some(name) = FUNCTIONS.into_iter().find(|name| {
            given.handle == "!" && given.suffix == *name && word.strip_prefix('!') == Some(name)
        }) else {
            return Err(self.fault(format!(
                "the tag `{word}` is not read here; expected {}",
                FUNCTIONS.map(|name| format!("`!{name}`")).join(", ")
            )));
        };
        self.at += word.len();
        Ok((at, name))
    }

    /// Whether the cursor is at the beginning of a line or after a blank.
    fn begins_word(&self) -> bool {
        self.at == 0 || self.text[..self.at].ends_with([' ', '\n'])
    }

    fn takes(&mut self, expected: &str) -> bool {
        let takes = self.text[self.at..].starts_with(expected);
        if takes {
            self.at += expected.len();
        }
        takes
    }

    fn fault(&self, what: String) -> Fault {
        Fault::at(self.text, self.at, what)
    }

    /// A fault in a scalar, at the escape that it is about.
    fn at_escape(&self, what: String) -> Fault {
        let escape = what
            .strip_prefix("the escape `")
            .and_then(|rest| rest.split('`').next());
        let inside = escape.and_then(|escape| self.text[self.at..].find(escape));
        Fault::at(self.text, self.at + inside.unwrap_or_default(), what)
    }

    /// What is odd about the text at the cursor, and what to write instead.
    fn odd(&self) -> String {
        let rest = &self.text[self.at..];
        let (written, _) = scan(rest, false).unwrap_or((Written::Plain(""), 0));
        let plain = match written {
            Written::Plain(plain) => plain,
            _ => "",
        };
        match rest.chars().next() {
            Some('&') => "an anchor: write the value out where it is wanted".to_owned(),
            Some('*') => "an alias, or a text without quotes: write the value out, a text in double quotes".to_owned(),
            Some('>') => "a folded text: write it in double quotes".to_owned(),
            Some('%' | '-' | '.') if plain.is_empty() || ["---", "..."].contains(&plain) || plain.starts_with('%') => {
                "a document mark or directive: a template is one document without marks".to_owned()
            }
            None | Some('\n' | '\r') => "a field or item without a value: write one, or leave it out".to_owned(),
            _ if plain.is_empty() => "no rendered template is laid out like this: write a key or a dash, and its value beside or below it".to_owned(),
            _ if is_plain(plain) => format!("`{plain}` goes on elsewhere than on its line: write it on one line, in double quotes"),
            _ => format!("`{plain}` may be another value to another reader of YAML: write a text in double quotes, a number in digits, `true` or `false`"),
        }
    }
}

/// The functions that have a short tag here.
const FUNCTIONS: [&str; 6] = ["Ref", "Sub", "GetAtt", "If", "Not", "Equals"];

/// A short tag written out.
fn function(name: &str, value: Json) -> Result<Json, String> {
    match (name, &value) {
        ("Ref", Json::String(_)) => Ok(json!({"Ref": value})),
        ("Sub", Json::String(_)) => Ok(json!({"Fn::Sub": value})),
        ("GetAtt", Json::String(text)) => match text.split('.').collect::<Vec<_>>().as_slice() {
            [id, attribute] => Ok(json!({"Fn::GetAtt": [id, attribute]})),
            _ => Err("`!GetAtt` takes an id and an attribute, with a dot between".to_owned()),
        },
        ("Ref" | "Sub" | "GetAtt", _) => Err(format!("`!{name}` takes a text")),
        (_, Json::Array(_)) => Ok(json!({format!("Fn::{name}"): value})),
        _ => Err(format!("`!{name}` takes a list")),
    }
}
