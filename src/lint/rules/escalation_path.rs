//! Actions that form a privilege escalation path.

use std::collections::{BTreeMap, BTreeSet};

use crate::lint::denied;
use crate::lint::escalation::{Harmless, PATHS, Path};
use crate::lint::ways::{Held, Open, steps, way_in_steps};
use crate::lint::{Context, Finding, Granted, Principal, Rule};
use crate::model::{Grant, LintLevel};

/// How many resources are listed; the others are counted.
const MOST: usize = 3;

pub(super) const RULE: Rule = Rule {
    code: "escalation-path",
    level: LintLevel::Deny,
    summary: "a grant leads to more permissions",
    page: include_str!("escalation_path.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for principal in context.principals() {
        // The grants, each with its catalog entry.
        let granted: Vec<(Grant, &Granted<'_>)> = principal
            .grants
            .iter()
            .flat_map(|granted| {
                let grants = granted.evaluated(context);
                grants.into_iter().map(move |grant| (grant, granted))
            })
            .collect();
        let denied = denied(principal.denials, context.plan.partition);
        let held = Held {
            // Findings name grants by their place, so these come first.
            grants: granted
                .iter()
                .map(|(grant, _)| grant)
                .chain(&denied)
                .collect(),
            own: BTreeSet::from([Granted::OWN_USER, Granted::OWN_GROUPS]),
        };
        let found = PATHS
            .iter()
            .filter_map(|path| found(path, &principal, &held, &granted));
        findings.extend(found);
    }
    findings
}

fn found(
    path: &Path,
    principal: &Principal<'_>,
    held: &Held<'_>,
    granted: &[(Grant, &Granted<'_>)],
) -> Option<Finding> {
    let steps = steps(path, held)?;
    let way = way_in_steps(path, &steps);
    let first = steps.first()?.grants.first()?;
    let (_, at) = granted.get(*first)?;
    let capped = match principal.bounded {
        true => "; the permissions boundary caps it, if it leaves one of these out",
        false => "",
    };
    let help = match (path.services, path.harmless) {
        ([], Harmless::OnNamed) => {
            "omit it, name single roles by a `scope`, or set a permissions boundary that leaves it out"
        }
        ([], _) => "omit it, or set a permissions boundary that leaves it out",
        _ => {
            "omit it, copy the catalog and add a condition on iam:PassedToService that leaves that service out, or set a permissions boundary"
        }
    };
    let mut finding = at.finding(
        way.message,
        format!("whoever holds the product's credentials can do more than is granted here{capped}"),
        help,
    );
    finding.limits = limits(&steps, held);
    finding.subject = way.action;
    Some(finding)
}

/// The resources and conditions that the steps of the path are limited to; `None` if there is no limit.
fn limits(steps: &[Open], held: &Held<'_>) -> String {
    let limits = steps.iter().filter_map(|step| {
        let limit = limit(step, held)?;
        match steps {
            [_] => Some(limit),
            _ => {
                let actions: Vec<&str> = step.actions.iter().copied().collect();
                Some(format!("{} {limit}", actions.join(" or ")))
            }
        }
    });
    let limits: Vec<String> = limits.collect();
    match limits.as_slice() {
        [] => String::new(),
        limits => format!(" ({})", limits.join("; ")),
    }
}

/// The resources that a step is limited to; `None` if a grant allows it on all resources.
fn limit(step: &Open, held: &Held<'_>) -> Option<String> {
    let grants = || {
        step.grants
            .iter()
            .filter_map(|place| held.grants.get(*place))
    };
    if grants().any(|grant| grant.resource == "*" && grant.conditions.is_empty()) {
        return None;
    }
    let limits: BTreeSet<String> = grants().map(|grant| limit_of(grant)).collect();
    match limits.len() {
        0..=MOST => Some(Vec::from_iter(limits).join(" or ")),
        many => Some(format!("on {many} resources or patterns")),
    }
}

fn limit_of(grant: &Grant) -> String {
    let mut limits = Vec::new();
    if grant.resource != "*" {
        limits.push(format!("on {}", shown(&grant.resource)));
    }
    let keys = grant.conditions.values().flat_map(BTreeMap::keys);
    let keys: BTreeSet<&str> = keys.map(String::as_str).collect();
    if !keys.is_empty() {
        let keys = Vec::from_iter(keys).join(" and ");
        limits.push(format!("under conditions on {keys}"));
    }
    limits.join(" ")
}

fn shown(resource: &str) -> &str {
    match resource {
        Granted::OWN_USER => "its own user",
        Granted::OWN_GROUPS => "its own groups",
        other => other,
    }
}
