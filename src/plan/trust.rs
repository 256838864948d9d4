//! Who may assume the roles: their trust policies, and the principal that is there before them.

use super::{HubPlan, Plan, TargetPlan};
use crate::model::{
    Action, ArnPattern, Conditions, Effect, Own, Principal, Text, TrustPolicy, TrustStatement,
};
use crate::resolve::{Resolved, TrustedPrincipal};

/// Each role trusts the user whose group lets its members assume it.
pub(super) fn name_own_users(hub: &HubPlan, targets: &mut [TargetPlan]) {
    for policy in &hub.assume_role {
        let user = hub.group(policy.group).member;
        for &target in &policy.targets {
            targets[target].trusted_user = user.map(|user| hub.user_arn(user));
        }
    }
}

/// Whom the roles of all targets trust; what differs from target to target is a place in it.
pub(super) fn policy(resolved: &Resolved, trust: &TrustedPrincipal) -> TrustPolicy {
    let mut conditions = Vec::new();
    let principals = match trust {
        TrustedPrincipal::Existing(arn) => vec![Principal::Arn(arn.text().clone())],
        TrustedPrincipal::User => vec![Principal::Arn(Own::TrustedUser.into())],
        TrustedPrincipal::Account { restrict_to_user } => {
            if *restrict_to_user {
                conditions.push(("ArnEquals", "aws:PrincipalArn", Own::TrustedUser.into()));
            }
            let hub = resolved.hub.iter();
            hub.map(|hub| Principal::Account(hub.account.clone()))
                .collect()
        }
    };
    let mut targets = resolved.targets.iter();
    if targets.any(|target| target.external_id.is_some()) {
        conditions.push(("StringEquals", "sts:ExternalId", Own::ExternalId.into()));
    }
    assumed_by(principals, conditions)
}

/// A trust policy of one statement.
pub(super) fn assumed_by(
    principals: Vec<Principal>,
    conditions: Vec<(&'static str, &'static str, Text)>,
) -> TrustPolicy {
    TrustPolicy {
        statements: vec![TrustStatement {
            effect: Effect::Allow,
            principals,
            action: Action::parse("sts:AssumeRole").expect("a constant action"),
            conditions: each_one_value(conditions),
        }],
    }
}

/// Conditions of one value each: operator, key, value.
pub(super) fn each_one_value(conditions: Vec<(&'static str, &'static str, Text)>) -> Conditions {
    let mut all = Conditions::new();
    for (operator, key, value) in conditions {
        let keys = all.entry(operator.to_owned()).or_default();
        keys.entry(key.to_owned()).or_default().insert(value);
    }
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
    /// A principal that is there before the roles.
    Existing(ExistingPrincipal),
}

/// A principal that no rendered file makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingPrincipal {
    /// The whole ARN.
    pub arn: String,
    /// The account that it is in.
    pub account: String,
    /// Whether that account is none of the deployment's: a vendor's, or another one of whoever owns the targets.
    pub is_elsewhere: bool,
}

impl Plan {
    /// Whom the roles let in; nobody where there is no role.
    pub fn trusted(&self) -> Option<Trusted<'_>> {
        let trust = &self.roles.first()?.trust;
        let hub = self.hub.as_ref();
        match trust.statements.first()?.principals.first()? {
            Principal::Account(_) if trust.has_condition_on(Own::TrustedUser) => {
                hub.map(Trusted::Users)
            }
            Principal::Account(_) => hub.map(Trusted::Account),
            _ if trust.names_principal(Own::TrustedUser) => hub.map(Trusted::UsersById),
            other => Some(Trusted::Existing(self.existing(&other.value()))),
        }
    }

    /// The principal that the roles let in, where it is there before them.
    pub fn trusted_existing(&self) -> Option<ExistingPrincipal> {
        match self.trusted()? {
            Trusted::Existing(principal) => Some(principal),
            _ => None,
        }
    }

    fn existing(&self, arn: &Text) -> ExistingPrincipal {
        // The ARN names its account; only the partition is a place.
        let arn = arn.anywhere(self.partition);
        let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
        let hub = self.hub.iter().map(|hub| &hub.account);
        let mut own = hub.chain(self.targets.iter().map(|target| &target.account));
        ExistingPrincipal {
            is_elsewhere: !own.any(|own| own.as_str() == account),
            account,
            arn,
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
