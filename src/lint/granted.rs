//! What a deployment grants, each entry once, for rules to walk over.

use std::collections::BTreeSet;

use super::{Context, Finding};
use crate::resolve::{GrantTo, Product, SelectedGrant};

/// A catalog entry that is granted somewhere.
#[derive(Debug, Clone, Copy)]
pub struct Granted<'a> {
    /// What is granted.
    pub grant: &'a SelectedGrant,
    /// The product that asks for it.
    pub product: &'a Product,
    /// Whether it is granted in the hub account or in targets.
    pub place: GrantTo,
}

impl<'a> Context<'a> {
    /// Every catalog entry that is granted, in the order of catalogs, once for each way in which it is granted.
    pub fn granted(&self) -> impl Iterator<Item = Granted<'a>> {
        let resolved = self.resolved;
        let hub = resolved
            .hub_grants
            .iter()
            .map(|grant| (grant, GrantTo::Hub));
        let targets = resolved
            .grant_sets
            .iter()
            .flatten()
            .map(|grant| (grant, GrantTo::Target));
        let mut seen = BTreeSet::new();
        hub.chain(targets)
            .filter(move |(grant, _)| {
                let way = format!("{:?}{:?}", grant.resource, grant.conditions);
                seen.insert((grant.span, grant.action.clone(), way))
            })
            .map(move |(grant, place)| Granted {
                grant,
                product: &resolved.products[grant.origin.product],
                place,
            })
    }
}

impl Granted<'_> {
    /// A finding about this entry.
    pub fn finding(
        &self,
        message: impl Into<String>,
        why: impl Into<String>,
        help: impl Into<String>,
    ) -> Finding {
        Finding {
            span: self.grant.span,
            asked: Some(self.product.span),
            subject: self.grant.action.to_string(),
            message: message.into(),
            why: why.into(),
            help: help.into(),
        }
    }
}
