//! States what a plan grants, principal by principal, as a whole or for each unit of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{
    HubPart, NamedPolicy, Plan, RolePlan, ServiceRole, StackSetPermissions, StackSets, Unit,
};
use crate::model::{
    Access, AccountId, ConditionMap, Conditions, Grant, Grants, Identity, IdentityKind,
    PolicyDocument, PolicyKind, Segment, Site, Tags, Text, Trust, TrustPolicy, TrustedBy,
};
use crate::resolve::HubPermissions;

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
    access.auto_deployed = plan.stack_sets.iter().flat_map(auto_deployed).collect();
    access
}

/// What a plan grants. A policy that says the same in every account is worked out once for all of them.
#[derive(Debug)]
pub struct Granted<'a> {
    plan: &'a Plan,
    /// By role and policy; nothing where the grants name the account.
    everywhere: Vec<Vec<Option<Grants>>>,
    /// The role that CloudFormation works as in each target, if it is yours to make.
    execution_role: Option<ServiceRole>,
}

impl<'a> Granted<'a> {
    /// Gets ready to state what a plan grants.
    pub fn of(plan: &'a Plan) -> Self {
        let everywhere = |policy: &NamedPolicy| {
            let target = plan.targets.first()?;
            let site = Site {
                partition: plan.partition,
                account: &target.account,
            };
            (!names_account(&policy.document)).then(|| grants(&policy.document, site))
        };
        Self {
            plan,
            everywhere: plan
                .roles
                .iter()
                .map(|role| role.permissions.iter().map(everywhere).collect())
                .collect(),
            execution_role: plan
                .stack_sets
                .as_ref()
                .and_then(|sets| sets.execution_role(plan)),
        }
    }

    /// What the hub and all targets have, however they come by it.
    fn roles_and_hub(&self) -> Access {
        let mut access = Access::default();
        for part in self.plan.hub.iter().flat_map(|hub| hub.parts()) {
            self.add_hub(&part, &mut access);
        }
        self.add_roles(0..self.plan.targets.len(), &mut access);
        access
    }

    /// Adds the roles of targets. Where one is like that before it, both are the same in memory.
    fn add_roles(&self, targets: impl Iterator<Item = usize>, access: &mut Access) {
        let mut last: Option<(usize, Arc<Identity>)> = None;
        for target in targets {
            let same = last.as_ref().filter(|(last, _)| self.alike(*last, target));
            if let Some((_, identity)) = same {
                let arn = self.role_arn(target);
                access.identities.insert(arn, Arc::clone(identity));
                continue;
            }
            self.add_role(target, access);
            let identity = access.identities.get(&self.role_arn(target));
            last = identity.map(|identity| (target, Arc::clone(identity)));
        }
    }

    fn role_arn(&self, target: usize) -> String {
        let target = &self.plan.targets[target];
        target.role_arn().at(Site {
            partition: self.plan.partition,
            account: &target.account,
        })
    }

