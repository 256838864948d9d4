//! What stands beside the planned resources and reaches in: members of groups, attachments, other roles.

use std::collections::BTreeSet;

use super::account::{All, MANAGED, Managed, Planned, kind_name};
use super::{Findings, Input, rule};
use crate::adopt;
use crate::load::Interest;
use crate::load::snapshot::Snapshot;
use crate::model::{
    Access, AccountId, Effect, Identity, IdentityKind, PolicyKind, Site, Trust, covers, matches,
};
use crate::plan::{Plan, TerraformShape};
use crate::readback::observed_trust;
use crate::review::{Around, compare_identities};

/// Finds users in a group that are none of the deployment's. Without users of its own, whoever is to have access joins.
pub(super) fn members(
    input: &Input<'_>,
    snapshot: &Snapshot,
    group: &Planned<'_>,
    findings: &mut Findings<'_>,
) {
    let users = input.plan.hub.iter().flat_map(|hub| &hub.users);
    let ours: BTreeSet<&str> = users.map(|user| user.name.as_str()).collect();
    if ours.is_empty() {
        return;
    }
    for user in &snapshot.users {
        let name = user.user_name.as_str();
        if user.groups.iter().any(|one| one == group.name) && !ours.contains(name) {
            findings.about(
                &rule::FOREIGN_MEMBER,
                group.subject(),
                format!("has the member {name}"),
            );
            findings.last(|finding| finding.about.push(name.to_owned()));
        }
    }
}

/// Finds principals that a managed policy of the plan is attached to and that are not planned to have it.
pub(super) fn attachments(planned: &Access, policy: &Managed<'_>, findings: &mut Findings<'_>) {
    let key = (PolicyKind::Managed, policy.name().to_owned());
    let account = policy.arn.split(':').nth(4);
    for (kind, name) in policy.snapshot.holders(policy.arn) {
        let wanted = planned.identities.iter().any(|(arn, identity)| {
            arn.split(':').nth(4) == account
                && arn.rsplit('/').next() == Some(name)
                && identity.kind == kind
                && identity.policies.contains_key(&key)
        });
        if !wanted {
            findings.about(
                &rule::FOREIGN_ATTACHMENT,
                (MANAGED, policy.name()),
                format!("is attached to the {} {name}", kind_name(kind)),
            );
            findings.last(|finding| finding.about.push(name.to_owned()));
        }
    }
}

/// Finds roles that are not planned and let in whom the planned roles let in.
pub(super) fn roles(
    all: &All<'_>,
    account: &AccountId,
    snapshot: &Snapshot,
    findings: &mut Findings<'_>,
) {
    let input = all.input;
    let at_home = input
        .plan
        .hub
        .as_ref()
        .is_some_and(|hub| hub.account == *account);
    for role in &snapshot.roles {
        let name = role.role_name.as_str();
        let ours = all.access.identities.iter().any(|(arn, identity)| {
            identity.kind == IdentityKind::Role
                && arn.split(':').nth(4) == Some(account.as_str())
                && arn
                    .rsplit('/')
                    .next()
                    .is_some_and(|known| known.eq_ignore_ascii_case(name))
        });
        if ours || role.arn.is_empty() || enters(input.plan, account, &role.arn) {
            continue;
        }
        if role.trust.is_null() {
            let what = "is not planned, and who may assume it is known only after the apply";
            findings.about(&rule::NOT_UNDERSTOOD, ("role", name), what);
            continue;
        }
        let what = match observed_trust(input.plan.partition, &role.trust) {
            Ok(trust) => {
                let mut reaching = Identity::new(IdentityKind::Role);
                reaching.trust = trust;
                reaching
                    .trust
                    .retain(|trust| all.reach.lets_in(trust, at_home));
                let around = Around {
                    account: account.as_str(),
                    before: all.access,
                };
                let facts = compare_identities(around, None, Some(&reaching));
                let texts: Vec<String> = facts.into_iter().map(|fact| fact.text).collect();
                texts.join("; ")
            }
            // In the hub account, whatever trusts the account is the account's own affair.
            Err(why) if !at_home && all.reach.interest.trusts(&role.trust) => {
                format!("may let the hub in: its trust policy is not understood: {why}")
            }
            Err(_) => String::new(),
        };
        if !what.is_empty() {
            findings.about(&rule::FOREIGN_ROLE, ("role", name), what);
        }
    }
}

