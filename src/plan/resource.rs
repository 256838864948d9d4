//! What a plan makes in IAM, resource by resource. Whoever compares, counts, names or explains what there will be goes
//! through these; none works it out from settings again.

use std::borrow::Cow;

use super::quota::GROUPS_PER_USER;
use super::{
    AssumeRolePolicy, Contents, GroupPlan, HubPart, HubPlan, NamedPolicy, Placement, Plan,
    ServiceRole, TargetPlan, Unit, UserPlan,
};
use crate::model::{
    AccountId, ArnPattern, AssumeRoleGranularity, AwsPolicy, HubPermissions, IdentityKind,
    OidcProvider, PolicyDocument, SessionDuration, Site, Tags, Text, TrustPolicy,
};

/// A resource in its account.
#[derive(Debug, Clone)]
pub struct Resource<'a> {
    /// The account that it is in.
    pub site: Site<'a>,
    /// What it is.
    pub kind: ResourceKind<'a>,
    /// What the deployment tags it with, if its kind and format take tags.
    pub tags: Option<&'a Tags>,
}

/// What a plan can make.
#[derive(Debug, Clone)]
pub enum ResourceKind<'a> {
    /// An IAM user.
    User(User<'a>),
    /// That a user is in groups.
    Membership(User<'a>),
    /// An IAM group.
    Group(Group<'a>),
    /// An IAM role.
    Role(Role<'a>),
    /// A policy in a user, group or role.
    InlinePolicy(Holder<'a>, Policy<'a>),
    /// A policy of its own.
    ManagedPolicy(Policy<'a>),
    /// That a managed policy is attached to a group or role.
    Attachment(Holder<'a>, Policy<'a>),
    /// That a managed policy of AWS's own is attached to a group or role.
    AwsAttachment(Holder<'a>, &'a AwsPolicy),
    /// The instance profile of a role, which has its name and path: EC2 hands roles to instances by profiles only.
    InstanceProfile(Holder<'a>),
    /// An OIDC provider that the roles trust.
    OidcProvider(&'a OidcProvider),
}

/// A user of the hub.
#[derive(Debug, Clone, Copy)]
pub struct User<'a> {
    /// Its number among the users, from 0.
    pub number: usize,
    /// Its name, path and boundary.
    pub user: &'a UserPlan,
    /// The groups that it is in.
    pub groups: &'a [GroupPlan],
    /// The number of the first of them, from 0.
    pub first_group: usize,
    pub tags: &'a Tags,
}

/// A group of the hub.
#[derive(Debug, Clone, Copy)]
pub struct Group<'a> {
    /// Its number among the groups, from 0.
    pub number: usize,
    /// Its name and path.
    pub group: &'a GroupPlan,
    /// The user that is in it, unless people or roles join it themselves.
    pub member: Option<&'a UserPlan>,
}

/// A role of a target, or one that CloudFormation works as.
#[derive(Debug, Clone)]
pub struct Role<'a> {
    pub name: &'a str,
    /// The products that it is for, as `product@version`; none of one that CloudFormation works as.
    pub products: &'a [String],
    /// Its path, with a slash at both ends.
    pub path: &'a str,
    /// Who may assume it.
    pub trust: Cow<'a, TrustPolicy>,
    /// The policy that caps what it can be allowed.
    pub permissions_boundary: Option<&'a ArnPattern>,
    /// The longest session; absent where the role has AWS's default.
    pub max_session: Option<SessionDuration>,
    pub tags: Option<&'a Tags>,
}

/// A principal that policies stand in or are attached to.
#[derive(Debug, Clone, Copy)]
pub struct Holder<'a> {
    /// User, group or role.
    pub kind: IdentityKind,
    /// Its number among those of its kind in the hub, from 0.
    pub number: usize,
    /// Its path, with a slash at both ends.
    pub path: &'a str,
    pub name: &'a str,
}

/// A policy.
#[derive(Debug, Clone)]
pub struct Policy<'a> {
    /// Its path, with a slash at both ends; a policy that stands in a principal has none.
    pub path: &'a str,
    pub name: Cow<'a, str>,
    /// What it says.
    pub document: &'a PolicyDocument,
    /// What it is for.
    pub source: Source<'a>,
}

/// What a policy is for.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// It lets a group's members assume roles.
    AssumeRole(&'a AssumeRolePolicy, AssumeRoleGranularity),
    /// It holds what a product may do in the hub account, or what is denied there.
    Hub(&'a NamedPolicy),
    /// It holds what a product may do in a target's account, or what is denied there: the role, as an index into
    /// [`Plan::roles`], and which of its permissions.
    Role(usize, usize, &'a NamedPolicy),
    /// CloudFormation itself works with it.
    Service,
}

impl<'a> Source<'a> {
    /// The policy of a product's permissions or of denials, if it is one.
    pub fn permissions(&self) -> Option<&'a NamedPolicy> {
        match self {
            Source::Hub(policy) | Source::Role(_, _, policy) => Some(policy),
            Source::AssumeRole(..) | Source::Service => None,
        }
    }
}

impl<'a> Source<'a> {
    /// Indices into [`Plan::targets`] of those whose roles it lets a group's members assume.
    pub fn assumed(&self) -> &'a [usize] {
        match self {
            Source::AssumeRole(policy, _) => &policy.targets,
            _ => &[],
        }
    }
}

impl Policy<'_> {
    /// Its characters, as IAM counts them.
    pub fn size(&self, site: Site<'_>) -> usize {
        match self.source {
            Source::AssumeRole(policy, _) => policy.size,
            _ => self.document.size(site),
        }
    }

    /// The ARN of a managed policy.
    pub fn arn(&self, site: Site<'_>) -> String {
        Text::iam_arn(site.account, "policy", self.path, &self.name).at(site)
    }
}

