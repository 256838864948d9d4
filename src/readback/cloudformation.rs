//! A CloudFormation stack as grants: parameters checked, conditions and intrinsic functions resolved as
//! CloudFormation would.
//!
//! Known are the IAM resources that a kit may hold. Any other resource, property or function is an error.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::ReadbackError;
use super::intrinsic::{Resolver, parameters, pseudo_parameters};
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
            "Path",
            "Description",
            "Groups",
            "Roles",
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
                "arn:{}:iam::{}:policy{}{name}",
                stack.partition,
                stack.account,
                text("Path").unwrap_or("/")
            );
            access.managed_policies.insert(arn, grants.clone());
            for (key, entity) in [
                ("Groups", IdentityKind::Group),
                ("Roles", IdentityKind::Role),
            ] {
                let owners = properties.get(key).and_then(Value::as_array);
                for owner in owners.into_iter().flatten() {
                    let owner = named(
                        place,
                        access,
                        stack.partition,
                        stack.account,
                        entity,
                        owner.as_str(),
                    )?;
                    let identity = access.identity(&owner, entity);
                    identity
                        .policies
                        .insert((PolicyKind::Managed, name.to_owned()), grants.clone());
                }
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
