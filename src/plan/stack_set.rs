//! Stack sets: the roles of all targets from one template each, brought into their accounts by CloudFormation.

use std::collections::{BTreeMap, BTreeSet};

use super::names::pascal;
use super::{Plan, RolePlan, ServiceRole, TargetPlan, joining, service_role};
use crate::diag::Diagnostic;
use crate::model::{AccountId, Site, StackSetPermissions, Text};
use crate::resolve::{Resolved, StackSetSettings};

/// The stack sets of a plan.
#[derive(Debug, Clone)]
pub struct StackSets {
    /// The account that they are in.
    pub account: AccountId,
    /// The Region that their stacks are in.
    pub region: String,
    /// Whose roles they work with.
    pub permissions: StackSetPermissions,
    /// One for each role.
    pub sets: Vec<StackSetPlan>,
    /// The role that CloudFormation works as in this account, if it is yours to make.
    pub administration_role: Option<ServiceRole>,
    /// The role that it works as in each target, if it is yours to make.
    pub execution_role: Option<ServiceRole>,
    /// Indices into [`Plan::targets`] of those that no stack set reaches: the organization's management account.
    pub aside: Vec<usize>,
}

/// A stack set.
#[derive(Debug, Clone)]
pub struct StackSetPlan {
    pub name: String,
    /// Index into [`Plan::roles`] of the role that it makes.
    pub role: usize,
    /// Values of the template's parameters, for every account that has none of its own.
    pub parameters: BTreeMap<String, String>,
    /// What stands for accounts that join the units and get these values, if they do before anybody lists them.
    pub joining: Option<TargetPlan>,
    /// The accounts, by what they have of their own.
    pub instances: Vec<StackInstances>,
}

/// Accounts whose stacks have the same parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackInstances {
    /// Values that are not those of the stack set.
    pub overrides: BTreeMap<String, String>,
    /// Indices into [`Plan::targets`].
    pub targets: Vec<usize>,
}

impl StackSets {
    /// Indices into [`Plan::targets`] of those that a stack set reaches, by stack set.
    pub fn reached(&self) -> impl Iterator<Item = usize> + '_ {
        let instances = self.sets.iter().flat_map(|set| &set.instances);
        instances.flat_map(|instances| instances.targets.iter().copied())
    }
}

impl Plan {
    /// Tags of the stack sets: the deployment's, but for those that IAM accepts and CloudFormation does not.
    pub fn stack_set_tags(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let taken = |key: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || " :_./=+-".contains(c);
            key.chars().all(fits)
        };
        let tags = self.hub.iter().flat_map(|hub| &hub.tags);
        let tags = tags.map(|(key, value)| (key.as_str().to_owned(), value.as_str().to_owned()));
        tags.filter(move |(key, value)| taken(key) && !value.is_empty())
    }
}

impl StackSetPlan {
    /// What tells this stack set from the plan's others: nothing, or the role and the variant.
    pub fn part<'a>(&self, plan: &'a Plan) -> Option<&'a str> {
        plan.roles[self.role].part.as_deref()
    }

    /// A logical id for it.
    pub fn logical_id(&self, plan: &Plan) -> String {
        format!("TargetRole{}", pascal(self.part(plan).unwrap_or_default()))
    }
}

/// The external id of a stack set whose accounts each have their own.
const NOT_COMMON: &str = "each-account-has-its-own";

