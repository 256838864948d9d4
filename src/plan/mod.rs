//! Plan: every IAM resource, policy document, name, file and order, decided before a byte is rendered.
//!
//! 1. `policy` groups grants into statements; `permissions` makes them policies.
//! 2. `names` makes names and identifiers.
//! 3. `shard` spreads the targets over groups.
//! 4. `split` parts what does not fit one policy; `limits` and `budget` hold what `measure` finds against `quota`.
//! 5. `parameters` decides what of the target template is a parameter.
//! 6. `template` refuses rendered templates that are too long.
//! 7. `inherent` notes what security scanners will find and nobody can mend.
//! 8. `rename` finds principals that have another name than in the last render.
//! 9. `resource` lists what is made, for everybody who goes through it.
//! 10. `access` states what the plan grants, in the form that read-back must arrive at.

mod access;
mod budget;
mod inherent;
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
mod shard;
mod shared;
mod split;
mod stack_set;
mod template;
mod trust;
mod unit;

use std::collections::BTreeMap;
use std::ops::Range;

pub use access::{Granted, access};
pub use budget::{Budget, budget};
pub use inherent::{Inherent, InherentFinding};
pub use names::pascal;
pub(crate) use parameters::{EXTERNAL_ID, TRUSTED_USER};
pub use parameters::{TemplateParameter, TemplateTag, TemplateTagValue};
pub(crate) use quota::ROLE_INLINE;
pub use rename::{Renamed, RenamedKind, renamed};
pub use resource::{Group, Holder, Policy, Resource, ResourceKind, Role, Source, User};
pub use service_role::ServiceRole;
pub use shard::Placement;
pub use shared::refuse_shared;
pub use stack_set::{StackInstances, StackSetPlan, StackSets};
pub use template::{TEMPLATE_BYTES, TEMPLATE_BYTES_FROM_S3, Template, refuse_long};
pub use trust::{OutsideIdentity, Trusted};
pub use unit::{HubPart, Unit};

use crate::diag::{self, Diagnostic};
use crate::model::{
    AccountId, ArnPattern, AssumeRoleGranularity, CloudFormationShape, ExternalId, GroupName,
    HubPermissions, IamPath, OidcProvider, Own, Partition, PolicyDocument, PolicyName, RoleName,
    SessionDuration, Site, Tags, TemplateFormat, TerraformShape, Text, TrustPolicy, UserName,
};
use crate::resolve::{Product, Resolved, Target, Trusted as Trusts, TrustedPrincipal};

/// Everything that will be rendered.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The deployment's short name.
    pub name: String,
    /// The partition of every account.
    pub partition: Partition,
    /// The products, as `product@version`.
    pub products: Vec<String>,
    /// Whether Terraform is written.
    pub terraform: bool,
    /// How Terraform is laid out.
    pub terraform_shape: TerraformShape,
    /// The role of a target by which Terraform enters it from one root module: its path and name.
    pub entered_by: (IamPath, RoleName),
    /// Whether CloudFormation is written, and in which syntax.
    pub cloudformation: Option<TemplateFormat>,
    /// How CloudFormation is laid out.
    pub cloudformation_shape: CloudFormationShape,
    /// The stack sets that bring the roles into their accounts, if any shape has them.
    pub stack_sets: Option<StackSets>,
    /// Whom the roles let in, in the order of the deployment.
    pub trust: Vec<TrustedPrincipal>,
    /// The OIDC providers that are made in every account that gets a role.
    pub identity_providers: Vec<OidcProvider>,
    /// What the hub account gets.
    pub hub: Option<HubPlan>,
    /// The roles; targets whose roles carry the same permissions share one.
    pub roles: Vec<RolePlan>,
    /// The targets, by account id.
    pub targets: Vec<TargetPlan>,
}

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

