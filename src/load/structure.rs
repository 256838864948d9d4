//! Compares a YAML tree with the JSON Schema of its format and reports all structural errors at once: unknown and
//! missing fields, wrong types, unknown enumeration values.
//!
//! serde stops at its first error and often has no position. This walk has neither limit. It supports only the part of
//! JSON Schema that schemars generates from our types.

use serde_json::Value as Json;

use super::yaml::{Field, Node, Scalar, Value, is_null, scalar_kind};
use crate::diag::{Diagnostic, Span, did_you_mean};
use crate::limits;
use crate::model::shown;

/// Reports all structural errors in `root`.
pub(super) fn check(schema: &Json, root: &Node) -> Vec<Diagnostic> {
    let mut checker = Checker {
        format: schema,
        definitions: &schema["$defs"],
        diagnostics: Vec::new(),
    };
    // The meaning of the other fields depends on the format, so only a wrong format is reported.
    if let Some(format) = root.field("schema") {
        let allowed = &schema["properties"]["schema"];
        checker.node(allowed, &format.node, format.key_span, "`schema`");
    }
    if checker.diagnostics.is_empty() {
        checker.node(schema, root, root.span, "the document");
    }
    checker.diagnostics
}

struct Checker<'a> {
    format: &'a Json,
    definitions: &'a Json,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Checker<'a> {
    /// `owner` is the position to report if something is missing in `node`: the key that holds it.
    fn node(&mut self, schema: &'a Json, node: &Node, owner: Span, name: &str) {
        if self.is_full(node.span) {
            return;
        }
        let schema = self.dereference(schema);
        if let Some(words) = self.words(schema) {
            return self.word(&words, node, name);
        }
        if let Some(branches) = alternatives(schema) {
            let branches: Vec<&Json> = branches
                .iter()
                .map(|branch| self.dereference(branch))
                .collect();
            let accepting = branches.iter().filter(|branch| self.accepts(branch, node));
            let fit = |branch: &&&'a Json| {
                let is_word = !self.is_other_word(branch, node);
                (is_word, likeness(branch, node))
            };
            match accepting.max_by_key(fit) {
                Some(branch) if self.is_other_word(branch, node) => {
                    let takes_lists = self
                        .flattened(&branches)
                        .iter()
                        .any(|one| types(one).contains(&"array"));
                    self.wrong_word(branch, takes_lists, node, name);
                }
                Some(branch) => self.node(branch, node, owner, name),
                None => match self.only_words(&branches) {
                    Some(words) => self.word(&words, node, name),
                    None => self.wrong_type(&branches, node, name),
                },
            }
            return;
        }
        if !self.accepts(schema, node) {
            return self.wrong_type(&[schema], node, name);
        }
        match &node.value {
            Value::Scalar { .. } => {}
            Value::Sequence(items) if items.len() > limits::items_of(name) => {
                let most = limits::items_of(name);
                self.diagnostics.push(
                    Diagnostic::error(
                        "too-many-items",
                        items[most].span,
                        format!(
                            "{name} has {} items, and at most {most} are read",
                            items.len()
                        ),
                    )
                    .why("comparing each with every other would take too long")
                    .help("no deployment needs that many; merge those that belong together"),
                );
            }
            Value::Sequence(items) => {
                for item in items {
                    self.node(
                        &schema["items"],
                        item,
                        item.span,
                        &format!("an item of {name}"),
                    );
                }
            }
            Value::Mapping(fields) => self.mapping(schema, fields, owner, name),
        }
    }

    /// Whether there are so many errors that the rest is skipped.
    fn is_full(&mut self, at: Span) -> bool {
        if self.diagnostics.len() == limits::FAULTS {
            self.diagnostics.push(Diagnostic::too_many(at));
        }
        self.diagnostics.len() > limits::FAULTS
    }

    fn mapping(&mut self, schema: &'a Json, fields: &[Field], owner: Span, name: &str) {
        let properties = schema["properties"].as_object();
        let required = |name: &str| {
            let names = schema["required"].as_array();
            names.is_some_and(|names| names.iter().any(|required| required == name))
        };
        for field in fields.iter() {
            if self.is_full(field.key_span) {
                return;
            }
            let known = properties.and_then(|properties| properties.get(&field.key));
            let value = known
                .or_else(|| Some(&schema["additionalProperties"]).filter(|any| any.is_object()));
            match value {
                // An optional field without a value, such as one whose list is commented out, counts as absent.
                Some(_) if known.is_some() && is_null(&field.node) && !required(&field.key) => {}
                Some(value) => {
                    self.node(value, &field.node, field.key_span, &shown(&field.key));
                }
                None => {
                    let allowed: Vec<&str> = properties
                        .into_iter()
                        .flatten()
                        .map(|(key, _)| key.as_str())
                        .collect();
                    let owners = self.owners(&field.key);
                    self.diagnostics
                        .push(unknown_field(field, &allowed, &owners, name));
                }
            }
        }
        let required = schema["required"].as_array().into_iter().flatten();
        for missing in required.filter_map(Json::as_str) {
            if fields.iter().any(|field| field.key == missing) {
                continue;
            }
            let description = properties
                .and_then(|properties| properties.get(missing))
                .and_then(|property| property["description"].as_str());
            let mut diagnostic =
                Diagnostic::error("missing-field", owner, format!("{name} lacks `{missing}`"));
            if let Some(description) = description {
                diagnostic =
                    diagnostic.help(format!("add `{missing}:` — {}", lower_first(description)));
            }
            self.diagnostics.push(diagnostic);
        }
    }

    fn word(&mut self, words: &[&str], node: &Node, name: &str) {
        let allowed = list(words);
        match &node.value {
            Value::Scalar { text, .. } if words.contains(&text.as_str()) => {}
            Value::Scalar { text, .. } => {
                let mut diagnostic = Diagnostic::error(
                    "unknown-value",
                    node.span,
                    format!("{name} cannot be {}", shown(text)),
                );
                diagnostic = match did_you_mean(text, words.iter().copied()) {
                    Some(near) if words.len() > 1 => {
                        diagnostic.help(format!("did you mean `{near}`? allowed: {allowed}"))
                    }
                    _ if words.len() > 1 => diagnostic.help(format!("write one of {allowed}")),
                    _ => diagnostic.help(format!("write {allowed}")),
                };
                self.diagnostics.push(diagnostic);
            }
            _ => self.diagnostics.push(
                Diagnostic::error("wrong-type", node.span, format!("{name} is {}", kind(node)))
                    .help(match words.len() {
                        1 => format!("write {allowed}"),
                        _ => format!("write one of {allowed}"),
                    }),
            ),
        }
    }

    /// Whether a text is none of the words of an alternative.
    fn is_other_word(&self, schema: &'a Json, node: &Node) -> bool {
        let Value::Scalar { text, .. } = &node.value else {
            return false;
        };
        let words = self.words(schema);
        words.is_some_and(|words| !words.contains(&text.as_str()))
    }

    /// The words of alternatives of which nothing else may stand there; absence is none.
    fn only_words(&self, branches: &[&'a Json]) -> Option<Vec<&'a str>> {
        let mut given = branches.iter().filter(|one| types(one) != ["null"]);
        let words = self.words(given.next()?)?;
        given.next().is_none().then_some(words)
    }

    /// Refuses a text where one of some words may stand, or also a list.
    fn wrong_word(&mut self, schema: &'a Json, takes_lists: bool, node: &Node, name: &str) {
        let told = self.diagnostics.len();
        self.word(&self.words(schema).unwrap_or_default(), node, name);
        for diagnostic in self.diagnostics[told..].iter_mut().filter(|_| takes_lists) {
            let help = diagnostic.help.take().unwrap_or_default();
            diagnostic.help = Some(format!("{help}, or a list in brackets, `[…]`"));
        }
    }

    fn wrong_type(&mut self, accepted: &[&'a Json], node: &Node, name: &str) {
        let accepted = self.flattened(accepted);
        let mut wanted: Vec<&str> = accepted
            .iter()
            .filter_map(|schema| wanted(schema))
            .collect();
        wanted.dedup();
        let mut diagnostic = Diagnostic::error(
            "wrong-type",
            node.span,
            format!(
                "{name} should be {}, but is {}",
                wanted.join(" or "),
                kind(node)
            ),
        );
        let takes = |kind: &str| accepted.iter().any(|schema| types(schema).contains(&kind));
        let properties = accepted
            .iter()
            .find_map(|schema| schema["properties"].as_object());
        let names_principal = properties.is_some_and(|fields| fields.contains_key("principal"));
        if is_null(node) {
            diagnostic = diagnostic.help("write a value, or delete this");
        } else if let (true, Value::Scalar { text, .. }) = (takes("string"), &node.value) {
            diagnostic = if text.len() >= 9 && text.chars().all(|c| c.is_ascii_digit()) {
                diagnostic
                    .label("an account id without quotes")
                    .why("YAML reads digits without quotes as a number; some readers take a leading 0 for octal, and another account gets the access")
                    .help(format!("put it in quotes: \"{text}\""))
            } else {
                diagnostic
                    .why("YAML does not read this as text unless it is in quotes")
                    .help(format!("put it in quotes: \"{text}\""))
            };
        } else if let (true, Value::Scalar { text, .. }) = (names_principal, &node.value) {
            let meant = principal(text);
            diagnostic = diagnostic.help(match name.strip_prefix('`') {
                Some(_) => format!("write `{}: {{{meant}}}`", name.trim_matches('`')),
                None => format!("write `{{{meant}}}`"),
            });
        } else if takes("boolean") && !takes("string") {
            diagnostic = diagnostic.help("write `true` or `false`, without quotes");
        } else if takes("array") {
            diagnostic = diagnostic.help(match &node.value {
                Value::Mapping(_) => "begin each item with `- `, a list of one item too",
                _ => "write it in brackets, `[…]`, or each item on a line of its own after `- `",
            });
        } else if let Some(properties) = properties {
            let fields: Vec<&str> = properties.keys().map(String::as_str).collect();
            diagnostic = diagnostic.help(format!("write its fields under it: {}", list(&fields)));
        } else if takes("string") {
            diagnostic = diagnostic.help(match &node.value {
                Value::Sequence(_) => {
                    "write one value: without brackets, and without `- ` before it"
                }
                _ => "write one value",
            });
        }
        self.diagnostics.push(diagnostic);
    }

    /// The alternatives, flattened: an optional field with two forms has nested alternatives.
    fn flattened(&self, schemas: &[&'a Json]) -> Vec<&'a Json> {
        let mut flat = Vec::new();
        for schema in schemas {
            let schema = self.dereference(schema);
            match alternatives(schema) {
                Some(branches) => {
                    flat.extend(self.flattened(&branches.iter().collect::<Vec<_>>()));
                }
                None => flat.push(schema),
            }
        }
        flat
    }

    fn accepts(&self, schema: &Json, node: &Node) -> bool {
        if let Some(branches) = alternatives(schema) {
            return branches
                .iter()
                .any(|branch| self.accepts(self.dereference(branch), node));
        }
        if self.words(schema).is_some() {
            return matches!(node.value, Value::Scalar { .. }) && !is_null(node);
        }
        let types = types(schema);
        match &node.value {
            Value::Sequence(_) => types.contains(&"array"),
            Value::Mapping(_) => types.contains(&"object"),
            Value::Scalar { text, plain } => match scalar_kind(text, *plain) {
                Scalar::Null => types.contains(&"null"),
                Scalar::Boolean => types.contains(&"boolean"),
                Scalar::Number => false,
                Scalar::Text => types.contains(&"string"),
            },
        }
    }

    /// The allowed words, if the schema is an enumeration.
    fn words(&self, schema: &'a Json) -> Option<Vec<&'a str>> {
        if let Some(word) = schema["const"].as_str() {
            return Some(vec![word]);
        }
        if let Some(words) = schema["enum"].as_array() {
            return words.iter().map(Json::as_str).collect();
        }
        let branches = schema["oneOf"].as_array()?;
        let mut words = Vec::new();
        for branch in branches {
            words.extend(self.words(self.dereference(branch))?);
        }
        Some(words)
    }

    /// The fields of the format that contain a field of this name.
    fn owners(&self, key: &str) -> Vec<&'a str> {
        let definitions = self.definitions.as_object();
        let objects = definitions.into_iter().flat_map(|all| all.values());
        let mut owners = Vec::new();
        for object in [self.format].into_iter().chain(objects) {
            for (name, property) in object["properties"].as_object().into_iter().flatten() {
                if self.holds(property, key) && !owners.contains(&name.as_str()) {
                    owners.push(name);
                }
            }
        }
        owners
    }

    /// Whether a value, its items or one of its alternatives has a field of this name.
    fn holds(&self, property: &'a Json, key: &str) -> bool {
        let property = self.dereference(property);
        let inner = [&property["items"], &property["additionalProperties"]];
        let branches = alternatives(property).into_iter().flatten();
        property["properties"].get(key).is_some()
            || inner
                .into_iter()
                .filter(|inner| inner.is_object())
                .chain(branches)
                .any(|inner| self.holds(inner, key))
    }

    fn dereference(&self, schema: &'a Json) -> &'a Json {
        match schema["$ref"]
            .as_str()
            .and_then(|name| name.strip_prefix("#/$defs/"))
        {
            Some(name) => self.dereference(&self.definitions[name]),
            None => schema,
        }
    }
}

/// How well a mapping fits an alternative: whether it has all required fields, then how many of its fields are known.
/// Other values fit any alternative that accepts them.
fn likeness(schema: &Json, node: &Node) -> (bool, usize) {
    let Value::Mapping(fields) = &node.value else {
        return (true, 0);
    };
    let required = schema["required"].as_array().into_iter().flatten();
    let mut required = required.filter_map(Json::as_str);
    let known = fields
        .iter()
        .filter(|field| schema["properties"].get(&field.key).is_some());
    (
        required.all(|name| node.field(name).is_some()),
        known.count(),
    )
}

fn alternatives(schema: &Json) -> Option<&Vec<Json>> {
    schema["anyOf"].as_array()
}

fn types(schema: &Json) -> Vec<&str> {
    match &schema["type"] {
        Json::String(one) => vec![one],
        Json::Array(many) => many.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

fn wanted(schema: &Json) -> Option<&'static str> {
    types(schema).into_iter().find_map(|name| match name {
        "string" => Some("text"),
        "boolean" => Some("true or false"),
        "array" => Some("a list"),
        "object" => Some("a mapping of fields"),
        _ => None,
    })
}

fn kind(node: &Node) -> &'static str {
    match &node.value {
        Value::Sequence(_) => "a list",
        Value::Mapping(_) => "a mapping of fields",
        Value::Scalar { text, plain } => match scalar_kind(text, *plain) {
            Scalar::Null => "empty",
            Scalar::Boolean => "true or false",
            Scalar::Number => "a number",
            Scalar::Text => "text",
        },
    }
}

/// A principal, as the field that says which.
fn principal(text: &str) -> String {
    match () {
        () if text.ends_with(".amazonaws.com") => format!("service: {text}"),
        () if text.contains(':') => format!("principal: \"{text}\""),
        () => format!("principal: {text}"),
    }
}

/// More positions than this do not help.
const MOST_OWNERS: usize = 3;

fn unknown_field(field: &Field, allowed: &[&str], owners: &[&str], name: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "unknown-field",
        field.key_span,
        format!("{name} has no field {}", shown(&field.key)),
    );
    // Words that stand at `principal`.
    if allowed.contains(&"principal")
        && ["vendor", "pending", "account", "user"].contains(&&*field.key)
    {
        return diagnostic.help(format!("write `principal: {}`", field.key));
    }
    match did_you_mean(&field.key, allowed.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`? allowed: {}", list(allowed))),
        None if (1..=MOST_OWNERS).contains(&owners.len()) => diagnostic.help(format!(
            "{} is a field of {}; allowed here: {}",
            shown(&field.key),
            owners
                .iter()
                .map(|owner| format!("`{owner}`"))
                .collect::<Vec<_>>()
                .join(" and "),
            list(allowed)
        )),
        None => diagnostic.help(format!("allowed: {}", list(allowed))),
    }
}

fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

fn lower_first(text: &str) -> String {
    let text = text
        .split('\n')
        .next()
        .unwrap_or_default()
        .trim_end_matches('.');
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if !text.starts_with("ARN") => first.to_lowercase().chain(characters).collect(),
        _ => text.to_owned(),
    }
}
