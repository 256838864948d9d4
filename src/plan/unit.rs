//! What of a plan is applied or deployed on its own, in the order in which that is done.

use std::ops::Range;

use super::quota::GROUPS_PER_USER;
use super::{HubPlan, Plan};
use crate::model::{CloudFormationShape, StackSetPermissions, TerraformShape};

/// A root module or a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// The stack with the role that CloudFormation works as in the stack sets' account.
    AdministrationRole,
    /// The stack with the role that it works as in an account: the first index of the account in [`Plan::targets`].
    ExecutionRole(usize),
    /// The root module of the hub.
    HubRoot,
    /// The root module of an account, with all of its roles: the first one's index in [`Plan::targets`].
    TargetRoot(usize),
    /// The root module of the hub and all targets.
    OneRoot,
    /// The root module with the stack sets.
    StackSetRoot,
    HubStack(HubPart),
    /// The stack of a target: its index in [`Plan::targets`].
    TargetStack(usize),
    StackSetStack,
}

impl Unit {
    /// `Terraform` or `CloudFormation`.
    pub fn format(&self) -> &'static str {
        match self {
            Unit::HubRoot | Unit::TargetRoot(_) | Unit::OneRoot | Unit::StackSetRoot => "Terraform",
            Unit::HubStack(_)
            | Unit::TargetStack(_)
            | Unit::StackSetStack
            | Unit::AdministrationRole
            | Unit::ExecutionRole(_) => "CloudFormation",
        }
    }

    /// Whether it makes a role that CloudFormation itself works as, whichever format then uses it.
    pub fn is_of_cloudformation_itself(&self) -> bool {
        matches!(self, Unit::AdministrationRole | Unit::ExecutionRole(_))
    }

    /// Whether it is of one account of many.
    pub fn is_of_target(&self) -> bool {
        matches!(
            self,
            Unit::TargetRoot(_) | Unit::TargetStack(_) | Unit::ExecutionRole(_)
        )
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
    /// Everything that is applied or deployed on its own, in order: what others need first; of both formats, Terraform
    /// first.
    pub fn units(&self) -> Vec<Unit> {
        let mut units = Vec::new();
        let targets = 0..self.targets.len();
        let firsts = || targets.clone().filter(|&target| self.is_first(target));
        let aside = || {
            let sets = self.stack_sets.iter();
            sets.flat_map(|sets| sets.aside.iter().copied())
        };
        if let Some(sets) = &self.stack_sets
            && let StackSetPermissions::SelfManaged { .. } = sets.permissions
        {
            units.push(Unit::AdministrationRole);
            units.extend(firsts().map(Unit::ExecutionRole));
        }
        if self.terraform {
            if !self.terraform_shape.is_one_root() {
                units.extend(self.hub.iter().map(|_| Unit::HubRoot));
            }
            match self.terraform_shape {
                TerraformShape::Roots => units.extend(firsts().map(Unit::TargetRoot)),
                TerraformShape::SingleRoot | TerraformShape::Tofu => units.push(Unit::OneRoot),
                TerraformShape::Stackset => {
                    units.extend(self.has_sets().then_some(Unit::StackSetRoot));
                    let aside = aside().filter(|&target| self.is_first(target));
                    units.extend(aside.map(Unit::TargetRoot));
                }
            }
        }
        if self.cloudformation.is_some() {
            let parts = self.hub.iter().flat_map(HubPlan::parts);
            units.extend(parts.map(Unit::HubStack));
            match self.cloudformation_shape {
                CloudFormationShape::Stacks => units.extend(targets.map(Unit::TargetStack)),
                CloudFormationShape::Stackset => {
                    units.extend(self.has_sets().then_some(Unit::StackSetStack));
                    units.extend(aside().map(Unit::TargetStack));
                }
            }
        }
        units
    }

    /// Whether a target, by its index, is the first of its account.
    pub fn is_first(&self, target: usize) -> bool {
        target == 0 || self.targets[target - 1].account != self.targets[target].account
    }

    /// The indices of all targets in the account of one.
    pub fn in_account_of(&self, target: usize) -> Range<usize> {
        let account = &self.targets[target].account;
        let start = self
            .targets
            .partition_point(|other| other.account < *account);
        let end = self
            .targets
            .partition_point(|other| other.account <= *account);
        start..end
    }

    /// How many accounts have roles.
    pub fn target_accounts(&self) -> usize {
        let targets = 0..self.targets.len();
        targets.filter(|&target| self.is_first(target)).count()
    }

    /// Whether a stack set has anything to make.
    fn has_sets(&self) -> bool {
        let sets = self.stack_sets.as_ref();
        sets.is_some_and(|sets| !sets.sets.is_empty())
    }
}
