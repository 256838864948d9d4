//! States what a plan grants, principal by principal, as a whole or for each unit of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{NamedPolicy, Plan, Policy, Resource, ResourceKind, Source, Unit};
use crate::model::{
    Access, AutoDeployed, ConditionMap, Conditions, Grant, Grants, Identity, IdentityKind,
    PolicyDocument, PolicyKind, Segment, SessionDuration, Site, StackSetPermissions, Tags,
    TerraformShape, Text, Trust, TrustPolicy, TrustedBy,
};

/// What the plan grants, with every name and account filled in.
pub fn access(plan: &Plan) -> Access {
    let granted = Granted::of(plan);
    let mut access = granted.roles_and_hub();
    let units = plan.units();
    for unit in units
        .iter()
        .filter(|unit| unit.is_of_cloudformation_itself())
    {
        let of_unit = granted.by(unit);
        access.identities.extend(of_unit.identities);
    }
    access.auto_deployed = granted.auto_deployed();
    access
}

/// What makes a resource, and so decides which tags it has. Users and roles have the same whatever makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Maker {
    /// A root module: all has the tags of the deployment, or of its target.
    Terraform,
    /// A stack that is deployed by itself: it tags users and roles.
    Stack,
    /// A stack of a stack set, which has tags of its own.
    StackSet,
}

/// What a plan grants. A policy that says the same in every account is worked out once for all of them.
#[derive(Debug)]
pub struct Granted<'a> {
    plan: &'a Plan,
    /// By role and policy; nothing where the grants name the account.
    everywhere: Vec<Vec<Option<Grants>>>,
}

impl<'a> Granted<'a> {
    /// Gets ready to state what a plan grants.
    pub fn of(plan: &'a Plan) -> Self {
        let everywhere = |policy: &NamedPolicy| {
            let target = plan.targets.first()?;
            let site = plan.site(&target.account);
            (!names_account(&policy.document)).then(|| grants(&policy.document, site))
        };
        Self {
            plan,
            everywhere: plan
                .roles
                .iter()
                .map(|role| role.permissions.iter().map(everywhere).collect())
                .collect(),
        }
    }

    /// What the hub and all targets have, however they come by it. Where both formats make something, Terraform's tags count:
    /// it tags all that takes tags.
    fn roles_and_hub(&self) -> Access {
        let mut access = Access::default();
        let hub = match self.plan.terraform {
            true => Maker::Terraform,
            false => Maker::Stack,
        };
        self.add(self.plan.hub_resources(), hub, &mut access);
        let targets = 0..self.plan.targets.len();
        self.add_roles(targets, |target| self.maker(target), &mut access);
        access
    }

    /// What makes the role of a target, by its index.
    fn maker(&self, target: usize) -> Maker {
        let plan = self.plan;
        let beside = plan.is_beside_stack_sets(target);
        let by_terraform = plan.terraform_shape != TerraformShape::Stackset || beside;
        if plan.terraform && by_terraform {
            return Maker::Terraform;
        }
        match !plan.terraform && plan.has_own_stack(target) {
            true => Maker::Stack,
            false => Maker::StackSet,
        }
    }

    /// Adds the roles of targets. Where one is like that before it, both are the same in memory.
    fn add_roles(
        &self,
        targets: impl Iterator<Item = usize>,
        maker: impl Fn(usize) -> Maker,
        access: &mut Access,
    ) {
        let mut last: Option<(usize, Arc<Identity>)> = None;
        for target in targets {
            let same = last.as_ref().filter(|(last, _)| self.alike(*last, target));
            if let Some((_, identity)) = same {
                let arn = self.role_arn(target);
                access.identities.insert(arn, Arc::clone(identity));
                let beside = self.plan.beside_role(&self.plan.targets[target]);
                self.add(beside, maker(target), access);
                continue;
            }
            self.add(self.plan.target_resources(target), maker(target), access);
            let identity = access.identities.get(&self.role_arn(target));
            last = identity.map(|identity| (target, Arc::clone(identity)));
        }
    }

    fn role_arn(&self, target: usize) -> String {
        let target = &self.plan.targets[target];
        target.role_arn().at(self.plan.site(&target.account))
    }

