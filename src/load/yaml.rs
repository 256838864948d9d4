//! YAML with positions. No other file uses a YAML parser.
//!
//! 1. saphyr-parser returns events with positions, which become a [`Node`] tree. Duplicate keys, anchors, aliases,
//!    tags, merge keys and second documents are errors, since their effect is easy to overlook.
//! 2. `structure` compares the tree with the JSON Schema of the format and reports all structural errors.
//! 3. serde_yaml deserializes the same tree, so that the two cannot interpret the text differently.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Deref;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as YamlSpan};
use serde::de::DeserializeOwned;

use crate::diag::{Diagnostic, FileId, Span};
use crate::limits;
use crate::model::shown;

/// A YAML value with its position.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// The range of the value; for a block collection, its first line.
    pub(super) span: Span,
    pub(super) value: Value,
}

/// A YAML value. Mappings keep their order.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A scalar.
    Scalar {
        /// The text without quotes and escapes.
        text: String,
        /// Whether it was written without quotes, so that YAML may interpret it as a number.
        plain: bool,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping with unique keys.
    Mapping(Fields),
}

/// The fields of a mapping in their order, with an index by key: a mapping can have tens of thousands of fields, and
/// each is looked up.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Fields {
    fields: Vec<Field>,
    /// The fields by key.
    sorted: Vec<usize>,
}

impl Fields {
    pub(super) fn new(fields: Vec<Field>) -> Self {
        let mut sorted: Vec<usize> = (0..fields.len()).collect();
        sorted.sort_by(|a, b| fields[*a].key.cmp(&fields[*b].key));
        Self { fields, sorted }
    }

    fn get(&self, key: &str) -> Option<&Field> {
        let found = |at: &usize| self.fields[*at].key.as_str().cmp(key);
        let at = self.sorted.binary_search_by(found).ok()?;
        self.fields.get(self.sorted[at])
    }
}

impl Deref for Fields {
    type Target = [Field];

    fn deref(&self) -> &[Field] {
        &self.fields
    }
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) key: String,
    /// The position of the key.
    pub(super) key_span: Span,
    /// The value.
    pub(super) node: Node,
}

impl Node {
    /// The field of a mapping.
    pub(super) fn field(&self, key: &str) -> Option<&Field> {
        match &self.value {
            Value::Mapping(fields) => fields.get(key),
            _ => None,
        }
    }
}

/// Parses one document into a tree, or reports as many errors as possible.
pub(super) fn parse(file: FileId, text: &str) -> Result<Node, Vec<Diagnostic>> {
    if let Some(fault) = conflict(file, text) {
        return Err(vec![fault]);
    }
    let mut builder = Builder {
        file,
        offsets: Offsets::new(text),
        line_ends: text.match_indices('\n').map(|(end, _)| end).collect(),
        text,
        diagnostics: Vec::new(),
    };
    let mut parser = Parser::new_from_str(text).keep_tags(true);
    let root = match builder.document(&mut parser) {
        Ok(root) => root,
        Err(fault) => {
            builder.diagnostics.push(*fault);
            None
        }
    };
    match root {
        Some(root) if builder.diagnostics.is_empty() => Ok(root),
        _ => Err(builder.diagnostics),
    }
}

/// A conflict marker. It is the cause of all other errors in the file.
fn conflict(file: FileId, text: &str) -> Option<Diagnostic> {
    let mut start = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let mark = line.trim_end();
        if mark == "=======" || mark.starts_with("<<<<<<< ") || mark.starts_with(">>>>>>> ") {
            let end = start + mark.len();
            let message = format!("line {} is a Git conflict mark", number + 1);
            return Some(
                Diagnostic::error("conflict-mark", Span { file, start, end }, message)
                    .help("resolve the merge of this file first"),
            );
        }
        start += line.len();
    }
    None
}

/// Deserializes the typed document from a tree that has passed the structural checks.
pub(super) fn decode<T: DeserializeOwned>(root: &Node) -> Result<T, String> {
    serde_yaml::from_value(untyped(root)).map_err(|error| error.to_string())
}

fn untyped(node: &Node) -> serde_yaml::Value {
    match &node.value {
        Value::Sequence(items) => items.iter().map(untyped).collect(),
        // A field without a value is optional, and counts as absent.
        Value::Mapping(fields) => fields
            .iter()
            .filter(|field| !is_null(&field.node))
            .map(|field| (field.key.as_str().into(), untyped(&field.node)))
            .collect::<serde_yaml::Mapping>()
            .into(),
        Value::Scalar { text, plain } => match scalar_kind(text, *plain) {
            Scalar::Null => serde_yaml::Value::Null,
            Scalar::Boolean => text.eq_ignore_ascii_case("true").into(),
            Scalar::Number | Scalar::Text => text.as_str().into(),
        },
    }
}

/// The value of a scalar.
pub(super) enum Scalar {
    Null,
    Boolean,
    Number,
    Text,
}

