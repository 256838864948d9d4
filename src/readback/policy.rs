//! Policy documents in JSON as grants.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::ReadbackError;
use crate::cfn;
use crate::model::{
    ConditionMap, Effect, Grant, Grants, Trust, TrustedBy, check_condition_operator,
};
use crate::plan::ROLE_INLINE;

/// Policies that were read already: thousands of roles carry the same text.
#[derive(Debug, Default)]
pub(super) struct Policies(RefCell<HashMap<String, Grants>>);

impl Policies {
    /// The grants of an identity policy, from its JSON.
    pub(super) fn read_text(&self, place: &str, text: &str) -> Result<Grants, ReadbackError> {
        if let Some(grants) = self.0.borrow().get(text) {
            return Ok(grants.clone());
        }
        let document = cfn::parse_json(text)
            .map_err(|what| ReadbackError::new(place, format!("there is no policy: {what}")))?;
        let grants = read_policy(place, &document)?;
        self.0.borrow_mut().insert(text.to_owned(), grants.clone());
        Ok(grants)
    }
}

/// Each action on each resource is a grant. A policy of that length that anybody wrote has a tenth of these.
const MOST_GRANTS: usize = 50_000;

/// The grants of an identity policy.
///
/// # Errors
///
/// When the document holds anything that is not understood.
pub fn read_policy(place: &str, document: &Value) -> Result<Grants, ReadbackError> {
    let mut grants = BTreeSet::new();
    for statement in statements(place, document)? {
        let statement = StatementReader::new(
            place,
            statement,
            &["Sid", "Effect", "Action", "Resource", "Condition"],
        )?;
        let effect = statement.effect()?;
        let conditions = statement.conditions()?;
        let resources = statement.strings("Resource")?;
        let actions = statement.strings("Action")?;
        if grants.len() + actions.len() * resources.len() > MOST_GRANTS {
            return Err(ReadbackError::new(
                place,
                format!("a policy of more than {MOST_GRANTS} grants is not read"),
            ));
        }
        for action in actions {
            for resource in &resources {
                grants.insert(Grant {
                    effect,
                    action: action.clone(),
                    resource: resource.clone(),
                    conditions: conditions.clone(),
                });
            }
        }
    }
    Ok(grants.into())
}

/// Who a trust policy lets in.
///
/// # Errors
///
/// When the document holds anything that is not understood.
pub fn read_trust_policy(place: &str, document: &Value) -> Result<BTreeSet<Trust>, ReadbackError> {
    let mut trusts = BTreeSet::new();
    for statement in statements(place, document)? {
        let statement = StatementReader::new(
            place,
            statement,
            &["Sid", "Effect", "Principal", "Action", "Condition"],
        )?;
        let effect = statement.effect()?;
        let conditions = statement.conditions()?;
        for action in statement.strings("Action")? {
            for principal in statement.principals()? {
                trusts.insert(Trust {
                    effect,
                    principal,
                    action: action.clone(),
                    conditions: conditions.clone(),
                });
            }
        }
    }
    Ok(trusts)
}

