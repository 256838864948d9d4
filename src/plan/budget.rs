//! What a plan uses of AWS's quotas, and how many more targets fit.

use super::limits::{
    GROUP_INLINE, GROUPS_PER_ACCOUNT, MANAGED_PER_GROUP, MANAGED_PER_ROLE, MANAGED_POLICY,
    ROLE_INLINE, TAGS, TRUST_POLICY, USER_INLINE,
};
use super::{HubPlan, Plan};
use crate::model::{Site, TrustDetails};
use crate::resolve::HubPermissions;

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
    let site = |target: usize| Site {
        partition: plan.partition,
        account: &plan.targets[target].account,
    };
    largest("inline", ROLE_INLINE, "characters", &|target| {
        let role = &plan.roles[plan.targets[target].role];
        if role.managed {
            return 0;
        }
        let sizes = role
            .permissions
            .iter()
            .map(|policy| policy.document.size(site(target)));
        sizes.sum()
    });
    largest(
        "longest managed policy",
        MANAGED_POLICY,
        "characters",
        &|target| {
            let role = &plan.roles[plan.targets[target].role];
            let sizes = role
                .permissions
                .iter()
                .filter(|_| role.managed)
                .map(|policy| policy.document.size(site(target)));
            sizes.max().unwrap_or_default()
        },
    );
    largest(
        "managed policies",
        MANAGED_PER_ROLE,
        "policies",
        &|target| {
            let role = &plan.roles[plan.targets[target].role];
            role.permissions.iter().filter(|_| role.managed).count()
        },
    );
    largest("trust policy", TRUST_POLICY, "characters", &|target| {
        let user = plan.targets[target].trusted_user.as_ref();
        let user = user.map(|arn| arn.at(site(target)));
        let id = plan.targets[target].external_id.as_ref();
        let details = TrustDetails {
            user: user.as_deref(),
            external_id: id.map(|id| id.as_str()),
        };
        let trust = &plan.roles[plan.targets[target].role].trust;
        trust.size(site(target), details)
    });
    largest("tags", TAGS, "tags", &|target| {
        plan.targets[target].tags.len()
    });
    budget
}

fn add_hub(plan: &Plan, hub: &HubPlan, budget: &mut Vec<Budget>) {
    let site = Site {
        partition: plan.partition,
        account: &hub.account,
    };
    let largest = hub
        .assume_role
        .iter()
        .map(|policy| policy.document.size(site) / policy.targets.len().max(1))
        .max();
    for (number, group) in hub.groups.iter().enumerate() {
        let used = hub
            .assume_role
            .iter()
            .filter(|policy| policy.group == number)
            .map(|policy| policy.document.size(site))
            .sum();
        if largest.is_some() {
            budget.push(Budget {
                key: format!("inline, group {}", group.name),
                what: format!("inline, group {}", group.name),
                used,
                limit: GROUP_INLINE,
                unit: "characters",
                grows: true,
                targets_left: largest
                    .map(|largest| GROUP_INLINE.saturating_sub(used) / largest.max(1)),
            });
        }
    }
    if !hub.users.is_empty() {
        let left: usize = budget.iter().filter_map(|one| one.targets_left).sum();
        let per_group = largest.map(|largest| GROUP_INLINE / largest.max(1));
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
