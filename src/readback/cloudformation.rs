//! A CloudFormation stack as grants: parameters checked, conditions and intrinsic functions resolved as
//! CloudFormation would.
//!
//! What may stand in a template is in `template_forms`; anything else is an error when the template is parsed.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::ReadbackError;
use super::intrinsic::{Resolver, has_function, parameters};
use super::policy::{read_policy, read_trust_policy};
use super::principal::{self, Built, Made, max_session};
use super::stack_set;
use super::template_form;
use crate::cfn;
use crate::model::{AccountId, Grants, Identity, IdentityKind, Partition, PolicyKind};

/// The parameter of CloudFormation's own that stands for the account of a stack.
const ACCOUNT_ID: &str = "AWS::AccountId";

/// A template, with what is the same wherever it is deployed.
pub(super) struct Template {
    /// Its short tags written out.
    value: Arc<Value>,
    /// What parameters must match, by name.
    pub(super) patterns: BTreeMap<String, Regex>,
    /// Whether `AWS::AccountId` stands anywhere in it.
    pub(super) names_account: bool,
    /// The grants of policies without functions, by where they stand in `value`, which does not move.
    constant: RefCell<HashMap<*const Value, Grants>>,
}

impl Template {
    /// Parses a template in YAML or JSON.
    pub(super) fn parse(place: &str, text: &str) -> Result<Self, ReadbackError> {
        let fault = |fault: cfn::Fault| {
            ReadbackError::new(
                format!("{place}:{}:{}", fault.line, fault.column),
                fault.what,
            )
        };
        let value = cfn::template(text).map_err(fault)?;
        template_form::check(&value)
            .map_err(|unread| fault(cfn::find(text, unread.path().as_ref(), unread.what())))?;
        Self::with_patterns(value).map_err(|what| ReadbackError::new(place, what))
    }

    fn with_patterns(value: Value) -> Result<Self, String> {
        let mut patterns = BTreeMap::new();
        let parameters = value.get("Parameters").and_then(Value::as_object);
        for (name, parameter) in parameters.into_iter().flatten() {
            if let Some(pattern) = parameter.get("AllowedPattern").and_then(Value::as_str) {
                let pattern = Regex::new(pattern).map_err(|error| error.to_string())?;
                patterns.insert(name.clone(), pattern);
            }
        }
        Ok(Self {
            names_account: any_text(&value, &|text| text.contains(ACCOUNT_ID)),
            value: Arc::new(value),
            patterns,
            constant: RefCell::default(),
        })
    }

    pub(super) fn value(&self) -> &Arc<Value> {
        &self.value
    }

    /// A section; an empty one where there is none.
    pub(super) fn section(&self, name: &str) -> impl Iterator<Item = (&String, &Value)> {
        let section = self.value.get(name).and_then(Value::as_object);
        section.into_iter().flatten()
    }
}

/// Where a template is deployed, and with what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deployment<'a> {
    /// What `AWS::Partition` stands for.
    pub(super) partition: Partition,
    /// What `AWS::AccountId` stands for.
    pub(super) account: &'a AccountId,
    /// Values of parameters.
    pub(super) parameters: &'a BTreeMap<String, String>,
}

/// The list form of a parameter file, as the AWS CLI takes it.
pub(super) fn read_parameters(
    place: &str,
    text: &str,
) -> Result<BTreeMap<String, String>, ReadbackError> {
    let listed = cfn::parse_json(text).map_err(|what| ReadbackError::new(place, what))?;
    listed_parameters(place, Some(&listed))
}

/// Parameters as a list of keys and values; none where there is no list.
pub(super) fn listed_parameters(
    place: &str,
    listed: Option<&Value>,
) -> Result<BTreeMap<String, String>, ReadbackError> {
    let failed = || ReadbackError::new(place, "an entry has a ParameterKey and a ParameterValue");
    let Some(listed) = listed else {
        return Ok(BTreeMap::new());
    };
    let mut parameters = BTreeMap::new();
    for entry in listed.as_array().ok_or_else(failed)? {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let (Some(key), Some(value), Some(2)) = (
            text("ParameterKey"),
            text("ParameterValue"),
            entry.as_object().map(Map::len),
        ) else {
            return Err(failed());
        };
        if parameters
            .insert(key.to_owned(), value.to_owned())
            .is_some()
        {
            return Err(ReadbackError::new(
                place,
                format!("the parameter {key} appears twice"),
            ));
        }
    }
    Ok(parameters)
}

