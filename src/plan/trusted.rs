//! The principal that roles trust, where it is there before them.

use super::Plan;
use crate::model::{ArnPattern, Site};
use crate::resolve::{Resolved, TrustedPrincipal};

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

impl ExistingPrincipal {
    /// The principal that the roles of a deployment trust, if it is there already.
    pub fn of(resolved: &Resolved) -> Option<Self> {
        let Some(TrustedPrincipal::Existing(arn)) = &resolved.trust else {
            return None;
        };
        // The ARN names its account; only the partition is a place.
        let anywhere = resolved.targets.first().map(|target| &target.account)?;
        let arn = arn.text().at(Site {
            partition: resolved.partition,
            account: anywhere,
        });
        let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
        let hub = resolved.hub.iter().map(|hub| &hub.account);
        let mut own = hub.chain(resolved.targets.iter().map(|target| &target.account));
        Some(Self {
            is_elsewhere: !own.any(|own| own.as_str() == account),
            account,
            arn,
        })
    }
}

impl Plan {
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
