//! The instances of a block: what its `for_each` goes through.

use std::rc::Rc;

use crate::hcl::{Block, Scope, Value};

/// The key of an instance, and what `for_each` has for it; an empty key and nothing where there is no `for_each`.
pub(super) type Instance = (Rc<str>, Option<Value>);

/// The keys and values of `for_each`; one nameless instance where there is none.
pub(super) fn for_each(block: &Block<'_>, scope: &Scope) -> Result<Vec<Instance>, String> {
    let Some(attribute) = block.body.attribute("for_each") else {
        return Ok(vec![("".into(), None)]);
    };
    let one = |key: &Rc<str>, value: &Value| (key.clone(), Some(value.clone()));
    match scope.value_of(attribute)? {
        Value::Map(map) => Ok(map.iter().map(|(key, value)| one(key, value)).collect()),
        // The one list among the forms is what `setunion` makes, sorted.
        Value::List(set) => set
            .iter()
            .map(|item| match item {
                Value::Text(key) => Ok(one(key, item)),
                _ => Err("a set of anything but text".to_owned()),
            })
            .collect(),
        _ => Err("for_each is a map or a set".to_owned()),
    }
}
