//! Roles that let in more than they are for: any pod, any job of a repository, anything of an organization, any certificate.

use std::collections::BTreeSet;

use crate::lint::{Context, Finding, Holder, Rule};
use crate::model::{Conditions, LintLevel, Operator, TrustKind, Whose, whose};
use crate::resolve::{Trusted, TrustedPrincipal};

pub(super) const RULE: Rule = Rule {
    code: "broad-trust",
    level: LintLevel::Warn,
    summary: "any pod, job, workspace or certificate is trusted",
    page: include_str!("broad_trust.md"),
    check,
};

/// What EKS Pod Identity says of a pod.
const OF_POD: &[&str] = &[
    "aws:requesttag/kubernetes-namespace",
    "aws:requesttag/kubernetes-service-account",
];

/// What stands before the repository of a job, in a subject.
const OF_JOBS: &[&str] = &["repo:", "repository:", "repository_id:", "project_path:"];

/// Claims, in the subject or beside it, that tell the jobs of one repository apart.
const TELLING: &[&str] = &[
    "actor",
    "actor_id",
    "build_branch",
    "environment",
    "job_workflow_ref",
    "ref",
    "ref_protected",
    "user_access_level",
    "user_email",
    "user_id",
    "user_login",
];

/// How the keys of what only the holder's certificate says begin; others than the holder have the rest.
const OF_HOLDER: &[&str] = &["aws:principaltag/x509subject/", "aws:principaltag/x509san/"];

