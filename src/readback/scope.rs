//! What the expressions of a Terraform module can name: variables, locals, resources, functions.

use std::cell::RefCell;
use std::collections::hash_map::{Entry, RandomState};
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher as _;
use std::sync::OnceLock;

use hcl::eval::{Context, Evaluate as _, FuncArgs, FuncDef, ParamType};
use hcl::expr::{ObjectKey, TemplateExpr, TraversalOperator};
use hcl::template::{Element, Template};
use hcl::{Expression, Value};

use super::module::evaluate;

/// Marks what `file` gives until whoever has the files looks it up: a function of hcl-rs knows its arguments only.
const FILE: &str = "\0file:";

/// The values that expressions can name.
#[derive(Clone)]
pub(super) struct Scope {
    context: Context<'static>,
    /// The same values, to be looked into without a copy of the whole: a map of thousands of targets is one value.
    values: BTreeMap<String, Value>,
    /// Texts with places in them, parsed, by where they stand in the module, which stays in memory for longer.
    templates: RefCell<HashMap<*const TemplateExpr, Template>>,
}

impl Scope {
    /// A module's own scope. `path.module` is a word that `file` knows, so that files are named from the module's folder.
    pub(super) fn new() -> Self {
        let mut scope = Self {
            context: Context::new(),
            values: BTreeMap::new(),
            templates: RefCell::default(),
        };
        for (name, function) in [
            ("jsonencode", jsonencode as fn(FuncArgs) -> _),
            ("toset", |args| Ok(args[0].clone())),
            ("file", file),
        ] {
            let definition = FuncDef::builder().param(ParamType::Any).build(function);
            scope.context.declare_func(name, definition);
        }
        for (name, function) in [
            ("merge", merge as fn(FuncArgs) -> _),
            ("setunion", concat),
            ("concat", concat),
        ] {
            let definition = FuncDef::builder()
                .variadic_param(ParamType::Any)
                .build(function);
            scope.context.declare_func(name, definition);
        }
        scope.declare("path", object([("module", Value::from(unknown("module")))]));
        scope
    }

    /// Makes a value known, instead of any other of the name.
    pub(super) fn declare(&mut self, name: &str, value: Value) {
        self.context.declare_var(name, value.clone());
        self.values.insert(name.to_owned(), value);
    }

    pub(super) fn evaluate(&self, expression: &Expression) -> Result<Value, String> {
        match (self.found(expression)?, expression) {
            (Some(found), _) => Ok(found.clone()),
            (None, Expression::TemplateExpr(quoted)) => self.text(quoted),
            (None, _) => evaluate(expression, &self.context),
        }
    }

    /// A text with its places filled in.
    fn text(&self, quoted: &TemplateExpr) -> Result<Value, String> {
        let mut templates = self.templates.borrow_mut();
        let template = match templates.entry(quoted) {
            Entry::Occupied(parsed) => parsed.into_mut(),
            Entry::Vacant(first) => {
                let parsed = Template::from_expr(quoted).map_err(|error| error.to_string())?;
                first.insert(parsed)
            }
        };
        // A place that is all of a text is not made a text.
        if let [Element::Interpolation(only)] = template.elements() {
            return evaluate(&only.expr, &self.context);
        }
        let text = template.evaluate(&self.context);
        text.map(Value::from).map_err(|error| error.to_string())
    }

    /// What a path such as `local.targets` leads to, where it leads through known values only.
    fn found(&self, expression: &Expression) -> Result<Option<&Value>, String> {
        let Expression::Traversal(traversal) = expression else {
            return Ok(None);
        };
        let Expression::Variable(name) = &traversal.expr else {
            return Ok(None);
        };
        let Some(mut value) = self.values.get(name.as_str()) else {
            return Ok(None);
        };
        for operator in &traversal.operators {
            let key = match operator {
                TraversalOperator::GetAttr(name) => Value::from(name.as_str()),
                TraversalOperator::Index(index) => self.evaluate(index)?,
                _ => return Ok(None),
            };
            let next = match (value, &key) {
                (Value::Object(fields), Value::String(key)) => fields.get(key),
                _ => return Ok(None),
            };
            // What is not there is for hcl-rs to explain.
            let Some(next) = next else { return Ok(None) };
            value = next;
        }
        Ok(Some(value))
    }
}

