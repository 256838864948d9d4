//! What was looked at before a kit was made: findings with the answers to them, and quotas.

use super::Kit;
use super::view::{FindingView, QuotaView};
use crate::diag::Severity;
use crate::plan::budget;

pub(super) fn findings(kit: &Kit<'_>) -> Vec<FindingView> {
    let findings = kit.findings.iter();
    findings
        .map(|reported| {
            let found = &reported.diagnostic;
            FindingView {
                rule: found.code,
                severity: match found.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                    Severity::Note => "note",
                },
                subject: reported.subject.clone(),
                message: found.message.clone(),
                why: found.why.clone().unwrap_or_default(),
                help: found.help.clone().unwrap_or_default(),
                accepted: reported.accepted.clone(),
            }
        })
        .collect()
}

pub(super) fn quotas(kit: &Kit<'_>) -> Vec<QuotaView> {
    let quotas = budget(kit.plan).into_iter();
    quotas
        .map(|quota| QuotaView {
            percent: quota.percent(),
            what: quota.what,
            used: quota.used,
            limit: quota.limit,
            unit: quota.unit,
            targets_left: quota.targets_left,
        })
        .collect()
}