/// The value that a YAML 1.2 parser gives a scalar.
pub(super) fn scalar_kind(text: &str, plain: bool) -> Scalar {
    if !plain {
        return Scalar::Text;
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Scalar::Boolean,
        _ if is_number(text) => Scalar::Number,
        _ => Scalar::Text,
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+']);
    let starts_like_one = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    starts_like_one
        && (digits.replace('_', "").parse::<f64>().is_ok()
            || [".inf", ".nan"].contains(&digits.to_ascii_lowercase().as_str())
            || digits
                .strip_prefix("0x")
                .is_some_and(|hex| i64::from_str_radix(hex, 16).is_ok())
            || digits
                .strip_prefix("0o")
                .is_some_and(|octal| i64::from_str_radix(octal, 8).is_ok()))
}

/// Whether a field has no value.
pub(super) fn is_null(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar { text, plain } if matches!(scalar_kind(text, *plain), Scalar::Null))
}

struct Builder<'a> {
    file: FileId,
    offsets: Offsets,
    /// The line ends.
    line_ends: Vec<usize>,
    text: &'a str,
    diagnostics: Vec<Diagnostic>,
}

type Fault = Box<Diagnostic>;
type Events<'a> = Parser<'a, saphyr_parser::StrInput<'a>>;

impl<'a> Builder<'a> {
    fn document(&mut self, parser: &mut Events<'a>) -> Result<Option<Node>, Fault> {
        let mut root = None;
        while let Some((event, span)) = self.next(parser)? {
            match event {
                Event::StreamStart
                | Event::StreamEnd
                | Event::DocumentEnd
                | Event::Nothing
                | Event::DocumentStart(false) => {}
                Event::DocumentStart(true) if root.is_none() => {}
                Event::DocumentStart(_) => {
                    return Err(Box::new(
                        Diagnostic::error(
                            "second-document",
                            self.span(span),
                            "a second YAML document in one file",
                        )
                        .why("many YAML readers see only the first document")
                        .help("keep one document per file, without `---` between parts"),
                    ));
                }
                event => root = Some(self.node(parser, event, span, 0)?),
            }
        }
        if root.is_none() && self.diagnostics.is_empty() {
            let span = Span {
                file: self.file,
                start: 0,
                end: 0,
            };
            self.diagnostics.push(
                Diagnostic::error("empty-file", span, "the file holds no document")
                    .help("`landgrant init` writes a deployment to start from; `landgrant schema` shows what a file can hold"),
            );
        }
        Ok(root)
    }

    fn next(&mut self, parser: &mut Events<'a>) -> Result<Option<(Event<'a>, YamlSpan)>, Fault> {
        match parser.next_event() {
            None => Ok(None),
            Some(Ok((_, at))) if self.diagnostics.len() >= limits::FAULTS => {
                Err(Box::new(Diagnostic::too_many(self.span(at))))
            }
            Some(Ok(event)) => Ok(Some(event)),
            Some(Err(error)) => {
                let start = self
                    .offsets
                    .byte(error.marker().index())
                    .min(self.text.len());
                let span = Span {
                    file: self.file,
                    start,
                    end: next_boundary(self.text, start),
                };
                if error.info().contains("recursion limit") {
                    return Err(too_deep(span));
                }
                Err(Box::new(
                    Diagnostic::error(
                        "yaml-syntax",
                        span,
                        format!("this is not YAML: {}", error.info()),
                    )
                    .help(syntax_help(error.info())),
                ))
            }
        }
    }