    /// Whether two targets have the same role but for the account that it is in.
    fn alike(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.plan.targets[one], &self.plan.targets[other]);
        one.role == other.role
            && !self.plan.roles[one.role].managed
            && self.everywhere[one.role].iter().all(Option::is_some)
            && !trust_names_account(&self.plan.roles[one.role].trust)
            && (&one.permissions_boundary, &other.permissions_boundary) == (&None, &None)
            && one.max_session == other.max_session
            && (!self.plan.roles[one.role].has_instance_profile()
                || (&one.role_path, &one.role_name) == (&other.role_path, &other.role_name))
            && one.trusted_user == other.trusted_user
            && one.external_id == other.external_id
            && one.tags == other.tags
    }

    /// What one unit of the plan grants.
    pub fn by(&self, unit: &Unit) -> Access {
        let mut access = Access::default();
        match unit {
            Unit::OneRoot => return self.roles_and_hub(),
            Unit::StackSetRoot | Unit::StackSetStack => {
                if let Some(sets) = &self.plan.stack_sets {
                    self.add_roles(sets.reached(), |_| Maker::StackSet, &mut access);
                    access.auto_deployed = self.auto_deployed();
                }
            }
            Unit::HubRoot | Unit::TargetRoot(_) => {
                self.add(self.plan.resources(unit), Maker::Terraform, &mut access);
            }
            _ => self.add(self.plan.resources(unit), Maker::Stack, &mut access),
        }
        access
    }

    fn add<'r>(
        &self,
        resources: impl IntoIterator<Item = Resource<'r>>,
        maker: Maker,
        access: &mut Access,
    ) {
        for resource in resources {
            let site = resource.site;
            let own = || {
                let own = resource.tags.filter(|_| maker == Maker::Terraform);
                own.map(tags).unwrap_or_default()
            };
            match resource.kind {
                ResourceKind::User(user) => {
                    let boundary = user.user.permissions_boundary.as_ref();
                    let identity = access.identity(&user.holder().arn(site), IdentityKind::User);
                    identity.permissions_boundary = boundary.map(|arn| arn.text().at(site));
                    identity.tags = tags(user.tags);
                }
                ResourceKind::Membership(user) => {
                    let identity = access.identity(&user.holder().arn(site), IdentityKind::User);
                    let groups = user.joined().map(|group| group.arn(site));
                    identity.groups.extend(groups);
                }
                ResourceKind::Group(group) => {
                    access.identity(&group.holder().arn(site), IdentityKind::Group);
                }
                ResourceKind::Role(role) => {
                    let boundary = role.permissions_boundary;
                    let identity = access.identity(&role.holder().arn(site), IdentityKind::Role);
                    identity.trust = trust(&role.trust, site);
                    identity.permissions_boundary = boundary.map(|arn| arn.text().at(site));
                    identity.max_session = role.max_session.map(SessionDuration::seconds);
                    identity.tags = role.tags.map(tags).unwrap_or_default();
                }
                ResourceKind::InlinePolicy(holder, policy) => {
                    let key = (PolicyKind::Inline, policy.name.clone().into_owned());
                    let identity = access.identity(&holder.arn(site), holder.kind);
                    identity.policies.insert(key, self.grants(&policy, site));
                }
                ResourceKind::ManagedPolicy(policy) => {
                    let grants = self.grants(&policy, site);
                    access.tags.insert(policy.arn(site), own());
                    access.managed_policies.insert(policy.arn(site), grants);
                }
                ResourceKind::Attachment(holder, policy) => {
                    let key = (PolicyKind::Managed, policy.name.clone().into_owned());
                    let identity = access.identity(&holder.arn(site), holder.kind);
                    identity.policies.insert(key, self.grants(&policy, site));
                }
                ResourceKind::AwsAttachment(holder, policy) => {
                    let key = (PolicyKind::OfAws, policy.arn().at(site));
                    let identity = access.identity(&holder.arn(site), holder.kind);
                    identity.policies.insert(key, Grants::default());
                }
                ResourceKind::OidcProvider(provider) => {
                    let (arn, audiences) = (provider.arn(site), provider.audiences.clone());
                    let tags = match maker {
                        Maker::StackSet => self.plan.stack_set_tags().collect(),
                        Maker::Terraform | Maker::Stack => own(),
                    };
                    access.tags.insert(arn.clone(), tags);
                    access.identity_providers.insert(arn, audiences);
                }
                ResourceKind::InstanceProfile(role) => {
                    let profile =
                        Text::iam_arn(site.account, "instance-profile", role.path, role.name);
                    access.tags.insert(profile.at(site), own());
                    let identity = access.identity(&role.arn(site), role.kind);
                    identity
                        .instance_profiles
                        .insert(format!("{}{}", role.path, role.name));
                }
            }
        }
    }

    /// What accounts get that join the units of a stack set, before the deployment lists them.
    fn auto_deployed(&self) -> BTreeMap<String, AutoDeployed> {
        let sets = self.plan.stack_sets.iter();
        let sets = sets.flat_map(|sets| sets.sets.iter().map(move |set| (&sets.permissions, set)));
        let joined = sets.filter_map(|(permissions, set)| {
            let joining = set.joining.as_ref()?;
            let StackSetPermissions::ServiceManaged { units, .. } = permissions else {
                return None;
            };
            let mut access = Access::default();
            self.add(
                self.plan.role_resources(joining),
                Maker::StackSet,
                &mut access,
            );
            let units = units.iter().map(ToString::to_string).collect();
            Some((set.name.clone(), AutoDeployed { units, access }))
        });
        joined.collect()
    }

    fn grants(&self, policy: &Policy<'_>, site: Site<'_>) -> Grants {
        let everywhere = match policy.source {
            Source::Role(role, number, _) => self.everywhere[role][number].as_ref(),
            _ => None,
        };
        let own = || grants(policy.document, site);
        everywhere.cloned().unwrap_or_else(own)
    }
}