fn statements<'a>(
    place: &str,
    document: &'a Value,
) -> Result<Vec<&'a Map<String, Value>>, ReadbackError> {
    let failed = |what: &str| ReadbackError::new(place, what);
    // No policy is longer than all inline policies of a role together. What is longer would take long to compare.
    let text = document.to_string();
    if text.chars().filter(|c| !c.is_whitespace()).count() > ROLE_INLINE {
        return Err(failed(&format!(
            "a policy of more than {ROLE_INLINE} characters is in no account, and is not read"
        )));
    }
    let document = document
        .as_object()
        .ok_or_else(|| failed("a policy must be an object"))?;
    if let Some(odd) = document
        .keys()
        .find(|key| !["Version", "Statement"].contains(&key.as_str()))
    {
        return Err(failed(&format!("`{odd}` in a policy is not understood")));
    }
    if document.get("Version") != Some(&Value::from("2012-10-17")) {
        return Err(failed(
            "the version of a policy is 2012-10-17, or policy variables stay literal",
        ));
    }
    let listed = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => return Err(failed("the policy has no statements")),
    };
    let statements = listed
        .into_iter()
        .map(|statement| {
            statement
                .as_object()
                .ok_or_else(|| failed("a statement must be an object"))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut sids = BTreeSet::new();
    for sid in statements
        .iter()
        .filter_map(|statement| statement.get("Sid"))
    {
        let fits = sid.as_str().is_some_and(|sid| {
            !sid.is_empty() && sid.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        if !fits {
            return Err(failed(&format!(
                "the Sid {sid} is not made of letters and digits"
            )));
        }
        if !sids.insert(sid.as_str()) {
            return Err(failed(&format!("the Sid {sid} appears twice")));
        }
    }
    Ok(statements)
}

struct StatementReader<'a> {
    place: &'a str,
    statement: &'a Map<String, Value>,
}

impl<'a> StatementReader<'a> {
    fn new(
        place: &'a str,
        statement: &'a Map<String, Value>,
        known: &[&str],
    ) -> Result<Self, ReadbackError> {
        match statement.keys().find(|key| !known.contains(&key.as_str())) {
            Some(odd) => Err(ReadbackError::new(
                place,
                format!("`{odd}` in a statement is not understood"),
            )),
            None => Ok(Self { place, statement }),
        }
    }

    fn failed(&self, what: impl Into<String>) -> ReadbackError {
        ReadbackError::new(self.place, what)
    }

    fn effect(&self) -> Result<Effect, ReadbackError> {
        match self.statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Ok(Effect::Allow),
            Some("Deny") => Ok(Effect::Deny),
            _ => Err(self.failed("`Effect` must be `Allow` or `Deny`")),
        }
    }

    fn strings(&self, key: &str) -> Result<BTreeSet<String>, ReadbackError> {
        match self.statement.get(key) {
            Some(value) => one_or_many(value).ok_or_else(|| {
                self.failed(format!("`{key}` must be a string or a list of strings"))
            }),
            None => Err(self.failed(format!("the statement has no `{key}`"))),
        }
    }

    fn principals(&self) -> Result<Vec<TrustedBy>, ReadbackError> {
        let principal = self.statement.get("Principal");
        if principal == Some(&Value::from("*")) {
            return Ok(vec![TrustedBy {
                kind: "*".to_owned(),
                value: "*".to_owned(),
            }]);
        }
        let kinds = principal
            .and_then(Value::as_object)
            .ok_or_else(|| self.failed("the trust policy has no `Principal`"))?;
        let mut principals = Vec::new();
        for (kind, values) in kinds {
            let values = one_or_many(values)
                .ok_or_else(|| self.failed("a principal must be a string or a list of strings"))?;
            principals.extend(values.into_iter().map(|value| TrustedBy {
                kind: kind.clone(),
                value,
            }));
        }
        Ok(principals)
    }

    fn conditions(&self) -> Result<ConditionMap, ReadbackError> {
        let Some(condition) = self.statement.get("Condition") else {
            return Ok(ConditionMap::new());
        };
        let failed = || self.failed("a condition must be an operator with its keys and values");
        let mut conditions = ConditionMap::new();
        for (operator, keys) in condition.as_object().ok_or_else(failed)? {
            check_condition_operator(operator).map_err(|refusal| self.failed(refusal.what))?;
            let mut by_key = BTreeMap::new();
            for (key, values) in keys.as_object().ok_or_else(failed)? {
                // IAM knows keys in any case, and nobody says which of two counts.
                let is_other = |known: &String| known.eq_ignore_ascii_case(key);
                if by_key.keys().any(is_other) {
                    return Err(self.failed(format!("the condition key {key} appears twice")));
                }
                by_key.insert(key.clone(), condition_values(values).ok_or_else(failed)?);
            }
            conditions.insert(operator.clone(), by_key);
        }
        Ok(conditions)
    }
}

/// IAM takes booleans and numbers for the text that they are written as.
fn condition_values(value: &Value) -> Option<BTreeSet<String>> {
    let text = |value: &Value| match value {
        Value::Bool(_) | Value::Number(_) => Value::from(value.to_string()),
        other => other.clone(),
    };
    one_or_many(&match value {
        Value::Array(many) => many.iter().map(text).collect(),
        one => text(one),
    })
}

fn one_or_many(value: &Value) -> Option<BTreeSet<String>> {
    match value {
        Value::String(one) => Some(BTreeSet::from([one.clone()])),
        Value::Array(many) if !many.is_empty() => many
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::read_policy;

    fn policy(conditions: &Value) -> Value {
        json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "*",
            "Condition": conditions,
        }]})
    }

    #[test]
    fn what_no_account_holds_is_not_compared() {
        let read_sized = |actions: usize, resources: usize| {
            let named = |count: usize, prefix: &str| -> Vec<String> {
                (0..count)
                    .map(|number| format!("{prefix}{number}"))
                    .collect()
            };
            read_policy(
                "",
                &json!({"Version": "2012-10-17", "Statement": [{
                    "Effect": "Allow",
                    "Action": named(actions, "a:b"),
                    "Resource": named(resources, "r"),
                }]}),
            )
        };
        assert!(read_sized(100, 100).is_ok());
        let told = read_sized(400, 200).unwrap_err().to_string();
        assert!(told.contains("more than 50000 grants"), "{told}");
        let told = read_sized(2_000, 1).unwrap_err().to_string();
        assert!(told.contains("more than 10240 characters"), "{told}");
    }

    #[test]
    fn booleans_and_numbers_in_conditions_are_text() {
        let written = policy(&json!({
            "Bool": {"aws:SecureTransport": true},
            "NumericLessThan": {"s3:max-keys": [10, "20"]},
        }));
        let text = policy(&json!({
            "Bool": {"aws:SecureTransport": "true"},
            "NumericLessThan": {"s3:max-keys": ["10", "20"]},
        }));
        assert_eq!(
            read_policy("", &written).unwrap(),
            read_policy("", &text).unwrap()
        );
        assert!(read_policy("", &policy(&json!({"Bool": {"aws:SecureTransport": null}}))).is_err());
    }
}
