//! Finds the privilege escalation paths of `escalation` in what a principal is granted and denied, both for a
//! deployment and for grants that were read back from files.
//!
//! A step is open if a grant allows one of its actions, if the grant's conditions do not rule it out for certain, and
//! if no denial does. A grant by wildcard has to include a resource that the action supports. A condition on
//! `iam:PassedToService` is compared with each service of the path; the values of other keys are unknown, so conditions
//! on them close nothing.

use std::collections::BTreeSet;

use super::escalation::{Harmless, PATHS, Path};
use crate::model::{
    ArnPattern, ConditionMap, Effect, Fact, Grant, Holds, Request, Terms, Text, covers, holds,
    literal, matches,
};
use crate::reference::{ManagedPolicy, Reference};

const PASS_ROLE: &str = "iam:PassRole";
/// A service name that no policy contains.
pub(super) const UNNAMED: &str = "unnamed.amazonaws.com";
const SERVICE_KEY: &str = "iam:passedtoservice";
/// The suffix of a user's ARN that matches only the caller: user names are unique in an account.
const CALLER: &str = ":user/${aws:username}";

/// A path that is open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    /// The action that the finding is about.
    pub action: String,
    /// The path, with its steps and its effect.
    pub message: String,
}

/// The permissions of a principal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held<'a> {
    /// The grants and denials.
    pub grants: Vec<&'a Grant>,
    /// The ARNs of the principal itself and its groups.
    pub own: BTreeSet<&'a str>,
}

/// An open step: its actions, and the indices of the grants that allow them.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) actions: BTreeSet<&'static str>,
    pub(super) grants: Vec<usize>,
}

/// The paths that these permissions open.
pub fn ways(held: &Held<'_>) -> Vec<Way> {
    PATHS.iter().filter_map(|path| way(path, held)).collect()
}

/// The paths that these permissions open, with managed policies of AWS among them: what one of these opens alone is one way, of
/// the policy.
pub fn ways_with(held: &Held<'_>, policies: &[&'static ManagedPolicy]) -> Vec<Way> {
    let alone: Vec<Held<'_>> = policies.iter().map(|policy| held.beside(policy)).collect();
    let together = PATHS.iter().filter(|path| {
        let mut alone = alone.iter();
        !alone.any(|held| steps(path, held).is_some())
    });
    let of_policies = policies.iter().zip(&alone);
    let of_policies = of_policies.filter_map(|(policy, held)| way_of(policy, held));
    let together = together.filter_map(|path| way(path, held));
    of_policies.chain(together).collect()
}

/// All paths that a managed policy of AWS opens alone, as one.
pub(super) fn way_of(policy: &ManagedPolicy, alone: &Held<'_>) -> Option<Way> {
    let ways = ways(alone);
    let first = &ways.first()?.message;
    let policy_dated = format!("{} ({})", policy.name, policy.attached().dated());
    Some(Way {
        action: policy.name.to_owned(),
        message: match ways.len() {
            1 => format!("{policy_dated} alone: {first}"),
            many => format!("{policy_dated} alone, in {many} ways, such as {first}"),
        },
    })
}

/// The paths that were open before and still are, but with a step that reaches further: a denial or a condition was
/// removed, or there are more resources.
pub fn widened_ways(old: &Held<'_>, new: &Held<'_>) -> Vec<Way> {
    let is_wider = |path: &Path| {
        let mut actions = path.steps.iter().copied().flatten().copied();
        actions.any(|action| {
            let denials = new.denials(action);
            let leading = new
                .grants
                .iter()
                .filter(|grant| new.leads(grant, action, path, &denials));
            let leading: BTreeSet<Grant> = leading.map(|grant| only(grant, action)).collect();
            let closed = old.of_action(Effect::Deny, action);
            !covered(&leading, &old.of_action(Effect::Allow, action))
                || !covered(&closed, &new.of_action(Effect::Deny, action))
        })
    };
    let wider = PATHS.iter().filter(|path| is_wider(path));
    wider.filter_map(|path| way(path, new)).collect()
}

/// The steps of a path, if all of them are open.
pub(super) fn steps(path: &Path, held: &Held<'_>) -> Option<Vec<Open>> {
    let open = |step: &&'static [&'static str]| {
        let mut open = Open {
            actions: BTreeSet::new(),
            grants: Vec::new(),
        };
        let step: Vec<(&'static str, Vec<&Grant>)> = step
            .iter()
            .map(|action| (*action, held.denials(action)))
            .collect();
        for (place, grant) in held.grants.iter().enumerate() {
            let leads = |(action, denials): &&(&'static str, Vec<&Grant>)| {
                held.leads(grant, action, path, denials)
            };
            let actions: Vec<&'static str> = step
                .iter()
                .filter(leads)
                .map(|(action, _)| *action)
                .collect();
            if !actions.is_empty() {
                open.actions.extend(actions);
                open.grants.push(place);
            }
        }
        (!open.grants.is_empty()).then_some(open)
    };
    path.steps.iter().map(open).collect()
}

