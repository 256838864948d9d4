//! What a plan uses of AWS's quotas, and how many more targets fit.

use std::cmp::Reverse;

use super::measure::{uses, uses_of_roles};
use super::quota::Quota;
use super::room::Room;
use super::{HubPlan, Plan, TargetPlan, Unit};
use crate::model::IdentityKind;

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
    fn new(quota: Quota, what: String, used: usize) -> Self {
        Self {
            key: what.clone(),
            what,
            used,
            limit: quota.limit(),
            unit: quota.unit(),
            grows: quota.grows(),
            targets_left: None,
        }
    }

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
    add_roles(plan, &mut budget);
    budget
}

fn add_roles(plan: &Plan, budget: &mut Vec<Budget>) {
    let measured: Vec<_> = uses_of_roles(plan).collect();
    for (quota, what) in [
        (Quota::Inline(IdentityKind::Role), "inline"),
        (Quota::ManagedPolicy, "longest managed policy"),
        (Quota::Attached(IdentityKind::Role), "managed policies"),
        (Quota::TrustPolicy, "trust policy"),
        (Quota::Tags, "tags"),
    ] {
        let all = measured.iter().flat_map(|(target, uses)| {
            let of_quota = uses.iter().filter(|one| one.quota == quota && one.used > 0);
            of_quota.map(|one| (one.used, Reverse(*target)))
        });
        let Some((used, Reverse(target))) = all.max() else {
            continue;
        };
        let TargetPlan { account, role, .. } = &plan.targets[target];
        let name = match &plan.roles[*role].name {
            Some(name) if plan.has_several_roles() => format!("role {name}"),
            _ => "role".to_owned(),
        };
        let of = match plan.targets.len() {
            1 => format!("{what}, {name} in {account}"),
            _ => format!("{what}, {name} in {account} (largest)"),
        };
        budget.push(Budget {
            key: format!("{what}, role"),
            ..Budget::new(quota, of, used)
        });
    }
}

fn add_hub(plan: &Plan, hub: &HubPlan, budget: &mut Vec<Budget>) {
    let room = Room::new(hub.granularity, plan.site(&hub.account));
    // What the roles take of the room for them, which is not what IAM counts.
    let mut taken = vec![0; hub.groups.len()];
    for policy in &hub.assume_role {
        taken[policy.group] += room.taken_by(policy);
    }
    let widest = plan
        .targets
        .iter()
        .max_by_key(|target| target.role_path.as_str().len() + target.role_name.as_str().len());
    let largest = widest
        .filter(|_| !hub.assume_role.is_empty())
        .map(|target| room.taken_by_role(room.alone(target)));
    let uses_of_all = uses(plan.hub_resources());
    let groups = uses_of_all
        .iter()
        .filter(|one| one.quota == Quota::Inline(IdentityKind::Group));
    for (group, taken) in groups.zip(taken) {
        if let Some(largest) = largest {
            let what = format!("inline, group {}", group.name);
            budget.push(Budget {
                targets_left: Some(room.whole().saturating_sub(taken) / largest),
                ..Budget::new(group.quota, what, group.used)
            });
        }
    }
    if !hub.users.is_empty() {
        let left: usize = budget.iter().filter_map(|one| one.targets_left).sum();
        let per_group = largest.map(|largest| room.whole() / largest);
        let more = Quota::Groups.limit().saturating_sub(hub.groups.len());
        let what = format!("groups of account {}", hub.account);
        budget.push(Budget {
            key: "groups of the hub".to_owned(),
            targets_left: per_group.map(|per_group| left + more * per_group),
            ..Budget::new(Quota::Groups, what, hub.groups.len())
        });
    }
    // Further users have the same but for names.
    for first in hub.parts().into_iter().take(1) {
        for one in uses(plan.resources(&Unit::HubStack(first))) {
            let (name, quota, used) = (one.name, one.quota, one.used);
            budget.extend(match quota {
                Quota::Inline(IdentityKind::User) => {
                    Some(Budget::new(quota, "inline, the user".to_owned(), used))
                }
                Quota::ManagedPolicy => {
                    Some(Budget::new(quota, format!("managed policy {name}"), used))
                }
                Quota::Attached(_) => Some(Budget {
                    key: "managed policies, the hub's group".to_owned(),
                    ..Budget::new(quota, format!("managed policies, group {name}"), used)
                }),
                _ => None,
            });
        }
    }
}
