//! The normal form between everything: what each principal may do, with nothing left to interpret.
//!
//! A plan gives one [`Access`], and read-back makes one of each rendered format. They must be equal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::ops::Deref;
use std::sync::Arc;

use serde::Serialize;

use super::Effect;

/// What a set of resources grants, by the ARN of the principal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Users, groups and roles by ARN. Roles that are alike in thousands of accounts stand in memory once.
    pub identities: BTreeMap<String, Arc<Identity>>,
    /// Managed policies by ARN, attached or not: one that nobody has today can be attached tomorrow.
    pub managed_policies: BTreeMap<String, Grants>,
    /// The audiences of OIDC providers, by the provider's ARN.
    pub identity_providers: BTreeMap<String, BTreeSet<String>>,
    /// The tags of managed policies, OIDC providers and instance profiles, by ARN: each has an entry, with tags or without.
    pub tags: BTreeMap<String, BTreeMap<String, String>>,
    /// What stack sets bring into accounts that nobody lists, by the name of the stack set.
    pub auto_deployed: BTreeMap<String, AutoDeployed>,
}

/// What a stack set brings into accounts that join organizational units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AutoDeployed {
    /// The units.
    pub units: BTreeSet<String>,
    /// What each account gets that joins one: [`AccountId::joining`](super::AccountId::joining) stands for the account.
    pub access: Access,
}

/// A user, a group or a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Which of the three.
    pub kind: IdentityKind,
    /// Grants by the policy that holds them. Where a policy stands matters: Micetro reads inline policies only.
    pub policies: BTreeMap<(PolicyKind, String), Grants>,
    /// Who may assume it, if it is a role.
    pub trust: BTreeSet<Trust>,
    /// ARNs of the groups it is in, if it is a user.
    pub groups: BTreeSet<String>,
    /// The instance profiles of its account that hold it, if it is a role: path and name, such as `/team/Worker`.
    pub instance_profiles: BTreeSet<String>,
    /// The ARN of the policy that caps what it can be allowed.
    pub permissions_boundary: Option<String>,
    /// The maximum session duration in seconds, if it is a role.
    pub max_session: Option<u32>,
    pub tags: BTreeMap<String, String>,
}

/// The kinds of principal that hold policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdentityKind {
    /// An IAM user.
    User,
    /// An IAM group.
    Group,
    /// An IAM role.
    Role,
}

/// Where a policy stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyKind {
    /// In the principal.
    Inline,
    /// On its own, attached to the principal.
    Managed,
    /// One of AWS's own, attached to the principal. Its name is its ARN, and what it grants is not in any file.
    OfAws,
}

/// One effect of one action on one resource under one set of conditions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Grant {
    /// Whether it allows or denies.
    pub effect: Effect,
    /// The action, as written.
    pub action: String,
    /// The resource, as written.
    pub resource: String,
    /// Operator, key, values.
    pub conditions: ConditionMap,
}

/// What one policy grants. Thousands of roles carry the same policy, so copies of it share what they hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grants(Arc<BTreeSet<Grant>>);

impl Deref for Grants {
    type Target = BTreeSet<Grant>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl From<BTreeSet<Grant>> for Grants {
    fn from(grants: BTreeSet<Grant>) -> Self {
        Self(Arc::new(grants))
    }
}

impl FromIterator<Grant> for Grants {
    fn from_iter<I: IntoIterator<Item = Grant>>(grants: I) -> Self {
        grants.into_iter().collect::<BTreeSet<Grant>>().into()
    }
}

impl<'a> IntoIterator for &'a Grants {
    type Item = &'a Grant;
    type IntoIter = std::collections::btree_set::Iter<'a, Grant>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// Who may assume a role, and on what terms.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trust {
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Whom.
    pub principal: TrustedBy,
    /// The action: `sts:AssumeRole`.
    pub action: String,
    /// Operator, key, values.
    pub conditions: ConditionMap,
}

/// A principal in a trust policy: its type (`AWS`, `Service`, `Federated`) and value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrustedBy {
    /// `AWS`, `Service`, `Federated`, or `*`.
    pub kind: String,
    /// An ARN, a service name, a provider.
    pub value: String,
}

/// Concrete conditions: operator, key, values.
pub type ConditionMap = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

impl TrustedBy {
    /// The principal as people read it. An ARN goes without its type.
    pub fn in_words(&self) -> String {
        let value = &self.value;
        match (self.kind.as_str(), value.as_str()) {
            ("AWS" | "*", "*") => "everybody".to_owned(),
            ("AWS", _) => value.clone(),
            ("Service", "*") => "every service".to_owned(),
            ("Service", _) => format!("service {value}"),
            ("Federated", "*") => "every identity provider".to_owned(),
            ("Federated", _) => format!("identity provider {value}"),
            (kind, _) => format!("{kind} {value}"),
        }
    }
}

impl Identity {
    /// A principal that may do nothing.
    pub fn new(kind: IdentityKind) -> Self {
        Self {
            kind,
            policies: BTreeMap::new(),
            trust: BTreeSet::new(),
            groups: BTreeSet::new(),
            instance_profiles: BTreeSet::new(),
            permissions_boundary: None,
            max_session: None,
            tags: BTreeMap::new(),
        }
    }
}

