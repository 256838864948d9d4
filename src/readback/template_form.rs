//! How values of a template may be written: as the rendered ones are, or as literals. `template_forms` says what may stand where.
//!
//! No other section, resource, property or function is read, wherever in a template it stands.

use serde_json::Value;

use super::template_forms::{Form, PROPERTIES, RESOURCE, TEMPLATE};
use crate::cfn::{Path, Step};

use Form::{
    Arn, Condition, Fields, Ids, Integer, List, Literal, Made, Map, Named, Optional, Parameter,
    Place, Resources, Text, Told, Truth, Word,
};

/// The types of resources that are read, in the order in which they are.
pub(super) fn types() -> impl Iterator<Item = &'static str> {
    PROPERTIES.iter().map(|(kind, _)| *kind)
}

/// A value that is not read.
pub(super) struct Unread {
    /// The way to it, from its end.
    path: Vec<Step>,
    found: String,
    /// Whether it is a key that is not read, whatever its value is.
    is_key: bool,
    expected: String,
}

impl Unread {
    fn new(found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            path: Vec::new(),
            found: found.into(),
            is_key: false,
            expected: expected.into(),
        }
    }

    fn key(key: &str, expected: impl Into<String>) -> Self {
        Self {
            is_key: true,
            ..Self::new(format!("`{key}`"), expected)
        }
    }

    fn in_field(mut self, key: &str) -> Self {
        self.path.push(Step::Key(key.to_owned()));
        self
    }

    fn in_item(mut self, number: usize) -> Self {
        self.path.push(Step::Item(number));
        self
    }

    /// The way from the template to it.
    pub(super) fn path(&self) -> impl AsRef<Path> {
        let mut path = self.path.clone();
        path.reverse();
        path
    }

    /// What is not read, in words, and what is.
    pub(super) fn what(&self) -> String {
        let mut keys = self.path.iter().filter_map(|step| match step {
            Step::Key(key) if !self.is_key => Some(format!(" in `{key}`")),
            _ => None,
        });
        let field = keys.next();
        format!(
            "{} is not understood{}: {}",
            self.found,
            field.unwrap_or_default(),
            self.expected
        )
    }
}

/// Checks all of a template.
pub(super) fn check(template: &Value) -> Result<(), Unread> {
    no_dynamic_reference(template)?;
    let names = Names(template);
    names.fits(template, TEMPLATE)?;
    let Some(twice) = names
        .section("Parameters")
        .find(|name| names.resource(name).is_some())
    else {
        return Ok(());
    };
    let unread = Unread::key(
        twice,
        "a parameter has this name, and one of the two is meant",
    );
    Err(unread.in_field(twice).in_field("Resources"))
}

/// Whether CloudFormation puts a value of another service in the place of a part of a text.
pub(super) fn is_dynamic(text: &str) -> bool {
    let mut references = text.split("{{").skip(1);
    references.any(|rest| {
        let word = rest.trim_start().get(..7);
        word.is_some_and(|word| word.eq_ignore_ascii_case("resolve"))
    })
}

/// Whether CloudFormation would put a value of another service in the place of a part of a value.
pub fn has_dynamic_reference(value: &Value) -> bool {
    no_dynamic_reference(value).is_err()
}

fn no_dynamic_reference(value: &Value) -> Result<(), Unread> {
    let refused = || {
        Unread::new(
            "`{{resolve:`",
            "what it stands for is known only when the template is deployed, and can be another each time: write the value",
        )
    };
    match value {
        Value::String(text) if is_dynamic(text) => Err(refused()),
        Value::Array(items) => items.iter().enumerate().try_for_each(|(number, item)| {
            no_dynamic_reference(item).map_err(|unread| unread.in_item(number))
        }),
        Value::Object(fields) => fields.iter().try_for_each(|(key, value)| {
            let found = match is_dynamic(key) {
                true => Err(refused()),
                false => no_dynamic_reference(value),
            };
            found.map_err(|unread| unread.in_field(key))
        }),
        _ => Ok(()),
    }
}

/// A template, for the names in it.
struct Names<'t>(&'t Value);