    /// Whether two targets have the same role but for the account that it is in.
    fn alike(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.plan.targets[one], &self.plan.targets[other]);
        one.role == other.role
            && !self.plan.roles[one.role].managed
            && self.everywhere[one.role].iter().all(Option::is_some)
            && (&one.permissions_boundary, &other.permissions_boundary) == (&None, &None)
            && one.max_session == other.max_session
            && one.trusted_user == other.trusted_user
            && one.external_id == other.external_id
            && one.tags == other.tags
    }

    fn add_service_role(&self, role: &ServiceRole, account: &AccountId, access: &mut Access) {
        let site = Site {
            partition: self.plan.partition,
            account,
        };
        let arn = Text::iam_arn(account, "role", "/", role.name.as_str()).at(site);
        let identity = access.identity(&arn, IdentityKind::Role);
        identity.trust = trust(&role.trust, site);
        identity.policies.insert(
            (PolicyKind::Inline, role.policy.to_owned()),
            grants(&role.document, site),
        );
    }

    /// What one unit of the plan grants.
    pub fn by(&self, unit: &Unit) -> Access {
        let mut access = Access::default();
        match unit {
            Unit::HubRoot => {
                for part in self.plan.hub.iter().flat_map(|hub| hub.parts()) {
                    self.add_hub(&part, &mut access);
                }
            }
            Unit::OneRoot => return self.roles_and_hub(),
            Unit::HubStack(part) => self.add_hub(part, &mut access),
            Unit::TargetRoot(target) | Unit::TargetStack(target) => {
                self.add_role(*target, &mut access);
            }
            Unit::StackSetRoot | Unit::StackSetStack => {
                if let Some(sets) = &self.plan.stack_sets {
                    let instances = sets.sets.iter().flat_map(|set| &set.instances);
                    let targets = instances.flat_map(|instances| &instances.targets);
                    self.add_roles(targets.copied(), &mut access);
                    access.auto_deployed = auto_deployed(sets);
                }
            }
            Unit::AdministrationRole => {
                if let Some(sets) = &self.plan.stack_sets
                    && let Some(role) = sets.administration_role()
                {
                    self.add_service_role(&role, &sets.account, &mut access);
                }
            }
            Unit::ExecutionRole(target) => {
                let account = &self.plan.targets[*target].account;
                if let Some(role) = &self.execution_role {
                    self.add_service_role(role, account, &mut access);
                }
            }
        }
        access
    }

    fn add_hub(&self, part: &HubPart, access: &mut Access) {
        let Some(hub) = &self.plan.hub else { return };
        let site = Site {
            partition: self.plan.partition,
            account: &hub.account,
        };
        let arn_of = |number: usize| hub.group_arn(&hub.groups[number]).at(site);
        for number in part.groups.clone() {
            access.identity(&arn_of(number), IdentityKind::Group);
        }
        for policy in &hub.assume_role[part.policies.clone()] {
            let identity = access.identity(&arn_of(policy.group), IdentityKind::Group);
            let key = (PolicyKind::Inline, policy.name.to_string());
            identity
                .policies
                .insert(key, grants(&policy.document, site));
        }
        let own = |policy: &&NamedPolicy| policy.user == part.number;
        for policy in hub.permissions.iter().filter(own) {
            let grants = grants(&policy.document, site);
            let name = policy.name.to_string();
            let (arn, kind, place) = match (hub.placement, hub.users.get(part.number)) {
                (HubPermissions::Managed, _) => {
                    let arn =
                        Text::iam_arn(&hub.account, "policy", "/", policy.name.as_str()).at(site);
                    access.managed_policies.insert(arn, grants.clone());
                    let group = arn_of(part.groups.start);
                    (group, IdentityKind::Group, PolicyKind::Managed)
                }
                (HubPermissions::UserInline, Some(user)) => {
                    let user = hub.user_arn(user).at(site);
                    (user, IdentityKind::User, PolicyKind::Inline)
                }
                (HubPermissions::UserInline, None) => continue,
            };
            let identity = access.identity(&arn, kind);
            identity.policies.insert((place, name), grants);
        }
        let Some(user) = hub.users.get(part.number) else {
            return;
        };
        let identity = access.identity(&hub.user_arn(user).at(site), IdentityKind::User);
        identity.groups.extend(part.groups.clone().map(arn_of));
        identity.permissions_boundary = user
            .permissions_boundary
            .as_ref()
            .map(|arn| arn.text().at(site));
        identity.tags = tags(&hub.tags);
    }

    fn add_role(&self, number: usize, access: &mut Access) {
        let target = &self.plan.targets[number];
        let role: &RolePlan = &self.plan.roles[target.role];
        let site = Site {
            partition: self.plan.partition,
            account: &target.account,
        };
        let arn = target.role_arn().at(site);
        for (policy, everywhere) in role.permissions.iter().zip(&self.everywhere[target.role]) {
            let grants = match everywhere {
                Some(grants) => grants.clone(),
                None => grants(&policy.document, site),
            };
            let key = match role.managed {
                true => {
                    let (path, name) = (target.role_path.as_str(), target.managed_name(policy));
                    let arn = Text::iam_arn(&target.account, "policy", path, &name).at(site);
                    access.managed_policies.insert(arn, grants.clone());
                    (PolicyKind::Managed, name)
                }
                false => (PolicyKind::Inline, policy.name.to_string()),
            };
            let identity = access.identity(&arn, IdentityKind::Role);
            identity.policies.insert(key, grants);
        }
        let identity = access.identity(&arn, IdentityKind::Role);
        identity.trust = trust(&self.plan.trust_of(target), site);
        identity.permissions_boundary = target
            .permissions_boundary
            .as_ref()
            .map(|arn| arn.text().at(site));
        identity.max_session = Some(target.max_session.seconds());
        identity.tags = tags(&target.tags);
    }
}

/// The units whose new accounts get a role before the deployment lists them, by stack set.
fn auto_deployed(sets: &StackSets) -> BTreeMap<String, BTreeSet<String>> {
    let StackSetPermissions::ServiceManaged {
        units,
        auto_deployment: true,
        ..
    } = &sets.permissions
    else {
        return BTreeMap::new();
    };
    let units: BTreeSet<String> = units.iter().map(ToString::to_string).collect();
    let names = sets.sets.iter().map(|set| set.name.clone());
    names.map(|name| (name, units.clone())).collect()
}

/// Whether anything in a document differs from account to account.
pub(super) fn names_account(document: &PolicyDocument) -> bool {
    let places = |text: &Text| text.segments().contains(&Segment::Account);
    document.statements.iter().any(|statement| {
        statement.resources.iter().any(|arn| places(arn.text()))
            || statement
                .conditions
                .values()
                .flat_map(|keys| keys.values())
                .flatten()
                .any(places)
    })
}

fn trust(policy: &TrustPolicy, site: Site<'_>) -> BTreeSet<Trust> {
    let mut trust = BTreeSet::new();
    for statement in &policy.statements {
        let conditions = concrete(&statement.conditions, site);
        trust.extend(statement.principals.iter().map(|principal| Trust {
            effect: statement.effect,
            principal: TrustedBy {
                kind: principal.kind().to_owned(),
                value: principal.value().at(site),
            },
            action: statement.action.to_string(),
            conditions: conditions.clone(),
        }));
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