/// Whether anything in a document differs from account to account.
pub(super) fn names_account(document: &PolicyDocument) -> bool {
    document.statements.iter().any(|statement| {
        let mut resources = statement.resources.iter();
        resources.any(|arn| is_of_account(arn.text())) || conditions_name(&statement.conditions)
    })
}

/// Whether anything in a trust policy is of the account that the role is in.
pub(super) fn trust_names_account(policy: &TrustPolicy) -> bool {
    policy.statements.iter().any(|statement| {
        let mut principals = statement.principals.iter();
        principals.any(|principal| is_of_account(&principal.value()))
            || conditions_name(&statement.conditions)
    })
}

fn conditions_name(conditions: &Conditions) -> bool {
    let mut values = conditions.values().flat_map(|keys| keys.values()).flatten();
    values.any(is_of_account)
}

fn is_of_account(text: &Text) -> bool {
    text.segments().contains(&Segment::Account)
}

fn trust(policy: &TrustPolicy, site: Site<'_>) -> BTreeSet<Trust> {
    let mut trust = BTreeSet::new();
    for statement in &policy.statements {
        let conditions = concrete(&statement.conditions, site);
        for action in &statement.actions {
            trust.extend(statement.principals.iter().map(|principal| Trust {
                effect: statement.effect,
                principal: TrustedBy {
                    kind: principal.kind().to_owned(),
                    value: principal.value().at(site),
                },
                action: action.to_string(),
                conditions: conditions.clone(),
            }));
        }
    }
    trust
}

fn grants(document: &PolicyDocument, site: Site<'_>) -> Grants {
    let mut grants = BTreeSet::new();
    for statement in &document.statements {
        let conditions = concrete(&statement.conditions, site);
        for action in &statement.actions {
            for resource in &statement.resources {
                grants.insert(Grant {
                    effect: statement.effect,
                    action: action.to_string(),
                    resource: resource.text().at(site),
                    conditions: conditions.clone(),
                });
            }
        }
    }
    grants.into()
}

fn concrete(conditions: &Conditions, site: Site<'_>) -> ConditionMap {
    conditions
        .iter()
        .map(|(operator, keys)| {
            let keys: BTreeMap<String, BTreeSet<String>> = keys
                .iter()
                .map(|(key, values)| {
                    (
                        key.clone(),
                        values.iter().map(|value| value.at(site)).collect(),
                    )
                })
                .collect();
            (operator.clone(), keys)
        })
        .collect()
}

fn tags(tags: &Tags) -> BTreeMap<String, String> {
    tags.iter()
        .map(|(key, value)| (key.as_str().to_owned(), value.as_str().to_owned()))
        .collect()
}
