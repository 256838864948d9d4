//! In which accounts a feature is granted.

use std::collections::BTreeSet;

use super::accounts::Accounts;
use super::catalog::Feature;
use crate::load::deployment::DeploymentDoc;
use crate::model::GrantTo;

/// The accounts that a feature is granted in, in this deployment.
pub(super) fn audience(
    feature: &Feature,
    doc: &DeploymentDoc,
    accounts: &Accounts,
) -> BTreeSet<GrantTo> {
    let hub_only = feature.grant_to.len() == 1;
    feature
        .grant_to
        .iter()
        .copied()
        .filter(|grant_to| match grant_to {
            GrantTo::Hub => doc.hub.is_some() && (hub_only || accounts.workload),
            GrantTo::Target => !doc.targets.is_empty(),
        })
        .collect()
}
