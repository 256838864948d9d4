//! Denials that take nothing away from what is granted.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::Span;
use crate::lint::{Context, Finding, Holder, Principal, Rule, denied};
use crate::model::{Grant, LintLevel, overlap};
use crate::resolve::Denial;

pub(super) const RULE: Rule = Rule {
    code: "idle-denial",
    level: LintLevel::Note,
    summary: "a Deny touches nothing of what is granted",
    page: include_str!("idle_denial.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    // What a deployment denies, it denies several principals: it is enough that it touches one of them.
    let mut denials: BTreeMap<Span, (&Denial, BTreeSet<Holder>, bool)> = BTreeMap::new();
    for principal in context.principals() {
        let grants = grants(context, &principal);
        for denial in principal.denials {
            let denied = denied(std::slice::from_ref(denial), context.plan.partition);
            let touches = denied
                .iter()
                .any(|denied| grants.iter().any(|grant| touches(denied, grant)));
            let entry = denials.entry(denial.span);
            let (_, holders, touched) = entry.or_insert((denial, BTreeSet::new(), false));
            holders.insert(principal.holder);
            *touched |= touches;
        }
    }
    let idle = denials.into_iter().filter(|(_, (.., touched))| !touched);
    idle.map(|(span, (denial, holders, _))| finding(span, denial, holders))
        .collect()
}

fn finding(span: Span, denial: &Denial, holders: BTreeSet<Holder>) -> Finding {
    let subject = denial.actions.first().map_or("", |action| action.as_str());
    let others = match denial.actions.len() {
        0 | 1 => String::new(),
        2 => " and another action".to_owned(),
        many => format!(" and {} other actions", many - 1),
    };
    Finding {
        span,
        asked: Vec::new(),
        subject: subject.to_owned(),
        holders,
        message: format!("the Deny of {subject}{others} touches nothing that is granted"),
        limits: String::new(),
        why: "it changes nothing today: it is a fence against what a later version or another policy grants".to_owned(),
        help: "keep it if that is meant; else check its actions and resources".to_owned(),
    }
}

/// All that a principal is granted; the hub, that its members assume roles.
fn grants(context: &Context<'_>, principal: &Principal<'_>) -> Vec<Grant> {
    let granted = principal.grants.iter();
    let mut grants: Vec<Grant> = granted.flat_map(|one| one.evaluated(context)).collect();
    if principal.holder == Holder::Hub
        && let Some(hub) = &context.plan.hub
    {
        let site = context.plan.site(&hub.account);
        let statements = hub
            .assume_role
            .iter()
            .flat_map(|one| &one.document.statements);
        for statement in statements {
            for action in &statement.actions {
                grants.extend(statement.resources.iter().map(|resource| Grant {
                    effect: statement.effect,
                    action: action.to_string(),
                    resource: resource.text().at(site),
                    conditions: BTreeMap::new(),
                }));
            }
        }
    }
    grants
}

/// Whether some request is one that is denied and granted, whatever the conditions.
fn touches(denied: &Grant, granted: &Grant) -> bool {
    let actions = [&denied.action, &granted.action].map(|action| action.to_lowercase());
    overlap(&actions[0], &actions[1]) && overlap(&denied.resource, &granted.resource)
}
