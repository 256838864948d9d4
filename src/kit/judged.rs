//! What was looked at before a kit was made: findings with the answers to them, and quotas.

use super::Kit;
use crate::diag::level;
use crate::plan::{Template, budget};
use crate::render::kit_view::{FindingView, QuotaView};
use crate::render::templates;

pub(super) fn findings(kit: &Kit<'_>) -> Vec<FindingView> {
    let mut views: Vec<FindingView> = Vec::new();
    for reported in kit.findings {
        let found = &reported.diagnostic;
        let why = found.why.clone().unwrap_or_default();
        let help = found.help.clone().unwrap_or_default();
        let same = views.iter_mut().find(|view| {
            (view.rule, &view.why, &view.help, &view.accepted)
                == (found.code, &why, &help, &reported.accepted)
        });
        match same {
            Some(view) => view.others.push(found.message.clone()),
            None => views.push(FindingView {
                rule: found.code,
                severity: level(found.severity),
                subject: reported.subject.clone(),
                message: found.message.clone(),
                why,
                help,
                accepted: reported.accepted.clone(),
                others: Vec::new(),
            }),
        }
    }
    views
}

pub(super) fn quotas(kit: &Kit<'_>) -> Vec<QuotaView> {
    let templates = templates(kit.plan, kit.rendered);
    let templates = templates.iter().map(Template::budget);
    let quotas = budget(kit.plan).into_iter().chain(templates);
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
