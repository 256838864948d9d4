//! What the variables of a module hold. Terraform converts what is passed to a variable's type, drops attributes, fills in
//! others, and puts a default in the place of null. Rendered modules need none of that, so that it is refused.

use super::ReadbackError;
use super::module::Module;
use crate::hcl::{Block, Expression, Map, Scope, Value};

/// The variable that tells the providers of accounts which leave; no form but theirs has it.
pub(super) const LEAVING_ACCOUNTS: &str = "leaving_accounts";

/// The variables of a root module. Whoever applies it can give them any value, and does not have to say so in a file that is
/// read here: a default says nothing, so that none of them is known.
pub(super) fn of_root(module: &Module<'_>) -> Result<Value, ReadbackError> {
    let mut variables = Map::new();
    for block in module.of_kind("variable") {
        if block.label(0) == LEAVING_ACCOUNTS
            && let Some(default) = default(module, block)?
        {
            variables.insert(LEAVING_ACCOUNTS.into(), default);
        }
    }
    Ok(variables.into())
}

/// The variables of a module that is called with these arguments.
pub(super) fn of_call(
    module: &Module<'_>,
    arguments: Vec<(String, Value)>,
) -> Result<Value, ReadbackError> {
    let mut variables = Map::new();
    for block in module.of_kind("variable") {
        if let Some(value) = default(module, block)? {
            check_type(module, block, &value)?;
            variables.insert(block.label(0).into(), value);
        }
    }
    for (name, value) in arguments {
        let block = module
            .of_kind("variable")
            .find(|block| block.label(0) == name)
            .ok_or_else(|| module.failed(&name, "the module has no such variable"))?;
        check_type(module, block, &value)?;
        variables.insert(name.into(), value);
    }
    Ok(variables.into())
}

fn default(module: &Module<'_>, block: &Block<'_>) -> Result<Option<Value>, ReadbackError> {
    let default = block.body.attribute("default");
    default
        .map(|default| Scope::default().value_of(default))
        .transpose()
        .map_err(|why| module.failed(block.label(0), why))
}

/// Refuses a value that the variable would not hold as it is.
fn check_type(module: &Module<'_>, block: &Block<'_>, value: &Value) -> Result<(), ReadbackError> {
    match block.body.attribute("type") {
        Some(kind) if *value != Value::Null => held(&kind.value, value)
            .map_err(|why| module.failed(&format!("variable {}", block.label(0)), why)),
        _ => Ok(()),
    }
}

/// Whether a variable of this type holds the value as it is.
fn held(kind: &Expression<'_>, value: &Value) -> Result<(), String> {
    let (name, inner) = match kind {
        Expression::Path(name, _) => (*name, None),
        Expression::Call {
            name, arguments, ..
        } => (*name, arguments.first()),
        _ => ("", None),
    };
    match (name, inner, value) {
        ("any", ..)
        | ("string", _, Value::Text(_))
        | ("bool", _, Value::Bool(_))
        | ("number", _, Value::Number(_)) => Ok(()),
        ("list", Some(inner), Value::List(items)) => {
            items.iter().try_for_each(|item| held(inner, item))
        }
        ("map", Some(inner), Value::Map(fields)) => {
            fields.values().try_for_each(|field| held(inner, field))
        }
        (name, ..) => Err(format!(
            "Terraform would convert what is passed to {name}: pass a value of this type"
        )),
    }
}
