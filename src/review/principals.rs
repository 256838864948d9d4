//! Each principal held against itself; those with the same changes are told together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Changed, Fact, GrantChange, Kind, Side, by_format, grants, identity, joining, tags};
use crate::model::{
    Access, ConditionMap, Effect, Identity, IdentityKind, PolicyKind, Trust, TrustedBy,
};
use crate::reference::Reference;

/// Stands for a principal's own account while principals are compared. IAM accepts no such character.
const HOME: &str = "\u{1}";

/// Stands for it where several accounts are told together.
const EACH: &str = "ACCOUNT";

/// The changes in every format; those that all formats have are told once.
pub(super) fn principals(old: &Side, new: &Side, references: &[&Reference]) -> Vec<Changed> {
    let pairs = by_format(old, new);
    let mut all: Vec<(Changed, Vec<String>)> = Vec::new();
    for (format, old, new) in &pairs {
        for changed in in_format(old, new, references) {
            match all.iter_mut().find(|(known, _)| *known == changed) {
                Some((_, of)) => of.push(format.clone()),
                None => all.push((changed, vec![format.clone()])),
            }
        }
    }
    all.into_iter()
        .map(|(mut changed, of)| {
            if of.len() < pairs.len() {
                changed.formats = of;
            }
            changed
        })
        .collect()
}

fn in_format(old: &Access, new: &Access, references: &[&Reference]) -> Vec<Changed> {
    let joining = joining::compare(old, new);
    let granted_before = old;
    let tags = tags::named([old, new]);
    let (old, new) = named(old, new);
    let alike = Alike::new(&old, &new);
    // The same changes but for the account's own id, in the order of the first.
    let mut order: BTreeMap<Changed, usize> = BTreeMap::new();
    let mut accounts: Vec<Vec<String>> = Vec::new();
    let arns: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for arn in arns {
        let (before, after) = (old.get(arn).map(Arc::as_ref), new.get(arn).map(Arc::as_ref));
        if before == after {
            continue;
        }
        let all = |identity: Option<&Identity>| identity.map(identity::grants).unwrap_or_default();
        let grants = grants::compare(&all(before), &all(after), references);
        let (what, name, account) = parts(arn, before.or(after));
        let around = identity::Around {
            account: account.as_deref().unwrap_or_default(),
            before: granted_before,
            tags: &tags,
        };
        let facts = identity::compare(around, before, after);
        let kind = match (before, after) {
            (None, _) => Kind::Added,
            (_, None) => Kind::Removed,
            _ => Kind::Other,
        };
        if grants.is_empty() && facts.is_empty() && kind == Kind::Other {
            continue;
        }
        let mut one = Changed {
            kind,
            what,
            name,
            accounts: Vec::new(),
            formats: Vec::new(),
            like: match (kind, after) {
                (Kind::Added, Some(after)) => alike.to(arn, after),
                _ => None,
            },
            grants,
            facts,
        };
        if let Some(account) = &account {
            replace(&mut one, account, HOME);
        }
        let number = *order.entry(one).or_insert(accounts.len());
        match accounts.get_mut(number) {
            Some(known) => known.extend(account),
            None => accounts.push(account.into_iter().collect()),
        }
    }
    let mut changed: Vec<(usize, Changed)> = order
        .into_iter()
        .map(|(mut one, number)| {
            one.accounts = std::mem::take(&mut accounts[number]);
            // Of many accounts, those that nobody lists are told first.
            one.accounts
                .sort_by_key(|account| account.starts_with(|c: char| c.is_ascii_digit()));
            let home = match one.accounts.as_slice() {
                [account] => account.clone(),
                _ => EACH.to_owned(),
            };
            replace(&mut one, HOME, &home);
            (number, one)
        })
        .collect();
    changed.sort_by_key(|(number, one)| (one.kind, !one.is_more(), *number));
    changed
        .into_iter()
        .map(|(_, one)| one)
        .chain(joining)
        .collect()
}

/// Identities by ARN.
type Named = BTreeMap<String, Arc<Identity>>;

/// Identities by ARN, and as identities of their own OIDC providers, managed policies where one side has nobody that they are
/// attached to, since who can attach one gets what it grants, and what else has other tags than before.
fn named(old: &Access, new: &Access) -> (Named, Named) {
    let sides = || [old, new].into_iter().flat_map(joining::all);
    let loose: BTreeSet<&String> = sides().flat_map(unattached).collect();
    let retagged = retagged(old, new);
    let add = |access: &Access, named: &mut Named| {
        let identities = access.identities.iter();
        named.extend(identities.map(|(arn, one)| (arn.clone(), Arc::clone(one))));
        let mut others: BTreeMap<&String, Identity> = BTreeMap::new();
        let nothing = || Identity::new(IdentityKind::Group);
        for (arn, grants) in &access.managed_policies {
            if loose.contains(arn) {
                let key = (PolicyKind::Managed, arn.clone());
                let policy = others.entry(arn).or_insert_with(nothing);
                policy.policies.insert(key, grants.clone());
            }
        }
        for (arn, audiences) in &access.identity_providers {
            let provider = others.entry(arn).or_insert_with(nothing);
            provider.trust = audiences.iter().map(|audience| trusted(audience)).collect();
        }
        for (arn, tags) in &access.tags {
            if retagged.contains(arn) {
                let one = others.entry(arn).or_insert_with(nothing);
                one.tags.clone_from(tags);
            }
        }
        let others = others.into_iter();
        named.extend(others.map(|(arn, one)| (arn.clone(), Arc::new(one))));
    };
    let all = |access: &Access| {
        let mut named = Named::new();
        joining::all(access).for_each(|access| add(access, &mut named));
        named
    };
    (all(old), all(new))
}

