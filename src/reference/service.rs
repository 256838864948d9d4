//! One service: its actions, its resource types, its condition keys.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Serialize, Serializer};

use super::{ConditionKey, Text};

/// The number of the empty set among a service's sets of condition keys.
pub(super) const NO_KEYS: usize = 0;

/// A service, as the sources describe it.
#[derive(Debug, Clone)]
pub struct Service {
    prefix: Text,
    title: Text,
    pub(super) keys: Vec<ConditionKey>,
    /// Indices into `keys`. Actions and resource types share sets; the first is empty.
    pub(super) key_sets: Vec<Vec<usize>>,
    pub(super) types: Vec<ResourceType>,
    /// By name without case.
    pub(super) rows: Vec<ActionRow>,
}

/// What an action does, in AWS's own classes. Where AWS names two ("Tagging, Write") the special one is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Lists resources.
    List,
    /// Reads resources.
    Read,
    /// Creates, changes or deletes resources.
    Write,
    /// Changes tags.
    Tagging,
    /// Changes who may do what. `iam:PassRole` and key creation are [`AccessLevel::Write`] to AWS.
    PermissionsManagement,
}

impl AccessLevel {
    /// Every level.
    pub const ALL: [AccessLevel; 5] = [
        AccessLevel::List,
        AccessLevel::Read,
        AccessLevel::Write,
        AccessLevel::Tagging,
        AccessLevel::PermissionsManagement,
    ];

    /// How far it reaches beside the others: tagging less than any other change.
    pub fn reach(self) -> u8 {
        match self {
            AccessLevel::List => 0,
            AccessLevel::Read => 1,
            AccessLevel::Tagging => 2,
            AccessLevel::Write => 3,
            AccessLevel::PermissionsManagement => 4,
        }
    }

    /// The level as AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            AccessLevel::List => "List",
            AccessLevel::Read => "Read",
            AccessLevel::Write => "Write",
            AccessLevel::Tagging => "Tagging",
            AccessLevel::PermissionsManagement => "Permissions management",
        }
    }
}

impl fmt::Display for AccessLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for AccessLevel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A kind of resource.
#[derive(Debug, Clone)]
pub struct ResourceType {
    pub(super) name: Text,
    pub(super) keys: usize,
    pub(super) arns: Vec<Text>,
}

impl ResourceType {
    /// The name, as AWS writes it: `vpc`, `function alias`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The ARN formats, with placeholders such as `${Partition}` and `${VpcId}`. One for almost every type, two where
    /// two APIs share its name. A format from the cross-check alone ends in `*` at its first variable.
    pub fn arns(&self) -> impl ExactSizeIterator<Item = &str> {
        self.arns.iter().map(AsRef::as_ref)
    }
}

/// Whether a call names a resource of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// Every call does. A policy that grants the action on ARNs must grant it on one of this type.
    Required,
    /// Some calls do.
    Optional,
    /// Only the cross-check lists the type: the action is one name for two APIs, of which the base source keeps the
    /// types of one, or the type is newer than the base source. Either way some calls name a resource of this type,
    /// and what the other types say of being required does not hold for those.
    Alternative,
}

/// A resource type that an action works on.
#[derive(Debug, Clone, Copy)]
pub struct ActionResource<'a> {
    service: &'a Service,
    listed: Listed,
}

impl<'a> ActionResource<'a> {
    /// The service that has the action and the type.
    pub(super) fn service(self) -> &'a Service {
        self.service
    }

    /// The type.
    pub fn resource_type(self) -> &'a ResourceType {
        &self.service.types[self.listed.index]
    }

    /// Whether a call names a resource of the type.
    pub fn need(self) -> Need {
        self.listed.need
    }

    /// The condition keys that the action and the type have together.
    pub fn condition_keys(self) -> impl Iterator<Item = &'a str> {
        self.service.key_set(self.listed.keys)
    }
}

/// Other actions that a caller needs for an action to work in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dependents<'a> {
    /// These, in AWS's case; there may be none.
    Known(Vec<&'a str>),
    /// The source of dependents does not know the action. That is not the same as none.
    Unknown,
}

/// What is known of one action.
#[derive(Debug, Clone, Copy)]
pub struct ActionFacts<'a> {
    service: &'a Service,
    row: &'a ActionRow,
}

