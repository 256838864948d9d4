//! Compares one account: looks up everything that is planned for it in its snapshot or Terraform plan.

use std::collections::BTreeSet;

use serde_json::Value;

use super::planned::{All, MANAGED, Managed, Planned};
use super::policy::{self, Place};
use super::principal::There;
use super::{Findings, Seen, State, foreign, keys, principal, rule};
use crate::load::snapshot::{Found, Snapshot, own_tags};
use crate::model::{AccountId, IdentityKind};

/// Compares an account.
pub(super) fn compare(
    all: &All<'_>,
    account: &AccountId,
    snapshot: &Snapshot,
    findings: &mut Findings<'_>,
) -> State {
    let ours = |arn: &str| arn.split(':').nth(4) == Some(account.as_str());
    let principals: Vec<(Planned<'_>, Option<There<'_>>)> = all
        .access
        .identities
        .iter()
        .filter(|(arn, _)| ours(arn))
        .map(|(arn, identity)| {
            let planned = Planned::new(arn, identity);
            let found = principal::find(snapshot, identity.kind, planned.name);
            (planned, found)
        })
        .collect();
    if let Seen::Terraform(planned) = all.input.seen {
        for line in planned.get(account).iter().flat_map(|planned| &planned.odd) {
            findings.add(&rule::NOT_UNDERSTOOD, line);
        }
    }
    if !snapshot.has_roles {
        findings.add(
            &rule::NOT_UNDERSTOOD,
            "has no role in its snapshot, though AWS creates AWSServiceRoleForSupport in every account: save it with Role",
        );
    }
    let is_itself = |(planned, found): &(Planned<'_>, Option<There<'_>>)| {
        found.is_some_and(|there| there.why_not(planned).is_none())
    };
    let state = match principals.iter().any(is_itself) {
        true => State::Compared,
        false => State::NotDeployed,
    };
    if principals.len() > 1 && principals.iter().all(|(_, found)| found.is_none()) {
        findings.add(&rule::NOT_DEPLOYED, "has no resource of the deployment");
    } else {
        for (planned, found) in &principals {
            let why_not = match found {
                None => Some("is not there".to_owned()),
                Some(there) => there.why_not(planned),
            };
            if let Some(why) = why_not {
                findings.about(&rule::NOT_DEPLOYED, planned.subject(), why);
            }
            if let Some(there) = found {
                principal::compare(all, planned, there, findings);
            }
            // The users are listed with their groups, even if the groups are not listed.
            if planned.identity.kind == IdentityKind::Group {
                foreign::members(all.input, snapshot, planned, findings);
            }
        }
    }
    for (arn, grants) in &all.access.managed_policies {
        if ours(arn) {
            let policy = Managed {
                input: all.input,
                snapshot,
                arn,
                grants,
                tags: all.access.tags.get(arn),
            };
            managed(&policy, state, findings);
            foreign::attachments(all.access, &policy, findings);
        }
    }
    for (arn, audiences) in &all.access.identity_providers {
        if ours(arn) {
            provider(arn, audiences, snapshot, findings);
        }
    }
    foreign::roles(all, account, snapshot, findings);
    keys::ages(all.input, account, &principals, findings);
    state
}

/// Compares an OIDC provider that the deployment creates.
fn provider(
    arn: &str,
    planned: &BTreeSet<String>,
    snapshot: &Snapshot,
    findings: &mut Findings<'_>,
) {
    let (_, issuer) = arn.split_once('/').unwrap_or_default();
    let subject = ("identity provider", issuer);
    let Some(providers) = &snapshot.oidc_providers else {
        findings.about(&rule::UNSEEN_PROVIDER, subject, "is not looked at");
        return;
    };
    match providers.get(arn) {
        None => findings.about(&rule::NOT_DEPLOYED, subject, "is not there"),
        Some(there) if there == planned => {}
        Some(there) => {
            let list = |audiences: &BTreeSet<String>| match audiences.is_empty() {
                true => "none".to_owned(),
                false => Vec::from_iter(audiences.iter().map(String::as_str)).join(", "),
            };
            let what = format!("has the audiences {} → {}", list(planned), list(there));
            findings.about(&rule::CHANGED_PROVIDER, subject, what);
        }
    }
}

/// Compares a managed policy, independent of its attachments.
fn managed(planned: &Managed<'_>, state: State, findings: &mut Findings<'_>) {
    let subject = (MANAGED, planned.name());
    let missing = |findings: &mut Findings<'_>, what: String| {
        findings.about(&rule::MISSING_POLICY, subject, what);
    };
    match planned.snapshot.own_policy(planned.name()) {
        Found::Nothing if !planned.snapshot.holders(planned.arn).is_empty() => findings.about(
            &rule::NOT_UNDERSTOOD,
            subject,
            "is attached, but its document is not in the snapshot: save it with LocalManagedPolicy",
        ),
        Found::Nothing if state == State::NotDeployed => {}
        Found::Nothing => missing(findings, "is not there".to_owned()),
        Found::OtherCase(name) => missing(
            findings,
            format!("is missing, but {name} exists, and IAM ignores the case of names"),
        ),
        Found::It(there) if there.arn != planned.arn => {
            missing(findings, format!("is missing; {} exists", there.arn));
        }
        Found::It(there) => {
            let place = Place {
                subject,
                policy: None,
            };
            let null = Value::Null;
            let document = there.document().unwrap_or(&null);
            policy::compare(planned.input, &place, planned.grants, document, findings);
            if let (Some(wanted), Some(found)) = (planned.tags, &there.tags) {
                principal::tags(subject, wanted, &own_tags(found), findings);
            }
        }
    }
}
