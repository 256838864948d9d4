//! Who may assume the roles: their trust policies, and the principal that is there before them.

use std::collections::BTreeMap;

use super::{HubPlan, Plan, RolePlan, TargetPlan};
use crate::model::{
    AccountId, Action, ArnPattern, Conditions, Effect, OidcProvider, Own, Principal, Saying, Text,
    TrustKind, TrustPolicy, TrustStatement,
};
use crate::resolve::{self, ExternalIds, Resolved, TrustedPrincipal};

/// Each role that trusts a user trusts the one whose group lets its members assume it.
pub(super) fn name_own_users(hub: &HubPlan, roles: &[RolePlan], targets: &mut [TargetPlan]) {
    for policy in &hub.assume_role {
        let user = hub.group(policy.group).member;
        for &target in &policy.targets {
            let target = &mut targets[target];
            if roles[target.role].trust.names(Own::TrustedUser) {
                target.trusted_user = user.map(|user| hub.user_arn(user));
            }
        }
    }
}

/// Whom the roles of all targets trust; what differs from target to target is a place in it. Principals that are let in on
/// the same terms share a statement, since IAM counts the characters of a trust policy.
pub(super) fn policy(resolved: &Resolved, role: usize) -> TrustPolicy {
    let mut statements: Vec<TrustStatement> = Vec::new();
    for trusted in &resolved.roles[role].trust {
        let statement = statement(resolved, role, trusted);
        let same = statements.iter_mut().find(|known| {
            (known.effect, &known.actions, &known.conditions) == (statement.effect, &statement.actions, &statement.conditions)
                // The comment is true of each principal.
                && known.origin == statement.origin
        });
        match same {
            Some(known) => known.principals.extend(statement.principals),
            None => statements.push(statement),
        }
    }
    TrustPolicy { statements }
}

fn statement(resolved: &Resolved, role: usize, trusted: &resolve::Trusted) -> TrustStatement {
    let mut own = Vec::new();
    let mut effect = Effect::Allow;
    let principals = match &trusted.principal {
        TrustedPrincipal::Outside(kind, principals) => {
            if *kind == TrustKind::Nobody {
                effect = Effect::Deny;
            }
            principals.clone()
        }
        TrustedPrincipal::User => vec![Principal::Arn(Own::TrustedUser.into())],
        TrustedPrincipal::Account { restrict_to_user } => {
            if *restrict_to_user {
                own.push(("ArnEquals", "aws:PrincipalArn", Own::TrustedUser.into()));
            }
            let hub = resolved.hub.iter();
            hub.map(|hub| Principal::Account(hub.account.clone()))
                .collect()
        }
    };
    let mut targets = resolved.targets.iter().filter(|target| target.role == role);
    let ids = match &trusted.external_ids {
        ExternalIds::OfTarget if targets.any(|target| target.external_id.is_some()) => {
            vec![Own::ExternalId.into()]
        }
        ExternalIds::OfTarget => Vec::new(),
        ExternalIds::These(ids) => ids.iter().map(|id| Text::literal(id.as_str())).collect(),
    };
    own.extend(
        ids.into_iter()
            .map(|id| ("StringEquals", "sts:ExternalId", id)),
    );
    let mut conditions = trusted.conditions.clone();
    add(&mut conditions, own);
    TrustStatement {
        effect,
        principals,
        actions: trusted.actions.clone(),
        conditions,
        origin: match &trusted.principal {
            TrustedPrincipal::Outside(kind, _) => kind.name(),
            _ => None,
        },
    }
}

/// The trust policy of a role that one principal assumes.
pub(super) fn assumed_by(principal: Principal, conditions: Conditions) -> TrustPolicy {
    TrustPolicy {
        statements: vec![TrustStatement {
            effect: Effect::Allow,
            principals: vec![principal],
            actions: vec![Action::parse("sts:AssumeRole").expect("a constant action")],
            conditions,
            origin: None,
        }],
    }
}

/// Adds conditions: operator, key, value.
fn add(conditions: &mut Conditions, own: Vec<(&'static str, &'static str, Text)>) {
    for (operator, key, value) in own {
        let keys = conditions.entry(operator.to_owned()).or_default();
        keys.entry(key.to_owned()).or_default().insert(value);
    }
}

