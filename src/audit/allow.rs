//! The findings that a deployment accepts, each with a reason.

use super::{Audit, Finding, Input, RULES, Seen, State, rule};
use crate::diag::{Diagnostic, did_you_mean};
use crate::model::{matches, shown};
use crate::resolve::AllowedFinding;

/// Marks accepted findings, and finds `allow` entries that have expired or match nothing.
pub(super) fn accept(input: &Input<'_>, audit: &mut Audit) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let whole = matches!(input.seen, Seen::Accounts { .. })
        && audit
            .accounts
            .iter()
            .all(|account| account.state != State::NoSnapshot);
    let mut more = Vec::new();
    for allow in &input.resolved.audit_allows {
        if !RULES.iter().any(|rule| rule.code == allow.rule) {
            faults.push(unknown(allow));
            continue;
        }
        let expired = allow.until.filter(|until| *until < input.today);
        let mut used = false;
        for finding in audit
            .findings
            .iter_mut()
            .filter(|finding| accepts(allow, finding))
        {
            used = true;
            if expired.is_none() && finding.accepted.is_none() {
                finding.accepted = Some(allow.reason.clone());
            }
        }
        let finding = match (expired, used) {
            (Some(until), true) => Some((
                &rule::EXPIRED_ALLOW,
                format!("{} was accepted until {until}", allow.rule),
            )),
            // The entry may match findings in an account that was not audited.
            (_, false) if whole => Some((
                &rule::UNUSED_ALLOW,
                format!("this matches no finding: {}", allow.rule),
            )),
            _ => None,
        };
        more.extend(finding.map(|(rule, what)| Finding {
            rule,
            severity: rule.severity,
            account: None,
            principal: None,
            policy: None,
            what,
            grants: Vec::new(),
            about: Vec::new(),
            span: allow.span,
            accepted: None,
        }));
    }
    audit.findings.extend(more);
    faults
}

/// Whether an `allow` entry matches a finding, regardless of its date.
fn accepts(allow: &AllowedFinding, finding: &Finding) -> bool {
    let about = allow.about.as_ref().is_none_or(|about| {
        let about = about.to_lowercase();
        let mut names = finding.about.iter();
        names.any(|name| matches(&about, &name.to_lowercase()))
    });
    allow.rule == finding.rule.code && about
}

fn unknown(allow: &AllowedFinding) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "unknown-rule",
        allow.span,
        format!("the audit has no rule {}", shown(&allow.rule)),
    );
    match did_you_mean(&allow.rule, RULES.iter().map(|rule| rule.code)) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help("`landgrant explain` lists the rules"),
    }
}
