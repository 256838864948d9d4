//! The principals that the planned roles trust, and whether other roles of an account trust them too.

use std::collections::BTreeSet;

use super::caller::Caller;
use super::trust::{ACTION, TrustPolicy};
use super::{Input, Seen};
use crate::adopt;
use crate::load::Interest;
use crate::load::snapshot::Tag;
use crate::model::{
    Access, AccountId, Effect, Holds, Identity, IdentityKind, Request, Trust, holds, literal,
    matches, overlap,
};
use crate::review::{Around, compare_identities};

/// The principals that the planned roles trust, and the planned roles themselves.
pub(super) struct Reach {
    /// Users of the hub, and trusted principals that are named, including whole accounts.
    callers: BTreeSet<Caller>,
    /// The roles that they can assume. From such a role they can go on to other roles of its account.
    roles: BTreeSet<Caller>,
    /// Those of the roles that the plan allows to assume roles, and so to reach other accounts.
    roaming: BTreeSet<Caller>,
    /// Selects trust policies that are not understood and may let a caller in.
    pub(super) interest: Interest,
}

impl Reach {
    pub(super) fn new(input: &Input<'_>, planned: &Access) -> Self {
        let plan = input.plan;
        // The roles for CloudFormation have a trust policy for another purpose.
        let roles: BTreeSet<String> = plan
            .targets
            .iter()
            .map(|target| {
                let site = plan.site(&target.account);
                target.role_arn().at(site)
            })
            .collect();
        let users = planned.identities.iter();
        let users = users.filter(|(_, identity)| identity.kind == IdentityKind::User);
        let users: BTreeSet<Caller> = users
            .filter_map(|(arn, _)| Some(Self::seen(input, Caller::new(arn)?)))
            .collect();
        let is_user = |arn: &String| users.iter().any(|user| user.arn() == *arn);
        // An account that is trusted only for the sake of its user is not a caller itself.
        let is_for_users = |trust: &Trust| {
            let keys = trust.conditions.get("ArnEquals");
            let arns = keys.and_then(|keys| keys.get("aws:PrincipalArn"));
            arns.is_some_and(|arns| arns.iter().all(is_user))
        };
        let trusted = planned.identities.iter();
        let trusted = trusted.filter(|(arn, _)| roles.contains(*arn));
        let trusted = trusted.flat_map(|(_, role)| &role.trust);
        let trusted: BTreeSet<Caller> = trusted
            .filter(|trust| !is_for_users(trust) && !is_user(&trust.principal.value))
            .filter_map(|trust| Caller::new(&trust.principal.value))
            .map(|caller| Self::seen(input, caller))
            .collect();
        let roles = roles
            .iter()
            .filter_map(|arn| Some(Self::seen(input, Caller::new(arn)?)));
        let roles: BTreeSet<Caller> = roles.collect();
        let roams = |caller: &&Caller| {
            let role = planned.identities.get(&caller.arn());
            role.is_some_and(|role| role.policies.values().flatten().any(adopt::assumes))
        };
        Self {
            roaming: roles.iter().filter(roams).cloned().collect(),
            roles,
            callers: users.into_iter().chain(trusted).collect(),
            interest: adopt::interest(planned),
        }
    }

    /// Adds the id and tags of the caller from the evidence.
    fn seen(input: &Input<'_>, mut caller: Caller) -> Caller {
        let snapshot = match input.seen {
            Seen::Accounts { snapshots, .. } => AccountId::parse(caller.account())
                .ok()
                .and_then(|account| snapshots.get(&account)),
            // A Terraform plan has no data on resources that it does not manage.
            Seen::Terraform(_) => None,
        };
        let arn = caller.arn();
        let users = snapshot.iter().flat_map(|one| &one.users);
        let users = users.map(|user| (&user.arn, &user.user_id, &user.tags));
        let roles = snapshot.iter().flat_map(|one| &one.roles);
        let roles = roles.map(|role| (&role.arn, &role.role_id, &role.tags));
        let found: Option<(&String, &String, &Vec<Tag>)> =
            users.chain(roles).find(|(of, ..)| **of == arn);
        if let Some((_, id, tags)) = found {
            let tags = tags.iter();
            let tags = tags.map(|tag| (tag.key.clone(), tag.value.clone()));
            caller.id = (!id.is_empty()).then(|| id.clone());
            // Whoever assumes a role may set session tags, which override those of the role.
            caller.tags = (!caller.is_role()).then(|| tags.collect());
        }
        caller
    }

