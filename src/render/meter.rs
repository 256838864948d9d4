//! Templates of the user's own, with their work counted: a few lines can double a text until memory is full, or loop for
//! hours, and Tera has no limit on either.
//!
//! Every template of a render gets calls of [`super::counting`] written into it: one where it begins, one in each loop and
//! block, and one at each value that an operator or a filter is about to go through. What could grow without such a place is
//! refused, and [templates.md](../../docs/templates.md#limits) lists it.

use std::ops::Range;

use super::counting::{self, BYTES_A_STEP};
use super::tags::{Kind, Tag, Word, tags};
use crate::limits;

/// A template with its work counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Metered {
    pub(super) text: String,
    /// Where something was written into it, by place in `text`, and how long that is.
    inserted: Vec<(usize, usize)>,
}

impl Metered {
    /// The place in the template as it was written; for a place in what was written into it, the word before.
    pub(super) fn written(&self, template: &str, range: Range<usize>) -> Range<usize> {
        let (start, end) = (self.back(range.start), self.back(range.end));
        let mut insertions = self.inserted.iter();
        let inside = |(at, length): &(usize, usize)| {
            (*at..at + length).contains(&range.start) && self.text[*at..].starts_with('|')
        };
        if !insertions.any(inside) {
            return start..end;
        }
        let before = template.get(..start).unwrap_or_default().trim_ascii_end();
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let word = before.trim_end_matches(is_of_word).len();
        word..before.len()
    }

    fn back(&self, at: usize) -> usize {
        let before = self.inserted.iter().take_while(|(start, _)| *start < at);
        at - before
            .map(|(start, length)| (*length).min(at - start))
            .sum::<usize>()
    }
}

/// What is not taken, at its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unbounded {
    pub(super) range: Range<usize>,
    pub(super) what: &'static str,
    pub(super) instead: &'static str,
}

/// Counts the work of a template, or tells what in it cannot be counted.
pub(super) fn metered(text: &str) -> Result<Metered, Vec<Unbounded>> {
    let tags = tags(text);
    let mut meter = Meter {
        text,
        insertions: Vec::new(),
        refused: Vec::new(),
        words: &[],
    };
    meter.begin(&tags);
    for (index, tag) in tags.iter().enumerate() {
        meter.words = &tag.words;
        meter.tag(tag, &tags[index..]);
    }
    match meter.refused.is_empty() {
        true => Ok(meter.written()),
        false => Err(meter.refused),
    }
}

/// A line that is too long for the tags in it.
pub(super) fn crowded(text: &str) -> Option<Unbounded> {
    let tags = tags(text);
    let mut words = tags.iter().flat_map(|tag| &tag.words).peekable();
    let (mut start, mut shown) = (0, 0_usize);
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        while let Some(word) = words.next_if(|word| word.range.start < end) {
            shown += match word.kind {
                Kind::Name => line.len(),
                _ => 0,
            };
            if shown > limits::TAG_LINES {
                return Some(Unbounded {
                    range: word.range.clone(),
                    what: "a tag in a line as long as this, with as many tags,",
                    instead: "break the line inside its tags, where white space does not reach the output",
                });
            }
        }
        start = end;
    }
    None
}

/// The templates that a text includes or extends.
pub(super) fn parts_of(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for tag in tags(text).iter().filter(|tag| !tag.prints) {
        if let [word, name, ..] = tag.words.as_slice()
            && ["include", "extends"].contains(&&text[word.range.clone()])
            && name.kind == Kind::Constant
        {
            parts.push(text[name.range.clone()].trim_matches(['"', '\'', '`']));
        }
    }
    parts
}

struct Meter<'t> {
    text: &'t str,
    /// The words of the tag that is looked at.
    words: &'t [Word],
    insertions: Vec<(usize, String)>,
    refused: Vec<Unbounded>,
}

/// Operators that go through their operands.
const THOROUGH: [&str; 10] = ["~", "==", "!=", "<", ">", "<=", ">=", "in", "not", "is"];

/// The steps of including a template.
const INTO_TEMPLATE: usize = 64;

/// Words between values.
const CONNECTIVES: [&str; 7] = ["and", "or", "not", "in", "is", "if", "else"];