/// Adds what a stack grants.
pub(super) fn read_stack(
    place: &str,
    template: &Template,
    deployment: &Deployment<'_>,
    built: &mut Built,
) -> Result<(), ReadbackError> {
    let failed = |what: String| ReadbackError::new(place, what);
    let mut stack = Stack {
        template,
        deployment: *deployment,
        resolver: Resolver::new(deployment),
        made: Made::default(),
        built,
    };
    parameters(template, deployment, &mut stack.resolver).map_err(failed)?;
    for (name, condition) in template.section("Conditions") {
        let holds = stack.resolver.condition(condition).map_err(failed)?;
        stack.resolver.conditions.insert(name.clone(), holds);
    }
    for kind in template_form::types() {
        for (id, resource) in template
            .section("Resources")
            .filter(|(_, resource)| resource["Type"] == kind)
        {
            stack.resource(&format!("{place} {id}"), id, kind, resource)?;
        }
    }
    Ok(())
}

/// Whether any text in a value is such a one, key or not.
pub(super) fn any_text(value: &Value, is_such: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::Object(fields) => fields
            .iter()
            .any(|(key, value)| is_such(key) || any_text(value, is_such)),
        Value::Array(items) => items.iter().any(|item| any_text(item, is_such)),
        Value::String(text) => is_such(text),
        _ => false,
    }
}

/// A stack while its resources are read.
struct Stack<'a> {
    template: &'a Template,
    deployment: Deployment<'a>,
    resolver: Resolver,
    made: Made,
    built: &'a mut Built,
}

/// Properties that hold policies, which are resolved once where nothing in them can differ.
const POLICIES: [&str; 2] = ["PolicyDocument", "Policies"];

