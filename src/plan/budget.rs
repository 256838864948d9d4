//! What a plan uses of AWS's quotas, and how many more targets fit.

use super::limits::{
    GROUP_INLINE, GROUPS_PER_ACCOUNT, MANAGED_PER_GROUP, MANAGED_PER_ROLE, MANAGED_POLICY,
    ROLE_INLINE, TAGS, TRUST_POLICY, TrustSizes, USER_INLINE,
};
use super::room::Room;
use super::{HubPlan, Plan, RolePlan};
use crate::model::HubPermissions;

/// One quota, and what the plan uses of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// What is limited, whichever account or role is the fullest today: `inline, role`.
    pub key: String,
    /// What is limited, for a person: `inline, group micetro-access`.
    pub what: String,
    /// What is used, in `unit`.
    pub used: usize,
    /// What AWS allows, in `unit`; where AWS raises it on request, what it allows unasked.
    pub limit: usize,
    /// `characters`, or what is counted.
    pub unit: &'static str,
    /// Whether Landgrant makes room when it is full: another group, another policy.
    pub grows: bool,
    /// How many more targets fit, if targets use it: such as the widest that there is.
    pub targets_left: Option<usize>,
}

impl Budget {
    /// How much of the quota is used, in percent, rounded down.
    pub fn percent(&self) -> usize {
        self.used * 100 / self.limit.max(1)
    }
}

/// Every quota that the plan comes near to, the hub's first. Of several groups, policies or roles of one kind each is
/// listed; roles of many targets are measured together, by the largest.
pub fn budget(plan: &Plan) -> Vec<Budget> {
    let mut budget = Vec::new();
    if let Some(hub) = &plan.hub {
        add_hub(plan, hub, &mut budget);
    }
    let mut largest = |what: &str, limit: usize, unit, used: &dyn Fn(usize) -> usize| {
        let most = (0..plan.targets.len())
            .map(|target| (used(target), target))
            .max_by_key(|(used, target)| (*used, usize::MAX - target));
        if let Some((used, target)) = most.filter(|(used, _)| *used > 0) {
            let of = match plan.targets.len() {
                1 => format!("role in {}", plan.targets[target].account),
                _ => format!("role in {} (largest)", plan.targets[target].account),
            };
            budget.push(Budget {
                key: format!("{what}, role"),
                what: format!("{what}, {of}"),
                used,
                limit,
                unit,
                grows: ["inline", "longest managed policy"].contains(&what),
                targets_left: None,
            });
        }
    };
    let sizes = role_sizes(plan);
    let trust = TrustSizes::default();
    let role_of = |target: usize| plan.targets[target].role;
    largest(
        "inline",
        ROLE_INLINE,
        "characters",
        &|target| match plan.roles[role_of(target)].managed {
            true => 0,
            false => sizes[role_of(target)].iter().sum(),
        },
    );
    largest(
        "longest managed policy",
        MANAGED_POLICY,
        "characters",
        &|target| match plan.roles[role_of(target)].managed {
            true => sizes[role_of(target)].iter().copied().max().unwrap_or(0),
            false => 0,
        },
    );
    largest(
        "managed policies",
        MANAGED_PER_ROLE,
        "policies",
        &|target| match plan.roles[role_of(target)].managed {
            true => sizes[role_of(target)].len(),
            false => 0,
        },
    );
    largest("trust policy", TRUST_POLICY, "characters", &|target| {
        trust.of(plan, target)
    });
    largest("tags", TAGS, "tags", &|target| {
        plan.targets[target].tags.len()
    });
    budget
}

/// The sizes of each role's policies, in characters. They are those of every account: an account id has twelve digits.
fn role_sizes(plan: &Plan) -> Vec<Vec<usize>> {
    let of = |(number, role): (usize, &RolePlan)| {
        let target = plan.targets.iter().find(|target| target.role == number);
        let Some(target) = target else {
            return Vec::new();
        };
        let site = plan.site(&target.account);
        let policies = role.permissions.iter();
        policies.map(|policy| policy.document.size(site)).collect()
    };
    plan.roles.iter().enumerate().map(of).collect()
}

fn add_hub(plan: &Plan, hub: &HubPlan, budget: &mut Vec<Budget>) {
    let site = plan.site(&hub.account);
    let room = Room::new(hub.granularity, site);
    // What IAM counts, and what the roles take of the room for them.
    let mut by_group = vec![(0, 0); hub.groups.len()];
    for policy in &hub.assume_role {
        let (used, taken) = &mut by_group[policy.group];
        *used += policy.size;
        *taken += room.of(policy);
    }
    let widest = plan
        .targets
        .iter()
        .max_by_key(|target| target.role_path.as_str().len() + target.role_name.as_str().len());
    let largest = widest
        .filter(|_| !hub.assume_role.is_empty())
        .map(|target| room.of_one(room.alone(target)));
    for (group, (used, taken)) in hub.groups.iter().zip(by_group) {
        if let Some(largest) = largest {
            budget.push(Budget {
                key: format!("inline, group {}", group.name),
                what: format!("inline, group {}", group.name),
                used,
                limit: GROUP_INLINE,
                unit: "characters",
                grows: true,
                targets_left: Some(room.whole().saturating_sub(taken) / largest),
            });
        }
    }
    if !hub.users.is_empty() {
        let left: usize = budget.iter().filter_map(|one| one.targets_left).sum();
        let per_group = largest.map(|largest| room.whole() / largest);
        let more = GROUPS_PER_ACCOUNT.saturating_sub(hub.groups.len());
        budget.push(Budget {
            key: "groups of the hub".to_owned(),
            what: format!("groups of account {}", hub.account),
            used: hub.groups.len(),
            limit: GROUPS_PER_ACCOUNT,
            unit: "groups",
            grows: false,
            targets_left: per_group.map(|per_group| left + more * per_group),
        });
    }
    // Further users have the same but for names.
    let first_user = hub.permissions.iter().filter(|policy| policy.user == 0);
    let sizes = first_user
        .clone()
        .map(|policy| (policy.name.to_string(), policy.document.size(site)));
    match hub.placement {
        HubPermissions::Managed => {
            budget.extend(sizes.map(|(name, used)| Budget {
                key: format!("managed policy {name}"),
                what: format!("managed policy {name}"),
                used,
                limit: MANAGED_POLICY,
                unit: "characters",
                grows: true,
                targets_left: None,
            }));
            if !hub.permissions.is_empty() {
                budget.push(Budget {
                    key: "managed policies, the hub's group".to_owned(),
                    what: format!("managed policies, group {}", hub.groups[0].name),
                    used: first_user.count(),
                    limit: MANAGED_PER_GROUP,
                    unit: "policies",
                    grows: false,
                    targets_left: None,
                });
            }
        }
        HubPermissions::UserInline => {
            let used: usize = sizes.map(|(_, size)| size).sum();
            if used > 0 {
                budget.push(Budget {
                    key: "inline, the user".to_owned(),
                    what: "inline, the user".to_owned(),
                    used,
                    limit: USER_INLINE,
                    unit: "characters",
                    grows: false,
                    targets_left: None,
                });
            }
        }
    }
}