/// What IAM tells two users, groups, roles or policies of an account apart by: the kind and the name, whatever their paths
/// and whatever the case.
pub fn name_in_account(arn: &str) -> String {
    let mut parts = arn.splitn(6, ':').skip(4);
    let account = parts.next().unwrap_or_default();
    let resource = parts.next().unwrap_or_default();
    let kind = resource.split('/').next().unwrap_or_default();
    let name = resource.rsplit('/').next().unwrap_or_default();
    format!("{account} {kind} {name}").to_lowercase()
}

impl Access {
    /// What the principal with this ARN may do; it comes into being where it was not known.
    pub fn identity(&mut self, arn: &str, kind: IdentityKind) -> &mut Identity {
        let identity = self
            .identities
            .entry(arn.to_owned())
            .or_insert_with(|| Arc::new(Identity::new(kind)));
        Arc::make_mut(identity)
    }

    /// Adds all of what another one has.
    pub fn extend(&mut self, other: Access) {
        self.identities.extend(other.identities);
        self.managed_policies.extend(other.managed_policies);
        self.identity_providers.extend(other.identity_providers);
        self.tags.extend(other.tags);
        self.auto_deployed.extend(other.auto_deployed);
    }

    /// Every difference to `other`, a line each: `-` is here only, `+` is there only. Empty where the two are equal.
    pub fn differences(&self, other: &Access) -> Vec<String> {
        let mut here = self.facts();
        let there = other.facts();
        let mut lines: Vec<String> = there
            .difference(&here)
            .map(|fact| format!("+ {fact}"))
            .collect();
        here.retain(|fact| !there.contains(fact));
        lines.extend(here.into_iter().map(|fact| format!("- {fact}")));
        lines.sort_by(|a, b| a[2..].cmp(&b[2..]).then(a.cmp(b)));
        lines
    }

    fn facts(&self) -> BTreeSet<String> {
        let mut facts = BTreeSet::new();
        for (arn, identity) in &self.identities {
            let mut fact = |text: String| facts.insert(format!("{arn} {text}"));
            fact(format!("is a {}", identity.kind));
            for ((kind, name), grants) in &identity.policies {
                let place = match kind {
                    PolicyKind::Inline => "inline",
                    PolicyKind::Managed => "managed",
                    PolicyKind::OfAws => "AWS-managed",
                };
                fact(format!("has the {place} policy {name}"));
                for grant in grants {
                    fact(format!("{place} {name}: {}", sentence(grant)));
                }
            }
            for trust in &identity.trust {
                fact(format!(
                    "trust: {} {} by {} {}{}",
                    trust.effect,
                    trust.action,
                    trust.principal.kind,
                    trust.principal.value,
                    conditions(&trust.conditions)
                ));
            }
            for group in &identity.groups {
                fact(format!("is in {group}"));
            }
            for profile in &identity.instance_profiles {
                fact(format!("is in the instance profile {profile}"));
            }
            if let Some(boundary) = &identity.permissions_boundary {
                fact(format!("is bounded by {boundary}"));
            }
            if let Some(seconds) = identity.max_session {
                fact(format!("has sessions of at most {seconds} s"));
            }
            for (key, value) in &identity.tags {
                fact(format!("is tagged {key} = {value}"));
            }
        }
        for (set, joining) in &self.auto_deployed {
            for unit in &joining.units {
                facts.insert(format!(
                    "{set} is deployed to every account that joins {unit}"
                ));
            }
            facts.extend(joining.access.facts());
        }
        for (arn, audiences) in &self.identity_providers {
            for audience in audiences {
                facts.insert(format!("{arn} takes tokens for {audience}"));
            }
        }
        for (arn, tags) in &self.tags {
            for (key, value) in tags {
                facts.insert(format!("{arn} is tagged {key} = {value}"));
            }
        }
        for (arn, grants) in &self.managed_policies {
            facts.insert(format!("{arn} is a managed policy"));
            for grant in grants {
                facts.insert(format!("{arn} {}", sentence(grant)));
            }
        }
        facts
    }
}

fn sentence(grant: &Grant) -> String {
    format!(
        "{} {} on {}{}",
        grant.effect,
        grant.action,
        grant.resource,
        conditions(&grant.conditions)
    )
}

impl fmt::Display for IdentityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            IdentityKind::User => "user",
            IdentityKind::Group => "group",
            IdentityKind::Role => "role",
        })
    }
}

/// Conditions in words, each with a blank before it.
pub fn conditions(conditions: &ConditionMap) -> String {
    let mut text = String::new();
    for (operator, keys) in conditions {
        for (key, values) in keys {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let _ = write!(text, " {}", condition(operator, key, &values));
        }
    }
    text
}

/// A condition in words. Values that it must not have are all left out.
pub fn condition(operator: &str, key: &str, values: &[impl AsRef<str>]) -> String {
    let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
    let values = match operator.contains("Not") && values.len() > 1 {
        true => format!("neither {}", values.join(" nor ")),
        false => values.join(" or "),
    };
    format!("if {operator} {key} {values}")
}
