//! Actions that together lead to more than they say.

use std::collections::BTreeSet;

use crate::lint::escalation::{PATHS, Path};
use crate::lint::ways::{Held, said, steps};
use crate::lint::{Context, Finding, Granted, Principal, Rule};
use crate::model::Grant;
use crate::model::LintLevel;

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
        // What is granted, each with the entry that it comes from.
        let granted: Vec<(Grant, &Granted<'_>)> = principal
            .grants
            .iter()
            .flat_map(|granted| {
                let grants = granted.evaluated(context, &principal);
                grants.into_iter().map(move |grant| (grant, granted))
            })
            .collect();
        let held = Held {
            grants: granted.iter().map(|(grant, _)| grant).collect(),
            own: BTreeSet::from([Granted::OWN]),
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
    let way = said(path, &steps);
    let first = steps.first()?.grants.first()?;
    let (_, at) = granted.get(*first)?;
    let capped = match principal.bounded {
        true => "; the permissions boundary caps it, if it leaves one of these out",
        false => "",
    };
    let mut finding = at.finding(
        format!("{}{}", way.message, narrowed(at)),
        format!("whoever holds the product's credentials can do more than is granted here{capped}"),
        match path.services {
            [] => "omit it, limit it by a `scope`, or set a permissions boundary that leaves it out",
            _ => "limit iam:PassRole to single roles by a `scope`, with a condition on iam:PassedToService in the catalog; or set a permissions boundary",
        },
    );
    finding.subject = way.action;
    finding.accounts = principal.accounts.clone();
    Some(finding)
}

/// Says that the way leads to some resources only.
fn narrowed(granted: &Granted<'_>) -> &'static str {
    match granted.is_open() {
        true => "",
        false => " (on the resources that it is limited to)",
    }
}