impl<'t> Meter<'t> {
    /// A template is counted where it begins; one that extends another has no beginning of its own.
    fn begin(&mut self, tags: &'t [Tag]) {
        let first = tags.first().and_then(|tag| tag.words.first());
        if first.is_none_or(|word| &self.text[word.range.clone()] != "extends") {
            // Going into a template takes as long as many turns of a loop.
            let call = call(INTO_TEMPLATE * BYTES_A_STEP + self.text.len());
            self.insertions.push((0, format!("{{{{ {call} }}}}")));
        }
    }

    fn tag(&mut self, tag: &Tag, from_here: &[Tag]) {
        let count = self.words.len();
        if tag.prints {
            return self.expression(0..count, false);
        }
        match self.word(0) {
            "if" | "elif" => self.expression(1..count, false),
            "for" => {
                let source = self
                    .words
                    .iter()
                    .position(|word| &self.text[word.range.clone()] == "in");
                let source = source.map_or(count, |place| place + 1);
                if source < count {
                    self.expression(source..count, false);
                    self.wrap(source..count, counting::COUNTED);
                }
                self.body(tag, from_here, "endfor");
            }
            "block" => self.body(tag, from_here, "endblock"),
            "set" | "set_global" if self.word(2) == "=" => self.expression(3..count, false),
            "set" | "set_global" => self.refuse(
                0,
                "a block that is kept in a variable",
                "write it where it is used, or `{% set name = … %}`",
            ),
            "filter" => {
                self.filter(1);
            }
            "component" | "<" | "</" => self.refuse_component(0),
            _ => {}
        }
    }

    /// Counts each time that a loop or block goes through its body.
    fn body(&mut self, tag: &Tag, from_here: &[Tag], end: &str) {
        let name = |tag: &Tag| {
            tag.words
                .first()
                .map_or("", |word| &self.text[word.range.clone()])
        };
        let begin = self.word(0);
        let mut depth = 0;
        let end = from_here.iter().find(|tag| {
            depth += usize::from(!tag.prints && name(tag) == begin);
            depth -= usize::from(!tag.prints && name(tag) == end);
            depth == 0
        });
        let end = end.map_or(self.text.len(), |tag| tag.range.start);
        let call = call(end.saturating_sub(tag.range.end));
        let printed = match tag.trims {
            true => format!("{{{{- {call} -}}}}"),
            false => format!("{{{{ {call} }}}}"),
        };
        self.insertions.push((tag.range.end, printed));
    }

    /// Goes through an expression. The items of a list are gone through by whatever is done with the list.
    fn expression(&mut self, words: Range<usize>, in_list: bool) {
        let mut at = words.start;
        while at < words.end {
            let is_value = match self.words[at].kind {
                Kind::Constant => true,
                Kind::Name => !CONNECTIVES.contains(&self.word(at)),
                Kind::Mark => matches!(self.word(at), "(" | "["),
            };
            if !is_value {
                match self.word(at) {
                    "..." => self.refuse(at, "`...`", "name the items, or loop over each list"),
                    "{" | "{{" => {
                        self.refuse(at, "a mapping in a template", "use the values themselves")
                    }
                    "<" if at == 0 => self.refuse_component(at),
                    // The name of a test is no value.
                    "is" => at += 1 + usize::from(self.word(at + 1) == "not"),
                    _ => {}
                }
                at += 1;
                continue;
            }
            let end = self.chain(at, words.end);
            let before = at.checked_sub(1).filter(|before| *before >= words.start);
            let before = before.map_or("", |before| self.word(before));
            let after = if end < words.end { self.word(end) } else { "" };
            let is_item = in_list && matches!(before, "" | ",") && matches!(after, "" | ",");
            let constant = end == at + 1 && self.words[at].kind == Kind::Constant;
            if !constant && (is_item || THOROUGH.contains(&before) || THOROUGH.contains(&after)) {
                self.wrap(at..end, counting::MEASURED);
            }
            at = end;
        }
    }

