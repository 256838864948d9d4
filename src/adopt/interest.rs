//! What of an account a plan has to do with.

use std::collections::BTreeSet;

use crate::load::Interest;
use crate::model::{Access, AccountId, Effect, Grant, IdentityKind, matches};

/// What matters of the accounts of a plan: what has a planned name, and every role that trusts whom the plan
/// trusts, a planned role that may assume roles or, in its own account, any planned role.
pub fn interest(planned: &Access) -> Interest {
    let mut interest = Interest::default();
    let mut trusted = BTreeSet::new();
    let last = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
    // A service is of no account.
    let account = |arn: &str| AccountId::parse(arn.split(':').nth(4)?).ok();
    for (arn, identity) in &planned.identities {
        let name = last(arn);
        match identity.kind {
            IdentityKind::User => {
                interest.user(&name);
                trusted.extend(account(arn));
            }
            IdentityKind::Group => interest.group(&name),
            IdentityKind::Role => {
                interest.role(&name);
                let principals = identity.trust.iter().map(|trust| &trust.principal.value);
                trusted.extend(principals.filter_map(|arn| account(arn)));
                if identity.policies.values().flatten().any(assumes) {
                    trusted.extend(account(arn));
                }
            }
        }
    }
    for account in &trusted {
        interest.trusting(account);
    }
    for arn in planned.managed_policies.keys() {
        interest.policy(&last(arn));
    }
    interest
}

/// Whether a grant permits to assume some role.
pub fn assumes(grant: &Grant) -> bool {
    grant.effect == Effect::Allow && matches(&grant.action.to_lowercase(), "sts:assumerole")
}
