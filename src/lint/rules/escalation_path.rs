//! Actions that form a privilege escalation path.

use std::collections::{BTreeMap, BTreeSet};

use crate::lint::denied;
use crate::lint::escalation::{Harmless, PATHS, Path};
use crate::lint::ways::{Held, Open, steps, way_in_steps, way_of};
use crate::lint::{Attached, Context, Finding, Granted, Principal, Rule};
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
        // The grants, each with its catalog entry, or the policy of AWS that it is of.
        let of_entries = principal.grants.iter().flat_map(|granted| {
            let grants = granted.evaluated(context).into_iter();
            grants.map(move |grant| (grant, Of::Entry(granted)))
        });
        let of_policies = principal.attached.iter().flat_map(|attached| {
            let grants = attached.policy.granted().iter();
            grants.map(move |grant| (grant.clone(), Of::Policy(attached)))
        });
        let granted: Vec<(Grant, Of<'_>)> = of_entries.chain(of_policies).collect();
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
        let attached = principal.attached.iter();
        let alone: Vec<(&Attached<'_>, Held<'_>)> = attached
            .map(|attached| (attached, held.beside(attached.policy)))
            .collect();
        findings.extend(alone.iter().filter_map(|(attached, held)| {
            let way = way_of(attached.policy, held)?;
            Some(attached.finding(way.message, why(&principal)))
        }));
        let together = PATHS
            .iter()
            .filter(|path| !alone.iter().any(|(_, held)| steps(path, held).is_some()));
        let found = together.filter_map(|path| found(path, &principal, &held, &granted));
        findings.extend(found);
    }
    findings
}

/// What a grant is of.
#[derive(Clone, Copy)]
enum Of<'a> {
    Entry(&'a Granted<'a>),
    Policy(&'a Attached<'a>),
}

fn why(principal: &Principal<'_>) -> String {
    let capped = match principal.bounded {
        true => "; the permissions boundary caps it, if it leaves one of these out",
        false => "",
    };
    format!("whoever holds the product's credentials can do more than is granted here{capped}")
}

fn found(
    path: &Path,
    principal: &Principal<'_>,
    held: &Held<'_>,
    granted: &[(Grant, Of<'_>)],
) -> Option<Finding> {
    let steps = steps(path, held)?;
    let way = way_in_steps(path, &steps);
    let first = steps.first()?.grants.first()?;
    let (_, at) = granted.get(*first)?;
    let help = match (path.services, path.harmless) {
        ([], Harmless::OnNamed) => {
            "omit it, name single roles by a `scope`, or set a permissions boundary that leaves it out"
        }
        ([], _) => "omit it, or set a permissions boundary that leaves it out",
        _ => {
            "omit it, copy the catalog and add a condition on iam:PassedToService that leaves that service out, or set a permissions boundary"
        }
    };
    let mut finding = match at {
        Of::Entry(granted) => granted.finding(way.message, why(principal), help),
        Of::Policy(attached) => attached.finding(way.message, why(principal)),
    };
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