impl Holder<'_> {
    /// A role, whose name and path differ from target to target.
    pub(crate) const ROLE: Self = Self {
        kind: IdentityKind::Role,
        number: 0,
        path: "",
        name: "",
    };
}

impl<'a> Holder<'a> {
    fn group(number: usize, group: &'a GroupPlan) -> Self {
        Self {
            kind: IdentityKind::Group,
            number,
            path: group.path.as_str(),
            name: group.name.as_str(),
        }
    }

    /// Its ARN.
    pub fn arn(&self, site: Site<'_>) -> String {
        Text::iam_arn(site.account, &self.kind.to_string(), self.path, self.name).at(site)
    }
}

impl<'a> User<'a> {
    /// Its groups as principals.
    pub fn joined(&self) -> impl Iterator<Item = Holder<'a>> + use<'a> {
        let groups = self.groups.iter().zip(self.first_group..);
        groups.map(|(group, number)| Holder::group(number, group))
    }

    /// The user as a principal.
    pub fn holder(&self) -> Holder<'a> {
        Holder {
            kind: IdentityKind::User,
            number: self.number,
            path: self.user.path.as_str(),
            name: self.user.name.as_str(),
        }
    }
}

impl<'a> Group<'a> {
    /// The group as a principal.
    pub fn holder(&self) -> Holder<'a> {
        Holder::group(self.number, self.group)
    }
}

impl<'a> Role<'a> {
    /// The role as a principal.
    pub fn holder(&self) -> Holder<'a> {
        Holder {
            kind: IdentityKind::Role,
            number: 0,
            path: self.path,
            name: self.name,
        }
    }
}

