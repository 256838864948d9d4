//! What expressions hold, as Terraform evaluates them. Whoever evaluates has compared the expression with a form before
//! (`readback::module_forms`), so that only what the templates in the binary write comes here.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::syntax::For;
use super::value::Map;
use super::{Attribute, Expression, Part, Step, Value};

/// What expressions can name: `var`, `local`, `each`, and resources by their type.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    values: BTreeMap<Rc<str>, Value>,
}

/// The names of loops around an expression, the innermost last.
type Loops<'e> = Vec<(&'e str, Value)>;

type Evaluated = Result<Value, String>;

impl Scope {
    /// Makes a value known, instead of any other of the name.
    pub(crate) fn declare(&mut self, name: &str, value: Value) {
        self.values.insert(name.into(), value);
    }

    /// Makes `each.key` and `each.value` known.
    pub(crate) fn each(&mut self, key: &Rc<str>, value: &Value) {
        let fields = [("key", Value::Text(key.clone())), ("value", value.clone())];
        self.declare("each", map(fields));
    }

    /// What an attribute holds.
    ///
    /// # Errors
    ///
    /// When it names what is not there, or what only whoever applies it knows.
    pub(crate) fn value_of(&self, attribute: &Attribute<'_>) -> Evaluated {
        if let Some(constant) = attribute.constant.get() {
            return Ok(constant.clone());
        }
        let value = self.evaluate(&attribute.value)?;
        if is_constant(&attribute.value) {
            return Ok(attribute.constant.get_or_init(|| value).clone());
        }
        Ok(value)
    }

    /// What an expression holds.
    ///
    /// # Errors
    ///
    /// As for an attribute.
    pub(crate) fn evaluate(&self, expression: &Expression<'_>) -> Evaluated {
        self.inner(expression, &mut Vec::new())
    }

    fn inner<'e>(&self, expression: &'e Expression<'_>, loops: &mut Loops<'e>) -> Evaluated {
        match expression {
            Expression::Null => Ok(Value::Null),
            Expression::Bool(value) => Ok(Value::Bool(*value)),
            Expression::Number(number) => Ok(Value::Number(*number)),
            Expression::Text(parts) => self.text(parts, loops),
            Expression::List(items) => {
                let items = items.iter().map(|item| self.inner(item, loops));
                Ok(Value::List(items.collect::<Result<_, _>>()?))
            }
            Expression::Object(fields) => {
                let mut map = Map::new();
                for (key, value) in fields {
                    map.insert((**key).into(), self.inner(value, loops)?);
                }
                Ok(map.into())
            }
            Expression::Path(root, steps) => self.path(root, steps, loops),
            Expression::Call {
                name,
                arguments,
                expands,
            } => self.call(name, arguments, *expands, loops),
            Expression::For(each) => self.each_of(each, loops),
            Expression::Operation(..) => Err("a comparison is not understood here".to_owned()),
        }
    }

    fn text<'e>(&self, parts: &'e [Part<'_>], loops: &mut Loops<'e>) -> Evaluated {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Place(place) => match self.inner(place, loops)? {
                    Value::Text(value) => text.push_str(&value),
                    _ => return Err("only text can be interpolated into text".to_owned()),
                },
            }
        }
        Ok(text.into())
    }

    fn path<'e>(&self, root: &'e str, steps: &'e [Step<'_>], loops: &mut Loops<'e>) -> Evaluated {
        let named = loops.iter().rev().find(|(name, _)| *name == root);
        let mut value = match named {
            Some((_, value)) => value.clone(),
            None => self
                .values
                .get(root)
                .cloned()
                .ok_or_else(|| format!("`{root}` is not defined here"))?,
        };
        for (number, step) in steps.iter().enumerate() {
            let found = match step {
                Step::Name(name) => value.as_map().and_then(|map| map.get(*name)).cloned(),
                Step::Index(index) => match self.inner(index, loops)? {
                    Value::Text(key) => value.as_map().and_then(|map| map.get(&key)).cloned(),
                    _ => return Err("an index is a key of a map".to_owned()),
                },
            };
            value = found.ok_or_else(|| {
                let path = shown(root, &steps[..=number]);
                match root {
                    "var" => format!(
                        "{path} is known only when it is applied: write the value where it is used"
                    ),
                    _ => format!("there is no {path}"),
                }
            })?;
        }
        Ok(value)
    }

    fn call<'e>(
        &self,
        name: &str,
        arguments: &'e [Expression<'_>],
        expands: bool,
        loops: &mut Loops<'e>,
    ) -> Evaluated {
        if let ("file", [Expression::Text(parts)]) = (name, arguments) {
            return file(parts);
        }
        let mut values: Vec<Value> = arguments
            .iter()
            .map(|argument| self.inner(argument, loops))
            .collect::<Result<_, _>>()?;
        if expands && let Some(last) = values.pop() {
            let items = last.as_list().ok_or("`...` follows a list")?;
            values.extend_from_slice(items);
        }
        match (name, values.as_slice()) {
            ("jsonencode", [value]) => {
                let json = value.to_json().ok_or("a file is not encoded")?;
                Ok(escaped(&json.to_string()).into())
            }
            ("merge", maps) => merge(maps),
            ("concat", lists) => Ok(Value::List(joined(lists)?.into())),
            ("setunion", lists) => {
                let mut items: Vec<Rc<str>> = joined(lists)?
                    .into_iter()
                    .map(|item| match item {
                        Value::Text(text) => Ok(text),
                        _ => Err("a set of anything but text"),
                    })
                    .collect::<Result<_, _>>()?;
                items.sort();
                items.dedup();
                Ok(Value::List(items.into_iter().map(Value::Text).collect()))
            }
            _ => Err(format!("the function `{name}` is not understood")),
        }
    }

    fn each_of<'e>(&self, each: &'e For<'_>, loops: &mut Loops<'e>) -> Evaluated {
        let over = self.inner(&each.over, loops)?;
        let items: Vec<(Option<Value>, Value)> = match (&over, each.names.len()) {
            (Value::Map(map), _) => map
                .iter()
                .map(|(key, value)| (Some(Value::Text(key.clone())), value.clone()))
                .collect(),
            // The key of a list would be a position, and the key of a set the item.
            (Value::List(items), 1) => items.iter().map(|item| (None, item.clone())).collect(),
            _ => return Err("`for` goes over a map, or over the items of a list".to_owned()),
        };
        let mut list = Vec::new();
        let mut map = Map::new();
        for (key, value) in items {
            let around = loops.len();
            match each.names.as_slice() {
                [name] => loops.push((name, value)),
                [key_name, name] => {
                    loops.push((key_name, key.unwrap_or(Value::Null)));
                    loops.push((name, value));
                }
                _ => {}
            }
            let made = self.inner(&each.value, loops);
            let key = each.key.as_ref().map(|key| self.inner(key, loops));
            loops.truncate(around);
            match key {
                None => list.push(made?),
                Some(key) => match key? {
                    Value::Text(key) => {
                        let before = map.insert(key.clone(), made?);
                        if before.is_some() {
                            return Err(format!("there are two of the key {key}"));
                        }
                    }
                    _ => return Err("a key is a text".to_owned()),
                },
            }
        }
        Ok(match each.key {
            None => Value::List(list.into()),
            Some(_) => map.into(),
        })
    }
}

