//! What stands beside the planned resources: nobody takes it away, and it grants what it grants.

use crate::load::snapshot::{Attached, InlinePolicy, Snapshot};
use crate::model::{Access, Grants, Identity, IdentityKind, Partition, PolicyKind};
use crate::readback::observed_grants;

/// What a principal of the plan holds besides what is planned.
pub(super) struct Held<'a> {
    /// The kind and the name of the principal.
    pub(super) who: String,
    pub(super) inline: &'a [InlinePolicy],
    pub(super) attached: &'a [Attached],
}

/// A policy that is not planned.
#[derive(Debug)]
pub(crate) struct Beside<'a> {
    /// Where it stands.
    pub(crate) kind: PolicyKind,
    /// Its name; its ARN if it is a managed one.
    pub(crate) name: &'a str,
    /// What it grants; nothing where that is not told. Not understood is told in words.
    pub(crate) grants: Option<Result<Grants, String>>,
    /// The planned policy that grants the same.
    pub(crate) twin: Option<&'a str>,
}

/// The policies of a principal that are not planned.
pub(crate) fn beside<'a>(
    partition: Partition,
    access: &Access,
    planned: &'a Identity,
    inline: &'a [InlinePolicy],
    attached: &'a [Attached],
) -> Vec<Beside<'a>> {
    let mut found = Vec::new();
    for policy in inline {
        let key = (PolicyKind::Inline, policy.name.clone());
        if planned.policies.contains_key(&key) {
            continue;
        }
        let grants = observed_grants(partition, &policy.document);
        let twin = planned.policies.iter().find(|((kind, _), wanted)| {
            *kind == PolicyKind::Inline && Ok(*wanted) == grants.as_ref()
        });
        found.push(Beside {
            kind: PolicyKind::Inline,
            name: &policy.name,
            twin: twin.map(|((_, name), _)| name.as_str()),
            grants: Some(grants),
        });
    }
    for policy in attached {
        let name = policy.arn.rsplit('/').next().unwrap_or_default();
        let key = (PolicyKind::Managed, name.to_owned());
        let of_aws = (PolicyKind::OfAws, policy.arn.clone());
        if planned.policies.contains_key(&of_aws) {
            continue;
        }
        // One of the same name can be AWS's own, or stand in another path once ours is gone.
        let ours = access.managed_policies.contains_key(&policy.arn);
        if !(ours && planned.policies.contains_key(&key)) {
            found.push(Beside {
                kind: PolicyKind::Managed,
                name: &policy.arn,
                grants: None,
                twin: None,
            });
        }
    }
    found
}

/// A line for each principal that a managed policy of the plan is attached to unasked: it gets what the policy will say.
pub(super) fn attached_elsewhere(
    snapshot: &Snapshot,
    arn: &str,
    holder: (IdentityKind, &str),
) -> Vec<String> {
    let name = arn.rsplit('/').next().unwrap_or_default();
    snapshot
        .holders(arn)
        .into_iter()
        .filter(|other| *other != holder)
        .map(|(kind, who)| {
            format!("managed policy {name} is attached to the {kind} {who}, which gets what it will grant")
        })
        .collect()
}

/// A line for each policy that is not planned.
pub(super) fn policies(
    partition: Partition,
    access: &Access,
    planned: &Identity,
    held: &Held<'_>,
) -> Vec<String> {
    let who = &held.who;
    beside(partition, access, planned, held.inline, held.attached)
        .into_iter()
        .map(|policy| match (policy.kind, policy.name, policy.twin) {
            (PolicyKind::Inline, name, Some(twin)) => format!(
                "{who} has the inline policy {name}, which grants the same as {twin}: delete it once that exists"
            ),
            (PolicyKind::Inline, name, None) => format!("{who} has the inline policy {name}"),
            (PolicyKind::Managed | PolicyKind::OfAws, arn, _) => format!("{who} has the managed policy {arn}"),
        })
        .collect()
}
