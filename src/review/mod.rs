//! Review: what a change means in permissions, principal by principal. Text that changed and grants nothing else is no
//! change here.
//!
//! 1. A [`Side`] is what one state grants, wherever it was read: a deployment, a catalog, a folder of rendered files.
//! 2. `grants` and `identity` hold one principal against itself.
//! 3. Principals with the same changes, such as the roles of a thousand accounts, are told together.

mod grants;
mod identity;

use std::collections::{BTreeMap, BTreeSet};

pub use grants::GrantChange;
pub use identity::conditions;

use crate::lint;
use crate::model::{Access, Grants, Identity, IdentityKind, PolicyKind};
use crate::plan::Budget;
use crate::reference::Reference;

/// One state of permissions.
#[derive(Debug, Clone, Default)]
pub struct Side {
    /// What the user named.
    pub name: String,
    /// What is granted; by format where it was read from files, since an edit can make formats differ.
    pub access: BTreeMap<String, Access>,
    /// What lint finds, where there is a deployment.
    pub findings: Option<BTreeSet<Finding>>,
    /// What is used of quotas, where there is a plan.
    pub quotas: Option<Vec<Budget>>,
    /// Features and levels under which catalogs list an action, by product and action.
    pub listed: BTreeMap<(String, String), BTreeSet<Listed>>,
}

/// A place in a catalog.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// The feature.
    pub feature: String,
    /// The level.
    pub level: String,
}

/// A finding of lint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The rule.
    pub code: String,
    /// What it is about.
    pub subject: String,
    /// What is wrong.
    pub message: String,
}

/// A direction of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It is new.
    Added,
    /// It lets more through.
    Widened,
    /// It lets less through.
    Narrowed,
    /// It is gone.
    Removed,
    /// It grants neither more nor less.
    Other,
}

impl Kind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Added => "added",
            Kind::Widened => "widened",
            Kind::Narrowed => "narrowed",
            Kind::Removed => "removed",
            Kind::Other => "no change",
        }
    }
}

/// A change that is not of a grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    /// The direction.
    pub kind: Kind,
    /// What is so now.
    pub text: String,
}

/// Principals with the same changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Whether they are new, gone, or there before and after.
    pub kind: Kind,
    /// What they are: `role`, `managed policy`; empty for the side of a catalog.
    pub what: String,
    /// The first one, by name.
    pub name: String,
    /// The accounts they are in; empty for the side of a catalog.
    pub accounts: Vec<String>,
    /// The formats that it is so in, where the others differ; empty if it is so in all.
    pub formats: Vec<String>,
    /// A principal that is there before and after and has exactly what a new one gets.
    pub like: Option<String>,
    /// Changes of grants.
    pub grants: Vec<GrantChange>,
    /// Other changes.
    pub facts: Vec<Fact>,
}

impl Changed {
    /// Whether more can be done than before.
    pub fn is_more(&self) -> bool {
        let more = |fact: &Fact| matches!(fact.kind, Kind::Added | Kind::Widened);
        self.grants.iter().any(GrantChange::is_more) || self.facts.iter().any(more)
    }
}

/// An action that a catalog lists elsewhere now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The product.
    pub product: String,
    /// The action.
    pub action: String,
    /// Where it was listed.
    pub before: BTreeSet<Listed>,
    /// Where it is listed.
    pub after: BTreeSet<Listed>,
}

/// A quota of which more or less is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaChange {
    /// What it was; none where it did not apply.
    pub before: Option<Budget>,
    /// What it is; none where it does not apply any more.
    pub after: Option<Budget>,
}

/// A target that came, went, or is in another group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetChange {
    /// The role's ARN.
    pub role: String,
    /// The groups whose members could assume it.
    pub before: Option<BTreeSet<String>>,
    /// The groups whose members can.
    pub after: Option<BTreeSet<String>>,
}

/// What a change means in permissions.
#[derive(Debug, Clone, Default)]
pub struct Review {
    /// Principals that changed.
    pub principals: Vec<Changed>,
    /// Actions that a catalog lists elsewhere now.
    pub moves: Vec<Move>,
    /// Findings that appear.
    pub appeared: Vec<Finding>,
    /// Findings that vanish.
    pub vanished: Vec<Finding>,
    /// Quotas of which more or less is used.
    pub quotas: Vec<QuotaChange>,
    /// Targets that came, went or moved.
    pub targets: Vec<TargetChange>,
}

impl Review {
    /// Whether anything can do more than before.
    pub fn is_more(&self) -> bool {
        self.principals.iter().any(Changed::is_more)
    }