    /// Goes through a value with its fields, indices and filters, and gives the word behind it.
    fn chain(&mut self, start: usize, limit: usize) -> usize {
        let mut at = start + 1;
        if self.word(start).starts_with("__") {
            self.refuse(
                start,
                "a name that begins with `__`",
                "use the values that the template is given",
            );
        }
        match self.word(start) {
            "(" | "[" => {
                let end = self.closing(start, limit);
                let is_list = self.word(start) == "[";
                let loops = (start + 1..end).find(|at| self.word(*at) == "for");
                if let (true, Some(at)) = (is_list, loops) {
                    self.refuse(at, "a list made by `for`", "loop with `{% for … %}`");
                }
                self.expression(start + 1..end, is_list);
                at = end + 1;
            }
            "super" if self.word(at) == "(" => {
                self.refuse(
                    start,
                    "`super()`",
                    "put the part that both need into a template, and include it",
                );
                at = self.closing(at, limit) + 1;
            }
            _ if self.words[start].kind == Kind::Name && self.word(at) == "(" => {
                at = self.arguments(at, limit);
            }
            _ => {}
        }
        while at < limit {
            match self.word(at) {
                "." | "?." => at += 2,
                "[" | "?[" => {
                    let end = self.closing(at, limit);
                    if (at..end).any(|at| self.word(at) == ":") {
                        self.refuse(
                            at,
                            "a slice",
                            "use `truncate` for texts, `first`, `last` or `nth` for lists",
                        );
                    } else {
                        let base = self.span(start..at);
                        self.expression(at + 1..end, false);
                        let index = format!("{}(of={})", counting::INDEX, &self.text[base]);
                        self.wrap(at + 1..end, &index);
                    }
                    at = end + 1;
                }
                "|" => {
                    let counted = counting::class_of(self.word(at + 1));
                    if let (Some(class), Some(bar)) = (counted, self.words.get(at)) {
                        self.insertions.push((bar.range.start, format!("|{class}")));
                    }
                    at = self.filter(at + 1).min(limit);
                }
                _ => break,
            }
        }
        at.min(limit)
    }

    /// Goes through the name and the arguments of a filter.
    fn filter(&mut self, name: usize) -> usize {
        match self.word(name + 1) {
            "(" => self.arguments(name + 1, self.words.len()),
            _ => name + 1,
        }
    }

    /// Goes through arguments, `name=value` each, and gives the word behind them.
    fn arguments(&mut self, open: usize, limit: usize) -> usize {
        let end = self.closing(open, limit);
        let mut at = open + 1;
        while at < end {
            let mut depth = 0;
            let next = (at..end).find(|at| {
                depth += i32::from(matches!(self.word(*at), "(" | "[" | "?["));
                depth -= i32::from(matches!(self.word(*at), ")" | "]"));
                depth == 0 && self.word(*at) == ","
            });
            let next = next.unwrap_or(end);
            self.expression((at + 2).min(next)..next, false);
            at = next + 1;
        }
        end + 1
    }

    /// The bracket that closes this one.
    fn closing(&self, open: usize, limit: usize) -> usize {
        let mut depth = 0;
        let end = (open..limit).find(|at| {
            depth += i32::from(matches!(self.word(*at), "(" | "[" | "?["));
            depth -= i32::from(matches!(self.word(*at), ")" | "]"));
            depth == 0
        });
        end.unwrap_or(limit.saturating_sub(1).max(open))
    }

    fn wrap(&mut self, words: Range<usize>, filter: &str) {
        if words.is_empty() {
            return;
        }
        let span = self.span(words);
        self.insertions.push((span.start, "(".to_owned()));
        self.insertions.push((span.end, format!("|{filter})")));
    }

    fn refuse(&mut self, at: usize, what: &'static str, instead: &'static str) {
        let range = self.span(at..at + 1);
        self.refused.push(Unbounded {
            range,
            what,
            instead,
        });
    }

    fn refuse_component(&mut self, at: usize) {
        self.refuse(
            at,
            "a component",
            "put it into a template of its own, and include it",
        );
    }

    fn word(&self, at: usize) -> &'t str {
        self.words
            .get(at)
            .map_or("", |word| &self.text[word.range.clone()])
    }

    fn span(&self, words: Range<usize>) -> Range<usize> {
        self.words[words.start].range.start..self.words[words.end - 1].range.end
    }

    fn written(mut self) -> Metered {
        // What closes at a place was put in first by what is inside.
        self.insertions.sort_by_key(|(at, _)| *at);
        let mut metered = Metered::default();
        let mut done = 0;
        for (at, insertion) in self.insertions {
            metered.text.push_str(&self.text[done..at]);
            metered.inserted.push((metered.text.len(), insertion.len()));
            metered.text.push_str(&insertion);
            done = at;
        }
        metered.text.push_str(&self.text[done..]);
        metered
    }
}

fn call(bytes: usize) -> String {
    format!("{}(n={})", counting::STEP, 1 + bytes / BYTES_A_STEP)
}

#[cfg(test)]
#[path = "meter_tests.rs"]
mod tests;