impl Plan {
    /// What a unit makes in IAM.
    pub fn resources(&self, unit: &Unit) -> Vec<Resource<'_>> {
        match unit {
            Unit::HubRoot => self.hub_resources(),
            Unit::OneRoot => {
                let mut resources = self.hub_resources();
                let targets = 0..self.targets.len();
                resources.extend(targets.flat_map(|target| self.target_resources(target)));
                resources
            }
            Unit::HubStack(part) => {
                let hub = self.hub.iter();
                hub.flat_map(|hub| self.of_part(hub, part)).collect()
            }
            Unit::TargetRoot(first) => {
                let roles = self.in_account_of(*first);
                roles
                    .flat_map(|target| self.target_resources(target))
                    .collect()
            }
            Unit::TargetStack(target) => self.target_resources(*target),
            Unit::StackSetRoot | Unit::StackSetStack => {
                let reached = self.stack_sets.iter().flat_map(|sets| sets.reached());
                reached
                    .flat_map(|target| self.target_resources(target))
                    .collect()
            }
            Unit::AdministrationRole => self
                .stack_sets
                .iter()
                .filter_map(|sets| Some((&sets.account, sets.administration_role.as_ref()?)))
                .flat_map(|(account, role)| self.of_service_role(account, role))
                .collect(),
            Unit::ExecutionRole(target) => self
                .stack_sets
                .iter()
                .filter_map(|sets| sets.execution_role.as_ref())
                .flat_map(|role| self.of_service_role(&self.targets[*target].account, role))
                .collect(),
        }
    }

    /// What the hub account gets.
    pub fn hub_resources(&self) -> Vec<Resource<'_>> {
        let hub = self.hub.iter();
        hub.flat_map(|hub| {
            let parts = hub.parts();
            parts.into_iter().flat_map(|part| self.of_part(hub, &part))
        })
        .collect()
    }

    /// The users of the hub.
    pub fn users(&self) -> impl Iterator<Item = User<'_>> {
        let hub = self.hub.iter();
        hub.flat_map(|hub| (0..hub.users.len()).filter_map(|number| hub.user(number)))
    }

    /// The groups of the hub.
    pub fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        let hub = self.hub.iter();
        hub.flat_map(|hub| (0..hub.groups.len()).map(|number| hub.group(number)))
    }

    /// The group whose members may assume the role of each target; nothing where the roles trust a principal that is there
    /// already.
    pub fn opened_by(&self) -> Vec<Option<Group<'_>>> {
        let mut opened = vec![None; self.targets.len()];
        if let Some(hub) = &self.hub {
            for policy in &hub.assume_role {
                for &target in &policy.targets {
                    opened[target] = Some(hub.group(policy.group));
                }
            }
        }
        opened
    }

    /// The group of every target, for the next render to keep.
    pub fn placement(&self) -> Placement {
        let mut placement = Placement::new();
        for (target, group) in self.targets.iter().zip(self.opened_by()) {
            if let Some(group) = group {
                placement.insert(target.key.clone(), group.number + 1);
            }
        }
        placement
    }

    /// The role of a target, by its index, and its policies.
    pub fn target_resources(&self, number: usize) -> Vec<Resource<'_>> {
        self.role_resources(&self.targets[number])
    }

    /// The role of an account and its policies.
    pub(super) fn role_resources<'a>(&'a self, target: &'a TargetPlan) -> Vec<Resource<'a>> {
        let site = self.site(&target.account);
        let role = Role {
            name: target.role_name.as_str(),
            products: &self.roles[target.role].products,
            path: target.role_path.as_str(),
            trust: Cow::Owned(self.trust_of(target)),
            permissions_boundary: target.permissions_boundary.as_ref(),
            max_session: Some(target.max_session),
            tags: Some(&target.tags),
        };
        let holder = role.holder();
        let mut kinds = vec![ResourceKind::Role(role)];
        for policy in self.policies_of(target) {
            if self.roles[target.role].managed {
                kinds.push(ResourceKind::ManagedPolicy(policy.clone()));
                kinds.push(ResourceKind::Attachment(holder, policy));
            } else {
                kinds.push(ResourceKind::InlinePolicy(holder, policy));
            }
        }
        let attached = self.roles[target.role].attached.iter();
        kinds.extend(attached.map(|policy| ResourceKind::AwsAttachment(holder, policy)));
        let beside = self.beside_role(target);
        at(site, kinds, Some(&target.tags)).chain(beside).collect()
    }

    /// The instance profile and the OIDC providers that are made with the role of a target.
    pub(super) fn beside_role<'a>(
        &'a self,
        target: &'a TargetPlan,
    ) -> impl Iterator<Item = Resource<'a>> {
        let role = &self.roles[target.role];
        let profile = role.has_instance_profile().then_some(Holder {
            kind: IdentityKind::Role,
            number: 0,
            path: target.role_path.as_str(),
            name: target.role_name.as_str(),
        });
        let profile = profile.into_iter().map(ResourceKind::InstanceProfile);
        let providers = role.providers.iter().map(ResourceKind::OidcProvider);
        let kinds = profile.chain(providers).collect();
        at(self.site(&target.account), kinds, Some(&target.tags))
    }

    fn policies_of<'a>(&'a self, target: &'a TargetPlan) -> impl Iterator<Item = Policy<'a>> {
        let role = &self.roles[target.role];
        let numbered = role.permissions.iter().enumerate();
        numbered.map(move |(number, policy)| Policy {
            path: target.role_path.as_str(),
            name: match role.managed {
                true => target.managed_name(policy).into(),
                false => policy.name.as_str().into(),
            },
            document: &policy.document,
            source: Source::Role(target.role, number, policy),
        })
    }

    /// A part of the hub: its user, its groups, the roles that they may assume, what the product may do in the hub account.
    fn of_part<'a>(&'a self, hub: &'a HubPlan, part: &HubPart) -> Vec<Resource<'a>> {
        let user = hub.user(part.number);
        let mut kinds = Vec::new();
        if let Some(user) = user {
            kinds.push(ResourceKind::User(user));
            kinds.push(ResourceKind::Membership(user));
        }
        let groups = part.groups.clone();
        kinds.extend(groups.map(|number| ResourceKind::Group(hub.group(number))));
        kinds.extend(hub.assume_role[part.policies.clone()].iter().map(|policy| {
            ResourceKind::InlinePolicy(
                hub.group(policy.group).holder(),
                Policy {
                    path: "/",
                    name: policy.name.as_str().into(),
                    document: &policy.document,
                    source: Source::AssumeRole(policy, hub.granularity),
                },
            )
        }));
        let own = |policy: &&NamedPolicy| policy.user == part.number;
        for permissions in hub.permissions.iter().filter(own) {
            let policy = Policy {
                path: "/",
                name: permissions.name.as_str().into(),
                document: &permissions.document,
                source: Source::Hub(permissions),
            };
            match hub.placement {
                HubPermissions::Managed => {
                    kinds.push(ResourceKind::ManagedPolicy(policy.clone()));
                    // A user is in all of its groups. Without one, people join some of them, and the fence is around each.
                    let everywhere = user.is_none() && permissions.contents == Contents::Fence;
                    let holders = match everywhere {
                        true => part.groups.clone(),
                        false => part.groups.start..part.groups.start + 1,
                    };
                    kinds.extend(holders.map(|number| {
                        let holder = hub.group(number).holder();
                        ResourceKind::Attachment(holder, policy.clone())
                    }));
                }
                HubPermissions::UserInline => {
                    let holder = user.map(|user| user.holder());
                    kinds.extend(holder.map(|user| ResourceKind::InlinePolicy(user, policy)));
                }
            }
        }
        let attached = hub.attached.iter();
        kinds.extend(attached.map(|policy| {
            let first = hub.group(part.groups.start).holder();
            ResourceKind::AwsAttachment(first, policy)
        }));
        at(self.site(&hub.account), kinds, Some(&hub.tags)).collect()
    }

    fn of_service_role<'a>(
        &'a self,
        account: &'a AccountId,
        role: &'a ServiceRole,
    ) -> impl Iterator<Item = Resource<'a>> {
        let policy = Policy {
            path: "/",
            name: role.policy.into(),
            document: &role.document,
            source: Source::Service,
        };
        let role = Role {
            name: role.name.as_str(),
            products: &[],
            path: "/",
            trust: Cow::Borrowed(&role.trust),
            permissions_boundary: None,
            max_session: None,
            tags: None,
        };
        let holder = role.holder();
        let kinds = vec![
            ResourceKind::Role(role),
            ResourceKind::InlinePolicy(holder, policy),
        ];
        at(self.site(account), kinds, None)
    }

    /// An account of the plan.
    pub fn site<'a>(&self, account: &'a AccountId) -> Site<'a> {
        Site {
            partition: self.partition,
            account,
        }
    }
}

impl HubPlan {
    fn user(&self, number: usize) -> Option<User<'_>> {
        self.users.get(number).map(|user| User {
            number,
            user,
            groups: &self.groups[user.groups.clone()],
            first_group: user.groups.start,
            tags: &self.tags,
        })
    }

    /// A group, by its number from 0.
    pub(super) fn group(&self, number: usize) -> Group<'_> {
        Group {
            number,
            group: &self.groups[number],
            member: self.users.get(number / GROUPS_PER_USER),
        }
    }
}

fn at<'a>(
    site: Site<'a>,
    kinds: Vec<ResourceKind<'a>>,
    tags: Option<&'a Tags>,
) -> impl Iterator<Item = Resource<'a>> {
    kinds
        .into_iter()
        .map(move |kind| Resource { site, kind, tags })
}