    /// Whether a way to more permissions appears.
    pub fn escalates(&self) -> bool {
        self.appeared
            .iter()
            .any(|finding| finding.code == ESCALATION)
    }

    /// Whether nothing at all changed.
    pub fn is_empty(&self) -> bool {
        self.principals.is_empty()
            && self.moves.is_empty()
            && self.appeared.is_empty()
            && self.vanished.is_empty()
    }
}

const ESCALATION: &str = "escalation-path";

/// Holds two states against each other.
pub fn review(old: &Side, new: &Side, reference: &Reference) -> Review {
    let (appeared, vanished) = findings(old, new);
    Review {
        principals: principals(old, new, reference),
        moves: moves(old, new),
        appeared,
        vanished,
        quotas: quotas(old, new),
        targets: targets(old, new),
    }
}

/// The changes in every format; those that all formats have are told once.
fn principals(old: &Side, new: &Side, reference: &Reference) -> Vec<Changed> {
    let formats: BTreeSet<&String> = match (old.access.len(), new.access.len()) {
        (1, _) => new.access.keys().collect(),
        (_, 1) => old.access.keys().collect(),
        _ => old.access.keys().chain(new.access.keys()).collect(),
    };
    let nothing = Access::default();
    let of = |side: &'_ Side, format: &String| -> Access {
        let only = (side.access.len() == 1)
            .then(|| side.access.values().next())
            .flatten();
        side.access.get(format).or(only).unwrap_or(&nothing).clone()
    };
    let mut all: Vec<(Changed, Vec<String>)> = Vec::new();
    for format in &formats {
        for changed in in_format(&of(old, format), &of(new, format), reference) {
            match all.iter_mut().find(|(known, _)| *known == changed) {
                Some((_, of)) => of.push((*format).clone()),
                None => all.push((changed, vec![(*format).clone()])),
            }
        }
    }
    all.into_iter()
        .map(|(mut changed, of)| {
            if of.len() < formats.len() {
                changed.formats = of;
            }
            changed
        })
        .collect()
}

fn in_format(old: &Access, new: &Access, reference: &Reference) -> Vec<Changed> {
    let (old, new) = (named(old), named(new));
    let mut changed: Vec<Changed> = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let arns: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for arn in arns {
        let (before, after) = (old.get(arn), new.get(arn));
        if before == after {
            continue;
        }
        let all = |identity: Option<&Identity>| identity.map(identity::grants).unwrap_or_default();
        let grants = grants::compare(&all(before), &all(after), reference);
        let facts = identity::compare(before, after);
        let kind = match (before, after) {
            (None, _) => Kind::Added,
            (_, None) => Kind::Removed,
            _ => Kind::Other,
        };
        if grants.is_empty() && facts.is_empty() && kind == Kind::Other {
            continue;
        }
        let (what, name, account) = parts(arn, before.or(after));
        let one = Changed {
            kind,
            what,
            name,
            accounts: account.clone().into_iter().collect(),
            formats: Vec::new(),
            like: match (kind, after) {
                (Kind::Added, Some(after)) => like(arn, after, &old, &new),
                _ => None,
            },
            grants,
            facts,
        };
        // The same but for the account's own id.
        let signature = at_home(
            &format!(
                "{:?}",
                (
                    &one.kind,
                    &one.what,
                    &one.name,
                    &one.like,
                    &one.grants,
                    &one.facts
                )
            ),
            account.as_deref(),
        );
        match (seen.get(&signature), account) {
            (Some(&known), Some(account)) => changed[known].accounts.push(account),
            _ => {
                seen.insert(signature, changed.len());
                changed.push(one);
            }
        }
    }
    changed.sort_by_key(|changed| (changed.kind, !changed.is_more()));
    changed
}

/// Identities by ARN, and managed policies that nobody has as identities of their own.
fn named(access: &Access) -> BTreeMap<String, Identity> {
    let mut named = access.identities.clone();
    let attached: BTreeSet<&Grants> = access
        .identities
        .values()
        .flat_map(|identity| &identity.policies)
        .filter(|((kind, _), _)| *kind == PolicyKind::Managed)
        .map(|(_, grants)| grants)
        .collect();
    for (arn, grants) in &access.managed_policies {
        if !attached.contains(grants) {
            let mut policy = Identity::new(IdentityKind::Group);
            policy
                .policies
                .insert((PolicyKind::Managed, arn.clone()), grants.clone());
            named.insert(arn.clone(), policy);
        }
    }
    named
}

