//! CloudFormation's parameters, conditions and intrinsic functions, resolved as CloudFormation would.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::cloudformation::{Deployment, Template};
use super::template_form::{is_dynamic, is_function, parameter_of};

/// Checks the values of parameters, and makes them known.
pub(super) fn parameters(
    template: &Template,
    deployment: &Deployment<'_>,
    resolver: &mut Resolver,
) -> Result<(), String> {
    let declared = template.value().get("Parameters");
    let is_declared = |name: &str| declared.is_some_and(|declared| declared.get(name).is_some());
    if let Some(odd) = deployment.parameters.keys().find(|name| !is_declared(name)) {
        return Err(format!("the template has no parameter {odd}"));
    }
    for (name, parameter) in template.section("Parameters") {
        let given = deployment.parameters.get(name).cloned();
        let default = || match parameter.get("Default")? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        let text = given
            .or_else(default)
            .ok_or_else(|| format!("the parameter {name} has no value"))?;
        check_parameter(name, parameter, &text)?;
        if let Some(pattern) = template.patterns.get(name)
            && !pattern.is_match(&text)
        {
            return Err(format!(
                "`{text}` does not match the pattern of the parameter {name}"
            ));
        }
        resolver.values.insert(name.clone(), Value::from(text));
    }
    Ok(())
}

/// Whether any function stands in a value, so that it can differ from stack to stack; so does what is no value at all.
pub(super) fn has_function(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_function),
        Value::Object(fields) => fields
            .iter()
            .any(|(key, value)| is_function(key) || has_function(value)),
        Value::Null => true,
        _ => false,
    }
}

/// Refuses a value that CloudFormation would take from somewhere else, a number that is none, and one out of bounds.
fn check_parameter(name: &str, parameter: &Value, text: &str) -> Result<(), String> {
    if is_dynamic(text) {
        return Err(format!(
            "what `{text}` of the parameter {name} stands for is known only when the template is deployed"
        ));
    }
    if parameter["Type"] != "Number" {
        return Ok(());
    }
    let is_number = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = text
        .parse()
        .ok()
        .filter(|_| is_number || text == "0")
        .ok_or_else(|| format!("the parameter {name} is a whole number"))?;
    let low = parameter["MinValue"]
        .as_i64()
        .is_some_and(|least| number < least);
    let high = parameter["MaxValue"]
        .as_i64()
        .is_some_and(|most| number > most);
    match low || high {
        true => Err(format!("the parameter {name} is out of its bounds")),
        false => Ok(()),
    }
}

/// What references stand for.
pub(super) struct Resolver {
    /// By parameter, pseudo-parameter or logical id: what `Ref` gives.
    pub(super) values: BTreeMap<String, Value>,
    pub(super) conditions: BTreeMap<String, bool>,
    /// By logical id: what `Fn::GetAtt … Arn` gives.
    pub(super) arns: BTreeMap<String, String>,
}

impl Resolver {
    /// Knows the pseudo-parameters.
    pub(super) fn new(deployment: &Deployment<'_>) -> Self {
        let values = [
            ("AWS::Partition", deployment.partition.as_str()),
            ("AWS::AccountId", deployment.account.as_str()),
        ];
        Self {
            values: values
                .map(|(name, value)| (name.to_owned(), Value::from(value)))
                .into(),
            conditions: BTreeMap::new(),
            arns: BTreeMap::new(),
        }
    }

    /// The value with every function resolved; nothing for `AWS::NoValue`.
    pub(super) fn value(&self, value: &Value) -> Result<Option<Value>, String> {
        match value {
            Value::Array(items) => {
                let items: Vec<Option<Value>> = items
                    .iter()
                    .map(|item| self.value(item))
                    .collect::<Result<_, _>>()?;
                Ok(Some(items.into_iter().flatten().collect()))
            }
            Value::Object(fields) => match fields.iter().find(|(key, _)| is_function(key)) {
                Some((name, argument)) if fields.len() == 1 => self.function(name, argument),
                // A macro would put anything among them.
                Some((name, _)) => Err(format!("{name} beside other keys is not understood")),
                None => {
                    let mut resolved = Map::new();
                    for (key, value) in fields {
                        if let Some(value) = self.value(value)? {
                            resolved.insert(key.clone(), value);
                        }
                    }
                    Ok(Some(Value::Object(resolved)))
                }
            },
            Value::Null => Err("a property without a value".to_owned()),
            scalar => Ok(Some(scalar.clone())),
        }
    }

    fn function(&self, name: &str, argument: &Value) -> Result<Option<Value>, String> {
        match (name, argument) {
            ("Ref", Value::String(name)) if name == "AWS::NoValue" => Ok(None),
            ("Ref", Value::String(name)) => self.reference(name).map(Some),
            ("Fn::Sub", Value::String(text)) => {
                self.substitute(text).map(|text| Some(Value::from(text)))
            }
            ("Fn::If", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(condition), yes, no] => match self.conditions.get(condition) {
                    Some(true) => self.value(yes),
                    Some(false) => self.value(no),
                    None => Err(format!("there is no condition {condition}")),
                },
                _ => Err("Fn::If takes a condition and two values".to_owned()),
            },
            ("Fn::GetAtt", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(id), Value::String(attribute)] if attribute == "Arn" => self
                    .arns
                    .get(id)
                    .map(|arn| Some(Value::from(arn.as_str())))
                    .ok_or(format!("there is no resource {id}")),
                _ => Err(format!("{argument} is not understood")),
            },
            _ => Err(format!("{name} is not understood")),
        }
    }

    fn reference(&self, name: &str) -> Result<Value, String> {
        self.values
            .get(name)
            .cloned()
            .ok_or(format!("`{name}` refers to nothing"))
    }

    fn substitute(&self, text: &str) -> Result<String, String> {
        let mut result = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            result.push_str(&rest[..start]);
            let end = rest[start..].find('}').ok_or("`${` without `}`")? + start;
            let name = &rest[start + 2..end];
            match name.strip_prefix('!') {
                Some(literal) => result.push_str(&format!("${{{literal}}}")),
                None => result.push_str(self.reference(name)?.as_str().ok_or("not text")?),
            }
            rest = &rest[end + 1..];
        }
        result.push_str(rest);
        match is_dynamic(&result) {
            true => Err(format!(
                "`{result}` is known only when the template is deployed"
            )),
            false => Ok(result),
        }
    }

    /// Whether the parameter of a condition is not empty.
    pub(super) fn condition(&self, condition: &Value) -> Result<bool, String> {
        let parts = condition.get("Fn::Not").and_then(Value::as_array);
        let parameter = parts
            .and_then(|parts| parameter_of(parts))
            .ok_or("a condition is that a parameter is not empty")?;
        Ok(self.reference(parameter)? != "")
    }
}