/// Whether Terraform enters the account by the role: the deployment names it, and does not make it.
fn enters(plan: &Plan, account: &AccountId, arn: &str) -> bool {
    let one_root = plan.terraform
        && matches!(
            plan.terraform_shape,
            TerraformShape::SingleRoot | TerraformShape::Tofu
        );
    let site = Site {
        partition: plan.partition,
        account,
    };
    let mut targets = plan.targets.iter();
    one_root
        && targets
            .any(|target| target.account == *account && plan.entry_role_arn(target).at(site) == arn)
}

/// Whom the planned roles let in.
pub(super) struct Reach {
    /// Users of the hub, and principals that are trusted by name.
    names: BTreeSet<String>,
    /// Accounts that are trusted as a whole, and those of the users: `arn:aws:iam::111111111111:root`.
    roots: BTreeSet<String>,
    /// Tells a trust policy that is not understood and may let them in.
    interest: Interest,
}

impl Reach {
    pub(super) fn of(plan: &Plan, planned: &Access) -> Self {
        // The roles that CloudFormation works as trust whom they trust for another end.
        let roles: BTreeSet<String> = plan
            .targets
            .iter()
            .map(|target| {
                let site = Site {
                    partition: plan.partition,
                    account: &target.account,
                };
                target.role_arn().at(site)
            })
            .collect();
        let mut reach = Self {
            names: BTreeSet::new(),
            roots: BTreeSet::new(),
            interest: adopt::interest(planned),
        };
        for (arn, identity) in &planned.identities {
            let named = match identity.kind {
                IdentityKind::User => vec![arn],
                IdentityKind::Role if roles.contains(arn) => {
                    let trust = identity.trust.iter();
                    trust.map(|trust| &trust.principal.value).collect()
                }
                IdentityKind::Group | IdentityKind::Role => Vec::new(),
            };
            for arn in named {
                let fields: Vec<&str> = arn.splitn(6, ':').collect();
                if let ["arn", _, _, _, _, resource] = fields.as_slice() {
                    if *resource != "root" {
                        reach.names.insert(arn.clone());
                    }
                    let root = format!("{}:root", fields[..5].join(":"));
                    reach.roots.insert(root);
                }
            }
        }
        reach
    }

    /// Whether a trust lets any of them in. In the hub account itself, trusting the account is usual and means nobody in
    /// particular.
    fn lets_in(&self, trust: &Trust, at_home: bool) -> bool {
        let assumes = covers(&trust.action.to_ascii_lowercase(), "sts:assumerole");
        if trust.effect != Effect::Allow || !assumes {
            return false;
        }
        let principal = trust.principal.value.as_str();
        if self.names.contains(principal) {
            return true;
        }
        if !self.roots.contains(principal) && principal != "*" {
            return false;
        }
        let named = self.named_by_condition(trust);
        match at_home {
            true => named == Some(true),
            false => named.unwrap_or(true),
        }
    }

    /// Whether a condition on the caller's ARN or account names any of them; nothing without such a condition.
    fn named_by_condition(&self, trust: &Trust) -> Option<bool> {
        let mut named = None;
        for (operator, keys) in &trust.conditions {
            if operator.contains("Not") {
                continue;
            }
            for (key, values) in keys {
                let one = match key.to_ascii_lowercase().as_str() {
                    "aws:principalarn" if self.names.is_empty() => continue,
                    "aws:principalarn" => self
                        .names
                        .iter()
                        .any(|name| values.iter().any(|value| matches(value, name))),
                    "aws:principalaccount" => self.roots.iter().any(|root| {
                        root.split(':')
                            .nth(4)
                            .is_some_and(|account| values.contains(account))
                    }),
                    _ => continue,
                };
                named = Some(named.unwrap_or(true) && one);
            }
        }
        named
    }
}