impl Stack<'_> {
    /// Reads one resource.
    fn resource(
        &mut self,
        place: &str,
        id: &str,
        kind: &str,
        resource: &Value,
    ) -> Result<(), ReadbackError> {
        let failed = |what: String| ReadbackError::new(place, what);
        let mut properties = Map::new();
        let written = resource.get("Properties").and_then(Value::as_object);
        for (key, value) in written.into_iter().flatten() {
            if POLICIES.contains(&key.as_str()) {
                continue;
            }
            if let Some(value) = self.resolver.value(value).map_err(failed)? {
                properties.insert(key.clone(), value);
            }
        }
        let resource = Resource {
            place,
            id,
            kind,
            properties,
            policies: POLICIES.iter().find_map(|key| written?.get(*key)),
        };
        self.grant(&resource)
    }

    /// Adds what one resource grants, and what references to it stand for.
    fn grant(&mut self, resource: &Resource<'_>) -> Result<(), ReadbackError> {
        let place = resource.place;
        match resource.kind {
            "AWS::IAM::Group" => self.principal(resource, IdentityKind::Group, "GroupName"),
            "AWS::IAM::User" => self.principal(resource, IdentityKind::User, "UserName"),
            "AWS::IAM::Role" => self.principal(resource, IdentityKind::Role, "RoleName"),
            "AWS::IAM::ManagedPolicy" => {
                let name = resource.required("ManagedPolicyName", "name")?;
                let grants = self.document(place, resource.policies)?;
                let arn = self.arn("policy", resource, name)?;
                self.built.tagged(arn.clone(), resource.tags(place)?);
                self.built.policy(place, arn, grants.clone())?;
                for (key, kind) in [
                    ("Groups", IdentityKind::Group),
                    ("Roles", IdentityKind::Role),
                ] {
                    for owner in resource.list(key)? {
                        let owner = self.made.named(place, kind, Some(&owner))?;
                        let identity = self.built.identity(owner, kind);
                        let key = (PolicyKind::Managed, name.to_owned());
                        identity.policies.insert(key, grants.clone());
                    }
                }
                Ok(())
            }
            "AWS::IAM::InstanceProfile" => {
                let name = resource.required("InstanceProfileName", "name")?;
                let profile = self.arn("instance-profile", resource, name)?;
                let roles = resource.list("Roles")?;
                let [role] = roles.as_slice() else {
                    return Err(ReadbackError::new(
                        place,
                        "an instance profile holds one role",
                    ));
                };
                let role = self.made.named(place, IdentityKind::Role, Some(role))?;
                self.built.tagged(profile.clone(), resource.tags(place)?);
                self.built.instance_profile(place, role, &profile)
            }
            "AWS::IAM::OIDCProvider" => {
                let url = resource.required("Url", "URL")?;
                let Deployment {
                    partition, account, ..
                } = self.deployment;
                let arn = principal::provider_arn(partition, account.as_str(), url)
                    .map_err(|what| ReadbackError::new(place, what))?;
                let audiences = resource.list("ClientIdList")?.into_iter().collect();
                self.built.tagged(arn.clone(), resource.tags(place)?);
                self.built.identity_provider(place, arn, audiences)
            }
            "AWS::CloudFormation::StackSet" => stack_set::read_properties(
                place,
                (self.deployment.partition, self.deployment.account),
                &resource.properties,
                self.built,
            ),
            kind => {
                let (kind, key) = match kind {
                    "AWS::IAM::GroupPolicy" => (IdentityKind::Group, "GroupName"),
                    _ => (IdentityKind::User, "UserName"),
                };
                let owner = self.made.named(place, kind, resource.text(key))?.to_owned();
                let grants = self.document(place, resource.policies)?;
                let name = resource.required("PolicyName", "name")?;
                self.built.inline(place, &owner, kind, name, grants)
            }
        }
    }

    fn principal(
        &mut self,
        resource: &Resource<'_>,
        kind: IdentityKind,
        name_key: &str,
    ) -> Result<(), ReadbackError> {
        let (place, id) = (resource.place, resource.id);
        let name = resource.required(name_key, "name")?;
        let arn = self.arn(&kind.to_string(), resource, name)?;
        self.resolver
            .values
            .insert(id.to_owned(), Value::from(name));
        self.resolver.arns.insert(id.to_owned(), arn.clone());
        self.made.add(kind, name, &arn);
        let mut identity = Identity::new(kind);
        for group in resource.list("Groups")? {
            let group = self.made.named(place, IdentityKind::Group, Some(&group))?;
            identity.groups.insert(group.to_owned());
        }
        identity.permissions_boundary = resource.text("PermissionsBoundary").map(str::to_owned);
        identity.tags = resource.tags(place)?;
        if kind == IdentityKind::Role {
            let trust = resource.properties.get("AssumeRolePolicyDocument");
            identity.trust = read_trust_policy(
                place,
                trust.ok_or_else(|| resource.missing("trust policy"))?,
            )?;
            let seconds = resource.properties.get("MaxSessionDuration");
            identity.max_session = seconds
                .map(|seconds| max_session(place, seconds.as_str(), seconds.as_u64()))
                .transpose()?;
        }
        self.built.principal(place, arn.clone(), identity)?;
        for policy in resource.list("ManagedPolicyArns")? {
            self.built.attach(place, &arn, kind, &policy)?;
        }
        for (name, grants) in self.inline(place, resource.policies)? {
            self.built.inline(place, &arn, kind, &name, grants)?;
        }
        Ok(())
    }

    /// The policies that stand in a principal, by name.
    fn inline(
        &self,
        place: &str,
        policies: Option<&Value>,
    ) -> Result<Vec<(String, Grants)>, ReadbackError> {
        let failed = |what: String| ReadbackError::new(place, what);
        let Some(policies) = policies else {
            return Ok(Vec::new());
        };
        let listed = policies
            .as_array()
            .ok_or_else(|| failed("policies must be a list".to_owned()))?;
        let mut inline = Vec::new();
        for policy in listed {
            let name = match policy.get("PolicyName") {
                Some(name) => self.resolver.value(name).map_err(failed)?,
                None => None,
            };
            let name = name.as_ref().and_then(Value::as_str);
            let name = name.ok_or_else(|| failed("there is no policy name".to_owned()))?;
            let grants = self.document(place, policy.get("PolicyDocument"))?;
            inline.push((name.to_owned(), grants));
        }
        Ok(inline)
    }

    /// The grants of a policy document.
    fn document(&self, place: &str, document: Option<&Value>) -> Result<Grants, ReadbackError> {
        let failed = |what: String| ReadbackError::new(place, what);
        let document = document.ok_or_else(|| failed("there is no policy".to_owned()))?;
        if has_function(document) {
            let resolved = self.resolver.value(document).map_err(failed)?;
            return read_policy(place, &resolved.unwrap_or_default());
        }
        let key: *const Value = document;
        if let Some(grants) = self.template.constant.borrow().get(&key) {
            return Ok(grants.clone());
        }
        let grants = read_policy(place, document)?;
        self.template
            .constant
            .borrow_mut()
            .insert(key, grants.clone());
        Ok(grants)
    }

    fn arn(
        &self,
        entity: &str,
        resource: &Resource<'_>,
        name: &str,
    ) -> Result<String, ReadbackError> {
        let Deployment {
            partition, account, ..
        } = self.deployment;
        let path = resource.text("Path").unwrap_or("/");
        principal::arn(partition, account.as_str(), entity, path, name)
            .map_err(|what| ReadbackError::new(resource.place, what))
    }
}