/// Plans the stack sets, if the layout has any.
pub(super) fn plan(
    resolved: &Resolved,
    roles: &[RolePlan],
    targets: &[TargetPlan],
    first_user: Option<&Text>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<StackSets> {
    let settings = resolved.layout.stack_set.as_ref()?;
    let management = match &settings.permissions {
        StackSetPermissions::ServiceManaged { management, .. } => management.as_ref(),
        StackSetPermissions::SelfManaged { .. } => None,
    };
    let aside: Vec<usize> = (0..targets.len())
        .filter(|&target| Some(&targets[target].account) == management)
        .collect();
    let mut sets = Vec::new();
    for (number, role) in roles.iter().enumerate() {
        let reached: Vec<usize> = (0..targets.len())
            .filter(|target| targets[*target].role == number && !aside.contains(target))
            .collect();
        if reached.is_empty() {
            continue;
        }
        let name = role.part.as_ref().map_or_else(
            || format!("{}-target-role", resolved.name),
            |part| format!("{}-target-role-{part}", resolved.name),
        );
        find_outside(resolved, settings, &reached, diagnostics);
        let parameters = common(resolved, role, &reached, targets, first_user);
        refuse_missing(resolved, settings, role, &reached, targets, diagnostics);
        let name = stack_set_name(&name);
        let auto = auto_deploys(settings);
        sets.push(StackSetPlan {
            joining: auto.then(|| joining::target(&name, role, &parameters, &targets[reached[0]])),
            name,
            role: number,
            instances: instances(&parameters, &reached, targets),
            parameters,
        });
    }
    if auto_deployed_twice(settings, roles, &sets) {
        diagnostics.push(
            Diagnostic::error(
                "ambiguous-auto-deployment",
                settings.span,
                "accounts that join the units would get the roles of several variants",
            )
            .why("each variant is a stack set of its own, and all of them watch the same units: the second would find the role's name taken")
            .help("delete `auto_deployment`, or give all targets one variant"),
        );
    } else {
        refuse_same_joining(settings, roles, &sets, diagnostics);
    }
    Some(StackSets {
        account: settings.account.clone(),
        region: settings.region.clone(),
        permissions: settings.permissions.clone(),
        administration_role: service_role::administration_role(settings),
        execution_role: service_role::execution_role(settings, roles, targets),
        sets,
        aside,
    })
}

/// Warns of targets that are in none of the units, as far as their units are known.
fn find_outside(
    resolved: &Resolved,
    settings: &StackSetSettings,
    reached: &[usize],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let StackSetPermissions::ServiceManaged { units, .. } = &settings.permissions else {
        return;
    };
    for target in reached.iter().map(|&target| &resolved.targets[target]) {
        let is_inside = target.units.iter().any(|unit| units.contains(unit));
        if target.units.is_empty() || is_inside {
            continue;
        }
        diagnostics.push(
            Diagnostic::warning(
                "outside-units",
                target.span,
                format!("account {} is in none of the stack set's units", target.account),
            )
            .related(settings.span, "the units stand here")
            .why("CloudFormation makes stacks in accounts of these units only, so this one gets no role")
            .help("add its unit, or one above it, to `units`; or leave the account out; if it has moved, save the list again"),
        );
    }
}

/// A name of a stack set begins with a letter, and a deployment's may begin with a digit.
fn stack_set_name(name: &str) -> String {
    match name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        true => name.to_owned(),
        false => format!("stack-set-{name}"),
    }
}

/// Values for every account that has none of its own: what all targets have, or else what the deployment says of all. None
/// of them is one target's, so that a target that comes or goes changes nothing for the others.
fn common(
    resolved: &Resolved,
    role: &RolePlan,
    reached: &[usize],
    targets: &[TargetPlan],
    first_user: Option<&Text>,
) -> BTreeMap<String, String> {
    let defaults = resolved.roles[role.of].defaults.as_ref();
    let value_of = |target: usize, name: &str| {
        let value = targets[target].parameter_values.get(name);
        value.cloned().unwrap_or_default()
    };
    let mut common = BTreeMap::new();
    for parameter in &role.parameters {
        let name = parameter.name.as_str();
        let first = value_of(reached[0], name);
        let same = reached
            .iter()
            .all(|&target| value_of(target, name) == first);
        let site = Site {
            partition: resolved.partition,
            account: &targets[reached[0]].account,
        };
        let stated = match name {
            _ if same => first,
            "RoleName" => {
                let name = defaults.and_then(|role| role.name.as_ref());
                name.map_or(first, ToString::to_string)
            }
            "RolePath" => defaults.map_or(first, |role| role.path.to_string()),
            "MaxSessionDuration" => {
                defaults.map_or(first, |role| role.max_session.seconds().to_string())
            }
            "TrustedUserArn" => first_user.map_or(first, |user| user.at(site)),
            // Every account has a value of its own, and the template asks for one that could be one.
            "ExternalId" => NOT_COMMON.to_owned(),
            "PermissionsBoundary" if parameter.condition.is_none() => {
                format!("arn:{}:iam::aws:policy/AWSDenyAll", resolved.partition)
            }
            _ => String::new(),
        };
        common.insert(name.to_owned(), stated);
    }
    common
}

