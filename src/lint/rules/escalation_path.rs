//! Actions that together lead to more than they say.

use std::collections::BTreeSet;

use crate::lint::escalation::{PATHS, Path};
use crate::lint::{Context, Finding, Granted, Level, Principal, Rule};
use crate::model;
use crate::resolve::GrantResource;

pub(super) const RULE: Rule = Rule {
    code: "escalation-path",
    level: Level::Deny,
    summary: "a grant leads to more permissions",
    page: include_str!("escalation_path.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    context
        .principals()
        .iter()
        .flat_map(|principal| PATHS.iter().filter_map(|path| found(path, principal)))
        .collect()
}

fn found(path: &Path, principal: &Principal<'_>) -> Option<Finding> {
    let mut steps: Vec<String> = Vec::new();
    let mut at: Option<&Granted<'_>> = None;
    for step in path.steps {
        let ways: Vec<(&Granted<'_>, Vec<&str>)> = principal
            .grants
            .iter()
            .filter(|granted| leads_on(granted, path))
            .map(|granted| (granted, granted.of(step)))
            .filter(|(_, actions)| !actions.is_empty())
            .collect();
        let (first, _) = ways.first()?;
        at = at.or(Some(first));
        let actions: BTreeSet<&str> = ways
            .iter()
            .flat_map(|(_, actions)| actions)
            .copied()
            .collect();
        steps.push(actions.into_iter().collect::<Vec<&str>>().join(" or "));
    }
    let at = at?;
    let central = path.steps[0].iter().find(|action| at.grants(action))?;
    let capped = match principal.bounded {
        true => "; the permissions boundary caps it, if it leaves one of these out",
        false => "",
    };
    let mut finding = at.finding(
        format!("{}: {}{}", steps.join(", then "), gain(path), narrowed(at)),
        format!("whoever holds the product's credentials can do more than is granted here{capped}"),
        match path.services {
            [] => "omit it, limit it by a `scope`, or set a permissions boundary that leaves it out",
            _ => "limit iam:PassRole to single roles by a `scope`, with a condition on iam:PassedToService in the catalog; or set a permissions boundary",
        },
    );
    finding.subject = (*central).to_owned();
    finding.accounts = principal.accounts.clone();
    Some(finding)
}

fn gain(path: &Path) -> String {
    match path.services.first() {
        None => path.gain.to_owned(),
        Some(service) => format!("{}, as any role that trusts {service}", path.gain),
    }
}

/// Whether the grant can be a step: not one on the product's own user, and not one that passes roles elsewhere.
fn leads_on(granted: &Granted<'_>, path: &Path) -> bool {
    let elsewhere = match passed_to(granted) {
        Some(patterns) if granted.grants("iam:PassRole") && !path.services.is_empty() => {
            !path.services.iter().any(|service| {
                patterns
                    .iter()
                    .any(|pattern| model::matches(pattern, service))
            })
        }
        _ => false,
    };
    let harmless = path.only_where_open && !is_open(granted);
    !granted.is_own() && !elsewhere && !harmless
}

/// The services that the grant's conditions let a role be passed to, if they say.
fn passed_to(granted: &Granted<'_>) -> Option<Vec<String>> {
    granted
        .grant
        .conditions
        .iter()
        .filter(|(operator, _)| matches!(operator.as_str(), "StringEquals" | "StringLike"))
        .flat_map(|(_, keys)| keys)
        .find(|(key, _)| key.eq_ignore_ascii_case("iam:PassedToService"))
        .map(|(_, values)| values.iter().map(|value| value.pattern()).collect())
}

/// Whether the grant names no single resources.
fn is_open(granted: &Granted<'_>) -> bool {
    match &granted.grant.resource {
        GrantResource::Arns(arns) => arns.iter().any(|arn| arn.text().pattern().contains('*')),
        GrantResource::OwnUser | GrantResource::OwnGroups => false,
    }
}

/// Says that the way leads to some resources only.
fn narrowed(granted: &Granted<'_>) -> &'static str {
    match is_open(granted) {
        true => "",
        false => " (on the resources that it is limited to)",
    }
}