/// A policy with a name.
#[derive(Debug, Clone)]
pub struct NamedPolicy {
    /// The name, unique in its principal or account. What comes behind the role's name and a hyphen, if it is a managed
    /// policy of a role: in each account it is named after the role there.
    pub name: PolicyName,
    /// What tells it from the product's other policies; empty if there is only one.
    pub part: String,
    /// Whose it is, in the hub: an index into [`HubPlan::users`]; 0 without users, and in a role.
    pub user: usize,
    /// The product whose permissions it holds.
    pub product: String,
    /// The product's name for people.
    pub title: String,
    /// What it says.
    pub document: PolicyDocument,
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
    /// Indices into [`Plan::targets`]; one, or all of the group.
    pub targets: Vec<usize>,
    /// What it says.
    pub document: PolicyDocument,
    /// Its characters, as IAM counts them.
    pub size: usize,
}

/// A role as it is in every target that uses it; what differs per target is a variable.
#[derive(Debug, Clone)]
pub struct RolePlan {
    /// The variant of the deployment that it is; absent in the role of targets that name none.
    pub variant: Option<String>,
    /// What the role may do: a policy for each product, or several where one is too long.
    pub permissions: Vec<NamedPolicy>,
    /// Whether they are managed policies, because they are too long together to stand in the role.
    pub managed: bool,
    /// Who may assume it.
    pub trust: TrustPolicy,
    /// What differs per target: parameters of the CloudFormation template.
    pub parameters: Vec<TemplateParameter>,
    /// The role's tags in the CloudFormation template.
    pub template_tags: Vec<TemplateTag>,
    /// Whether any target bounds the role.
    pub bounded: bool,
    /// Whether only some of its targets bound it.
    pub sometimes_bounded: bool,
    /// What bounds it in every target, if that is one policy but for the account it is in.
    pub same_boundary: Option<ArnPattern>,
    /// What scanners find in its trust and name, and nobody can mend.
    pub inherent: Vec<Inherent>,
}

impl RolePlan {
    /// Whether instances of EC2 work with it.
    pub fn has_instance_profile(&self) -> bool {
        self.trust.trusts_ec2()
    }
}

/// An account that gets a role.
#[derive(Debug, Clone)]
pub struct TargetPlan {
    pub account: AccountId,
    /// Its name for people.
    pub name: String,
    /// The role's name.
    pub role_name: RoleName,
    /// The role's path.
    pub role_path: IamPath,
    /// The longest session.
    pub max_session: SessionDuration,
    /// What caps the role.
    pub permissions_boundary: Option<ArnPattern>,
    /// The hub's user that may assume the role, if the roles trust a user.
    pub trusted_user: Option<Text>,
    /// The external id that the role asks for.
    pub external_id: Option<ExternalId>,
    /// The role's tags.
    pub tags: Tags,
    /// Index into [`Plan::roles`].
    pub role: usize,
    /// Values for [`RolePlan::parameters`] by name.
    pub parameter_values: BTreeMap<String, String>,
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
}

impl Plan {
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

impl RolePlan {
    /// Whether any statement names the account that the role is in.
    pub fn names_account(&self) -> bool {
        let mut policies = self.permissions.iter();
        access::trust_names_account(&self.trust)
            || policies.any(|policy| access::names_account(&policy.document))
    }
}

impl TargetPlan {
    /// The name that a managed policy of the role has in this account.
    pub fn managed_name(&self, policy: &NamedPolicy) -> String {
        format!("{}-{}", self.role_name, policy.name)
    }

    /// What it has of its own.
    pub fn own(&self, own: Own) -> Option<Text> {
        match own {
            Own::TrustedUser => self.trusted_user.clone(),
            Own::ExternalId => {
                let id = self.external_id.as_ref();
                id.map(|id| Text::literal(id.as_str()))
            }
        }
    }

