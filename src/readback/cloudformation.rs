//! A CloudFormation stack as grants: parameters checked, conditions and intrinsic functions resolved as
//! CloudFormation would.
//!
//! Known are the IAM resources that a kit may hold. Any other resource, property or function is an error.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::ReadbackError;
use super::policy::{read_policy, read_trust_policy};
use super::principal::{add_inline, named};
use crate::model::{Access, AccountId, IdentityKind, Partition, PolicyKind};

/// A template with what it is deployed with.
#[derive(Debug)]
pub struct Stack<'a> {
    /// The template, its short tags written out.
    pub template: &'a Value,
    /// What `AWS::Partition` stands for.
    pub partition: Partition,
    /// What `AWS::AccountId` stands for.
    pub account: &'a AccountId,
    /// Values of parameters.
    pub parameters: BTreeMap<String, String>,
}

/// Properties of the resources that are understood, in the order in which resources are read: the first kinds are
/// referred to by the others.
const RESOURCES: &[(&str, &[&str])] = &[
    ("AWS::IAM::Group", &["GroupName", "Path"]),
    (
        "AWS::IAM::User",
        &["UserName", "Path", "PermissionsBoundary", "Groups", "Tags"],
    ),
    (
        "AWS::IAM::Role",
        &[
            "RoleName",
            "Path",
            "Description",
            "MaxSessionDuration",
            "PermissionsBoundary",
            "AssumeRolePolicyDocument",
            "Policies",
            "Tags",
        ],
    ),
    (
        "AWS::IAM::ManagedPolicy",
        &[
            "ManagedPolicyName",
            "Description",
            "Groups",
            "PolicyDocument",
        ],
    ),
    (
        "AWS::IAM::GroupPolicy",
        &["GroupName", "PolicyName", "PolicyDocument"],
    ),
    (
        "AWS::IAM::UserPolicy",
        &["UserName", "PolicyName", "PolicyDocument"],
    ),
];

/// The list form of a parameter file, as the AWS CLI takes it.
pub(super) fn read_parameters(
    place: &str,
    text: &str,
) -> Result<BTreeMap<String, String>, ReadbackError> {
    let failed = |what: String| ReadbackError::new(place, what);
    let listed: Vec<BTreeMap<String, String>> =
        serde_json::from_str(text).map_err(|error| failed(error.to_string()))?;
    listed
        .into_iter()
        .map(
            |mut entry| match (entry.remove("ParameterKey"), entry.remove("ParameterValue")) {
                (Some(key), Some(value)) if entry.is_empty() => Ok((key, value)),
                _ => Err(failed(
                    "an entry has a ParameterKey and a ParameterValue".to_owned(),
                )),
            },
        )
        .collect()
}

/// Adds what a stack grants.
///
/// # Errors
///
/// When anything in it is not understood.
pub fn read_stack(
    place: &str,
    stack: &Stack<'_>,
    access: &mut Access,
) -> Result<(), ReadbackError> {
    let failed = |what: String| ReadbackError::new(place, what);
    let known = [
        "AWSTemplateFormatVersion",
        "Description",
        "Metadata",
        "Parameters",
        "Conditions",
        "Resources",
        "Outputs",
    ];
    let template = stack
        .template
        .as_object()
        .ok_or_else(|| failed("a template is a mapping".to_owned()))?;
    if let Some(odd) = template.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(failed(format!("the section `{odd}` is not understood")));
    }
    let empty = Map::new();
    let section = |name: &str| {
        template
            .get(name)
            .and_then(Value::as_object)
            .unwrap_or(&empty)
    };
    let mut resolver = Resolver {
        values: pseudo_parameters(stack),
        conditions: BTreeMap::new(),
        arns: BTreeMap::new(),
    };
    parameters(section("Parameters"), stack, &mut resolver).map_err(failed)?;
    for (name, condition) in section("Conditions") {
        let holds = resolver.condition(condition).map_err(failed)?;
        resolver.conditions.insert(name.clone(), holds);
    }
    let resources = section("Resources");
    if let Some((name, _)) = resources
        .iter()
        .find(|(_, resource)| !RESOURCES.iter().any(|(kind, _)| resource["Type"] == *kind))
    {
        return Err(failed(format!("the resource {name} is not understood")));
    }
    for (kind, known) in RESOURCES {
        for (id, resource) in resources
            .iter()
            .filter(|(_, resource)| resource["Type"] == *kind)
        {
            let place = format!("{place} {id}");
            let failed = |what: String| ReadbackError::new(&place, what);
            let attributes = resource.as_object().into_iter().flatten();
            if let Some((odd, _)) = attributes
                .into_iter()
                .find(|(key, _)| !["Type", "Properties"].contains(&key.as_str()))
            {
                return Err(failed(format!("`{odd}` is not understood")));
            }
            let properties = resolver
                .value(&resource["Properties"])
                .map_err(failed)?
                .unwrap_or_default();
            let properties = properties.as_object().cloned().unwrap_or_default();
            if let Some(odd) = properties.keys().find(|key| !known.contains(&key.as_str())) {
                return Err(failed(format!("`{odd}` is not understood")));
            }
            grant(&place, stack, &mut resolver, id, kind, &properties, access)?;
        }
    }
    Ok(())
}