/// Conditions of one value each: operator, key, value.
pub(super) fn each_one_value(conditions: Vec<(&'static str, &'static str, Text)>) -> Conditions {
    let mut all = Conditions::new();
    add(&mut all, conditions);
    all
}

/// Whom the roles let in.
#[derive(Debug, Clone)]
pub enum Trusted<'a> {
    /// The hub account, narrowed to its users.
    Users(&'a HubPlan),
    /// The hub account: whoever it allows to assume the roles.
    Account(&'a HubPlan),
    /// The hub's users, by ARN; AWS keeps their ids.
    UsersById(&'a HubPlan),
    /// An identity that no rendered file makes.
    Outside(OutsideIdentity),
}

/// An identity that no rendered file makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideIdentity {
    pub kind: TrustKind,
    /// What stands in the trust policy: an ARN, a service, `*`. `${account}` is the account of the role.
    pub principal: String,
    /// The account that it is in; empty where it is in none.
    pub account: String,
    /// Whether that account is none of the deployment's: a vendor's, or another one of whoever owns the targets.
    pub is_elsewhere: bool,
    /// What has to hold, beside external ids: operator, key, values.
    pub conditions: Vec<(String, String, Vec<String>)>,
    /// The OIDC provider whose tokens it shows, if it does.
    pub provider: Option<OidcProvider>,
    /// Whether that provider is made with the roles.
    pub is_provider_made: bool,
}

impl OutsideIdentity {
    /// The identity in words: who that is, and what else there is to know, each a sentence.
    pub fn sayings(&self) -> Vec<Saying> {
        let who = self
            .kind
            .saying(&self.principal, &self.account, self.is_elsewhere);
        let further = self.further_conditions();
        let only_if = Saying::new("trust", "only_if").with("conditions", further.join("; "));
        let made = self
            .provider
            .iter()
            .map(|provider| Saying::new("trust", "provider_made").with("issuer", &provider.issuer));
        [who]
            .into_iter()
            .chain((!further.is_empty()).then_some(only_if))
            .chain(made.filter(|_| self.is_provider_made))
            .collect()
    }

    /// The value of a condition, where it is one and has no wildcard; with `${account}`.
    pub fn condition(&self, key: &str) -> Option<&str> {
        let mut conditions = self.conditions.iter();
        match conditions.find(|(_, known, _)| known.eq_ignore_ascii_case(key)) {
            Some((.., values)) => match values.as_slice() {
                [value] if !value.contains(['*', '?']) => Some(value),
                _ => None,
            },
            None => None,
        }
    }

    /// The conditions that the words for its kind do not tell of.
    fn further_conditions(&self) -> Vec<String> {
        let is_told = |key: &str| match &self.kind {
            TrustKind::Federated { .. } => {
                let claim = key.rsplit(':').next().unwrap_or_default();
                key == "SAML:aud"
                    || (["aud", "sub"].contains(&claim)
                        && self.provider.as_ref().is_some_and(|provider| {
                            key.strip_suffix(claim) == Some(&format!("{}:", provider.issuer))
                        }))
            }
            TrustKind::Service(_) => key == "aws:SourceAccount",
            TrustKind::Certificate { .. } => {
                key == "aws:SourceArn" || key.starts_with("aws:PrincipalTag/x509")
            }
            _ => false,
        };
        let further = self.conditions.iter().filter(|(_, key, _)| !is_told(key));
        let conditions = further
            .map(|(operator, key, values)| format!("{operator} {key} = {}", values.join(", ")));
        conditions.collect()
    }
}

impl Plan {
    /// Whom the roles let in, in the order of the deployment; nobody where there is no role.
    pub fn trusted(&self) -> Vec<Trusted<'_>> {
        let trusted = self.trusted_by_role().into_iter();
        trusted.map(|(_, trusted)| trusted).collect()
    }

    /// The same, each with the role's name in the deployment, if it has one.
    pub fn trusted_by_role(&self) -> Vec<(Option<&str>, Trusted<'_>)> {
        // Variants of a role let in the same.
        let roles: BTreeMap<usize, &RolePlan> =
            self.roles.iter().map(|role| (role.of, role)).collect();
        let trusted = roles.values().flat_map(|role| {
            let name = role.name.as_deref();
            let trusted = self.trusted_by(role).into_iter();
            trusted.map(move |trusted| (name, trusted))
        });
        trusted.collect()
    }

    /// Whom a role lets in, in the order of the deployment.
    pub fn trusted_by(&self, role: &RolePlan) -> Vec<Trusted<'_>> {
        let hub = self.hub.as_ref();
        let trusted = role.trusted.iter().flat_map(|one| match &one.principal {
            TrustedPrincipal::Account { restrict_to_user } => {
                let trusted = match restrict_to_user {
                    true => Trusted::Users,
                    false => Trusted::Account,
                };
                hub.map(trusted).into_iter().collect()
            }
            TrustedPrincipal::User => hub.map(Trusted::UsersById).into_iter().collect(),
            TrustedPrincipal::Outside(..) => {
                let outside = self.outside(one).into_iter();
                outside.map(Trusted::Outside).collect::<Vec<_>>()
            }
        });
        trusted.collect()
    }

    /// The identities that the roles let in and no rendered file makes.
    pub fn trusted_outside(&self) -> Vec<OutsideIdentity> {
        let trusted = self.trusted().into_iter();
        let outside = trusted.filter_map(|trusted| match trusted {
            Trusted::Outside(identity) => Some(identity),
            _ => None,
        });
        outside.collect()
    }

    /// The identities that are let in and no rendered file makes.
    pub fn outside(&self, trusted: &resolve::Trusted) -> Vec<OutsideIdentity> {
        match &trusted.principal {
            TrustedPrincipal::Outside(kind, principals) => {
                let principals = principals.iter();
                let outside = principals.map(|one| self.outside_identity(kind, one, trusted));
                outside.collect()
            }
            _ => Vec::new(),
        }
    }

    fn outside_identity(
        &self,
        kind: &TrustKind,
        principal: &Principal,
        trusted: &resolve::Trusted,
    ) -> OutsideIdentity {
        let text = principal.value().anywhere(self.partition);
        let account = text.split(':').nth(4).unwrap_or_default();
        let account = match AccountId::parse(account) {
            Ok(account) => account.to_string(),
            Err(_) => String::new(),
        };
        let hub = self.hub.iter().map(|hub| &hub.account);
        let mut own = hub.chain(self.targets.iter().map(|target| &target.account));
        let conditions = trusted.conditions.iter().flat_map(|(operator, keys)| {
            keys.iter().map(|(key, values)| {
                let values = values.iter().map(|value| value.anywhere(self.partition));
                (operator.clone(), key.clone(), values.collect())
            })
        });
        OutsideIdentity {
            kind: kind.clone(),
            is_elsewhere: !account.is_empty() && !own.any(|own| own.as_str() == account),
            account,
            principal: text,
            conditions: conditions.collect(),
            provider: trusted.provider.clone(),
            is_provider_made: trusted.makes_provider,
        }
    }

    /// Who may assume the role of a target.
    pub fn trust_of(&self, target: &TargetPlan) -> TrustPolicy {
        let trust = &self.roles[target.role].trust;
        trust.of_target(&|own| target.own(own))
    }

    /// The policies that have to be there before the principals whose boundary they are, each with the accounts that need
    /// it. Those that AWS manages are in every account.
    pub fn boundaries(&self) -> Vec<(ArnPattern, Vec<String>)> {
        let users = self.hub.iter().flat_map(|hub| {
            let users = hub.users.iter();
            users.map(|user| (&user.permissions_boundary, &hub.account))
        });
        let targets = self.targets.iter();
        let targets = targets.map(|target| (&target.permissions_boundary, &target.account));
        let mut boundaries: Vec<(ArnPattern, Vec<String>)> = Vec::new();
        for (boundary, account) in users.chain(targets) {
            let Some(arn) = boundary else { continue };
            if arn.text().pattern().split(':').nth(4) == Some("aws") {
                continue;
            }
            let account = account.to_string();
            match boundaries.iter_mut().find(|(known, _)| known == arn) {
                Some((_, accounts)) if accounts.contains(&account) => {}
                Some((_, accounts)) => accounts.push(account),
                None => boundaries.push((arn.clone(), vec![account])),
            }
        }
        boundaries
    }
}
