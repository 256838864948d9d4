//! Identities without credentials of AWS that the planned roles trust: who shows a token of an OIDC provider, or a
//! certificate to IAM Roles Anywhere. Evaluates whether another role lets the same ones in.
//!
//! Users of a SAML provider and services are not among them: the provider names the role in each response, and a service
//! works with the role that somebody passes to it.
//!
//! Sources: the IAM User Guide, "Available keys for AWS OIDC federation" and "IAM policy validation check reference"; the
//! IAM Roles Anywhere User Guide, "The IAM Roles Anywhere trust model" and "CreateSession".

use std::collections::{BTreeMap, BTreeSet};

use super::trust::{Asking, Listed, Statement, TrustPolicy};
use crate::model::{
    Access, ConditionMap, Effect, Fact, Holds, IdentityKind, Trust, TrustedBy, literal,
};

/// The service that takes certificates.
const ANYWHERE: &str = "rolesanywhere.amazonaws.com";

/// An identity, by what its tokens or certificates say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Bearer {
    /// Host and path of the issuer of its tokens; absent if it has a certificate.
    issuer: Option<String>,
    /// The account whose trust anchor vouches for its certificate; absent if it has a token, which is good anywhere.
    account: Option<String>,
    /// The pattern of each condition key that is a fact of it, in lower case.
    says: BTreeMap<String, String>,
    /// Patterns of what it can ask for: the audience of a token, or the trust anchor. It may get others too.
    asks: BTreeSet<String>,
}

/// The identities that the planned roles trust.
pub struct Bearers(BTreeSet<Bearer>);

impl Bearers {
    /// Those that the roles of a plan trust.
    pub fn new(planned: &Access) -> Self {
        let roles = planned.identities.iter();
        let roles = roles.filter(|(_, identity)| identity.kind == IdentityKind::Role);
        let trusted = roles.flat_map(|(arn, role)| {
            let account = arn.split(':').nth(4).unwrap_or_default();
            let allowed = role.trust.iter().filter(|one| one.effect == Effect::Allow);
            allowed.flat_map(move |trust| Bearer::all(trust, account))
        });
        Self(trusted.collect())
    }

    /// Whether any of them can assume a role of this account.
    pub fn lets_in(&self, trust: &TrustPolicy, account: &str) -> Holds {
        self.ways(trust, account)
            .into_values()
            .fold(Holds::No, Holds::or)
    }

    /// Whether each of them, by name, can assume a role of this account.
    fn ways(&self, trust: &TrustPolicy, account: &str) -> BTreeMap<String, Holds> {
        let here = |one: &&Bearer| one.account.as_deref().is_none_or(|of| of == account);
        let mut ways: BTreeMap<String, Holds> = BTreeMap::new();
        for one in self.0.iter().filter(here) {
            let way = ways.entry(one.name()).or_insert(Holds::No);
            *way = way.clone().or(one.is_let_in(trust, account));
        }
        ways
    }

    /// How the trust policy of a role of this account lets any of them in, a line each.
    pub(super) fn describe(&self, trust: &TrustPolicy, account: &str) -> Vec<String> {
        let told = self
            .ways(trust, account)
            .into_iter()
            .filter_map(|(name, holds)| match holds {
                Holds::No => None,
                Holds::Yes => Some(format!("trusts {name}, as planned roles do")),
                Holds::Depends(keys) => {
                    let keys: Vec<String> = keys.into_iter().collect();
                    let keys = keys.join(" and ");
                    Some(format!(
                        "may trust {name}, as planned roles do, depending on {keys}"
                    ))
                }
            });
        told.collect()
    }
}

impl Bearer {
    /// Those that a statement of a planned role trusts: one for each subject, since a condition compares with any of them.
    fn all(trust: &Trust, account: &str) -> Vec<Self> {
        let (issuer, account) = match trust.principal.value.split_once(":oidc-provider/") {
            Some((_, issuer)) => (Some(issuer.to_owned()), None),
            None if trust.principal.value == ANYWHERE => (None, Some(account.to_owned())),
            None => return Vec::new(),
        };
        let mut bearer = Self {
            issuer,
            account,
            says: BTreeMap::new(),
            asks: BTreeSet::new(),
        };
        let mut subjects = Vec::new();
        for (key, values) in known(&trust.conditions) {
            match values.as_slice() {
                _ if key == bearer.asked() => bearer.asks = values.into_iter().collect(),
                _ if key == bearer.subject() => subjects = values,
                [one] if bearer.is_fact(&key) => drop(bearer.says.insert(key, one.clone())),
                _ => {}
            }
        }
        if subjects.is_empty() {
            return vec![bearer];
        }
        let each = subjects.into_iter().map(|subject| {
            let mut one = bearer.clone();
            one.says.insert(one.subject(), subject);
            one
        });
        each.collect()
    }

    /// The condition key of a claim of its tokens, in lower case.
    fn claim(&self, name: &str) -> String {
        let issuer = self.issuer.as_deref().unwrap_or_default();
        format!("{issuer}:{name}").to_lowercase()
    }