fn pseudo_parameters(stack: &Stack<'_>) -> BTreeMap<String, Value> {
    BTreeMap::from([
        (
            "AWS::Partition".to_owned(),
            Value::from(stack.partition.as_str()),
        ),
        (
            "AWS::AccountId".to_owned(),
            Value::from(stack.account.as_str()),
        ),
    ])
}

fn parameters(
    declared: &Map<String, Value>,
    stack: &Stack<'_>,
    resolver: &mut Resolver,
) -> Result<(), String> {
    if let Some(odd) = stack
        .parameters
        .keys()
        .find(|name| !declared.contains_key(*name))
    {
        return Err(format!("the template has no parameter {odd}"));
    }
    for (name, parameter) in declared {
        let given = stack
            .parameters
            .get(name)
            .map(|text| Value::from(text.as_str()));
        let value = given
            .or_else(|| parameter.get("Default").cloned())
            .ok_or(format!("the parameter {name} has no value"))?;
        let text = match &value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        check_parameter(name, parameter, &text)?;
        if let Some(pattern) = parameter.get("AllowedPattern").and_then(Value::as_str) {
            let pattern = Regex::new(pattern).map_err(|error| error.to_string())?;
            if !pattern.is_match(&text) {
                return Err(format!(
                    "`{text}` does not match the pattern of the parameter {name}"
                ));
            }
        }
        resolver.values.insert(name.clone(), Value::from(text));
    }
    Ok(())
}

/// Refuses a parameter that CloudFormation would read from somewhere else, and a number out of bounds.
fn check_parameter(name: &str, parameter: &Value, text: &str) -> Result<(), String> {
    let known = [
        "Type",
        "Description",
        "Default",
        "AllowedPattern",
        "ConstraintDescription",
        "MinValue",
        "MaxValue",
    ];
    let fields = parameter.as_object().into_iter().flatten();
    if let Some((odd, _)) = fields
        .into_iter()
        .find(|(key, _)| !known.contains(&key.as_str()))
    {
        return Err(format!("`{odd}` of the parameter {name} is not understood"));
    }
    match parameter["Type"].as_str() {
        Some("String") => Ok(()),
        Some("Number") => {
            let number: f64 = text
                .parse()
                .map_err(|_| format!("the parameter {name} is a number"))?;
            let low = parameter["MinValue"]
                .as_f64()
                .is_some_and(|least| number < least);
            let high = parameter["MaxValue"]
                .as_f64()
                .is_some_and(|most| number > most);
            if low || high {
                return Err(format!("the parameter {name} is out of its bounds"));
            }
            Ok(())
        }
        _ => Err(format!(
            "the parameter {name} has a type that is not understood"
        )),
    }
}

/// What references stand for.
struct Resolver {
    /// By parameter, pseudo-parameter or logical id: what `Ref` gives.
    values: BTreeMap<String, Value>,
    conditions: BTreeMap<String, bool>,
    /// By logical id: what `Fn::GetAtt … Arn` gives.
    arns: BTreeMap<String, String>,
}