    /// How the trust policy of a role lets any of the callers in, or `None` if it does not.
    pub(super) fn describe(&self, trust: &TrustPolicy, role: &str, planned: &Access) -> String {
        let account = role.split(':').nth(4).unwrap_or_default();
        let mut reaching = Identity::new(IdentityKind::Role);
        let (mut holds, mut others) = (Holds::No, BTreeSet::new());
        let roles = self.roles.iter();
        let roles = roles.filter(|caller| caller.account() == account);
        let roaming = self.roaming.iter();
        let roaming = roaming
            .filter(|caller| caller.account() != account && may_assume(planned, caller, role));
        for caller in self.callers.iter().chain(roles).chain(roaming) {
            let way = trust.way_in(caller, account, may_assume(planned, caller, role));
            holds = holds.or(way.holds);
            reaching.trust.extend(way.trusts);
            others.extend(way.others);
        }
        let around = Around {
            account,
            before: planned,
            tags: &BTreeSet::new(),
        };
        let facts = compare_identities(around, None, Some(&reaching));
        let texts = facts.into_iter().map(|fact| fact.text).chain(others);
        let texts: Vec<String> = texts.collect();
        match holds {
            Holds::No => String::new(),
            Holds::Yes => texts.join("; "),
            Holds::Depends(keys) => {
                let keys: Vec<String> = keys.into_iter().collect();
                let (keys, texts) = (keys.join(" and "), texts.join("; "));
                format!("may trust whom planned roles trust, depending on {keys}: {texts}")
            }
        }
    }
}

/// Whether the planned policies of a user or a role allow it to assume a role, as far as it is known. Denials are
/// ignored.
fn may_assume(planned: &Access, caller: &Caller, role: &str) -> bool {
    let user = planned.identities.get(&caller.arn());
    let groups = user.iter().flat_map(|user| &user.groups);
    let groups = groups.filter_map(|group| planned.identities.get(group));
    let facts = |key: &str| caller.fact(key, role.split(':').nth(4).unwrap_or_default());
    let request = Request {
        facts: &facts,
        wanted: true,
        variables: true,
    };
    let mut grants = user
        .into_iter()
        .chain(groups)
        .flat_map(|identity| identity.policies.values().flatten());
    grants.any(|grant| {
        grant.effect == Effect::Allow
            && matches(&grant.action.to_lowercase(), ACTION)
            && overlap(&grant.resource, &literal(role))
            && holds(&grant.conditions, request) != Holds::No
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Caller, TrustPolicy, may_assume};
    use crate::model::{Access, Holds, IdentityKind, PolicyKind};
    use crate::readback::observed_grants;

    const USER: &str = "arn:aws:iam::111111111111:user/svc-micetro";
    const GROUP: &str = "arn:aws:iam::111111111111:group/access";

    #[test]
    fn at_home_the_account_lets_in_whom_the_plan_permits() {
        let role = "arn:aws:iam::111111111111:role/admin";
        let trust = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:AssumeRole",
        }});
        let trust = TrustPolicy::parse(&trust).unwrap();
        let caller = Caller::new(USER).unwrap();
        for (resource, condition, lets_in) in [
            ("*", json!({}), true),
            (role, json!({}), true),
            (
                "arn:aws:iam::111111111111:role/a*",
                json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
                true,
            ),
            (
                "*",
                json!({"StringEquals": {"aws:username": "alice"}}),
                false,
            ),
            // A policy variable can have any value.
            (
                "arn:aws:iam::111111111111:role/${aws:PrincipalTag/team}",
                json!({}),
                true,
            ),
            (
                "arn:aws:iam::111111111111:role/x-${aws:username}",
                json!({}),
                false,
            ),
            ("arn:aws:iam::222222222222:role/*", json!({}), false),
        ] {
            let document = json!({"Version": "2012-10-17", "Statement": {
                "Effect": "Allow", "Action": "sts:Assume*", "Resource": resource, "Condition": condition,
            }});
            let grants = observed_grants(crate::model::Partition::Aws, &document).unwrap();
            let mut planned = Access::default();
            planned
                .identity(USER, IdentityKind::User)
                .groups
                .insert(GROUP.to_owned());
            let policies = &mut planned.identity(GROUP, IdentityKind::Group).policies;
            policies.insert((PolicyKind::Inline, "more".to_owned()), grants);
            let permitted = may_assume(&planned, &caller, role);
            let way = trust.way_in(&caller, "111111111111", permitted);
            assert_eq!(way.holds == Holds::Yes, lets_in, "{resource} {condition}");
        }
    }
}
