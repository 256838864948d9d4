//! What a role takes of the room that a group has for inline policies.

use super::policy;
use super::{AssumeRolePolicy, TargetPlan, quota};
use crate::model::{AssumeRoleGranularity, Site};

/// How room in a group is counted: a policy for each role, or one list of all with a frame around it.
#[derive(Debug)]
pub(super) struct Room<'a> {
    granularity: AssumeRoleGranularity,
    /// The roles' ARNs name their accounts themselves, so that a document says the same wherever it is.
    site: Site<'a>,
    /// The size of a document that lists no role.
    empty: usize,
}

impl<'a> Room<'a> {
    pub(super) fn new(granularity: AssumeRoleGranularity, site: Site<'a>) -> Self {
        Self {
            granularity,
            site,
            empty: policy::assume_role(std::iter::empty()).size(site),
        }
    }

    /// What a group has for roles.
    pub(super) fn whole(&self) -> usize {
        match self.granularity {
            AssumeRoleGranularity::PolicyPerRole => quota::GROUP_INLINE,
            AssumeRoleGranularity::RoleList => quota::GROUP_INLINE - self.empty,
        }
    }

    /// The size of a document for one role.
    pub(super) fn alone(&self, target: &TargetPlan) -> usize {
        policy::assume_role(std::iter::once(target.role_arn())).size(self.site)
    }

    /// What a role takes, by the size of a document for it alone.
    pub(super) fn taken_by_role(&self, alone: usize) -> usize {
        match self.granularity {
            AssumeRoleGranularity::PolicyPerRole => alone,
            // In a list, an ARN takes its quotes and a comma.
            AssumeRoleGranularity::RoleList => alone - self.empty + "\"\",".len(),
        }
    }

    /// What the roles of a policy take.
    pub(super) fn taken_by(&self, policy: &AssumeRolePolicy) -> usize {
        match policy.targets.as_slice() {
            [_] => self.taken_by_role(policy.size),
            // The last of a list has no comma.
            _ => policy.size - self.empty + ",".len(),
        }
    }
}
