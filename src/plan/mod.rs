//! Plan: every IAM resource, policy document, name, file and order, decided before a byte is rendered.
//!
//! 1. `policy` groups grants into statements; `permissions` makes them policies.
//! 2. `names` makes names and identifiers.
//! 3. `shard` spreads the targets over groups.
//! 4. `fence` refuses denials that lock the hub out; `split` parts what does not fit one policy; `limits` and `budget` hold what `measure` finds against `quota`.
//! 5. `parameters` decides what of the target template is a parameter.
//! 6. `template` refuses rendered templates that are too long.
//! 7. `inherent` notes what security scanners will find and nobody can mend.
//! 8. `rename` finds principals that have another name than in the last render.
//! 9. `resource` lists what is made, for everybody who goes through it.
//! 10. `access` states what the plan grants, in the form that read-back must arrive at.

mod access;
mod budget;
mod fence;
mod hub;
mod inherent;
mod joining;
mod limits;
mod measure;
mod names;
mod parameters;
mod permissions;
mod policy;
mod quota;
mod rename;
mod resource;
mod room;
mod service_role;
mod setup;
mod shard;
mod shared;
mod split;
mod stack_set;
mod target;
mod template;
mod trust;
mod unit;

use std::collections::BTreeMap;

pub use access::{Granted, access};
pub use budget::{Budget, budget};
pub use hub::{AssumeRolePolicy, GroupPlan, HubPlan, UserPlan};
pub use inherent::{Inherent, InherentFinding};
pub use names::pascal;
pub(crate) use parameters::{EXTERNAL_ID, TRUSTED_USER};
pub use parameters::{TemplateParameter, TemplateTag, TemplateTagValue};
pub(crate) use quota::ROLE_INLINE;
pub use rename::{Renamed, RenamedKind, renamed};
pub use resource::{Group, Holder, Policy, Resource, ResourceKind, Role, Source, User};
pub use service_role::ServiceRole;
pub use setup::Setup;
pub use shard::Placement;
pub use shared::refuse_shared;
pub use stack_set::{StackInstances, StackSetPlan, StackSets};
pub use target::{Contents, NamedPolicy, RolePlan, TargetPlan};
pub use template::{TEMPLATE_BYTES, TEMPLATE_BYTES_FROM_S3, Template, refuse_long};
pub use trust::{OutsideIdentity, Trusted};
pub use unit::{HubPart, Unit};

use crate::diag::{self, Diagnostic};
use crate::model::{
    AccountId, CloudFormationShape, IamPath, Partition, RoleName, TemplateFormat, TerraformShape,
    Text,
};
use crate::resolve::Resolved;

/// Everything that will be rendered.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The deployment's short name.
    pub name: String,
    /// The partition of every account.
    pub partition: Partition,
    /// The products, as `product@version`.
    pub products: Vec<String>,
    /// What is granted for the setup of products only.
    pub setups: Vec<Setup>,
    /// Whether Terraform is written.
    pub terraform: bool,
    /// How Terraform is laid out.
    pub terraform_shape: TerraformShape,
    /// The role of a target by which Terraform enters it from one root module: its path and name.
    pub entered_by: (IamPath, RoleName),
    /// The account whose credentials apply that root module; absent in other shapes.
    pub entered_from: Option<AccountId>,
    /// Whether CloudFormation is written, and in which syntax.
    pub cloudformation: Option<TemplateFormat>,
    /// How CloudFormation is laid out.
    pub cloudformation_shape: CloudFormationShape,
    /// The stack sets that bring the roles into their accounts, if any shape has them.
    pub stack_sets: Option<StackSets>,
    /// What the hub account gets.
    pub hub: Option<HubPlan>,
    /// The roles; targets whose roles carry the same permissions share one.
    pub roles: Vec<RolePlan>,
    /// The targets, by account id.
    pub targets: Vec<TargetPlan>,
}