impl<'a> ActionFacts<'a> {
    /// The service.
    pub fn service(self) -> &'a Service {
        self.service
    }

    /// The name without the prefix, in AWS's case: `DescribeVpcs`.
    pub fn name(self) -> &'a str {
        &self.row.name
    }

    /// The action in AWS's case: `ec2:DescribeVpcs`. In lower case where it is not [`ActionFacts::verified`]; then the
    /// spelling that somebody wrote is the better one.
    pub fn canonical(self) -> String {
        format!("{}:{}", self.service.prefix, self.row.name)
    }

    /// The access level; nothing where the action is not [`ActionFacts::verified`].
    pub fn level(self) -> Option<AccessLevel> {
        self.row.level
    }

    /// Whether the base source or an overlay knows the action. If not, only the newer cross-check does, which writes all names in
    /// lower case and says nothing of levels, required resource types and condition keys.
    pub fn verified(self) -> bool {
        self.row.level.is_some()
    }

    /// Whether AWS's own description of the action calls it deprecated.
    pub fn deprecated(self) -> bool {
        self.row.deprecated
    }

    /// The resource types that it works on, by name. Without any it can be granted on `*` alone.
    pub fn resources(self) -> impl ExactSizeIterator<Item = ActionResource<'a>> {
        self.row.types.iter().map(move |listed| ActionResource {
            service: self.service,
            listed: *listed,
        })
    }

    /// Whether AWS checks it against `*` alone: any other resource silently denies it.
    pub fn only_star(self) -> bool {
        self.row.types.is_empty()
    }

    /// Whether there are calls that name none of the types that the base source lists ([`Need::Alternative`]), as
    /// where two APIs share the action's name. Then no resource type is required of every call.
    pub fn has_alternatives(self) -> bool {
        self.row
            .types
            .iter()
            .any(|listed| listed.need == Need::Alternative)
    }

    /// The resource types that every call names: those that are [`Need::Required`], unless there are alternatives.
    pub fn required(self) -> impl Iterator<Item = ActionResource<'a>> {
        let alternatives = self.has_alternatives();
        self.resources()
            .filter(move |resource| !alternatives && resource.need() == Need::Required)
    }

    /// Whether every call names a resource of a type that is listed, so that a policy on the ARN patterns of all of
    /// them allows what a policy on `*` allows: some type is required, the call changes tags, or the service names
    /// every request by its path as API Gateway does.
    ///
    /// Of an action whose types are all optional that cannot be said: `cloudwatch:PutMetricData` takes data sets, and
    /// ordinary metrics belong to none.
    pub fn always_names_resource(self) -> bool {
        let required = || {
            self.resources()
                .any(|resource| resource.need() == Need::Required)
        };
        let tags = self.level() == Some(AccessLevel::Tagging);
        let by_path = self.service.prefix == "apigateway";
        !self.only_star() && (required() || tags || by_path)
    }

    /// The condition keys of the action whatever the resource. Keys that AWS has for every action, such as
    /// `aws:SourceIp`, are not listed anywhere here.
    pub fn condition_keys(self) -> impl Iterator<Item = &'a str> {
        self.service.key_set(self.row.keys)
    }

    /// The condition keys of the action, and of it together with each of its resource types, sorted.
    pub fn all_condition_keys(self) -> BTreeSet<&'a str> {
        self.condition_keys()
            .chain(self.resources().flat_map(ActionResource::condition_keys))
            .collect()
    }

    /// Other actions that a caller needs.
    pub fn dependents(self) -> Dependents<'a> {
        match &self.row.dependents {
            Some(known) => Dependents::Known(known.iter().map(AsRef::as_ref).collect()),
            None => Dependents::Unknown,
        }
    }
}

impl Service {
    /// The prefix that actions have: `ec2`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The name for people: `Amazon EC2`. Where services share a prefix, the name of one of them.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The actions, by name without case.
    pub fn actions(&self) -> impl ExactSizeIterator<Item = ActionFacts<'_>> {
        self.rows
            .iter()
            .map(|row| ActionFacts { service: self, row })
    }

    /// The action with a name such as `describevpcs`.
    pub fn action(&self, name: &str) -> Option<ActionFacts<'_>> {
        let index = self.find(name).ok()?;
        Some(ActionFacts {
            service: self,
            row: &self.rows[index],
        })
    }

    /// The resource types, by name.
    pub fn resource_types(&self) -> &[ResourceType] {
        &self.types
    }

    /// The resource type with a name, in whatever case.
    pub fn resource_type(&self, name: &str) -> Option<&ResourceType> {
        self.types
            .iter()
            .find(|known| known.name.eq_ignore_ascii_case(name))
    }

    /// The condition keys of a resource type, whatever the action. The type must be one of this service's.
    pub fn keys_of<'a>(&'a self, resource_type: &ResourceType) -> impl Iterator<Item = &'a str> {
        self.key_set(resource_type.keys)
    }

    /// The condition keys that any action or resource type of the service has: those of the reference, sorted, then
    /// those of an overlay.
    pub fn condition_keys(&self) -> &[ConditionKey] {
        &self.keys
    }

    pub(super) fn new(prefix: Text, title: Text) -> Self {
        Self {
            prefix,
            title,
            keys: Vec::new(),
            key_sets: vec![Vec::new()],
            types: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Where the action is, or where it would be.
    pub(super) fn find(&self, name: &str) -> Result<usize, usize> {
        let lower = |text: &str| text.to_ascii_lowercase();
        let wanted = lower(name);
        self.rows
            .binary_search_by(|row| lower(&row.name).cmp(&wanted))
    }

    fn key_set(&self, set: usize) -> impl Iterator<Item = &str> {
        self.key_sets[set]
            .iter()
            .map(|index| self.keys[*index].name())
    }
}

/// An action as its line says it.
#[derive(Debug, Clone)]
pub(super) struct ActionRow {
    pub(super) name: Text,
    pub(super) level: Option<AccessLevel>,
    pub(super) keys: usize,
    pub(super) types: Vec<Listed>,
    pub(super) dependents: Option<Vec<Text>>,
    pub(super) deprecated: bool,
}

/// A resource type of an action, by index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed {
    pub(super) index: usize,
    pub(super) need: Need,
    pub(super) keys: usize,
}