    /// The ARN of the role.
    pub fn role_arn(&self) -> Text {
        Text::iam_arn(
            &self.account,
            "role",
            self.role_path.as_str(),
            self.role_name.as_str(),
        )
    }
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
    let trust = trust::policy(resolved);
    parameters::refuse_mixed_external_ids(resolved, diagnostics);
    let mut roles = Vec::new();
    let mut role_of_set = BTreeMap::new();
    for target in &resolved.targets {
        role_of_set.entry(target.grant_set).or_insert_with(|| {
            let (permissions, managed) = permissions::in_role(resolved, target);
            roles.push(RolePlan {
                variant: resolved.grant_sets[target.grant_set].variant.clone(),
                managed,
                permissions,
                trust: trust.clone(),
                parameters: Vec::new(),
                template_tags: Vec::new(),
                bounded: false,
                sometimes_bounded: false,
                same_boundary: None,
                inherent: Vec::new(),
            });
            roles.len() - 1
        });
    }
    let mut targets: Vec<TargetPlan> = resolved
        .targets
        .iter()
        .map(|target| target_plan(target, role_of_set[&target.grant_set]))
        .collect();
    let hub = hub(resolved, &targets, before, diagnostics);
    if let Some(hub) = &hub
        && trust.names(Own::TrustedUser)
    {
        trust::name_own_users(hub, &mut targets);
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
        products: resolved
            .products
            .iter()
            .map(|product| product.catalog.id.to_string())
            .collect(),
        terraform: resolved.terraform,
        terraform_shape: resolved.layout.terraform,
        entered_by: resolved.layout.entered_by.clone(),
        cloudformation: resolved.cloudformation,
        cloudformation_shape: resolved.layout.cloudformation,
        stack_sets,
        trust: resolved
            .trust
            .iter()
            .map(|one| one.principal.clone())
            .collect(),
        identity_providers: resolved.made_providers(),
        hub,
        roles,
        targets,
    };
    inherent::note(resolved, &mut plan);
    Some(plan)
}

fn hub(
    resolved: &Resolved,
    targets: &[TargetPlan],
    before: &Placement,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<HubPlan> {
    let hub = resolved.hub.as_ref()?;
    let granularity = granularity(&resolved.products);
    let policies_by_group = match resolved.trust.iter().any(Trusts::is_of_hub) {
        true => assume_role(resolved, granularity, targets, before, diagnostics),
        false => Vec::new(),
    };
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
        placement: hub.permissions,
        assume_role: policies_by_group,
        granularity,
        tags: resolved.tags.clone(),
    };
    plan.permissions = permissions::in_hub(resolved, &plan, diagnostics);
    Some(plan)
}

/// Per role as soon as one product needs it: the other products can read that shape too.
fn granularity(products: &[Product]) -> AssumeRoleGranularity {
    let per_role = products.iter().any(|product| {
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

fn target_plan(target: &Target, role: usize) -> TargetPlan {
    TargetPlan {
        account: target.account.clone(),
        name: target.name.clone(),
        role_name: target.role_name.clone(),
        role_path: target.role_path.clone(),
        max_session: target.max_session,
        permissions_boundary: target.permissions_boundary.clone(),
        trusted_user: None,
        external_id: target.external_id.clone(),
        tags: target.tags.clone(),
        role,
        parameter_values: BTreeMap::new(),
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
    let sizes: Vec<usize> = targets.iter().map(|target| room.alone(target)).collect();
    let places = {
        let items: Vec<shard::Item<'_>> = targets
            .iter()
            .zip(&sizes)
            .map(|(target, &size)| shard::Item {
                account: &target.account,
                size: room.of_one(size),
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
                    [one] => sizes[*one],
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
            for (index, (target, group)) in targets.iter().zip(places).enumerate() {
                add(
                    format!("assume-role-{}", target.account),
                    group,
                    vec![index],
                );
            }
        }
        AssumeRoleGranularity::RoleList => {
            let mut lists: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for (index, group) in places.into_iter().enumerate() {
                lists.entry(group).or_default().push(index);
            }
            for (group, list) in lists {
                add("assume-roles".to_owned(), group, list);
            }
        }
    }
    policies.sort_by_key(|policy| policy.group);
    policies
}
