//! What accounts get that join an organizational unit: a stack set can bring its resources into accounts that nobody lists.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Changed, Fact, Kind, Reach};
use crate::model::{Access, Identity};

/// What is granted in the accounts that are listed, and in those that join through each stack set.
pub(super) fn all(access: &Access) -> impl Iterator<Item = &Access> {
    let joining = access.auto_deployed.values();
    std::iter::once(access).chain(joining.map(|joining| &joining.access))
}

/// All principals, those of accounts that join among them.
pub(super) fn identities(access: &Access) -> impl Iterator<Item = (&String, &Arc<Identity>)> {
    all(access).flat_map(|access| &access.identities)
}

/// The stack sets that watch other units than before.
pub(super) fn compare(old: &Access, new: &Access) -> Vec<Changed> {
    let names: BTreeSet<&String> = old
        .auto_deployed
        .keys()
        .chain(new.auto_deployed.keys())
        .collect();
    let mut changed = Vec::new();
    for name in names {
        let units = |access: &Access| {
            let joining = access.auto_deployed.get(name);
            joining.map_or_else(BTreeSet::new, |joining| joining.units.clone())
        };
        let (before, after) = (units(old), units(new));
        let mut facts = Vec::new();
        for (kind, reach, units, verb) in [
            (
                Kind::Added,
                Reach::More,
                after.difference(&before),
                "is deployed to",
            ),
            (
                Kind::Removed,
                Reach::Less,
                before.difference(&after),
                "is no longer deployed to",
            ),
        ] {
            facts.extend(units.map(|unit| Fact {
                kind,
                reach,
                text: format!("{verb} every account that joins {unit}"),
                lets_in: reach == Reach::More,
            }));
        }
        if !facts.is_empty() {
            changed.push(Changed {
                kind: Kind::Other,
                what: "stack set".to_owned(),
                name: name.clone(),
                accounts: Vec::new(),
                formats: Vec::new(),
                like: None,
                grants: Vec::new(),
                facts,
            });
        }
    }
    changed
}
