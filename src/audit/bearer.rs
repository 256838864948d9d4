//! Identities without credentials of AWS that the planned roles trust: who shows a token of an OIDC provider, or a
//! certificate to IAM Roles Anywhere. Evaluates whether another role lets the same ones in.
//!
//! Users of a SAML provider and services are not among them: the provider names the role in each response, and a service
//! works with the role that somebody passes to it.

use std::collections::{BTreeMap, BTreeSet};

use super::trust::{Listed, Statement, TrustPolicy};
use crate::model::{
    Access, ConditionMap, Effect, Fact, Holds, IdentityKind, Request, Trust, TrustedBy, holds,
    literal, matches,
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
    /// The pattern of each condition key, in lower case.
    says: BTreeMap<String, String>,
}

/// The identities that the planned roles trust.
pub(super) struct Bearers(BTreeSet<Bearer>);

impl Bearers {
    pub(super) fn new(planned: &Access) -> Self {
        let roles = planned.identities.iter();
        let roles = roles.filter(|(_, identity)| identity.kind == IdentityKind::Role);
        let trusted = roles.flat_map(|(arn, role)| {
            let account = arn.split(':').nth(4).unwrap_or_default();
            let allowed = role.trust.iter().filter(|one| one.effect == Effect::Allow);
            allowed.flat_map(move |trust| Bearer::all(trust, account))
        });
        Self(trusted.collect())
    }

    /// How the trust policy of a role of this account lets any of them in, a line each.
    pub(super) fn describe(&self, trust: &TrustPolicy, account: &str) -> Vec<String> {
        let here = |one: &&Bearer| one.account.as_deref().is_none_or(|of| of == account);
        let bearers = self.0.iter().filter(here);
        let told = bearers.filter_map(|one| match one.is_let_in(trust, account) {
            Holds::No => None,
            Holds::Yes => Some(format!("trusts {}, as planned roles do", one.name())),
            Holds::Depends(keys) => {
                let keys: Vec<String> = keys.into_iter().collect();
                let (who, keys) = (one.name(), keys.join(" and "));
                Some(format!(
                    "may trust {who}, as planned roles do, depending on {keys}"
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
        let subject = issuer.as_ref().map(|issuer| format!("{issuer}:sub"));
        let (mut says, mut subjects) = (BTreeMap::new(), Vec::new());
        for (key, values) in known(&trust.conditions) {
            match values.as_slice() {
                _ if subject
                    .as_ref()
                    .is_some_and(|one| one.eq_ignore_ascii_case(&key)) =>
                {
                    subjects = values;
                }
                [one] => drop(says.insert(key, one.clone())),
                _ => {}
            }
        }
        let bearer = Self {
            issuer,
            account,
            says,
        };
        let (Some(key), false) = (subject, subjects.is_empty()) else {
            return vec![bearer];
        };
        let each = subjects.into_iter().map(|subject| {
            let mut one = bearer.clone();
            one.says.insert(key.to_lowercase(), subject);
            one
        });
        each.collect()
    }

    fn name(&self) -> String {
        let Some(issuer) = &self.issuer else {
            return "holders of the same certificates".to_owned();
        };
        match self.says.get(&format!("{issuer}:sub").to_lowercase()) {
            Some(subject) => format!("{subject} of {issuer}"),
            None => format!("tokens of {issuer}"),
        }
    }

    fn is_let_in(&self, trust: &TrustPolicy, account: &str) -> Holds {
        let facts = |key: &str| match (self.says.get(key), key) {
            (Some(pattern), _) => Fact::like(pattern),
            (None, "sts:rolesessionname") => Fact::chosen(false),
            (None, "aws:securetransport") => Fact::known("true"),
            (None, _) => Fact::unknown(),
        };
        let any = |effect: Effect| {
            let statements = trust.statements.iter().filter(|one| one.effect == effect);
            statements.fold(Holds::No, |any, statement| {
                let request = Request {
                    facts: &facts,
                    wanted: effect == Effect::Allow,
                    variables: trust.variables,
                };
                let named = self.is_named(statement, account);
                any.or(named.and(holds(&statement.conditions, request)))
            })
        };
        any(Effect::Allow).and(any(Effect::Deny).negated())
    }

    /// Whether a statement is about it, and about how it assumes roles.
    fn is_named(&self, statement: &Statement, account: &str) -> Holds {
        let action = match self.issuer {
            Some(_) => "sts:assumerolewithwebidentity",
            None => "sts:assumerole",
        };
        let assumes = |one: &String| matches(&one.to_lowercase(), action);
        let speaks = match &statement.actions {
            Listed::These(actions) => actions.iter().any(assumes),
            Listed::AllBut(actions) => !actions.iter().any(assumes),
        };
        let is_it = |one: &TrustedBy| match &self.issuer {
            _ if one.value == "*" => statement.effect == Effect::Deny,
            Some(issuer) => one
                .value
                .ends_with(&format!("::{account}:oidc-provider/{issuer}")),
            None => one.value == ANYWHERE,
        };
        Holds::from(speaks).and(match &statement.principals {
            Listed::These(principals) => Holds::from(principals.iter().any(is_it)),
            Listed::AllBut(but) if but.iter().any(is_it) => Holds::No,
            Listed::AllBut(_) => Holds::on("NotPrincipal"),
        })
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