fn check(context: &Context<'_>) -> Vec<Finding> {
    let found = context.trusted().flat_map(|(number, trusted)| {
        let mut found = match &trusted.principal {
            TrustedPrincipal::Outside(TrustKind::Service(name), _) => {
                any_pod(trusted, name).into_iter().collect()
            }
            TrustedPrincipal::Outside(TrustKind::Federated { subjects, .. }, _) => {
                let subjects = subjects.iter();
                subjects.filter_map(|one| any_of(trusted, one)).collect()
            }
            TrustedPrincipal::Outside(TrustKind::Certificate { .. }, _) => {
                any_holder(trusted).into_iter().collect()
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
    if !is_pods || compares(&trusted.conditions, |key, _| OF_POD.contains(&key)) {
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

fn any_holder(trusted: &Trusted) -> Option<Finding> {
    let of_holder = |key: &str| OF_HOLDER.iter().any(|start| key.starts_with(start));
    let says = |value: &str| value.bytes().filter(u8::is_ascii_alphanumeric).count() > 2;
    if compares(&trusted.conditions, |key, value| {
        of_holder(key) && says(value)
    }) {
        return None;
    }
    Some(finding(
        trusted,
        "rolesanywhere.amazonaws.com",
        "any certificate of an authority can be used to assume the role".to_owned(),
        "what is compared is the same in all certificates that the authority signs, and whoever gets one of them gets in",
        "add a field of the holder to `certificate`, such as `x509Subject/CN` or `x509SAN/DNS`",
    ))
}

fn any_of(trusted: &Trusted, subject: &str) -> Option<Finding> {
    let issuer = &trusted.provider.as_ref()?.issuer;
    let literal = before_wildcard(subject);
    let of = whose(issuer, subject);
    if of == Some(Whose::Customers) {
        return Some(finding(
            trusted,
            subject,
            format!("the subject `{subject}` is anything that one organization has at {issuer}"),
            "whoever may create or change a repository, project or workspace of the organization could assume the role",
            "name the repository, the project or the workspace in full",
        ));
    }
    if of == Some(Whose::Some) && claims(subject).any(|(label, _)| OF_JOBS.contains(&label)) {
        let apart = |key: &str, value: &str| {
            let claim = key.strip_prefix(&format!("{}:", issuer.to_lowercase()));
            claim.is_some_and(|claim| TELLING.contains(&claim) && tells(claim, value))
        };
        let in_subject = claims(subject).any(|(label, value)| {
            let claim = label.trim_end_matches(':');
            TELLING.contains(&claim) && tells(claim, value)
        });
        return (!in_subject && !compares(&trusted.conditions, apart)).then(|| {
            finding(
                trusted,
                subject,
                format!("any job with the subject `{subject}` can assume the role"),
                "whoever may push a branch or a tag, or name an environment, starts such a job, and nobody has to review it",
                "name protected branches or tags, or environments with required reviewers",
            )
        });
    }
    let (what, why, help) = if let Some(what) = any_pod_of(subject) {
        (
            Some(what),
            "whoever may create a service account or a pod there could assume the role",
            "name the namespace and the service accounts",
        )
    } else if let Some((_, workspace)) = subject.split_once(":workspace:") {
        (
            workspace
                .starts_with(['*', '?'])
                .then_some("any workspace of a project"),
            "whoever may create a workspace in the project could assume the role",
            "name the workspaces",
        )
    } else {
        let is_any = literal.len() < subject.len()
            && of.is_none()
            && !literal.contains([':', '/', '|', '#', '@']);
        (
            is_any.then_some("whatever begins so"),
            "the name before the wildcard has not ended, so it stands for other names too",
            "write the name with what ends it before the wildcard, or write the subjects in full",
        )
    };
    let message = format!("the subject `{subject}` is {}", what?);
    Some(finding(trusted, subject, message, why, help))
}

/// What a subject says by name, each label with its colon and its value.
fn claims(subject: &str) -> impl Iterator<Item = (&str, &str)> {
    let starts = subject.match_indices(':').map(|(at, _)| at + 1);
    std::iter::once(0).chain(starts).filter_map(|start| {
        let (label, rest) = subject[start..].split_once(':')?;
        let label = &subject[start..=start + label.len()];
        Some((label, rest.split(':').next().unwrap_or_default()))
    })
}

/// Which service accounts of Kubernetes a subject stands for, if they are all of a namespace or more.
fn any_pod_of(subject: &str) -> Option<&'static str> {
    const START: &str = "system:serviceaccount:";
    let literal = before_wildcard(subject);
    let is_open = literal.len() < subject.len() && literal.starts_with("system:");
    match subject
        .strip_prefix(START)
        .and_then(|rest| rest.split_once(':'))
    {
        Some((namespace, _)) if namespace.contains(['*', '?']) => {
            Some("a service account of more than one namespace")
        }
        Some((_, account)) if account.starts_with(['*', '?']) => {
            Some("any service account of a namespace")
        }
        None if is_open => Some("a service account of any namespace"),
        _ => None,
    }
}

fn before_wildcard(pattern: &str) -> &str {
    let end = pattern.find(['*', '?']).unwrap_or(pattern.len());
    &pattern[..end]
}

/// Whether a wildcard stands for all of a name that follows one of these.
fn is_open(pattern: &str, starts: &[&str]) -> bool {
    let literal = before_wildcard(pattern);
    literal.len() < pattern.len() && starts.iter().any(|start| start.starts_with(literal))
}

/// Whether the value of a claim keeps some of those out who may push a branch.
fn tells(claim: &str, value: &str) -> bool {
    match claim {
        "ref_protected" => value == "true",
        "ref" => !is_open(value, &["refs/heads/", "refs/tags/", "refs/pull/"]),
        "job_workflow_ref" => value.split_once('@').is_some_and(|(workflow, at)| {
            let mut repository = workflow.splitn(3, '/').take(2);
            let is_named = repository.all(|name| !name.is_empty() && !name.contains(['*', '?']));
            is_named && !is_open(at, &["refs/heads/", "refs/tags/"])
        }),
        _ => !value.starts_with(['*', '?']),
    }
}

/// Whether a condition asks for certain values of such a key, in lower case, all of which are wanted.
fn compares(conditions: &Conditions, is_wanted: impl Fn(&str, &str) -> bool) -> bool {
    let mut each = conditions.iter().flat_map(|(operator, keys)| {
        keys.iter()
            .map(move |(key, values)| (operator, key, values))
    });
    each.any(|(operator, key, values)| {
        let values: Vec<String> = values.iter().map(crate::model::Text::pattern).collect();
        let asks = Operator::parse(operator).is_ok_and(|one| one.asks_for(&values));
        let key = key.to_lowercase();
        let anything = |value: &String| value.bytes().all(|byte| b"*?".contains(&byte));
        let wanted = |value: &String| !anything(value) && is_wanted(&key, value);
        asks && values.iter().all(wanted)
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