    fn node(
        &mut self,
        parser: &mut Events<'a>,
        event: Event<'a>,
        at: YamlSpan,
        depth: usize,
    ) -> Result<Node, Fault> {
        let span = self.span(at);
        if depth > limits::DEPTH {
            return Err(too_deep(span));
        }
        let value = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_anchor(anchor, span);
                self.refuse_tag(tag.is_some(), span);
                Value::Scalar {
                    plain: style == ScalarStyle::Plain,
                    text: Cow::into_owned(text),
                }
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_anchor(anchor, span);
                self.refuse_tag(tag.is_some(), span);
                let mut items = Vec::new();
                loop {
                    match self.next(parser)? {
                        None | Some((Event::SequenceEnd, _)) => break,
                        Some((event, at)) => items.push(self.node(parser, event, at, depth + 1)?),
                    }
                }
                Value::Sequence(items)
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_anchor(anchor, span);
                self.refuse_tag(tag.is_some(), span);
                Value::Mapping(Fields::new(self.fields(parser, depth)?))
            }
            Event::Alias(_) => {
                self.diagnostics.push(
                    Diagnostic::error("yaml-alias", span, "a YAML alias")
                        .why("a reviewer cannot see at this line what an alias grants")
                        .help("write the value out here"),
                );
                Value::Scalar {
                    text: String::new(),
                    plain: false,
                }
            }
            _ => Value::Scalar {
                text: String::new(),
                plain: true,
            },
        };
        // A block collection has many lines; the line of its first item is the most useful one to report.
        let span = match &value {
            Value::Scalar { .. } => span,
            Value::Sequence(items) => items.first().map_or(span, |item| item.span),
            Value::Mapping(fields) => fields.first().map_or(span, |field| field.key_span),
        };
        Ok(Node { span, value })
    }

    fn fields(&mut self, parser: &mut Events<'a>, depth: usize) -> Result<Vec<Field>, Fault> {
        let mut fields: Vec<Field> = Vec::new();
        let mut known: BTreeMap<String, Span> = BTreeMap::new();
        loop {
            let (event, at) = match self.next(parser)? {
                None | Some((Event::MappingEnd, _)) => return Ok(fields),
                Some(event) => event,
            };
            let key = self.node(parser, event, at, depth + 1)?;
            let (event, at) = match self.next(parser)? {
                None | Some((Event::MappingEnd, _)) => return Ok(fields),
                Some(event) => event,
            };
            let node = self.node(parser, event, at, depth + 1)?;
            let Value::Scalar { text, plain } = key.value else {
                self.diagnostics.push(
                    Diagnostic::error("wrong-type", key.span, "a key that is not text")
                        .help("write a plain name before the colon; text that begins with `{`, `[` or `?` goes in quotes"),
                );
                continue;
            };
            if plain && text == "<<" {
                self.diagnostics.push(
                    Diagnostic::error("yaml-merge", key.span, "a YAML merge key")
                        .why("a reviewer cannot see at this line what it brings in")
                        .help("write the fields out here"),
                );
                continue;
            }
            if let Some(&first) = known.get(&text) {
                self.diagnostics.push(
                    Diagnostic::error(
                        "duplicate-key",
                        key.span,
                        format!("{} is given twice", shown(&text)),
                    )
                    .label("again here")
                    .related(first, "first here")
                    .why("most YAML readers keep the last one silently, and the first is lost")
                    .help("merge the two, or delete one"),
                );
                continue;
            }
            if fields.len() == limits::FIELDS {
                let message = format!("a mapping with more than {} fields", limits::FIELDS);
                return Err(Box::new(
                    Diagnostic::error("too-many-fields", key.span, message)
                        .why("comparing each with every other would take too long")
                        .help("no document needs that many; merge those that belong together"),
                ));
            }
            known.insert(text.clone(), key.span);
            fields.push(Field {
                key: text,
                key_span: key.span,
                node,
            });
        }
    }

    fn refuse_anchor(&mut self, anchor: usize, span: Span) {
        if anchor > 0 {
            self.diagnostics.push(
                Diagnostic::error("yaml-anchor", span, "a YAML anchor")
                    .why("a value that is used elsewhere under another name cannot be reviewed line by line")
                    .help("delete the `&name` and write the value out where it is needed"),
            );
        }
    }

    fn refuse_tag(&mut self, tagged: bool, span: Span) {
        if tagged {
            self.diagnostics.push(
                Diagnostic::error("yaml-tag", span, "a YAML tag")
                    .why("the formats give every value its type already")
                    .help("delete the `!tag`; put quotes round a value that should stay text"),
            );
        }
    }

    fn span(&self, span: YamlSpan) -> Span {
        let start = self.offsets.byte(span.start.index()).min(self.text.len());
        let end = self.offsets.byte(span.end.index()).min(self.text.len());
        let line = self.line_ends.partition_point(|end| *end < start);
        let line_end = self.line_ends.get(line).copied();
        let line_end = line_end.unwrap_or(self.text.len());
        Span {
            file: self.file,
            start,
            end: end
                .clamp(start, line_end)
                .max(next_boundary(self.text, start).min(line_end)),
        }
    }
}

fn too_deep(span: Span) -> Fault {
    Box::new(
        Diagnostic::error("too-deep", span, "nested too deeply").help(format!(
            "no document needs more than {} levels of nesting",
            limits::DEPTH
        )),
    )
}

/// Help for text that is not YAML. The parser's messages are written for parser authors.
fn syntax_help(info: &str) -> &'static str {
    if info.contains("mapping values") {
        "put quotes round text that holds a colon and a blank; fields of one mapping begin in the same column"
    } else if info.contains("anchor") || info.contains("unexpected character") {
        "put quotes round text that begins with a mark such as `*`, `&`, `%` or `@`"
    } else if info.contains("unprintable") {
        "remove the invisible character here"
    } else if info.contains("tab") {
        "indent with blanks"
    } else {
        "check the indentation, the quotes and the brackets up to here"
    }
}

fn next_boundary(text: &str, start: usize) -> usize {
    text[start..]
        .chars()
        .next()
        .map_or(start, |character| start + character.len_utf8())
}

/// saphyr-parser counts characters, but spans count bytes.
enum Offsets {
    Ascii,
    Bytes(Vec<usize>),
}

impl Offsets {
    fn new(text: &str) -> Self {
        if text.is_ascii() {
            return Offsets::Ascii;
        }
        let mut bytes: Vec<usize> = text.char_indices().map(|(offset, _)| offset).collect();
        bytes.push(text.len());
        Offsets::Bytes(bytes)
    }

    fn byte(&self, character: usize) -> usize {
        match self {
            Offsets::Ascii => character,
            Offsets::Bytes(bytes) => bytes
                .get(character)
                .or(bytes.last())
                .copied()
                .unwrap_or_default(),
        }
    }
}