    fn subject(&self) -> String {
        self.claim("sub")
    }

    /// The key of what it asks for. Who may have a token may ask its issuer for one with another audience, and several trust
    /// anchors may take one certificate.
    fn asked(&self) -> String {
        match self.issuer {
            Some(_) => self.claim("aud"),
            None => "aws:sourcearn".to_owned(),
        }
    }

    /// Whether it cannot choose what requests say of a key: a claim of its tokens, or a field of its certificate.
    fn is_fact(&self, key: &str) -> bool {
        match self.issuer {
            Some(_) => key.starts_with(&self.claim("")),
            None => key.starts_with("aws:principaltag/x509"),
        }
    }

    fn name(&self) -> String {
        let Some(issuer) = &self.issuer else {
            return "holders of the same certificates".to_owned();
        };
        match self.says.get(&self.subject()) {
            Some(subject) => format!("{subject} of {issuer}"),
            None => format!("tokens of {issuer}"),
        }
    }

    /// Whether it is let in with what it is known to get, or else with something that it may get too.
    fn is_let_in(&self, trust: &TrustPolicy, account: &str) -> Holds {
        let with = |asked: &str| {
            let asking = Asking {
                is_meant: &|statement| self.is_meant(statement, account),
                fact: &|key| self.fact(key, asked),
            };
            let allowing = trust.allowing(asking).into_iter();
            allowing.fold(Holds::No, |any, (_, holds)| any.or(holds))
        };
        let anything = match &self.account {
            None => "*".to_owned(),
            Some(of) => format!("arn:*:rolesanywhere:*:{}:trust-anchor/*", literal(of)),
        };
        let known = self.asks.iter().map(|asked| with(asked));
        match known.fold(Holds::No, Holds::or) {
            Holds::No => with(&anything),
            known => known,
        }
    }

    /// What is known about a condition key, in lower case. Nobody knows what it chooses, or what others decide.
    fn fact(&self, key: &str, asked: &str) -> Fact {
        match (self.says.get(key), &self.account) {
            (Some(pattern), _) => Fact::like(pattern),
            _ if key == self.asked() => Fact::like(asked),
            (_, Some(account)) if key == "aws:sourceaccount" => Fact::known(account),
            (_, None) if key == "sts:rolesessionname" => Fact::chosen(false),
            _ if key == "aws:securetransport" => Fact::known("true"),
            (_, None) if self.is_of_another_issuer(key) => Fact::absent(),
            _ => Fact::unknown(),
        }
    }

    /// Whether a key is a claim of tokens of others: before it stands a host, as in no key of a service.
    fn is_of_another_issuer(&self, key: &str) -> bool {
        let (issuer, _) = key.split_once(':').unwrap_or_default();
        issuer.contains('.') && !self.is_fact(key)
    }

    /// Whether a statement is about it, and about how it assumes roles.
    fn is_meant(&self, statement: &Statement, account: &str) -> Holds {
        let action = match self.issuer {
            Some(_) => "sts:assumerolewithwebidentity",
            None => "sts:assumerole",
        };
        let named = |principals: &[TrustedBy]| {
            let each = principals.iter().map(|one| self.named(one, account));
            each.fold(Holds::No, Holds::or)
        };
        Holds::from(statement.is_about(action)).and(match &statement.principals {
            Listed::These(principals) => named(principals),
            Listed::AllBut(but) => match named(but) {
                Holds::Yes => Holds::No,
                _ => Holds::on("NotPrincipal"),
            },
        })
    }

    /// Whether a principal is it. `*` is everybody, but whether that holds for identities without credentials of AWS is not
    /// documented, and a pattern of one type of principal is not supported.
    fn named(&self, principal: &TrustedBy, account: &str) -> Holds {
        let (value, kind) = (principal.value.as_str(), principal.kind.to_lowercase());
        let own = match self.issuer {
            Some(_) => "federated",
            None => "service",
        };
        match &self.issuer {
            _ if value == "*" && ["*", "aws"].contains(&kind.as_str()) => Holds::on("Principal"),
            _ if kind != own => Holds::No,
            _ if value.contains(['*', '?']) => Holds::on("Principal"),
            Some(issuer) => {
                // Providers that every account has are named without an ARN.
                let is_here = value.ends_with(&format!("::{account}:oidc-provider/{issuer}"));
                Holds::from(is_here || value == issuer)
            }
            None => Holds::from(value == ANYWHERE),
        }
    }
}

/// The patterns that a request matches if it fulfils conditions, by key in lower case.
fn known(conditions: &ConditionMap) -> Vec<(String, Vec<String>)> {
    let mut known = Vec::new();
    for (operator, keys) in conditions {
        let pattern: fn(&String) -> String = match operator.as_str() {
            "StringEquals" => |value| literal(value),
            "StringLike" | "ArnLike" | "ArnEquals" => String::clone,
            _ => continue,
        };
        for (key, values) in keys {
            known.push((key.to_lowercase(), values.iter().map(pattern).collect()));
        }
    }
    known
}