/// A path with its open steps.
pub(super) fn way_in_steps(path: &Path, steps: &[Open]) -> Way {
    let first = steps.first().and_then(|step| step.actions.first());
    let texts = steps.iter().map(|step| {
        let actions: Vec<&str> = step.actions.iter().copied().collect();
        actions.join(" or ")
    });
    let texts: Vec<String> = texts.collect();
    let role = match path.services.first() {
        None => String::new(),
        Some(service) => format!(", as a role that trusts {service}"),
    };
    Way {
        action: first.copied().unwrap_or_default().to_owned(),
        message: format!("{}: {}{role}", texts.join(", then "), path.gain),
    }
}

/// Whether conditions allow a role to be passed to a service.
pub(super) fn passes_to(conditions: &ConditionMap, service: &Fact) -> Holds {
    let facts = |key: &str| match key {
        SERVICE_KEY => service.clone(),
        _ => Fact::unknown(),
    };
    hold(conditions, &facts)
}

fn hold(conditions: &ConditionMap, facts: &dyn Fn(&str) -> Fact) -> Holds {
    let request = Request {
        facts,
        wanted: true,
        variables: true,
    };
    holds(conditions, request)
}

fn way(path: &Path, held: &Held<'_>) -> Option<Way> {
    let steps = steps(path, held)?;
    Some(way_in_steps(path, &steps))
}

impl<'a> Held<'a> {
    /// What a managed policy of AWS grants alone, with all that is denied.
    pub(super) fn beside(&self, policy: &'a ManagedPolicy) -> Held<'a> {
        let denials = self.grants.iter().copied();
        let denials = denials.filter(|grant| grant.effect == Effect::Deny);
        Held {
            grants: policy.granted().iter().chain(denials).collect(),
            own: BTreeSet::new(),
        }
    }
}

impl Held<'_> {
    /// The grants or denials of one action.
    fn of_action(&self, effect: Effect, action: &str) -> BTreeSet<Grant> {
        let grants = self.grants.iter();
        let about = grants.filter(|grant| grant.effect == effect && is_about(grant, action));
        about.map(|grant| only(grant, action)).collect()
    }

    /// The denials of one action.
    fn denials(&self, action: &str) -> Vec<&Grant> {
        let denials = self.grants.iter().copied();
        let denials = denials.filter(|grant| grant.effect == Effect::Deny);
        denials.filter(|denial| is_about(denial, action)).collect()
    }

    /// Whether a grant opens a step by this action, despite these denials.
    fn leads(&self, grant: &Grant, action: &str, path: &Path, denials: &[&Grant]) -> bool {
        let harmless = match path.harmless {
            Harmless::Never => false,
            Harmless::OnNamed => is_named(&grant.resource),
            Harmless::OnOwn => {
                self.own.contains(grant.resource.as_str()) || grant.resource.ends_with(CALLER)
            }
        };
        let granted = is_about(grant, action) && reaches(grant, action);
        if grant.effect != Effect::Allow || harmless || !granted {
            return false;
        }
        let denials = denials.iter();
        let denials = denials.filter(|denial| covers(&denial.resource, &grant.resource));
        let denials: Vec<&&Grant> = denials.collect();
        let allowed = |service: &Fact| passes_to(&grant.conditions, service) != Holds::No;
        let is_open = |service: &Fact| {
            allowed(service)
                && denials
                    .iter()
                    .all(|denial| passes_to(&denial.conditions, service) != Holds::Yes)
        };
        match action {
            PASS_ROLE if !path.services.is_empty() => path.services.iter().any(|service| {
                let name = Fact::known(service);
                // A condition that excludes all services that it does not name may name this one by an alias.
                let by_name = allowed(&name) || allowed(&Fact::known(UNNAMED));
                match by_name {
                    true => is_open(&name),
                    false => other_names(service).iter().any(is_open),
                }
            }),
            _ => is_open(&Fact::unknown()),
        }
    }
}

/// Aliases of a service in requests: its name in China, and names with a Region.
fn other_names(service: &str) -> [Fact; 2] {
    let regional = match service.split_once('.') {
        Some((name, rest)) => format!("{}.*.{}", literal(name), literal(rest)),
        None => literal(service),
    };
    [Fact::known(&format!("{service}.cn")), Fact::like(&regional)]
}

fn is_about(grant: &Grant, action: &str) -> bool {
    match grant.action.contains(['*', '?']) {
        false => grant.action.eq_ignore_ascii_case(action),
        // Most grants are of other services, and comparing names takes longer.
        true => {
            is_of_service(&grant.action, action)
                && matches(
                    &grant.action.to_ascii_lowercase(),
                    &action.to_ascii_lowercase(),
                )
        }
    }
}

