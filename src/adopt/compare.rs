//! What a resource that is there has otherwise than planned.
//!
//! Lines are as Terraform draws them: `-` is there and goes, `+` is planned and comes, `~` is the same in other words.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Found, State};
use crate::load::snapshot::{Boundary, InlinePolicy, PolicyDetail, Tag, own_tags};
use crate::model::{Access, Grants, Identity, Partition, shown};
use crate::readback::{ReadbackError, read_policy, read_trust_policy};

/// The same grants in other statements.
const REWRITTEN: &str = "~ it grants the same; its statements or Sids are written otherwise";

/// What a principal is beside its policies.
pub(super) struct Attributes<'a> {
    pub(super) path: &'a str,
    pub(super) boundary: Option<&'a Boundary>,
    pub(super) tags: &'a [Tag],
}

/// Compares path, boundary and tags of a principal.
pub(super) fn attributes(
    arn: &str,
    planned: &Identity,
    planned_path: &str,
    found: &Attributes<'_>,
) -> Vec<String> {
    let mut lines = Vec::new();
    if found.path != planned_path {
        lines.push(format!("- has the path {}", found.path));
        lines.push(format!("+ has the path {planned_path}, and so another ARN"));
    }
    let mut there = Identity::new(planned.kind);
    there.permissions_boundary = found.boundary.map(|boundary| boundary.arn.clone());
    there.tags = own_tags(found.tags);
    let mut wanted = Identity::new(planned.kind);
    wanted.permissions_boundary = planned.permissions_boundary.clone();
    wanted.tags = planned.tags.clone();
    lines.extend(identities(arn, there, wanted));
    lines
}

/// Compares a trust policy.
pub(super) fn trust(
    arn: &str,
    partition: Partition,
    planned: &Identity,
    document: &Value,
    found: &Value,
) -> Vec<String> {
    let found = tidy(found, partition);
    let mut there = Identity::new(planned.kind);
    there.trust = match read_trust_policy("", &found) {
        Ok(trust) => trust,
        Err(error) => return vec![not_understood("trust policy", &error)],
    };
    let mut wanted = Identity::new(planned.kind);
    wanted.trust = planned.trust.clone();
    let lines = identities(arn, there, wanted);
    match lines.is_empty() && canonical(&found) != canonical(document) {
        true => vec![REWRITTEN.replace("it grants", "it trusts")],
        false => lines,
    }
}

/// Compares a policy document.
pub(super) fn policy(
    partition: Partition,
    planned: &Grants,
    document: &Value,
    found: &Value,
) -> Vec<String> {
    const ARN: &str = "it";
    let found = tidy(found, partition);
    let there = match read_policy("", &found) {
        Ok(grants) => grants,
        Err(error) => return vec![not_understood("policy", &error)],
    };
    let with = |grants: Grants| Access {
        managed_policies: BTreeMap::from([(ARN.to_owned(), grants)]),
        ..Access::default()
    };
    let lines = differences(ARN, &with(there), &with(planned.clone()));
    match lines.is_empty() && canonical(&found) != canonical(document) {
        true => vec![REWRITTEN.to_owned()],
        false => lines,
    }
}

/// Looks an inline policy up and compares it.
pub(super) fn inline(
    partition: Partition,
    name: &str,
    planned: &Grants,
    document: &Value,
    found: &[InlinePolicy],
) -> State {
    match inline_policy(found, name) {
        None => State::Missing,
        Some(there) => State::of(policy(partition, planned, document, &there.document)),
    }
}

/// Looks a managed policy up and compares it.
pub(super) fn managed(
    partition: Partition,
    arn: &str,
    description: &str,
    planned: &Grants,
    document: &Value,
    found: Found<'_, PolicyDetail>,
) -> State {
    found.state(|there| {
        if there.arn != arn {
            return State::InTheWay(format!(
                "{} is there, and IAM takes no second policy of this name and changes no path: delete it first",
                there.arn
            ));
        }
        let mut lines = match there.document() {
            Some(found) => policy(partition, planned, document, found),
            None => vec!["~ the snapshot does not say what the policy says".to_owned()],
        };
        if let Some(other) = &there.description
            && other != description
        {
            lines.push(format!(
                "~ its description is {}, which IAM never changes: Terraform makes the policy anew, CloudFormation refuses",
                shown(other)
            ));
        }
        State::of(lines)
    })
}