fn instances(
    common: &BTreeMap<String, String>,
    reached: &[usize],
    targets: &[TargetPlan],
) -> Vec<StackInstances> {
    let mut by_overrides: BTreeMap<BTreeMap<String, String>, Vec<usize>> = BTreeMap::new();
    for &target in reached {
        let own = &targets[target].parameter_values;
        let overrides = own
            .iter()
            .filter(|(name, value)| common.get(*name) != Some(value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        by_overrides.entry(overrides).or_default().push(target);
    }
    by_overrides
        .into_iter()
        .map(|(overrides, targets)| StackInstances { overrides, targets })
        .collect()
}

/// An account that joins the units gets the stack set's own values, and there must be ones that fit it.
fn refuse_missing(
    resolved: &Resolved,
    settings: &StackSetSettings,
    role: &RolePlan,
    reached: &[usize],
    targets: &[TargetPlan],
    diagnostics: &mut Vec<Diagnostic>,
) {
    if !auto_deploys(settings) {
        return;
    }
    for parameter in &role.parameters {
        let name = parameter.name.as_str();
        let value = |target: usize| targets[target].parameter_values.get(name);
        let differs = reached
            .iter()
            .any(|&target| value(target) != value(reached[0]));
        let defaults = resolved.roles[role.of].defaults.as_ref();
        let own = match name {
            "ExternalId" | "PermissionsBoundary" => differs,
            // A name with the account in it has no value for accounts that nobody lists.
            "RoleName" => defaults.is_some_and(|role| role.name.is_none()),
            _ => false,
        };
        if !own {
            continue;
        }
        let other = reached
            .iter()
            .find(|&&target| value(target) != value(reached[0]))
            .and_then(|&target| resolved.targets.get(target));
        let mut diagnostic = Diagnostic::error(
            "ambiguous-auto-deployment",
            settings.span,
            format!("nothing says which {name} an account gets that joins the units"),
        )
        .why("the stack set would give it another target's value")
        .help("give all targets the same value, or delete `auto_deployment`");
        if let Some(other) = other {
            diagnostic = diagnostic.related(other.span, "this target has a value of its own");
        }
        diagnostics.push(diagnostic);
    }
}

fn auto_deployed_twice(
    settings: &StackSetSettings,
    roles: &[RolePlan],
    sets: &[StackSetPlan],
) -> bool {
    let mut known = BTreeSet::new();
    auto_deploys(settings) && !sets.iter().all(|set| known.insert(roles[set.role].of))
}

/// An account that joins gets the roles of all stack sets, and the identity providers that are made with them.
fn refuse_same_joining(
    settings: &StackSetSettings,
    roles: &[RolePlan],
    sets: &[StackSetPlan],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut refuse = |what: String, help: &str| {
        diagnostics.push(
            Diagnostic::error(
                "ambiguous-auto-deployment",
                settings.span,
                format!("accounts that join the units would get two {what}"),
            )
            .why("an account has one of each, and the second stack would fail")
            .help(format!("delete `auto_deployment`, or {help}")),
        );
    };
    let (mut names, mut issuers) = (BTreeSet::new(), BTreeSet::new());
    for set in sets {
        let Some(joining) = &set.joining else {
            continue;
        };
        let name = joining.role_name.as_str();
        if !names.insert(name.to_lowercase()) {
            let what = format!("roles named {name}");
            refuse(what, "give one of the roles another name");
        }
        for provider in &roles[set.role].providers {
            if !issuers.insert(&provider.issuer) {
                let what = format!("identity providers of {}", provider.issuer);
                refuse(what, "leave `provider: make` out of one of the roles");
            }
        }
    }
}

fn auto_deploys(settings: &StackSetSettings) -> bool {
    matches!(
        settings.permissions,
        StackSetPermissions::ServiceManaged {
            auto_deployment: true,
            ..
        }
    )
}