/// Whether a pattern can be of the service of an action.
fn is_of_service(pattern: &str, action: &str) -> bool {
    let service = |text| str::split(text, ':').next().unwrap_or_default();
    let own = service(pattern);
    own.contains(['*', '?']) || own.eq_ignore_ascii_case(service(action))
}

/// Whether a resource is a single one. A policy variable, which has a colon, can have a value that the caller chooses;
/// `${account}` is the current account.
fn is_named(resource: &str) -> bool {
    let mut variables = resource.split("${").skip(1);
    !resource.contains(['*', '?'])
        && !variables.any(|rest| {
            rest.split('}')
                .next()
                .is_some_and(|name| name.contains(':'))
        })
}

/// Whether a grant with a wildcard includes an action: AWS compares each action with resources of its own types. An
/// action that is granted by name always counts, and so does one that is not in the reference.
fn reaches(grant: &Grant, action: &str) -> bool {
    let facts = || Reference::embedded().action(action);
    let resource = || ArnPattern::from(Text::literal(grant.resource.as_str()));
    !grant.action.contains(['*', '?']) || facts().is_none_or(|facts| facts.takes(&resource()))
}

/// A grant, limited to one action.
fn only(grant: &Grant, action: &str) -> Grant {
    Grant {
        action: action.to_owned(),
        ..grant.clone()
    }
}