impl Names<'_> {
    fn section(&self, name: &str) -> impl Iterator<Item = &str> {
        let section = self.0.get(name).and_then(Value::as_object);
        section.into_iter().flatten().map(|(name, _)| name.as_str())
    }

    fn has(&self, section: &str, name: &str) -> bool {
        self.0
            .get(section)
            .is_some_and(|section| section.get(name).is_some())
    }

    /// The type of a resource.
    fn resource(&self, id: &str) -> Option<&str> {
        self.0.get("Resources")?.get(id)?["Type"].as_str()
    }

    /// Whether a value is written in one of these forms.
    fn fits(&self, value: &Value, forms: &[Form]) -> Result<(), Unread> {
        for form in forms {
            if self.is(value, form)? {
                return Ok(());
            }
        }
        let words: Vec<String> = forms.iter().map(Form::words).collect();
        Err(Unread::new(
            shown(value),
            format!("expected {}", words.join(", or ")),
        ))
    }

    /// Whether a value is written in a form. What is of its kind, but has something odd inside, is refused at once.
    fn is(&self, value: &Value, form: &Form) -> Result<bool, Unread> {
        let known = |name: &str| ["AWS::Partition", "AWS::AccountId"].contains(&name);
        let function = function(value);
        Ok(match (form, value, function) {
            (Text, Value::String(_), _) => true,
            (Word(words), Value::String(text), _) => words.contains(&text.as_str()),
            (Integer, Value::Number(_), _) | (Truth, Value::Bool(_), _) => true,
            (Literal, _, None) => {
                literal(value)?;
                true
            }
            (Place, _, Some(("Ref", Value::String(name)))) => known(name),
            (Place, _, Some(("Fn::Sub", Value::String(text)))) => self.substitutes(text, &known)?,
            (Named, _, Some(("Fn::Sub", Value::String(text)))) => {
                self.substitutes(text, &|name| known(name) || self.has("Parameters", name))?
            }
            (Parameter, _, Some(("Ref", Value::String(name)))) => self.has("Parameters", name),
            (Made(kind), _, Some(("Ref", Value::String(id)))) => self.resource(id) == Some(kind),
            (Arn, _, Some(("Fn::GetAtt", Value::Array(parts)))) => match parts.as_slice() {
                [Value::String(id), Value::String(attribute)] => {
                    attribute == "Arn" && self.resource(id).is_some()
                }
                _ => false,
            },
            (Told, _, Some(("Ref", Value::String(_)))) => true,
            (Told, _, Some(("Fn::Sub", Value::String(text)))) => {
                self.substitutes(text, &|_| true)?
            }
            (Optional(forms), _, Some(("Fn::If", Value::Array(parts)))) => match parts.as_slice() {
                [Value::String(condition), value, none] => {
                    let inside = self.fits(value, forms);
                    inside.map_err(|unread| unread.in_item(1).in_field("Fn::If"))?;
                    self.has("Conditions", condition) && function_ref(none) == Some("AWS::NoValue")
                }
                _ => false,
            },
            (Condition, _, Some(("Fn::Not", Value::Array(parts)))) => {
                parameter_of(parts).is_some_and(|name| self.has("Parameters", name))
            }
            (List(forms), Value::Array(items), _) => {
                for (number, item) in items.iter().enumerate() {
                    let item = self.fits(item, forms);
                    item.map_err(|unread| unread.in_item(number))?;
                }
                true
            }
            (Fields(known), Value::Object(fields), None) => {
                for (key, value) in fields {
                    let known_field = known.iter().find(|(known, _)| known == key);
                    let field = match known_field {
                        Some((_, forms)) => self.fits(value, forms),
                        None => Err(odd_key(key, known.iter().map(|(known, _)| *known))),
                    };
                    field.map_err(|unread| unread.in_field(key))?;
                }
                true
            }
            (Map(forms), Value::Object(fields), _) => {
                for (key, value) in fields {
                    let value = match is_function(key) {
                        true => Err(Unread::key(
                            key,
                            "a function is read where a rendered template has it",
                        )),
                        false => self.fits(value, forms),
                    };
                    value.map_err(|unread| unread.in_field(key))?;
                }
                true
            }
            (Ids(forms), Value::Object(fields), _) => {
                for (id, value) in fields {
                    let value = logical_id(id).and_then(|()| self.fits(value, forms));
                    value.map_err(|unread| unread.in_field(id))?;
                }
                true
            }
            (Resources, Value::Object(fields), _) => {
                for (id, value) in fields {
                    let value = logical_id(id).and_then(|()| self.resource_fits(value));
                    value.map_err(|unread| unread.in_field(id))?;
                }
                true
            }
            _ => false,
        })
    }

    fn resource_fits(&self, resource: &Value) -> Result<(), Unread> {
        let fields = resource.as_object().into_iter().flatten();
        for (key, value) in fields {
            let field = match key.as_str() {
                "Type" => match types().find(|known| value == known) {
                    Some(_) => Ok(()),
                    None => Err(Unread::new(
                        shown(value),
                        format!(
                            "a resource is one of {}",
                            types().collect::<Vec<_>>().join(", ")
                        ),
                    )),
                },
                "Metadata" => self.fits(value, &[Literal]),
                "Properties" => match PROPERTIES
                    .iter()
                    .find(|(kind, _)| resource["Type"] == *kind)
                {
                    Some((_, properties)) => self.fits(value, &[Fields(properties)]),
                    // Its type is refused.
                    None => Ok(()),
                },
                _ => Err(odd_key(key, RESOURCE.into_iter())),
            };
            field.map_err(|unread| unread.in_field(key))?;
        }
        match resource.get("Type") {
            Some(_) => Ok(()),
            None => Err(Unread::new(shown(resource), "a resource has a type")),
        }
    }

    /// Whether a text of `Fn::Sub` names these values only.
    fn substitutes(&self, text: &str, known: &dyn Fn(&str) -> bool) -> Result<bool, Unread> {
        let names = substituted(text)
            .map_err(|what| Unread::new(format!("`{text}`"), what).in_field("Fn::Sub"))?;
        Ok(names.into_iter().all(known))
    }
}