/// What an ARN names: kind, name with its path, account.
fn parts(arn: &str, identity: Option<&Identity>) -> (String, String, Option<String>) {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    match fields.as_slice() {
        ["arn", _, _, _, account, resource] => {
            let (what, name) = resource.split_once('/').unwrap_or(("", resource));
            let what = match what {
                "policy" => "managed policy".to_owned(),
                _ => identity.map_or_else(String::new, |identity| identity.kind.to_string()),
            };
            (what, name.to_owned(), Some((*account).to_owned()))
        }
        _ => (String::new(), arn.to_owned(), None),
    }
}

fn at_home(text: &str, account: Option<&str>) -> String {
    match account {
        Some(account) => text.replace(account, "ACCOUNT"),
        None => text.to_owned(),
    }
}

/// A principal of the same kind that is there before and after, and has exactly what the new one has.
fn like(
    arn: &str,
    identity: &Identity,
    old: &BTreeMap<String, Identity>,
    new: &BTreeMap<String, Identity>,
) -> Option<String> {
    let (_, _, account) = parts(arn, None);
    let own = at_home(&format!("{identity:?}"), account.as_deref());
    new.iter()
        .filter(|(other, _)| old.contains_key(*other) && other.as_str() != arn)
        .filter(|(_, known)| known.kind == identity.kind)
        .find(|(other, known)| {
            let (_, _, account) = parts(other, None);
            at_home(&format!("{known:?}"), account.as_deref()) == own
        })
        .map(|(other, _)| other.clone())
}

fn moves(old: &Side, new: &Side) -> Vec<Move> {
    old.listed
        .iter()
        .filter_map(|(key, before)| {
            let after = new.listed.get(key).filter(|after| *after != before)?;
            Some(Move {
                product: key.0.clone(),
                action: key.1.clone(),
                before: before.clone(),
                after: after.clone(),
            })
        })
        .collect()
}

/// Findings of lint where both sides have them; ways to more permissions in what is granted, if not.
fn findings(old: &Side, new: &Side) -> (Vec<Finding>, Vec<Finding>) {
    let (old, new) = match (&old.findings, &new.findings) {
        (Some(old), Some(new)) => (old.clone(), new.clone()),
        _ => (ways(old), ways(new)),
    };
    (
        new.difference(&old).cloned().collect(),
        old.difference(&new).cloned().collect(),
    )
}

fn ways(side: &Side) -> BTreeSet<Finding> {
    let mut found = BTreeSet::new();
    for access in side.access.values() {
        for identity in access.identities.values() {
            let ways = lint::ways(identity.policies.values().flatten());
            found.extend(ways.into_iter().map(|way| Finding {
                code: ESCALATION.to_owned(),
                subject: way.action,
                message: way.message,
            }));
        }
    }
    found
}

fn quotas(old: &Side, new: &Side) -> Vec<QuotaChange> {
    let (Some(old), Some(new)) = (&old.quotas, &new.quotas) else {
        return Vec::new();
    };
    let find =
        |quotas: &[Budget], what: &str| quotas.iter().find(|quota| quota.what == what).cloned();
    let mut names: Vec<&String> = Vec::new();
    for quota in new.iter().chain(old) {
        if !names.contains(&&quota.what) {
            names.push(&quota.what);
        }
    }
    names
        .into_iter()
        .map(|what| QuotaChange {
            before: find(old, what),
            after: find(new, what),
        })
        .filter(|change| {
            change.before.as_ref().map(|q| q.used) != change.after.as_ref().map(|q| q.used)
        })
        .collect()
}

/// Roles that came or went, and those that other groups may assume now.
fn targets(old: &Side, new: &Side) -> Vec<TargetChange> {
    let (old, new) = (roles(old), roles(new));
    let arns: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    arns.into_iter()
        .map(|arn| TargetChange {
            role: arn.clone(),
            before: old.get(arn).cloned(),
            after: new.get(arn).cloned(),
        })
        .filter(|target| target.before != target.after)
        .collect()
}

/// The groups whose inline policies name a role, by the role's ARN.
fn roles(side: &Side) -> BTreeMap<String, BTreeSet<String>> {
    let mut roles: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for access in side.access.values() {
        for (arn, identity) in &access.identities {
            if identity.kind == IdentityKind::Role && arn.starts_with("arn:") {
                roles.entry(arn.clone()).or_default();
            }
        }
        for (arn, identity) in &access.identities {
            let name = parts(arn, None).1;
            for grant in identity.policies.values().flatten() {
                if grant.action == "sts:AssumeRole"
                    && let Some(groups) = roles.get_mut(&grant.resource)
                {
                    groups.insert(name.clone());
                }
            }
        }
    }
    roles
}
