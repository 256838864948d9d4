//! The policies that hold what products may do: in the hub account, and in the roles.

use std::collections::BTreeSet;

use super::quota::{MANAGED_POLICY, ROLE_INLINE};
use super::{Contents, HubPlan, NamedPolicy, policy, split};
use crate::diag::Diagnostic;
use crate::model::{
    ArnPattern, AwsPolicy, HubPermissions, PolicyDocument, PolicyName, Refusal, Site, shown,
};
use crate::resolve::{
    Denial, GrantResource, Product, Resolved, SelectedGrant, SelectedManaged, Target,
};

/// What the products may do in the hub account.
pub(super) fn in_hub(
    resolved: &Resolved,
    hub: &HubPlan,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<NamedPolicy> {
    let site = Site {
        partition: resolved.partition,
        account: &hub.account,
    };
    let managed = hub.placement == HubPermissions::Managed;
    let room = if managed { MANAGED_POLICY } else { usize::MAX };
    let mut policies = Vec::new();
    // Every user has policies of its own: what they say of its groups and of itself is true of no other.
    for user in 0..hub.users.len().max(1) {
        let groups = match hub.users.get(user) {
            Some(user) => &hub.groups[user.groups.clone()],
            None => &hub.groups[..],
        };
        let arns = |resource: &GrantResource| match resource {
            GrantResource::Arns(arns) => arns.clone(),
            GrantResource::OwnUser => hub
                .users
                .get(user)
                .map(|user| ArnPattern::from(hub.user_arn(user)))
                .into_iter()
                .collect(),
            GrantResource::OwnGroups => groups
                .iter()
                .map(|group| ArnPattern::from(hub.group_arn(group)))
                .collect(),
        };
        let products = by_product(resolved, &resolved.hub_grants).into_iter();
        let products = products.map(|(product, grants)| {
            let parts = policy::statements(product, &grants, arns);
            (Whose::Product(product), parts)
        });
        for (whose, parts) in products.chain(fence(&resolved.hub_denials)) {
            for (part, document) in documents(whose, &parts, room, site) {
                let base = base(whose, &part);
                let name = match managed {
                    true => format!("{}-{base}", groups[0].name),
                    false => base,
                };
                match PolicyName::parse(&name) {
                    Ok(name) => policies.push(NamedPolicy {
                        user,
                        ..named(whose, name, part, document)
                    }),
                    Err(refusal) => refuse_name(resolved, &name, refusal, diagnostics),
                }
            }
        }
    }
    policies
}

fn refuse_name(
    resolved: &Resolved,
    name: &str,
    refusal: Refusal,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(hub) = &resolved.hub else { return };
    diagnostics.push(
        Diagnostic::error(
            "bad-name",
            hub.group_span,
            format!(
                "the policy {} is named after the group and the product: {}",
                shown(name),
                refusal.what
            ),
        )
        .why(refusal.why)
        .help("give the group a shorter name"),
    );
}

/// What the products may do in a target's account, and whether that takes managed policies.
pub(super) fn in_role(resolved: &Resolved, target: &Target) -> (Vec<NamedPolicy>, bool) {
    // Accounts all have 12 digits, so that a document has one size in all of them.
    let site = Site {
        partition: resolved.partition,
        account: &target.account,
    };
    // A feature about the user itself is granted in the hub only. Were it not, nothing is better than everything,
    // and read-back refuses a statement without resources.
    let arns = |resource: &GrantResource| match resource {
        GrantResource::Arns(arns) => arns.clone(),
        GrantResource::OwnUser | GrantResource::OwnGroups => Vec::new(),
    };
    let grants = &resolved.grant_sets[target.grant_set].grants;
    let products = by_product(resolved, grants).into_iter();
    let products = products.map(|(product, grants)| {
        let parts = policy::statements(product, &grants, arns);
        (Whose::Product(product), parts)
    });
    let denials = &resolved.roles[target.role].denials;
    let all: Vec<(Whose<'_>, Vec<policy::Part>)> = products.chain(fence(denials)).collect();
    let inline: usize = all
        .iter()
        .map(|(_, parts)| policy::document(parts).size(site))
        .sum();
    let managed = inline > ROLE_INLINE;
    let room = if managed { MANAGED_POLICY } else { usize::MAX };
    let mut policies = Vec::new();
    for (whose, parts) in all {
        for (part, document) in documents(whose, &parts, room, site) {
            // Names of products and features are letters, digits and hyphens; two of them fit any policy's name.
            if let Ok(name) = PolicyName::parse(&base(whose, &part)) {
                policies.push(named(whose, name, part, document));
            }
        }
    }
    (policies, managed)
}

/// The managed policies of AWS, each once however many features ask for it.
pub(super) fn attached(selected: &[SelectedManaged]) -> Vec<AwsPolicy> {
    let attached = selected.iter().map(|one| one.policy.attached());
    let attached: BTreeSet<AwsPolicy> = attached.collect();
    attached.into_iter().collect()
}

/// The products that have grants here, each with its grants.
fn by_product<'a>(
    resolved: &'a Resolved,
    grants: &'a [SelectedGrant],
) -> Vec<(&'a Product, Vec<&'a SelectedGrant>)> {
    resolved
        .products
        .iter()
        .enumerate()
        .map(|(number, product)| {
            let own = grants.iter().filter(|grant| grant.origin.product == number);
            (product, own.collect::<Vec<_>>())
        })
        .filter(|(_, grants)| !grants.is_empty())
        .collect()
}

/// Whose permissions a policy holds.
#[derive(Clone, Copy)]
enum Whose<'a> {
    Product(&'a Product),
    /// What is denied.
    Fence,
}

/// What is denied, if anything is.
fn fence(denials: &[Denial]) -> Option<(Whose<'static>, Vec<policy::Part>)> {
    (!denials.is_empty()).then(|| (Whose::Fence, policy::denials(denials)))
}

/// One document, or several with what tells them apart where one has no room for all.
fn documents(
    whose: Whose<'_>,
    parts: &[policy::Part],
    room: usize,
    site: Site<'_>,
) -> Vec<(String, PolicyDocument)> {
    let whole = policy::document(parts);
    if whole.size(site) <= room {
        return vec![(String::new(), whole)];
    }
    split::split(parts, room, site)
        .into_iter()
        .map(|piece| {
            let feature = match whose {
                Whose::Product(product) => product
                    .catalog
                    .features
                    .get_index(piece.feature)
                    .map_or("", |(name, _)| name),
                Whose::Fence => "",
            };
            let part = match (feature, piece.number) {
                (feature, 1) => feature.to_owned(),
                ("", number) => number.to_string(),
                (feature, number) => format!("{feature}-{number}"),
            };
            (part, piece.document)
        })
        .collect()
}

fn base(whose: Whose<'_>, part: &str) -> String {
    let contents = contents(whose);
    match part {
        "" => contents.name().to_owned(),
        part => format!("{}-{part}", contents.name()),
    }
}

fn contents(whose: Whose<'_>) -> Contents {
    match whose {
        Whose::Product(product) => Contents::Product {
            id: product.catalog.id.product.clone(),
            title: product.catalog.title.clone(),
        },
        Whose::Fence => Contents::Fence,
    }
}

fn named(
    whose: Whose<'_>,
    name: PolicyName,
    part: String,
    document: PolicyDocument,
) -> NamedPolicy {
    NamedPolicy {
        name,
        user: 0,
        part,
        contents: contents(whose),
        document,
        inherent: Vec::new(),
    }
}