impl Form {
    /// What a value of this form is, in words.
    fn words(&self) -> String {
        let words = match self {
            Text => "a text, in double quotes where it would be none",
            Word(words) => return format!("\"{}\"", words.join("\" or \"")),
            Integer => "a whole number",
            Truth => "`true` or `false`",
            Literal => "anything without a function",
            Place => "`Ref` of AWS::Partition or AWS::AccountId, or a text with them by `Fn::Sub`",
            Parameter => "`Ref` of a parameter",
            Named => "a text with parameters by `Fn::Sub`",
            Made(kind) => return format!("`Ref` of an {kind} in the template"),
            Arn => "`Fn::GetAtt` of the Arn of a resource",
            Told => "`Ref`, or a text by `Fn::Sub`",
            Optional(_) => "such a one by `Fn::If` and AWS::NoValue",
            Condition => "`Fn::Not` of `Fn::Equals` of a parameter and \"\"",
            List(_) => "a list of what is read there",
            Fields(fields) => {
                let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
                return format!("a mapping with {}", names.join(", "));
            }
            Map(_) | Ids(_) | Resources => "a mapping",
        };
        words.to_owned()
    }
}

/// The names of values in a text of `Fn::Sub`.
pub(super) fn substituted(text: &str) -> Result<Vec<&str>, &'static str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        if rest[..start].ends_with('$') {
            return Err("which `$` begins a place is not known");
        }
        let inner = &rest[start + 2..];
        let end = inner.find('}').ok_or("`${` without `}`")?;
        let name = &inner[..end];
        match name.strip_prefix('!') {
            Some("") => return Err("`${!}` stands for nothing"),
            Some(literal) if literal.contains('{') => return Err("a brace in a brace"),
            Some(_) => {}
            None if !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b':') =>
            {
                names.push(name);
            }
            None => {
                return Err(
                    "between `${` and `}` stands a name; what is IAM's to fill in is written `${!name}`",
                );
            }
        }
        rest = &inner[end + 1..];
    }
    Ok(names)
}

/// The parameter of which a condition says that it is not empty, by what stands in its `Fn::Not`.
pub(super) fn parameter_of(parts: &[Value]) -> Option<&str> {
    let [equals] = parts else { return None };
    let ("Fn::Equals", Value::Array(sides)) = function(equals)? else {
        return None;
    };
    match sides.as_slice() {
        [left, Value::String(right)] if right.is_empty() => function_ref(left),
        _ => None,
    }
}

/// Whether a key is the name of a function.
pub(super) fn is_function(key: &str) -> bool {
    key == "Ref" || key.starts_with("Fn::")
}

/// The function that a value is, and what it is given.
fn function(value: &Value) -> Option<(&str, &Value)> {
    let fields = value.as_object().filter(|fields| fields.len() == 1)?;
    let (name, argument) = fields.iter().next()?;
    is_function(name).then_some((name.as_str(), argument))
}

fn function_ref(value: &Value) -> Option<&str> {
    match function(value)? {
        ("Ref", name) => name.as_str(),
        _ => None,
    }
}

/// Refuses a function anywhere in a value.
fn literal(value: &Value) -> Result<(), Unread> {
    match value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(number, item)| literal(item).map_err(|unread| unread.in_item(number))),
        Value::Object(fields) => fields.iter().try_for_each(|(key, value)| {
            let found = match is_function(key) {
                true => Err(Unread::key(key, "a function is not allowed here")),
                false => literal(value),
            };
            found.map_err(|unread| unread.in_field(key))
        }),
        _ => Ok(()),
    }
}

fn logical_id(id: &str) -> Result<(), Unread> {
    match !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        true => Ok(()),
        false => Err(Unread::key(
            id,
            "a name in a template has letters and digits",
        )),
    }
}

fn odd_key<'k>(key: &str, known: impl Iterator<Item = &'k str>) -> Unread {
    Unread::key(
        key,
        format!("expected {}", known.collect::<Vec<_>>().join(", ")),
    )
}

/// A value in words.
fn shown(value: &Value) -> String {
    match (function(value), value) {
        (Some((name, argument)), _) => match argument {
            Value::String(text) => format!("`{name}` of `{text}`"),
            _ => format!("`{name}`"),
        },
        (None, Value::String(text)) => format!("`{text}`"),
        (None, Value::Null) => "a field without a value".to_owned(),
        (None, Value::Bool(value)) => format!("`{value}`, which is not text,"),
        (None, Value::Number(number)) => format!("`{number}`, which is not text,"),
        (None, Value::Array(_)) => "a list".to_owned(),
        (None, Value::Object(_)) => "a mapping".to_owned(),
    }
}