/// The inline policy of this name.
pub(super) fn inline_policy<'a>(list: &'a [InlinePolicy], name: &str) -> Option<&'a InlinePolicy> {
    list.iter().find(|policy| policy.name == name)
}

/// The grants of a document, if it is understood.
pub(super) fn grants(partition: Partition, document: &Value) -> Option<Grants> {
    read_policy("", &tidy(document, partition)).ok()
}

fn identities(arn: &str, there: Identity, wanted: Identity) -> Vec<String> {
    let with = |identity| Access {
        identities: BTreeMap::from([(arn.to_owned(), identity)]),
        ..Access::default()
    };
    differences(arn, &with(there), &with(wanted))
}

/// The differences without the ARN, which is the same in all.
fn differences(arn: &str, there: &Access, wanted: &Access) -> Vec<String> {
    let flip = |line: String| match line.split_at_checked(2) {
        Some((mark, fact)) => {
            let fact = fact.strip_prefix(arn).unwrap_or(fact).trim_start();
            let mark = if mark == "- " { "-" } else { "+" };
            format!("{mark} {fact}")
        }
        None => line,
    };
    there.differences(wanted).into_iter().map(flip).collect()
}

fn not_understood(what: &str, error: &ReadbackError) -> String {
    let why = match error {
        ReadbackError::NotUnderstood { what, .. } => what.clone(),
        other @ ReadbackError::Differs { .. } => other.to_string(),
    };
    format!("~ the {what} there is not understood ({why}); the planned one takes its place")
}

/// A document as AWS means it: an empty Sid is none, an account id as principal is its root, and `true` is text.
fn tidy(document: &Value, partition: Partition) -> Value {
    match document {
        Value::Object(fields) => {
            let mut tidied = Map::new();
            for (key, value) in fields {
                match (key.as_str(), value) {
                    ("Sid", Value::String(sid)) if sid.is_empty() => {}
                    ("AWS", value) => {
                        tidied.insert(key.clone(), principals(value, partition));
                    }
                    _ => {
                        tidied.insert(key.clone(), tidy(value, partition));
                    }
                }
            }
            Value::Object(tidied)
        }
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| tidy(item, partition)).collect())
        }
        Value::Bool(_) | Value::Number(_) => json!(document.to_string()),
        other => other.clone(),
    }
}

fn principals(value: &Value, partition: Partition) -> Value {
    match value {
        Value::String(id) if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) => {
            json!(format!("arn:{partition}:iam::{id}:root"))
        }
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| principals(item, partition))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// A document in one form of all that mean the same to Terraform: one text is a list of one, lists and keys are sorted.
fn canonical(document: &Value) -> Value {
    match document {
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            let fields = sorted.into_iter().map(|(key, value)| {
                let list = match value {
                    Value::Object(_) if key == "Statement" => json!([value]),
                    Value::String(_) => json!([value]),
                    other => other.clone(),
                };
                (key.clone(), canonical(&list))
            });
            Value::Object(fields.collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(canonical).collect();
            items.sort_by_cached_key(Value::to_string);
            items.dedup();
            Value::Array(items)
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{REWRITTEN, grants, policy};
    use crate::model::Partition;

    #[test]
    fn grants_are_compared_and_then_their_form() {
        let planned = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"},
        ]});
        let granted = grants(Partition::Aws, &planned).unwrap();
        let check = |found| policy(Partition::Aws, &granted, &planned, &found);
        let same = json!({"Statement": {"Resource": ["*"], "Sid": "A", "Effect": "Allow",
            "Action": ["s3:PutObject", "s3:GetObject"]}, "Version": "2012-10-17"});
        assert_eq!(check(same), [] as [&str; 0]);
        let without_sid = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"},
        ]});
        assert_eq!(check(without_sid), [REWRITTEN]);
        let other = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject", "s3:*"], "Resource": "*"},
        ]});
        assert_eq!(
            check(other),
            ["- Allow s3:* on *", "+ Allow s3:PutObject on *"]
        );
        let odd = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"},
        ]});
        assert!(check(odd)[0].contains("not understood"));
    }
}
