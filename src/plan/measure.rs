//! What the planned resources use of the quotas.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::quota::Quota;
use super::{Plan, Resource, ResourceKind};
use crate::model::{IdentityKind, Own};

/// What one principal or policy uses of a quota.
#[derive(Debug)]
pub(super) struct Use<'a> {
    /// What is limited.
    pub(super) quota: Quota,
    /// The name of the principal or policy.
    pub(super) name: Cow<'a, str>,
    /// How much it uses.
    pub(super) used: usize,
}

/// What the resources of one account use, by quota.
pub(super) fn uses(resources: Vec<Resource<'_>>) -> Vec<Use<'_>> {
    let mut uses = Vec::new();
    for Resource { site, kind, .. } in resources {
        let (quota, name, used) = match kind {
            // A group without policies has room for some.
            ResourceKind::Group(group) => (
                Quota::Inline(IdentityKind::Group),
                group.holder().name.into(),
                0,
            ),
            ResourceKind::Role(role) => {
                let tags = role.tags.map_or(0, |tags| tags.len());
                add(&mut uses, Quota::Tags, role.name.into(), tags);
                (Quota::TrustPolicy, role.name.into(), role.trust.size(site))
            }
            ResourceKind::InlinePolicy(holder, policy) => (
                Quota::Inline(holder.kind),
                holder.name.into(),
                policy.size(site),
            ),
            ResourceKind::ManagedPolicy(policy) => {
                let size = policy.size(site);
                (Quota::ManagedPolicy, policy.name, size)
            }
            ResourceKind::Attachment(holder, _) | ResourceKind::AwsAttachment(holder, _) => {
                (Quota::Attached(holder.kind), holder.name.into(), 1)
            }
            ResourceKind::User(_)
            | ResourceKind::Membership(_)
            | ResourceKind::InstanceProfile(_)
            | ResourceKind::OidcProvider(_) => continue,
        };
        add(&mut uses, quota, name, used);
    }
    uses.sort_by_key(|one| one.quota);
    uses
}

fn add<'a>(uses: &mut Vec<Use<'a>>, quota: Quota, name: Cow<'a, str>, used: usize) {
    // What is added to something stands near it.
    let mut known = uses.iter_mut().rev();
    match known.find(|one| one.quota == quota && one.name == name) {
        Some(known) => known.used += used,
        None => uses.push(Use { quota, name, used }),
    }
}

/// What the roles of the targets use. Of those that use as much, the first stands for all, by its index.
pub(super) fn uses_of_roles(plan: &Plan) -> impl Iterator<Item = (usize, Vec<Use<'_>>)> {
    let mut known = BTreeSet::new();
    let first = (0..plan.targets.len()).filter(move |&target| known.insert(lengths(plan, target)));
    first.map(|target| (target, uses(plan.target_resources(target))))
}

/// All that sizes depend on. An account id has twelve digits, so that what names it is as long in every target.
fn lengths(plan: &Plan, target: usize) -> [usize; 5] {
    let target = &plan.targets[target];
    let site = plan.site(&target.account);
    let own = |own| target.own(own).map_or(0, |text| text.at(site).len());
    [
        target.role,
        target.role_name.as_str().len(),
        own(Own::TrustedUser),
        own(Own::ExternalId),
        target.tags.len(),
    ]
}
