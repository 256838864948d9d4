//! What the variables of a module hold. Terraform converts what is passed to a variable's type, drops attributes, fills in
//! others, and puts a default in the place of null. Rendered modules need none of that, so that it is refused.

use std::collections::BTreeMap;

use hcl::{Block, Expression, Value};

use super::ReadbackError;
use super::module::{Module, attribute, evaluate, label};
use super::scope::unknown;

/// The variable that tells the providers of accounts which leave; `plain` keeps it from all else.
pub(super) const LEAVING_ACCOUNTS: &str = "leaving_accounts";

/// The variables of a root module. Whoever applies it can give them any value, and does not have to say so in a file that is
/// read here: a default says nothing.
pub(super) fn of_root(module: &Module) -> Result<Value, ReadbackError> {
    let mut variables: hcl::Map<String, Value> = hcl::Map::new();
    for block in module.of_kind("variable") {
        let name = label(block, 0);
        let value = match name {
            LEAVING_ACCOUNTS => default(module, block)?,
            name => Some(Value::from(unknown(&format!("the variable {name}")))),
        };
        variables.extend(value.map(|value| (name.to_owned(), value)));
    }
    Ok(Value::Object(variables))
}

/// The variables of a module that is called with these arguments.
pub(super) fn of_call(
    module: &Module,
    arguments: Vec<(String, Value)>,
) -> Result<Value, ReadbackError> {
    let mut variables: hcl::Map<String, Value> = hcl::Map::new();
    for block in module.of_kind("variable") {
        if let Some(value) = default(module, block)? {
            check(module, block, &value)?;
            variables.insert(label(block, 0).to_owned(), value);
        }
    }
    for (name, value) in arguments {
        let block = module
            .of_kind("variable")
            .find(|block| label(block, 0) == name)
            .ok_or_else(|| module.failed(&name, "the module has no such variable"))?;
        check(module, block, &value)?;
        variables.insert(name, value);
    }
    Ok(Value::Object(variables))
}

fn default(module: &Module, block: &Block) -> Result<Option<Value>, ReadbackError> {
    let Some(default) = attribute(block.body(), "default") else {
        return Ok(None);
    };
    evaluate(default, &hcl::eval::Context::new())
        .map(Some)
        .map_err(|why| module.failed(label(block, 0), why))
}

/// Refuses a value that the variable would not hold as it is.
fn check(module: &Module, block: &Block, value: &Value) -> Result<(), ReadbackError> {
    let failed = |why: String| module.failed(&format!("variable {}", label(block, 0)), why);
    if attribute(block.body(), "nullable").is_some() {
        return Err(failed(
            "`nullable` is not understood: Terraform could take the default in the place of null"
                .to_owned(),
        ));
    }
    match attribute(block.body(), "type") {
        Some(kind) if !is_any(kind) && !value.is_null() => held(kind, value).map_err(failed),
        _ => Ok(()),
    }
}

fn is_any(kind: &Expression) -> bool {
    matches!(kind, Expression::Variable(name) if name.as_str() == "any")
}

/// Whether a variable of this type holds the value as it is. A set is no list to Terraform, see `plain`.
fn held(kind: &Expression, value: &Value) -> Result<(), String> {
    let converted = || {
        Err(format!(
            "Terraform would convert what is passed to {kind}: pass a value of this type"
        ))
    };
    match kind {
        Expression::Variable(name) => match (name.as_str(), value) {
            ("string", Value::String(_))
            | ("bool", Value::Bool(_))
            | ("number", Value::Number(_)) => Ok(()),
            ("string" | "bool" | "number", _) => converted(),
            _ => Err(not_understood(kind)),
        },
        Expression::FuncCall(call) => match (call.name.name.as_str(), call.args.as_slice()) {
            ("list", [inner]) => match value {
                Value::Array(items) => items.iter().try_for_each(|item| held(inner, item)),
                _ => converted(),
            },
            ("map", [inner]) => match value {
                Value::Object(fields) => fields.values().try_for_each(|field| held(inner, field)),
                _ => converted(),
            },
            _ => Err(not_understood(kind)),
        },
        _ => Err(not_understood(kind)),
    }
}

fn not_understood(kind: &Expression) -> String {
    format!(
        "the type {kind} is not understood: Terraform could make another value of what is passed; write string, number, \
         bool, or a list or a map of them"
    )
}

/// A map of texts, in which Terraform writes a number or a truth value as text.
pub(super) fn texts(value: Option<&Value>) -> Result<BTreeMap<String, String>, String> {
    let fields = match value {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Object(fields)) => fields,
        Some(_) => return Err("it is no map".to_owned()),
    };
    fields
        .iter()
        .map(|(key, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Bool(_) | Value::Number(_) => value.to_string(),
                _ => return Err(format!("the value of {key} is no text")),
            };
            Ok((key.clone(), text))
        })
        .collect()
}
