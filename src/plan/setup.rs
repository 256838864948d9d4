//! What is granted for the setup of a product only, and can be taken away afterwards.

use std::collections::BTreeSet;

use crate::resolve::{Product, Resolved, SelectedGrant};

/// What a product is granted for its setup only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The product, as `product@version`.
    pub product: String,
    /// The role that the product is of, if the deployment names several.
    pub role: Option<String>,
    /// The actions that are granted no longer, or on less, once it is set up.
    pub actions: BTreeSet<String>,
}

/// The products that are granted anything for their setup only.
pub(super) fn setups(resolved: &Resolved) -> Vec<Setup> {
    let used: BTreeSet<usize> = resolved.targets.iter().map(|one| one.grant_set).collect();
    let sets = used.iter().map(|set| &resolved.grant_sets[*set].grants);
    let sets: Vec<&Vec<SelectedGrant>> = sets.chain([&resolved.hub_grants]).collect();
    let of = |(number, product): (usize, &Product)| {
        let ends = sets.iter().flat_map(|grants| {
            let own = grants.iter().filter(|grant| grant.origin.product == number);
            own.filter(|grant| grant.setup && !stays(grant, grants))
        });
        Setup {
            product: product.catalog.id.to_string(),
            role: resolved.roles[product.role].name.clone(),
            actions: ends.map(|grant| grant.action.to_string()).collect(),
        }
    };
    let all = resolved.products.iter().enumerate().map(of);
    all.filter(|setup| !setup.actions.is_empty()).collect()
}

/// Whether something that is not for the setup grants the same.
fn stays(grant: &SelectedGrant, grants: &[SelectedGrant]) -> bool {
    grants.iter().any(|other| {
        !other.setup
            && other.action.covers(&grant.action)
            && other.resource == grant.resource
            && other.conditions == grant.conditions
    })
}
