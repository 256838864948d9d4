//! What stands beside the planned resources: nobody takes it away, and it grants what it grants.

use crate::load::snapshot::{Attached, InlinePolicy, Snapshot};
use crate::model::{Identity, Partition, PolicyKind};

use super::compare;

/// What a principal of the plan holds besides what is planned.
pub(super) struct Held<'a> {
    /// The kind and the name of the principal.
    pub(super) who: String,
    pub(super) inline: &'a [InlinePolicy],
    pub(super) attached: &'a [Attached],
}

/// A line for each principal that a managed policy of the plan is attached to unasked: it gets what the policy will say.
pub(super) fn attached_elsewhere(
    snapshot: &Snapshot,
    arn: &str,
    holder: (&str, &str),
) -> Vec<String> {
    let users = snapshot
        .users
        .iter()
        .map(|user| ("user", &user.user_name, &user.attached));
    let groups = snapshot
        .groups
        .iter()
        .map(|group| ("group", &group.group_name, &group.attached));
    let roles = snapshot
        .roles
        .iter()
        .map(|role| ("role", &role.role_name, &role.attached));
    let name = arn.rsplit('/').next().unwrap_or_default();
    users
        .chain(groups)
        .chain(roles)
        .filter(|(kind, who, attached)| {
            (*kind, who.as_str()) != holder && attached.iter().any(|one| one.arn == arn)
        })
        .map(|(kind, who, _)| {
            format!("managed policy {name} is attached to the {kind} {who}, which gets what it will grant")
        })
        .collect()
}

/// A line for each policy that is not planned.
pub(super) fn policies(partition: Partition, planned: &Identity, held: &Held<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let who = &held.who;
    for policy in held.inline {
        let name = &policy.name;
        let key = (PolicyKind::Inline, name.clone());
        if planned.policies.contains_key(&key) {
            continue;
        }
        let grants = compare::grants(partition, &policy.document);
        let twin = planned.policies.iter().find(|((kind, _), wanted)| {
            *kind == PolicyKind::Inline && Some(*wanted) == grants.as_ref()
        });
        lines.push(match twin {
            Some(((_, twin), _)) => format!(
                "{who} has the inline policy {name}, which grants the same as {twin}: delete it once that is there"
            ),
            None => format!("{who} has the inline policy {name}"),
        });
    }
    for policy in held.attached {
        let name = policy.arn.rsplit('/').next().unwrap_or_default();
        let ours = planned.policies.keys().any(|(kind, planned)| {
            *kind == PolicyKind::Managed && planned == name && !policy.arn.contains(":iam::aws:")
        });
        if !ours {
            lines.push(format!("{who} has the managed policy {}", policy.arn));
        }
    }
    lines
}
