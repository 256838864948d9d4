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
                    instead: "break the line inside its tags, where a blank adds nothing to what is written",
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
mod tests {
    use serde_json::json;

    use super::metered;
    use crate::diag::{Diagnostic, SourceMap};
    use crate::render::{Engine, RenderError, TEMPLATES, custom_templates};

    /// What is told of these templates when `a.txt` is rendered.
    fn rendered(templates: &[(&str, &str)]) -> Result<String, (SourceMap, Vec<Diagnostic>)> {
        let mut sources = SourceMap::default();
        let (custom, faults) = custom_templates(templates.iter().map(|(name, text)| {
            let file = sources.add(*name, *text);
            ((*name).to_owned(), file, (*text).to_owned())
        }));
        if !faults.is_empty() {
            return Err((sources, faults));
        }
        let view = json!({"name": "ab", "items": ["x", "y"], "map": {"k": "v"}, "n": 3});
        match Engine::new(&custom).render("files/a.txt", &view) {
            Ok(text) => Ok(text),
            Err(RenderError::Custom(faults)) => Err((sources, faults)),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn every_template_in_the_binary_can_be_counted() {
        for template in TEMPLATES {
            assert_eq!(metered(template.text).err(), None, "{}", template.name);
        }
    }

    #[test]
    fn counting_changes_nothing() {
        for (template, made) in [
            ("{{ name ~ '-' ~ n ~ '}}' }}", "ab-3}}"),
            (
                "{% for i in items -%}  {{ i }}{% if not loop.last %}, {% endif %}{%- endfor %}",
                "x, y",
            ),
            (
                "{% for k, v in map %}{{ k }}={{ v | upper }}{% endfor %}",
                "k=V",
            ),
            (
                "{{ items[0] }}{{ items[n - 2] }}{{ map['k'] }}{{ name[0] }}",
                "xyva",
            ),
            (
                "{% if 'x' in items and name == 'ab' and n is odd and nope is not defined %}y{% endif %}",
                "y",
            ),
            (
                "{{ [name, 'c', n] | join(sep='/') | replace(from='/', to='+') }}",
                "ab+c+3",
            ),
            (
                "{% filter indent(width=2, first=true) %}a\n\nb{% endfilter %}",
                "  a\n\n  b",
            ),
            (
                "{% set s = name if n > 2 else 'no' %}{{ s | default(value='z') | length }}",
                "2",
            ),
            ("{% raw %}{{ name }}{% endraw %}{# {% for #}", "{{ name }}"),
            (
                "{% for i in range(end=3) %}{{ i }}{% break %}{% endfor %}{{ -n + 1 }}",
                "0-2",
            ),
        ] {
            let found = rendered(&[("files/a.txt", template)]);
            let found = found.map_err(|(_, faults)| format!("{template}: {faults:?}"));
            assert_eq!(found.unwrap().trim_end(), made, "{template}");
        }
    }

    #[test]
    fn what_cannot_be_counted_is_refused_at_its_place() {
        for (template, marked) in [
            ("{% set s %}x{% endset %}", "set"),
            ("{{ [...items, ...items] | length }}", "..."),
            ("{{ name[1:] }}", "["),
            ("{{ [i for i in items] | length }}", "for"),
            (
                "{% component c() %}x{% endcomponent c %}{{<c/>}}",
                "component",
            ),
            ("{% block b %}{{ super() }}{% endblock %}", "super"),
            ("{{ __tera_context }}", "__tera_context"),
        ] {
            let (sources, faults) = rendered(&[("files/a.txt", template)]).unwrap_err();
            assert_eq!(faults[0].code, "template-unbounded", "{template}");
            let span = faults[0].span;
            assert_eq!(
                &sources.file(span.file).text[span.range()],
                marked,
                "{template}"
            );
        }
    }

    #[test]
    fn what_would_not_end_or_fill_memory_ends_after_so_many_steps() {
        let doubled = format!(
            "{{% set s = name %}}{}{{{{ s }}}}",
            "{% set s = s ~ s %}".repeat(60)
        );
        let nested = format!(
            "{{% set s = [name] %}}{}{{{{ s }}}}",
            "{% set s = [s, s] %}".repeat(60)
        );
        let replaced = format!(
            "{{{{ name {} }}}}",
            "| replace(from='a', to='aaaaaaaaaaaaaaaa')".repeat(30)
        );
        let indented = format!(
            "{range}{range}{{% filter indent(width=900) %}}\na\n{{% endfilter %}}{{% endfor %}}{{% endfor %}}",
            range = "{% for a in range(end=100000) %}"
        );
        let joined = format!(
            "{{% set s = name %}}{}",
            "{% set s = [s, s, s] | join(sep=s) %}".repeat(60)
        );
        let range = "{% for a in range(end=100000) %}";
        let loops = format!("{range}{range}{{% endfor %}}{{% endfor %}}");
        let kept = format!(
            "{{% set s = '{}' %}}{range}{range}{{% if s == s ~ 'a' %}}x{{% endif %}}{{% endfor %}}{{% endfor %}}",
            "x".repeat(5000)
        );
        let captured = format!(
            "{{% filter upper %}}{range}{range}{{{{ '{}' | safe }}}}{{% endfor %}}{{% endfor %}}{{% endfilter %}}",
            "x".repeat(5000)
        );
        let text = format!(
            "{{% filter upper %}}{range}{range}{}{{% endfor %}}{{% endfor %}}{{% endfilter %}}",
            "x".repeat(5000)
        );
        let unique = "{% set l = range(end=100000) | unique %}";
        for template in [
            &doubled, &nested, &replaced, &indented, &joined, &loops, &kept, &captured, &text,
            unique,
        ] {
            let (_, faults) = rendered(&[("files/a.txt", template)]).unwrap_err();
            assert_eq!(faults[0].code, "template-steps", "{template}: {faults:?}");
        }
    }

    #[test]
    fn parts_that_include_parts_are_counted_too() {
        let many = |name: &str| format!("{{% include \"{name}\" %}}").repeat(100);
        let texts = [
            many("p/1.txt"),
            many("p/2.txt"),
            many("p/3.txt"),
            many("p/4.txt"),
            many("p/5.txt"),
        ];
        let names = ["files/a.txt", "p/1.txt", "p/2.txt", "p/3.txt", "p/4.txt"];
        let mut templates: Vec<(&str, &str)> = names
            .into_iter()
            .zip(texts.iter().map(String::as_str))
            .collect();
        templates.push(("p/5.txt", ""));
        let (_, faults) = rendered(&templates).unwrap_err();
        assert_eq!(faults[0].code, "template-steps");
    }
}
