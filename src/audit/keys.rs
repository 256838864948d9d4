//! The age of access keys.

use super::planned::Planned;
use super::principal::There;
use super::{Findings, Input, Seen, missing_severity, rule};
use crate::diag::Severity;
use crate::load::credentials::UserKeys;
use crate::model::{AccountId, IdentityKind};

/// Finds access keys of the hub's users that are older than the deployment allows.
pub(super) fn ages(
    input: &Input<'_>,
    account: &AccountId,
    principals: &[(Planned<'_>, Option<There<'_>>)],
    findings: &mut Findings<'_>,
) {
    let Seen::Accounts { reports, .. } = input.seen else {
        return;
    };
    let hub = input
        .resolved
        .hub
        .as_ref()
        .filter(|hub| hub.account == *account);
    let Some(hub) = hub else { return };
    let report = reports.get(account);
    let Some(allowed) = hub.access_key_max_age else {
        if report.is_some() {
            findings.add(
                &rule::UNKNOWN_KEY_AGE,
                "has a credential report, but the deployment sets no maximum key age: `hub.access_key_max_age`",
            );
            findings.last(|finding| finding.severity = Severity::Note);
        }
        return;
    };
    for (user, found) in principals {
        if user.identity.kind != IdentityKind::User || found.is_none() {
            continue;
        }
        // IAM ignores the case of names.
        let is_it = |one: &&UserKeys| one.arn.eq_ignore_ascii_case(user.arn);
        let unknown = match report {
            None => Some("has keys of unknown age: there is no credential report"),
            Some(report) if !report.users.iter().any(|one| is_it(&one)) => {
                Some("has keys of unknown age: the credential report does not have the user")
            }
            Some(_) => None,
        };
        if let Some(what) = unknown {
            findings.about(&rule::UNKNOWN_KEY_AGE, user.subject(), what);
            let severity = missing_severity(input);
            findings.last(|finding| finding.severity = severity);
        }
        let reported = report.into_iter().flat_map(|report| &report.users);
        for (number, made) in reported.filter(is_it).flat_map(|one| &one.active) {
            let days = (input.today - *made).whole_days();
            if days < 0 {
                let what = format!(
                    "has access key {number}, which was created on {made}, after {}",
                    input.today
                );
                findings.about(&rule::UNKNOWN_KEY_AGE, user.subject(), what);
            }
            if days > i64::from(allowed.days()) {
                findings.about(
                    &rule::OLD_ACCESS_KEY,
                    user.subject(),
                    format!(
                        "has access key {number}, which is {days} days old; {allowed} are allowed"
                    ),
                );
            }
        }
    }
}
