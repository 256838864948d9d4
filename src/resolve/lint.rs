//! Checks what a deployment says of findings, of lint and of the audit. Which rules there are is not known here.

use time::Date;
use time::format_description::well_known::Iso8601;

use super::sink::Sink;
use super::{AllowedFinding, LintSettings};
use crate::diag::Diagnostic;
use crate::load::deployment::{AllowDoc, DeploymentDoc};
use crate::load::{Document, Place};
use crate::model::shown;

pub(super) fn check(sink: &mut Sink, deployment: &Document<DeploymentDoc>) -> LintSettings {
    let Some(doc) = &deployment.doc.lint else {
        return LintSettings::default();
    };
    let place = deployment.root().key("lint");
    let levels = doc
        .levels
        .iter()
        .map(|(rule, level)| {
            let span = place.key("levels").key(rule).key_span();
            (rule.clone(), *level, span)
        })
        .collect();
    let allows = allows(sink, &doc.allow, place.key("allow"));
    LintSettings { levels, allows }
}

/// What the audit finds and was accepted.
pub(super) fn check_audit(
    sink: &mut Sink,
    deployment: &Document<DeploymentDoc>,
) -> Vec<AllowedFinding> {
    let place = deployment.root().key("audit").key("allow");
    match &deployment.doc.audit {
        Some(doc) => allows(sink, &doc.allow, place),
        None => Vec::new(),
    }
}

fn allows(sink: &mut Sink, docs: &[AllowDoc], place: Place<'_>) -> Vec<AllowedFinding> {
    let mut allows = Vec::new();
    for (index, allow) in docs.iter().enumerate() {
        let place = place.index(index);
        if allow.reason.trim().is_empty() {
            sink.push(
                Diagnostic::error(
                    "missing-reason",
                    place.key("reason").span(),
                    "the reason is empty",
                )
                .why("whoever reviews the deployment asks why this was accepted")
                .help("say in a sentence why the finding is accepted"),
            );
        }
        let until = allow.until.as_ref().and_then(|text| {
            let date = Date::parse(text, &Iso8601::DATE)
                .ok()
                .filter(|_| text.len() == 10);
            if date.is_none() {
                sink.push(
                    Diagnostic::error(
                        "bad-date",
                        place.key("until").span(),
                        format!("{} is not a day", shown(text)),
                    )
                    .why("after that day the finding is reported again")
                    .help("write it in quotes as year, month and day: \"2027-03-31\""),
                );
            }
            date
        });
        allows.push(AllowedFinding {
            rule: allow.rule.clone(),
            about: allow.about.clone(),
            reason: allow.reason.clone(),
            until,
            span: place.key("rule").span(),
        });
    }
    allows
}
