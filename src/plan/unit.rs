//! What of a plan is applied or deployed on its own, in the order in which that is done.

use std::ops::Range;

use super::limits::GROUPS_PER_USER;
use super::{HubPlan, Plan};

/// A root module or a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// The root module of the hub.
    HubRoot,
    /// The root module of a target: its index in [`Plan::targets`].
    TargetRoot(usize),
    /// A stack of the hub.
    HubStack(HubPart),
    /// The stack of a target: its index in [`Plan::targets`].
    TargetStack(usize),
}

impl Unit {
    /// `Terraform` or `CloudFormation`.
    pub fn format(&self) -> &'static str {
        match self {
            Unit::HubRoot | Unit::TargetRoot(_) => "Terraform",
            Unit::HubStack(_) | Unit::TargetStack(_) => "CloudFormation",
        }
    }

    /// Whether it is the hub's.
    pub fn is_hub(&self) -> bool {
        matches!(self, Unit::HubRoot | Unit::HubStack(_))
    }
}

/// A user of the hub with its groups and their policies, which nothing outside refers to. Each is a stack of its own, so
/// that another user changes no template that is there. Ten full groups hold about 400 policies, well below the 500
/// resources and the megabyte that CloudFormation takes of one template (CloudFormation User Guide, "quotas").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubPart {
    /// Which it is, from 0; the user's index in [`HubPlan::users`], if there are users.
    pub number: usize,
    /// Indices into [`HubPlan::groups`].
    pub groups: Range<usize>,
    /// Indices into [`HubPlan::assume_role`].
    pub policies: Range<usize>,
}

impl HubPlan {
    /// The users with what is theirs; ten groups each where there are no users.
    pub fn parts(&self) -> Vec<HubPart> {
        let mut parts = Vec::new();
        let mut policies = 0;
        for (number, start) in (0..self.groups.len()).step_by(GROUPS_PER_USER).enumerate() {
            let groups = start..self.groups.len().min(start + GROUPS_PER_USER);
            let first = policies;
            policies += self.assume_role[first..]
                .iter()
                .take_while(|policy| policy.group < groups.end)
                .count();
            parts.push(HubPart {
                number,
                groups,
                policies: first..policies,
            });
        }
        parts
    }
}

impl Plan {
    /// Everything that is applied or deployed on its own, in order; of both formats, Terraform first.
    pub fn units(&self) -> Vec<Unit> {
        let mut units = Vec::new();
        let targets = 0..self.targets.len();
        if self.terraform {
            units.extend(self.hub.iter().map(|_| Unit::HubRoot));
            units.extend(targets.clone().map(Unit::TargetRoot));
        }
        if self.cloudformation.is_some() {
            let parts = self.hub.iter().flat_map(HubPlan::parts);
            units.extend(parts.map(Unit::HubStack));
            units.extend(targets.map(Unit::TargetStack));
        }
        units
    }
}