/// A resource with its properties resolved, but for its policies.
struct Resource<'a> {
    place: &'a str,
    id: &'a str,
    kind: &'a str,
    properties: Map<String, Value>,
    policies: Option<&'a Value>,
}

impl Resource<'_> {
    fn text(&self, key: &str) -> Option<&str> {
        self.properties.get(key).and_then(Value::as_str)
    }

    fn required(&self, key: &str, what: &str) -> Result<&str, ReadbackError> {
        self.text(key).ok_or_else(|| self.missing(what))
    }

    fn list(&self, key: &str) -> Result<Vec<String>, ReadbackError> {
        let list = texts_of(self.properties.get(key));
        list.map_err(|what| ReadbackError::new(self.place, format!("{key}: {what}")))
    }

    fn missing(&self, what: &str) -> ReadbackError {
        ReadbackError::new(self.place, format!("there is no {what}"))
    }

    fn tags(&self, place: &str) -> Result<BTreeMap<String, String>, ReadbackError> {
        let tags = self.properties.get("Tags");
        tags_of(tags).map_err(|what| ReadbackError::new(place, what))
    }
}

/// A list of texts; none where there is no list. CloudFormation makes a text of what is none.
pub(super) fn texts_of(listed: Option<&Value>) -> Result<Vec<String>, String> {
    let items = match listed {
        None => return Ok(Vec::new()),
        Some(Value::Array(items)) => items.iter(),
        Some(_) => return Err("it is not a list".to_owned()),
    };
    items
        .map(|item| item.as_str().map(str::to_owned))
        .collect::<Option<_>>()
        .ok_or_else(|| "it contains something that is not text: write it in quotes".to_owned())
}

/// Tags as a list of keys and values; none where there is no list.
pub(super) fn tags_of(listed: Option<&Value>) -> Result<BTreeMap<String, String>, String> {
    let Some(listed) = listed else {
        return Ok(BTreeMap::new());
    };
    let listed = listed.as_array().ok_or("tags must be a list")?;
    let mut tags = BTreeMap::new();
    for tag in listed {
        let text = |key: &str| tag[key].as_str().map(str::to_owned);
        let (Some(key), Some(value)) = (text("Key"), text("Value")) else {
            return Err("the key or value of a tag is not text".to_owned());
        };
        if tags.insert(key.clone(), value).is_some() {
            return Err(format!("the tag {key} appears twice"));
        }
    }
    Ok(tags)
}