/// What is there before and after, and has other tags.
fn retagged<'a>(old: &'a Access, new: &'a Access) -> BTreeSet<&'a String> {
    let tags = |access: &'a Access| joining::all(access).flat_map(|access| &access.tags);
    let before: BTreeMap<_, _> = tags(old).collect();
    let after = tags(new).filter(|(arn, tags)| before.get(arn).is_some_and(|old| old != tags));
    after.map(|(arn, _)| arn).collect()
}

/// What an OIDC provider lets in: tokens for an audience.
fn trusted(audience: &str) -> Trust {
    Trust {
        effect: Effect::Allow,
        principal: TrustedBy {
            kind: "tokens for".to_owned(),
            value: audience.to_owned(),
        },
        action: "sts:AssumeRole".to_owned(),
        conditions: ConditionMap::new(),
    }
}

/// The managed policies that nobody has. A name is taken once in an account, whatever its path.
fn unattached(access: &Access) -> impl Iterator<Item = &String> {
    let account_and_name = |arn: &str| {
        let (_, name, account) = parts(arn, None);
        let name = name.rsplit('/').next().unwrap_or_default().to_owned();
        (account, name)
    };
    let attached: BTreeSet<(Option<String>, String)> = access
        .identities
        .iter()
        .flat_map(|(arn, identity)| {
            let (account, _) = account_and_name(arn);
            let managed = |key: &(PolicyKind, String)| key.0 == PolicyKind::Managed;
            let names = identity.policies.keys().filter(move |key| managed(key));
            names.map(move |(_, name)| (account.clone(), name.clone()))
        })
        .collect();
    access
        .managed_policies
        .keys()
        .filter(move |arn| !attached.contains(&account_and_name(arn)))
}

/// What an ARN names: kind, name with its path, account.
pub fn parts(arn: &str, identity: Option<&Identity>) -> (String, String, Option<String>) {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    match fields.as_slice() {
        ["arn", _, _, _, account, resource] => {
            let (kind, name) = resource.split_once('/').unwrap_or(("", resource));
            let what = match (kind, identity) {
                ("policy", _) => "managed policy".to_owned(),
                ("oidc-provider", _) => "identity provider".to_owned(),
                ("instance-profile", _) => "instance profile".to_owned(),
                (_, Some(identity)) => identity.kind.to_string(),
                (kind, None) => kind.to_owned(),
            };
            (what, name.to_owned(), Some((*account).to_owned()))
        }
        _ => (String::new(), arn.to_owned(), None),
    }
}

/// Writes `to` for `from` in every text about a principal.
fn replace(changed: &mut Changed, from: &str, to: &str) {
    let text = |text: &mut String| {
        if text.contains(from) {
            *text = text.replace(from, to);
        }
    };
    text(&mut changed.name);
    for Fact { text: fact, .. } in &mut changed.facts {
        text(fact);
    }
    for GrantChange { before, after, .. } in &mut changed.grants {
        for grant in before.iter_mut().chain(after) {
            text(&mut grant.resource);
            for keys in grant.conditions.values_mut() {
                for values in keys.values_mut() {
                    *values = values.iter().map(|value| value.replace(from, to)).collect();
                }
            }
        }
    }
}

/// Principals that are there before and after, by what they are but for their own account.
struct Alike<'a>(BTreeMap<String, &'a String>);

impl<'a> Alike<'a> {
    fn new(old: &Named, new: &'a Named) -> Self {
        let mut alike = BTreeMap::new();
        // Most reviews have no new principal.
        if new.keys().any(|arn| !old.contains_key(arn)) {
            for (arn, identity) in new.iter().filter(|(arn, _)| old.contains_key(*arn)) {
                alike.entry(all_of(arn, identity)).or_insert(arn);
            }
        }
        Self(alike)
    }

    /// A principal of the same kind that has exactly what a new one has.
    fn to(&self, arn: &str, identity: &Identity) -> Option<String> {
        self.0.get(&all_of(arn, identity)).map(|arn| (*arn).clone())
    }
}

fn all_of(arn: &str, identity: &Identity) -> String {
    let (what, name, account) = parts(arn, Some(identity));
    // Whom a provider lets in is what its issuer signs, so no issuer is like another.
    let issuer = (what == "identity provider").then_some(name);
    let all = format!("{issuer:?} {identity:?}");
    match account {
        Some(account) => all.replace(&account, HOME),
        None => all,
    }
}

#[cfg(test)]
mod tests {
    use super::{Access, Alike, named};

    #[test]
    fn providers_are_alike_in_two_accounts_and_not_of_two_issuers() {
        let arn =
            |account: &str, issuer: &str| format!("arn:aws:iam::{account}:oidc-provider/{issuer}");
        let known = arn("222222222222", "gitlab.com");
        let added = [
            arn("333333333333", "gitlab.com"),
            arn("222222222222", "gitlab.example.com"),
        ];
        let with = |arns: &[&String]| {
            let audiences = || ["sts.amazonaws.com".to_owned()].into();
            let providers = arns.iter().map(|arn| ((*arn).clone(), audiences()));
            Access {
                identity_providers: providers.collect(),
                ..Access::default()
            }
        };
        let (old, new) = named(&with(&[&known]), &with(&[&known, &added[0], &added[1]]));
        let alike = Alike::new(&old, &new);
        assert_eq!(alike.to(&added[0], &new[&added[0]]), Some(known));
        assert_eq!(alike.to(&added[1], &new[&added[1]]), None);
    }
}
