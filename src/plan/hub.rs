//! What the hub account gets: users, their groups, and the policies that let them assume the roles.

use std::collections::BTreeMap;
use std::ops::Range;

use super::inherent::Inherent;
use super::shard::{self, Placement};
use super::target::{NamedPolicy, TargetPlan};
use super::{names, permissions, policy, room};
use crate::diag::Diagnostic;
use crate::model::{
    AccountId, ArnPattern, AssumeRoleGranularity, AwsPolicy, GroupName, HubPermissions, IamPath,
    PolicyDocument, PolicyName, Site, Tags, Text, UserName,
};
use crate::resolve::{Product, Resolved};

/// What the hub account gets.
#[derive(Debug, Clone)]
pub struct HubPlan {
    pub account: AccountId,
    /// The users; none where people or roles join the groups themselves. More than one where the groups are more than
    /// one user can be in.
    pub users: Vec<UserPlan>,
    /// The groups; ten for each user.
    pub groups: Vec<GroupPlan>,
    /// What the products may do in the hub account: a policy for each product, or several where one is too long.
    pub permissions: Vec<NamedPolicy>,
    /// The managed policies of AWS's own that each user has by its first group, by name.
    pub attached: Vec<AwsPolicy>,
    /// Where these policies go.
    pub placement: HubPermissions,
    /// The policies that let the user assume the roles.
    pub assume_role: Vec<AssumeRolePolicy>,
    /// Whether each of them names one role.
    pub granularity: AssumeRoleGranularity,
    /// Tags of the user and the managed policies.
    pub tags: Tags,
}

/// An IAM user, in groups of its own.
#[derive(Debug, Clone)]
pub struct UserPlan {
    /// Indices into [`HubPlan::groups`] of the groups that it is in.
    pub groups: Range<usize>,
    pub name: UserName,
    pub path: IamPath,
    /// What caps it.
    pub permissions_boundary: Option<ArnPattern>,
    /// What scanners find in it and nobody can mend.
    pub inherent: Vec<Inherent>,
}

/// An IAM group.
#[derive(Debug, Clone)]
pub struct GroupPlan {
    pub name: GroupName,
    pub path: IamPath,
    /// What scanners find in it and nobody can mend.
    pub inherent: Vec<Inherent>,
}

/// An inline policy of a group that lets its members assume roles.
#[derive(Debug, Clone)]
pub struct AssumeRolePolicy {
    /// The name, unique in its group.
    pub name: PolicyName,
    /// Index into [`HubPlan::groups`].
    pub group: usize,
    /// Indices into [`Plan::targets`](super::Plan::targets); one, or all of the group.
    pub targets: Vec<usize>,
    /// What it says.
    pub document: PolicyDocument,
    /// Its characters, as IAM counts them.
    pub size: usize,
}

impl HubPlan {
    /// The ARN of a user.
    pub fn user_arn(&self, user: &UserPlan) -> Text {
        Text::iam_arn(
            &self.account,
            "user",
            user.path.as_str(),
            user.name.as_str(),
        )
    }

    /// The ARN of a group.
    pub fn group_arn(&self, group: &GroupPlan) -> Text {
        Text::iam_arn(
            &self.account,
            "group",
            group.path.as_str(),
            group.name.as_str(),
        )
    }
}

pub(super) fn hub(
    resolved: &Resolved,
    targets: &[TargetPlan],
    before: &Placement,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<HubPlan> {
    let hub = resolved.hub.as_ref()?;
    let granularity = granularity(resolved);
    let policies_by_group = assume_role(resolved, granularity, targets, before, diagnostics);
    let groups = policies_by_group
        .iter()
        .map(|policy| policy.group + 1)
        .max()
        .unwrap_or(1);
    let mut plan = HubPlan {
        account: hub.account.clone(),
        users: names::users(hub, groups, diagnostics),
        groups: names::groups(hub, groups, diagnostics),
        permissions: Vec::new(),
        attached: permissions::attached(&resolved.hub_managed),
        placement: hub.permissions,
        assume_role: policies_by_group,
        granularity,
        tags: resolved.hub_tags.clone(),
    };
    plan.permissions = permissions::in_hub(resolved, &plan, diagnostics);
    Some(plan)
}

/// Per role as soon as one product needs it: the other products can read that shape too.
fn granularity(resolved: &Resolved) -> AssumeRoleGranularity {
    let of_hub = |product: &&Product| resolved.roles[product.role].is_of_hub();
    let mut products = resolved.products.iter().filter(of_hub);
    let per_role = products.any(|product| {
        product
            .catalog
            .access
            .assume_role
            .as_ref()
            .is_some_and(|assume_role| {
                assume_role.granularity == AssumeRoleGranularity::PolicyPerRole
            })
    });
    if per_role {
        AssumeRoleGranularity::PolicyPerRole
    } else {
        AssumeRoleGranularity::RoleList
    }
}

/// The groups' inline policies that let their members assume the roles, by group.
fn assume_role(
    resolved: &Resolved,
    granularity: AssumeRoleGranularity,
    targets: &[TargetPlan],
    before: &Placement,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<AssumeRolePolicy> {
    let Some(hub) = &resolved.hub else {
        return Vec::new();
    };
    let site = Site {
        partition: resolved.partition,
        account: &hub.account,
    };
    let document = |targets_of: &[usize]| {
        policy::assume_role(targets_of.iter().map(|&target| targets[target].role_arn()))
    };
    let room = room::Room::new(granularity, site);
    let opened = (0..targets.len()).filter(|&target| {
        let role = resolved.targets[target].role;
        resolved.roles[role].is_of_hub()
    });
    let opened: Vec<usize> = opened.collect();
    let sizes: BTreeMap<usize, usize> = opened
        .iter()
        .map(|&target| (target, room.alone(&targets[target])))
        .collect();
    let places = {
        let items: Vec<shard::Item<'_>> = sizes
            .iter()
            .map(|(&target, &size)| shard::Item {
                key: &targets[target].key,
                size: room.taken_by_role(size),
            })
            .collect();
        shard::place(&items, room.whole(), before)
    };
    let mut policies: Vec<AssumeRolePolicy> = Vec::new();
    let mut add =
        |name: String, group: usize, targets_of: Vec<usize>| match PolicyName::parse(&name) {
            Ok(name) => policies.push(AssumeRolePolicy {
                name,
                group,
                document: document(&targets_of),
                size: match targets_of.as_slice() {
                    [one] => sizes[one],
                    many => document(many).size(site),
                },
                targets: targets_of,
            }),
            Err(refusal) => diagnostics.push(
                Diagnostic::error("bad-name", hub.span, refusal.what)
                    .why(refusal.why)
                    .help(refusal.help),
            ),
        };
    match granularity {
        AssumeRoleGranularity::PolicyPerRole => {
            for (target, group) in opened.into_iter().zip(places) {
                let name = format!("assume-role-{}", targets[target].key);
                add(name, group, vec![target]);
            }
        }
        AssumeRoleGranularity::RoleList => {
            let mut lists: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for (target, group) in opened.into_iter().zip(places) {
                lists.entry(group).or_default().push(target);
            }
            for (group, list) in lists {
                add("assume-roles".to_owned(), group, list);
            }
        }
    }
    policies.sort_by_key(|policy| policy.group);
    policies
}