/// Whether an expression has one value wherever it is evaluated.
fn is_constant(expression: &Expression<'_>) -> bool {
    match expression {
        Expression::Call {
            name: "jsonencode",
            arguments,
            ..
        } => arguments.iter().all(Expression::is_literal),
        other => other.is_literal(),
    }
}

/// JSON as Terraform writes it: signs that HTML knows, and the line ends of JavaScript, are escaped.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// The content of a file that lies in the folder of the module.
fn file(parts: &[Part<'_>]) -> Evaluated {
    match parts {
        [
            Part::Place(Expression::Path("path", steps)),
            Part::Literal(path),
        ] if *steps == [Step::Name("module")] && path.starts_with('/') => {
            Ok(Value::File(format!(".{path}").into()))
        }
        _ => Err("a file is named from `path.module`".to_owned()),
    }
}

/// One map of several. A key of two of them would be the later one's to Terraform, and is refused.
fn merge(maps: &[Value]) -> Evaluated {
    let mut merged = Map::new();
    for map in maps {
        let map = map.as_map().ok_or("only maps are merged")?;
        for (key, value) in map {
            if merged.insert(key.clone(), value.clone()).is_some() {
                return Err(format!("there are two of the key {key}"));
            }
        }
    }
    Ok(merged.into())
}

fn joined(lists: &[Value]) -> Result<Vec<Value>, String> {
    let mut all = Vec::new();
    for list in lists {
        let items = list
            .as_list()
            .ok_or("only lists and sets are put together")?;
        all.extend_from_slice(items);
    }
    Ok(all)
}

/// A path, for people.
fn shown(root: &str, steps: &[Step<'_>]) -> String {
    let steps = steps.iter().map(|step| match step {
        Step::Name(name) => format!(".{name}"),
        Step::Index(Expression::Path(root, steps)) => format!("[{}]", shown(root, steps)),
        Step::Index(index) => format!("[{:?}]", index.literal().unwrap_or_default()),
    });
    root.to_owned() + &steps.collect::<String>()
}

/// A map of a few fields.
pub(super) fn map<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let fields = fields.into_iter();
    fields
        .map(|(name, value)| (Rc::from(name), value))
        .collect::<Map>()
        .into()
}