impl Resolver {
    /// The value with every function resolved; nothing for `AWS::NoValue`.
    fn value(&self, value: &Value) -> Result<Option<Value>, String> {
        match value {
            Value::Array(items) => {
                let items: Vec<Option<Value>> = items
                    .iter()
                    .map(|item| self.value(item))
                    .collect::<Result<_, _>>()?;
                Ok(Some(items.into_iter().flatten().collect()))
            }
            Value::Object(fields) => match fields.iter().next() {
                Some((name, argument))
                    if fields.len() == 1 && (name == "Ref" || name.starts_with("Fn::")) =>
                {
                    self.function(name, argument)
                }
                _ => {
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
        Ok(result)
    }

    fn condition(&self, condition: &Value) -> Result<bool, String> {
        let fields = condition.as_object().filter(|fields| fields.len() == 1);
        let (name, argument) = fields
            .and_then(|fields| fields.iter().next())
            .ok_or("a condition is one function")?;
        match (name.as_str(), argument.as_array().map(Vec::as_slice)) {
            ("Fn::Not", Some([inner])) => self.condition(inner).map(|holds| !holds),
            ("Fn::Equals", Some([left, right])) => Ok(self.value(left)? == self.value(right)?),
            _ => Err(format!("{name} is not understood")),
        }
    }
}

/// Adds what one resource grants, and what references to it stand for.
fn grant(
    place: &str,
    stack: &Stack<'_>,
    resolver: &mut Resolver,
    id: &str,
    kind: &str,
    properties: &Map<String, Value>,
    access: &mut Access,
) -> Result<(), ReadbackError> {
    let missing = |what: &str| ReadbackError::new(place, format!("there is no {what}"));
    let text = |key: &str| properties.get(key).and_then(Value::as_str);
    let arn = |entity: IdentityKind, name: &str| {
        let path = text("Path").unwrap_or("/");
        format!(
            "arn:{}:iam::{}:{entity}{path}{name}",
            stack.partition, stack.account
        )
    };
    match kind {
        "AWS::IAM::Group" | "AWS::IAM::User" | "AWS::IAM::Role" => {
            let (entity, key) = match kind {
                "AWS::IAM::Group" => (IdentityKind::Group, "GroupName"),
                "AWS::IAM::User" => (IdentityKind::User, "UserName"),
                _ => (IdentityKind::Role, "RoleName"),
            };
            let name = text(key).ok_or_else(|| missing("name"))?;
            let arn = arn(entity, name);
            resolver.values.insert(id.to_owned(), Value::from(name));
            resolver.arns.insert(id.to_owned(), arn.clone());
            access.identity(&arn, entity);
            for group in properties
                .get("Groups")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let group = named(
                    place,
                    access,
                    stack.partition,
                    stack.account,
                    IdentityKind::Group,
                    group.as_str(),
                )?;
                access.identity(&arn, entity).groups.insert(group);
            }
            let identity = access.identity(&arn, entity);
            identity.permissions_boundary = text("PermissionsBoundary").map(str::to_owned);
            identity.tags = tags(properties);
            if entity == IdentityKind::Role {
                let trust = properties
                    .get("AssumeRolePolicyDocument")
                    .ok_or_else(|| missing("trust policy"))?;
                identity.trust = read_trust_policy(place, trust)?;
                identity.max_session =
                    text("MaxSessionDuration").and_then(|seconds| seconds.parse().ok());
                for policy in properties
                    .get("Policies")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                {
                    let name = policy["PolicyName"]
                        .as_str()
                        .ok_or_else(|| missing("policy name"))?;
                    let grants = read_policy(place, &policy["PolicyDocument"])?;
                    add_inline(place, access, &arn, entity, name, grants)?;
                }
            }
        }
        "AWS::IAM::ManagedPolicy" => {
            let name = text("ManagedPolicyName").ok_or_else(|| missing("name"))?;
            let grants = read_policy(
                place,
                properties
                    .get("PolicyDocument")
                    .ok_or_else(|| missing("policy"))?,
            )?;
            let arn = format!(
                "arn:{}:iam::{}:policy/{name}",
                stack.partition, stack.account
            );
            access.managed_policies.insert(arn, grants.clone());
            for group in properties
                .get("Groups")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let group = named(
                    place,
                    access,
                    stack.partition,
                    stack.account,
                    IdentityKind::Group,
                    group.as_str(),
                )?;
                let identity = access.identity(&group, IdentityKind::Group);
                identity
                    .policies
                    .insert((PolicyKind::Managed, name.to_owned()), grants.clone());
            }
        }
        _ => {
            let (entity, key) = match kind {
                "AWS::IAM::GroupPolicy" => (IdentityKind::Group, "GroupName"),
                _ => (IdentityKind::User, "UserName"),
            };
            let owner = named(
                place,
                access,
                stack.partition,
                stack.account,
                entity,
                text(key),
            )?;
            let grants = read_policy(
                place,
                properties
                    .get("PolicyDocument")
                    .ok_or_else(|| missing("policy"))?,
            )?;
            let name = text("PolicyName").ok_or_else(|| missing("name"))?;
            add_inline(place, access, &owner, entity, name, grants)?;
        }
    }
    Ok(())
}

fn tags(properties: &Map<String, Value>) -> BTreeMap<String, String> {
    let listed = properties.get("Tags").and_then(Value::as_array);
    listed
        .into_iter()
        .flatten()
        .filter_map(|tag| {
            Some((
                tag["Key"].as_str()?.to_owned(),
                tag["Value"].as_str()?.to_owned(),
            ))
        })
        .collect()
}
