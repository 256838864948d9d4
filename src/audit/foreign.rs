//! Unplanned resources that give access: members of groups, attachments, other roles.

use std::collections::BTreeSet;

use super::planned::{All, MANAGED, Managed, Planned, kind_name};
use super::trust::TrustPolicy;
use super::{Findings, Input, rule};
use crate::load::snapshot::{Snapshot, UserDetail};
use crate::model::{Access, AccountId, IdentityKind, PolicyKind};
use crate::plan::Plan;

/// Finds users in a group that are not part of the deployment. If the deployment has no user, users are expected to be
/// added.
pub(super) fn members(
    input: &Input<'_>,
    snapshot: &Snapshot,
    group: &Planned<'_>,
    findings: &mut Findings<'_>,
) {
    let users = input.plan.users();
    let ours: BTreeSet<&str> = users.map(|user| user.user.name.as_str()).collect();
    if ours.is_empty() {
        return;
    }
    // IAM ignores the case of names.
    let joins = |user: &UserDetail| {
        let mut groups = user.groups.iter();
        groups.any(|one| one.eq_ignore_ascii_case(group.name))
    };
    for user in &snapshot.users {
        let name = user.user_name.as_str();
        if joins(user) && !ours.contains(name) {
            findings.about(
                &rule::FOREIGN_MEMBER,
                group.subject(),
                format!("has the member {name}"),
            );
            findings.last(|finding| finding.about.push(name.to_owned()));
        }
    }
}

/// Finds principals with an attachment of a planned managed policy that is not planned.
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

/// Finds unplanned roles that trust a principal that the planned roles trust.
pub(super) fn roles(
    all: &All<'_>,
    account: &AccountId,
    snapshot: &Snapshot,
    findings: &mut Findings<'_>,
) {
    let input = all.input;
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
        let what = match TrustPolicy::parse(&role.trust) {
            Ok(trust) => {
                let mut ways = all.bearers.describe(&trust, account.as_str());
                let way = all.reach.describe(&trust, &role.arn, all.access);
                ways.extend((!way.is_empty()).then_some(way));
                ways.join("; ")
            }
            Err(why) if all.reach.interest.trusts(&role.trust, &role.arn) => {
                format!(
                    "may trust whom planned roles trust: its trust policy is not understood: {why}"
                )
            }
            Err(_) => String::new(),
        };
        if !what.is_empty() {
            findings.about(&rule::FOREIGN_ROLE, ("role", name), what);
        }
    }
}

/// Whether Terraform assumes this role to enter the account: the deployment names it but does not create it.
fn enters(plan: &Plan, account: &AccountId, arn: &str) -> bool {
    let one_root = plan.terraform && plan.terraform_shape.is_one_root();
    let site = plan.site(account);
    let mut targets = plan.targets.iter();
    one_root
        && targets
            .any(|target| target.account == *account && plan.entry_role_arn(target).at(site) == arn)
}
