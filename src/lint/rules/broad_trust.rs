//! Roles that let in more workloads than they are for: any pod, any job of a repository.

use std::collections::BTreeSet;

use crate::lint::{Context, Finding, Holder, Rule};
use crate::model::{Conditions, Family, LintLevel, Operator, TrustKind};
use crate::resolve::{Trusted, TrustedPrincipal};

pub(super) const RULE: Rule = Rule {
    code: "broad-trust",
    level: LintLevel::Warn,
    summary: "any pod, or any job of a repository, is trusted",
    page: include_str!("broad_trust.md"),
    check,
};

/// What EKS Pod Identity says of a pod.
const OF_POD: &[&str] = &[
    "aws:requesttag/kubernetes-namespace",
    "aws:requesttag/kubernetes-service-account",
];

/// Issuers whose subjects end with what a job runs for.
const OF_JOBS: &[&str] = &["token.actions.githubusercontent.com", "gitlab.com"];

/// Ends of subjects that whoever may push a branch gets, before anybody reviews it.
const ANY_JOB: &[&str] = &[
    ":*",
    ":pull_request",
    ":environment:*",
    ":ref:*",
    ":ref:refs/*",
    ":ref:refs/heads/*",
    ":ref:refs/tags/*",
    ":ref_type:branch:ref:*",
    ":ref_type:tag:ref:*",
];

fn check(context: &Context<'_>) -> Vec<Finding> {
    let roles = context.resolved.roles.iter().enumerate();
    let trust = roles.flat_map(|(number, role)| role.trust.iter().map(move |one| (number, one)));
    let found = trust.flat_map(|(number, trusted)| {
        let mut found = match &trusted.principal {
            TrustedPrincipal::Outside(TrustKind::Service(name), _) => {
                any_pod(trusted, name).into_iter().collect()
            }
            TrustedPrincipal::Outside(TrustKind::Federated { subjects, .. }, _) => {
                any_job(trusted, subjects)
            }
            _ => Vec::new(),
        };
        for finding in &mut found {
            finding.holders.insert(Holder::Role(number));
        }
        found
    });
    found.collect()
}

fn any_pod(trusted: &Trusted, service: &str) -> Option<Finding> {
    let is_pods = service == "pods.eks.amazonaws.com";
    if !is_pods || compares(&trusted.conditions, |key| OF_POD.contains(&key)) {
        return None;
    }
    Some(finding(
        trusted,
        service,
        "any pod of any cluster in the account can get the role".to_owned(),
        "whoever may create a Pod Identity association decides which; the role itself asks for no namespace or service account",
        "add `conditions` with `aws:RequestTag/kubernetes-namespace` and `aws:RequestTag/kubernetes-service-account`",
    ))
}

fn any_job(trusted: &Trusted, subjects: &[String]) -> Vec<Finding> {
    let issuer = trusted.provider.iter().map(|one| one.issuer.as_str());
    let Some(issuer) = issuer.into_iter().find(|one| OF_JOBS.contains(one)) else {
        return Vec::new();
    };
    let own = [format!("{issuer}:aud"), format!("{issuer}:sub")];
    if compares(&trusted.conditions, |key| !own.iter().any(|own| own == key)) {
        return Vec::new();
    }
    let ends = |subject: &&String| ANY_JOB.iter().any(|end| subject.ends_with(end));
    let broad = subjects.iter().filter(ends).map(|subject| {
        finding(
            trusted,
            subject,
            format!("any job with the subject `{subject}` can assume the role"),
            "whoever may push a branch or a tag, or name an environment, starts such a job, and nobody has to review it",
            "name protected branches or tags, or environments with required reviewers",
        )
    });
    broad.collect()
}

/// Whether a condition asks for certain values of such a key, in lower case.
fn compares(conditions: &Conditions, is_wanted: impl Fn(&str) -> bool) -> bool {
    let mut each = conditions.iter().flat_map(|(operator, keys)| {
        keys.iter()
            .map(move |(key, values)| (operator, key, values))
    });
    each.any(|(operator, key, values)| {
        let values: Vec<String> = values.iter().map(crate::model::Text::pattern).collect();
        let texts = values.iter().map(String::as_str);
        let asks = Operator::parse(operator)
            .is_ok_and(|one| one.family != Family::Null && !one.holds_without_key(texts));
        let anything = |value: &String| value.bytes().all(|byte| b"*?".contains(&byte));
        asks && is_wanted(&key.to_lowercase()) && !values.iter().any(anything)
    })
}

fn finding(trusted: &Trusted, subject: &str, message: String, why: &str, help: &str) -> Finding {
    Finding {
        span: trusted.span,
        asked: Vec::new(),
        subject: subject.to_owned(),
        limits: String::new(),
        holders: BTreeSet::new(),
        message,
        why: why.to_owned(),
        help: help.to_owned(),
    }
}
