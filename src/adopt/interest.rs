//! What of an account a plan has to do with.

use crate::load::Interest;
use crate::model::{Access, IdentityKind};

/// What matters of the accounts of a plan: what has a planned name, and every role that trusts whom the plan trusts.
pub fn interest(planned: &Access) -> Interest {
    let mut interest = Interest::default();
    let last = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
    let account = |arn: &str| arn.split(':').nth(4).unwrap_or_default().to_owned();
    for (arn, identity) in &planned.identities {
        let name = last(arn);
        match identity.kind {
            IdentityKind::User => {
                interest.user(&name);
                interest.trusting(&account(arn));
            }
            IdentityKind::Group => interest.group(&name),
            IdentityKind::Role => {
                interest.role(&name);
                for trust in &identity.trust {
                    interest.trusting(&account(&trust.principal.value));
                }
            }
        }
    }
    for arn in planned.managed_policies.keys() {
        interest.policy(&last(arn));
    }
    interest
}