fn covered(terms: &BTreeSet<Grant>, by: &BTreeSet<Grant>) -> bool {
    let mut by = Terms::new(by);
    terms.iter().all(|term| by.cover(term))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Held, ways};
    use crate::model::{ConditionMap, Effect, Grant};

    fn on(
        effect: Effect,
        action: &str,
        resource: &str,
        conditions: &[(&str, &str, &str)],
    ) -> Grant {
        let mut map = ConditionMap::new();
        for (operator, key, value) in conditions {
            let keys: &mut BTreeMap<_, BTreeSet<_>> =
                map.entry((*operator).to_owned()).or_default();
            let values = keys.entry((*key).to_owned()).or_default();
            values.extend(value.split(' ').map(str::to_owned));
        }
        Grant {
            effect,
            action: action.to_owned(),
            resource: resource.to_owned(),
            conditions: map,
        }
    }

    fn allow(action: &str, conditions: &[(&str, &str, &str)]) -> Grant {
        on(Effect::Allow, action, "*", conditions)
    }

    fn found(grants: &[Grant], own: &[&str]) -> Vec<String> {
        let held = Held {
            grants: grants.iter().collect(),
            own: own.iter().copied().collect(),
        };
        ways(&held).into_iter().map(|way| way.action).collect()
    }

    fn with_lambda(more: &[Grant]) -> Vec<String> {
        let lambda = ["lambda:Create*", "lambda:InvokeFunction"].map(|action| allow(action, &[]));
        found(&[&lambda, more].concat(), &[])
    }

    #[test]
    fn what_passes_a_role_to_lambda_is_a_way_by_lambda() {
        let key = "iam:PassedToService";
        for (open, operator, value) in [
            (true, "StringEquals", "lambda.amazonaws.com"),
            (
                true,
                "StringEquals",
                "ec2.amazonaws.com lambda.amazonaws.com",
            ),
            (false, "StringEquals", "ec2.amazonaws.com"),
            (false, "StringEquals", "lambda*"),
            (true, "StringEquals", "lambda.amazonaws.com.cn"),
            (true, "StringEquals", "lambda.eu-west-1.amazonaws.com"),
            (false, "StringEquals", "edgelambda.amazonaws.com"),
            (true, "StringLike", "*"),
            (true, "StringLike", "*.amazonaws.com"),
            (false, "StringLike", "ec2*"),
            (true, "StringEqualsIgnoreCase", "LAMBDA.amazonaws.com"),
            (true, "StringEqualsIfExists", "lambda.amazonaws.com"),
            (false, "StringEqualsIfExists", "ec2.amazonaws.com"),
            (true, "ForAnyValue:StringEquals", "lambda.amazonaws.com"),
            (false, "ForAllValues:StringEquals", "ec2.amazonaws.com"),
            (true, "StringNotEquals", "ec2.amazonaws.com"),
            (false, "StringNotEquals", "lambda.amazonaws.com"),
            (false, "StringNotLike", "lambda.*"),
            (true, "Null", "false"),
            (false, "Null", "true"),
            (true, "StringEquals", "${aws:PrincipalTag/service}"),
        ] {
            let ways = with_lambda(&[allow("iam:Pass*", &[(operator, key, value)])]);
            assert_eq!(!ways.is_empty(), open, "{operator} {value}");
        }
        // One of two statements is enough, and a condition on an unknown value closes nothing.
        let ec2 = ("StringEquals", key, "ec2.amazonaws.com");
        let both = [allow("iam:PassRole", &[ec2]), allow("iam:PassRole", &[])];
        assert_eq!(with_lambda(&both), ["iam:PassRole"]);
        let region = ("StringEquals", "aws:RequestedRegion", "eu-west-1");
        assert_eq!(with_lambda(&[allow("iam:PassRole", &[region])]).len(), 1);
        assert!(with_lambda(&[allow("iam:PassRole", &[region, ec2])]).is_empty());
    }

    #[test]
    fn a_denial_closes_a_way_where_it_holds_for_certain() {
        let role = "arn:aws:iam::111111111111:role/x";
        let key = "iam:PassedToService";
        let deny = |action, resource, conditions: &[(&str, &str, &str)]| {
            on(Effect::Deny, action, resource, conditions)
        };
        for (closed, denial) in [
            (true, deny("iam:PassRole", "*", &[])),
            (true, deny("*", "*", &[])),
            (false, deny("iam:PassRole", role, &[])),
            (false, deny("iam:GetRole", "*", &[])),
            (
                true,
                deny(
                    "iam:PassRole",
                    "*",
                    &[("StringEquals", key, "lambda.amazonaws.com")],
                ),
            ),
            (
                true,
                deny(
                    "iam:PassRole",
                    "*",
                    &[("StringNotEquals", key, "ec2.amazonaws.com")],
                ),
            ),
            (
                false,
                deny(
                    "iam:PassRole",
                    "*",
                    &[("StringEquals", key, "ec2.amazonaws.com")],
                ),
            ),
            (
                false,
                deny(
                    "iam:PassRole",
                    "*",
                    &[("Bool", "aws:MultiFactorAuthPresent", "false")],
                ),
            ),
            (true, deny("lambda:CreateFunction", "*", &[])),
        ] {
            let text = format!("{denial:?}");
            let ways = with_lambda(&[allow("iam:PassRole", &[]), denial]);
            assert_eq!(ways.is_empty(), closed, "{text}");
        }
        let named = [
            on(Effect::Allow, "iam:PassRole", role, &[]),
            deny("iam:PassRole", role, &[]),
        ];
        assert!(with_lambda(&named).is_empty());
    }

    #[test]
    fn the_holder_itself_is_harmless_where_it_gains_nothing() {
        let user = "arn:aws:iam::111111111111:user/x";
        let group = "arn:aws:iam::111111111111:group/x";
        for (action, resource, ways) in [
            ("iam:CreateAccessKey", user, 0),
            ("iam:UpdateLoginProfile", user, 0),
            ("iam:AddUserToGroup", group, 0),
            ("iam:CreateAccessKey", "*", 1),
            (
                "iam:CreateAccessKey",
                "arn:aws:iam::111111111111:user/${aws:username}",
                0,
            ),
            ("iam:PutUserPolicy", user, 1),
            ("iam:AttachGroupPolicy", group, 1),
            ("iam:DeleteUserPermissionsBoundary", user, 1),
            ("sts:AssumeRole", "arn:aws:iam::222222222222:role/y", 0),
            ("sts:AssumeRole", "arn:aws:iam::${account}:role/y", 0),
            ("sts:AssumeRole", "arn:aws:iam::*:role/y", 1),
            ("sts:AssumeRole", "arn:aws:iam::????????????:role/?", 1),
            (
                "sts:AssumeRole",
                "arn:aws:iam::222222222222:role/${sts:RoleSessionName}",
                1,
            ),
        ] {
            let granted = [on(Effect::Allow, action, resource, &[])];
            let found = found(&granted, &[user, group]);
            assert_eq!(found.len(), ways, "{action} {resource}");
        }
    }
    #[test]
    fn a_wildcard_opens_steps_on_resources_that_their_actions_have() {
        let role = "arn:aws:iam::111111111111:role/x";
        for (action, resource, ways) in [
            ("ssm:*", "arn:aws:ssm:*:*:parameter/vendor/*", 0),
            ("ssm:*", "arn:aws:ssm:*:*:*", 3),
            ("ssm:*", "*", 3),
            (
                "ssm:*",
                "arn:aws:ec2:*:*:instance/${aws:PrincipalTag/host}",
                3,
            ),
            ("ssm:SendCommand", "arn:aws:ssm:*:*:parameter/vendor/*", 1),
            ("ec2:*", "arn:aws:ec2:*:*:volume/*", 0),
            ("lambda:*", "arn:aws:lambda:*:*:layer:*", 0),
            ("iam:*Role*", role, 4),
            ("iam:*User*", role, 0),
            ("*", role, 4),
        ] {
            let found = found(&[on(Effect::Allow, action, resource, &[])], &[]);
            assert_eq!(found.len(), ways, "{action} {resource}: {found:?}");
        }
    }
}