/// Values of expressions that name nothing, by where they stand: the policy of a module that thousands of roots call.
#[derive(Debug, Default)]
pub(super) struct Constants(RefCell<HashMap<*const Expression, Option<Value>>>);

impl Constants {
    /// The value of an expression of a module that stays in memory.
    pub(super) fn evaluate(&self, expression: &Expression, scope: &Scope) -> Result<Value, String> {
        let key: *const Expression = expression;
        if let Some(known) = self.0.borrow().get(&key) {
            return match known {
                Some(value) => Ok(value.clone()),
                None => scope.evaluate(expression),
            };
        }
        let value = scope.evaluate(expression)?;
        let constant = is_constant(expression).then(|| value.clone());
        self.0.borrow_mut().insert(key, constant);
        Ok(value)
    }
}

/// Whether an expression has one value wherever it is evaluated.
fn is_constant(expression: &Expression) -> bool {
    match expression {
        Expression::Null | Expression::Bool(_) | Expression::Number(_) | Expression::String(_) => {
            true
        }
        Expression::Array(items) => items.iter().all(is_constant),
        Expression::Object(fields) => fields.iter().all(|(key, value)| {
            let key = match key {
                ObjectKey::Identifier(_) => true,
                ObjectKey::Expression(key) => is_constant(key),
                _ => false,
            };
            key && is_constant(value)
        }),
        // Of the functions, `file` alone knows where it is called.
        Expression::FuncCall(call) => {
            call.name.name.as_str() == "jsonencode" && call.args.iter().all(is_constant)
        }
        _ => false,
    }
}

/// The path that `file` was given, if a value is what `file` gives.
pub(super) fn file_path(value: &str) -> Option<&str> {
    value.strip_prefix(FILE)
}

pub(super) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn jsonencode(args: FuncArgs) -> Result<Value, String> {
    serde_json::to_string(&args[0])
        .map(Value::from)
        .map_err(|error| error.to_string())
}

fn file(args: FuncArgs) -> Result<Value, String> {
    let path = args[0].as_str().ok_or("the path of a file is text")?;
    let path = path
        .strip_prefix(unknown("module").as_str())
        .filter(|path| path.starts_with('/'))
        .ok_or("a file is named from `path.module`")?;
    Ok(Value::from(format!("{FILE}.{path}")))
}

/// A value that nothing in a module can know before: what is looked up by it is not there, whatever a module holds.
pub(super) fn unknown(what: &str) -> String {
    format!("{ANY}{what}{}", mark())
}

/// How a value that is not known before an apply begins.
const ANY: &str = "any-";

/// How it ends: otherwise in every run, so that no module can hold it.
fn mark() -> &'static str {
    static MARK: OnceLock<String> = OnceLock::new();
    MARK.get_or_init(|| format!("-{:016x}", RandomState::new().hash_one(0)))
}

/// What a text depends on that is not known here, in words: a variable of a root module, a path, the content of a file.
pub(super) fn unsettled(text: &str) -> Option<String> {
    if text.contains(FILE) {
        return Some("the content of a file".to_owned());
    }
    let before = &text[..text.find(mark())?];
    let what = before.rfind(ANY).map(|start| &before[start + ANY.len()..]);
    Some(what.unwrap_or_default().to_owned())
}

fn merge(args: FuncArgs) -> Result<Value, String> {
    let mut merged = hcl::Map::new();
    for map in args.into_values() {
        match map {
            Value::Object(fields) => merged.extend(fields),
            _ => return Err("only maps are merged".to_owned()),
        }
    }
    Ok(Value::Object(merged))
}

/// Lists one after the other; sets, too, since whoever takes one takes each item once.
fn concat(args: FuncArgs) -> Result<Value, String> {
    let mut all: Vec<Value> = Vec::new();
    for list in args.into_values() {
        match list {
            Value::Array(items) => all.extend(items),
            _ => return Err("only lists and sets are put together".to_owned()),
        }
    }
    Ok(Value::Array(all))
}