impl Plan {
    /// The ARN of the role by which Terraform enters a target from one root module.
    pub fn entry_role_arn(&self, target: &TargetPlan) -> Text {
        let (path, name) = &self.entered_by;
        Text::iam_arn(&target.account, "role", path.as_str(), name.as_str())
    }

    /// The accounts that anything is planned for: the hub, the targets, and that of the stack sets if CloudFormation gets a
    /// role there.
    pub fn accounts(&self) -> Vec<&AccountId> {
        let hub = self.hub.iter().map(|hub| &hub.account);
        let targets = self.targets.iter().map(|target| &target.account);
        let mut accounts: Vec<&AccountId> = hub.chain(targets).collect();
        if let Some(sets) = &self.stack_sets
            && sets.administration_role.is_some()
            && !accounts.contains(&&sets.account)
        {
            accounts.push(&sets.account);
        }
        accounts
    }

    /// Whether a target, by its index, is beside the stack sets that reach the others, and has a unit of its own.
    pub fn is_beside_stack_sets(&self, target: usize) -> bool {
        let sets = self.stack_sets.as_ref();
        sets.is_some_and(|sets| sets.aside.contains(&target))
    }

    /// Whether CloudFormation makes the role of a target, by its index, in a stack of its own.
    pub fn has_own_stack(&self, target: usize) -> bool {
        self.cloudformation.is_some()
            && (self.cloudformation_shape == CloudFormationShape::Stacks
                || self.is_beside_stack_sets(target))
    }
}

/// Plans one deployment. Targets keep the groups of the last render. Gives nothing where any fault is an error.
pub fn plan(resolved: &Resolved, before: &Placement) -> (Option<Plan>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let plan = build(resolved, before, &mut diagnostics);
    if let Some(plan) = &plan {
        limits::check(resolved, plan, &mut diagnostics);
    }
    diag::sort(&mut diagnostics);
    let plan = plan.filter(|_| !diag::has_errors(&diagnostics));
    (plan, diagnostics)
}

fn build(
    resolved: &Resolved,
    before: &Placement,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Plan> {
    parameters::refuse_mixed_external_ids(resolved, diagnostics);
    let mut roles = Vec::new();
    let mut role_of_set = BTreeMap::new();
    for target in &resolved.targets {
        role_of_set.entry(target.grant_set).or_insert_with(|| {
            roles.push(target::role_plan(resolved, target));
            roles.len() - 1
        });
    }
    let mut targets: Vec<TargetPlan> = resolved
        .targets
        .iter()
        .map(|target| {
            let role = role_of_set[&target.grant_set];
            target::target_plan(target, role, &roles[role])
        })
        .collect();
    let hub = hub::hub(resolved, &targets, before, diagnostics);
    if let Some(hub) = &hub {
        fence::refuse_locked(resolved, hub, resolved.partition, diagnostics);
        trust::name_own_users(hub, &roles, &mut targets);
    }
    for (number, role) in roles.iter_mut().enumerate() {
        parameters::decide(resolved, role, number, &mut targets, diagnostics);
    }
    let first_user = hub.as_ref().and_then(|hub| {
        let user = hub.users.first()?;
        Some(hub.user_arn(user))
    });
    let stack_sets = stack_set::plan(resolved, &roles, &targets, first_user.as_ref(), diagnostics);
    let mut plan = Plan {
        name: resolved.name.clone(),
        partition: resolved.partition,
        products: target::products(resolved, |_| true),
        setups: setup::setups(resolved),
        terraform: resolved.terraform,
        terraform_shape: resolved.layout.terraform,
        entered_by: resolved.layout.entered_by.clone(),
        entered_from: resolved.layout.entered_from.clone(),
        cloudformation: resolved.cloudformation,
        cloudformation_shape: resolved.layout.cloudformation,
        stack_sets,
        hub,
        roles,
        targets,
    };
    inherent::note(resolved, &mut plan);
    Some(plan)
}
