//! The tags of a template, in words and marks. Tera's own lexer is not to be had from outside, so this one goes the same
//! way: what stands in quotes, in comments and in `raw` is no tag.

use std::ops::Range;

/// What stands between `{{` and `}}`, or between `{%` and `%}`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag {
    /// Whether it is printed.
    pub(super) prints: bool,
    /// With its braces.
    pub(super) range: Range<usize>,
    /// Whether blanks behind it are taken away.
    pub(super) trims: bool,
    pub(super) words: Vec<Word>,
}

/// A word or mark of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    /// A text in quotes, or a number.
    Constant,
    Mark,
}

/// The tags of a text that Tera has found to be a template.
pub(super) fn tags(text: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('{') {
        let start = at + found;
        at = match text.as_bytes().get(start + 1) {
            Some(b'#') => end_of(text, start, "#}"),
            Some(b'%') => match raw(text, start) {
                Some(end) => end,
                None => tag(text, start, "%}", &mut tags),
            },
            Some(b'{') => tag(text, start, "}}", &mut tags),
            _ => start + 1,
        };
    }
    tags
}

fn end_of(text: &str, start: usize, mark: &str) -> usize {
    let end = text[start..].find(mark);
    end.map_or(text.len(), |end| start + end + mark.len())
}

/// The end of a `raw` block that begins here.
fn raw(text: &str, start: usize) -> Option<usize> {
    let mut at = start + named(&text[start..], "raw")?;
    while let Some(found) = text[at..].find("{%") {
        at += found;
        match named(&text[at..], "endraw") {
            Some(length) => return Some(at + length),
            None => at += 2,
        }
    }
    Some(text.len())
}

/// The length of the tag that a text begins with, if it is this name alone.
fn named(text: &str, name: &str) -> Option<usize> {
    let rest = text.strip_prefix("{%")?;
    let rest = rest.strip_prefix('-').unwrap_or(rest).trim_ascii_start();
    let rest = rest.strip_prefix(name)?.trim_ascii_start();
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    Some(text.len() - rest.strip_prefix("%}")?.len())
}

const LONG_MARKS: [&str; 11] = [
    "...", "==", "!=", ">=", "<=", "//", "**", "</", "?.", "?[", "{{",
];

fn tag(text: &str, start: usize, end: &str, tags: &mut Vec<Tag>) -> usize {
    let mut at = start + 2;
    at += usize::from(text[at..].starts_with('-'));
    let mut words = Vec::new();
    loop {
        at = text.len() - text[at..].trim_ascii_start().len();
        let rest = &text[at..];
        let trims = rest
            .strip_prefix('-')
            .is_some_and(|rest| rest.starts_with(end));
        if rest.is_empty() || trims || rest.starts_with(end) {
            let length = (end.len() + usize::from(trims)).min(rest.len());
            tags.push(Tag {
                prints: end == "}}",
                range: start..at + length,
                trims,
                words,
            });
            return at + length;
        }
        let (kind, length) = word(rest);
        words.push(Word {
            kind,
            range: at..at + length,
        });
        at += length;
    }
}

fn word(rest: &str) -> (Kind, usize) {
    let first = rest.chars().next().unwrap_or_default();
    let while_in = |known: fn(char) -> bool| rest.find(|c| !known(c)).unwrap_or(rest.len());
    if ['"', '\'', '`'].contains(&first) {
        let mut escaped = false;
        let inner = rest[1..].find(|c| {
            let ends = c == first && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        return (Kind::Constant, inner.map_or(rest.len(), |inner| inner + 2));
    }
    if first.is_ascii_digit() {
        return (Kind::Constant, while_in(|c| c.is_ascii_digit() || c == '.'));
    }
    if first.is_ascii_alphabetic() || first == '_' {
        return (
            Kind::Name,
            while_in(|c| c.is_ascii_alphanumeric() || c == '_'),
        );
    }
    let long = LONG_MARKS.into_iter().find(|mark| rest.starts_with(mark));
    (Kind::Mark, long.map_or(first.len_utf8(), str::len))
}

#[cfg(test)]
mod tests {
    use super::tags;

    #[test]
    fn tags_are_those_that_tera_sees() {
        let text = "a {{ b ~ '}}' }} {# {{ c }} #} {%- raw %}{{ d }}{% endraw -%}{%- if e >= 1.5 -%} { f } {% endif %}";
        let found = tags(text);
        let shown: Vec<Vec<&str>> = found
            .iter()
            .map(|tag| {
                tag.words
                    .iter()
                    .map(|word| &text[word.range.clone()])
                    .collect()
            })
            .collect();
        assert_eq!(
            shown,
            [
                vec!["b", "~", "'}}'"],
                vec!["if", "e", ">=", "1.5"],
                vec!["endif"]
            ]
        );
        assert_eq!(&text[found[1].range.clone()], "{%- if e >= 1.5 -%}");
        assert!(found[1].trims && !found[0].trims && found[0].prints);
    }
}
