//! What is left to do, so that whoever the roles trust gets in.
//!
//! Sources: GitHub Docs, "Configuring OpenID Connect in Amazon Web Services"; GitLab Docs, "Configure OpenID Connect in AWS";
//! HCP Terraform Docs, "Dynamic credentials with the AWS provider"; the EKS User Guide, "Assign an IAM role to a Kubernetes
//! service account" and "Assign IAM roles to Kubernetes service accounts"; the IAM User Guide, "Configure SAML assertions for
//! the authentication response"; the IAM Roles Anywhere User Guide, "Getting started".

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;

use super::step::EACH;
use crate::model::{EC2, Platform, Saying, Texts, TrustKind};
use crate::plan::{OutsideIdentity, Plan, RolePlan, TargetPlan, Trusted};

/// The section of the texts.
const TEXTS: &str = "left";

/// What stands for the ARN of one of several roles.
const ROLE_ARN: &str = "ROLE_ARN";

/// More accounts or ARNs than this are not listed in a kit.
pub const MOST_LISTED: usize = 12;

/// What EKS Pod Identity assumes roles as.
const PODS: &str = "pods.eks.amazonaws.com";

/// What to do in words, and the commands.
type ToDo = (Vec<Saying>, Vec<String>);

/// What is left to do for an identity, in one role or in several.
#[derive(Debug, Clone)]
pub struct Admission {
    /// The roles, by their names in the deployment; none where there is one role only.
    roles: Vec<String>,
    /// What to do, each a sentence or several.
    what: Vec<Saying>,
    commands: Vec<String>,
    /// The roles in their accounts: account and ARN.
    pub arns: Vec<(String, String)>,
}

/// The same in the words of a language.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Admission")]
pub struct AdmissionView {
    /// Which roles it is about; empty where there is one role only.
    pub roles: String,
    /// What to do.
    pub what: String,
    /// What to run.
    pub commands: Vec<String>,
    /// The ARNs of the roles; none where they are too many, or listed right before.
    pub arns: Vec<String>,
    /// Where to find the ARNs, if they are too many.
    pub more: String,
}

/// What is left to do, each once; nothing where naming an identity is enough.
pub fn admissions(plan: &Plan) -> Vec<Admission> {
    // Variants of a role let in the same.
    let roles: BTreeMap<usize, &RolePlan> = plan.roles.iter().map(|role| (role.of, role)).collect();
    let mut left: IndexMap<ToDo, Vec<&RolePlan>> = IndexMap::new();
    for role in roles.into_values() {
        let targets: Vec<&TargetPlan> = targets(plan, role).collect();
        for trusted in plan.trusted_by(role) {
            let Trusted::Outside(identity) = trusted else {
                continue;
            };
            let Some(to_do) = to_do(&targets, &identity) else {
                continue;
            };
            let of = left.entry(to_do).or_default();
            if of.last().is_none_or(|known| known.of != role.of) {
                of.push(role);
            }
        }
    }
    let admissions = left.into_iter().map(|((what, commands), roles)| Admission {
        roles: match plan.has_several_roles() {
            true => roles.iter().filter_map(|role| role.name.clone()).collect(),
            false => Vec::new(),
        },
        what,
        commands,
        arns: roles
            .iter()
            .flat_map(|role| targets(plan, role))
            .map(|target| {
                let site = plan.site(&target.account);
                (target.account.to_string(), target.role_arn().at(site))
            })
            .collect(),
    });
    admissions.collect()
}

/// The targets that have a role, in any variant.
fn targets<'p>(plan: &'p Plan, role: &RolePlan) -> impl Iterator<Item = &'p TargetPlan> + use<'p> {
    let of = role.of;
    let targets = plan.targets.iter();
    targets.filter(move |target| plan.roles[target.role].of == of)
}

/// The same in the words of a language, with at most so many ARNs for each.
pub fn admission_views(plan: &Plan, texts: &Texts, most_listed: usize) -> Vec<AdmissionView> {
    let admissions = admissions(plan);
    let mut listed: Option<&[(String, String)]> = None;
    let views = admissions.iter().map(|admission| {
        let arns = admission.arns.as_slice();
        let is_listed = listed.replace(arns) == Some(arns);
        let arns = match is_listed || arns.len() > most_listed {
            true => Vec::new(),
            false => arns.iter().map(|(_, arn)| arn.clone()).collect(),
        };
        AdmissionView {
            roles: admission.about(texts),
            what: admission.text(texts),
            commands: admission.commands(),
            more: match is_listed || !arns.is_empty() {
                true => String::new(),
                false => {
                    let patterns = admission.arns.iter();
                    let patterns: BTreeSet<String> = patterns
                        .map(|(account, arn)| arn.replace(account, EACH))
                        .collect();
                    let patterns: Vec<String> = patterns.into_iter().collect();
                    let name = match patterns.len() {
                        1 => "more",
                        _ => "more_patterns",
                    };
                    texts.get(TEXTS, name, &[("arn", &patterns.join("`, `"))])
                }
            },
            arns,
        }
    });
    views.collect()
}

impl Admission {
    /// Which roles it is about; empty where there is one role only.
    pub fn about(&self, texts: &Texts) -> String {
        let name = match self.roles.len() {
            0 => return String::new(),
            1 => "of_role",
            _ => "of_roles",
        };
        texts.get(TEXTS, name, &[("roles", &self.roles.join(", "))])
    }

    /// What to do, in words.
    pub fn text(&self, texts: &Texts) -> String {
        let mut sentences: Vec<String> = self.what.iter().map(|one| one.text(texts)).collect();
        let names = |word: &str| {
            let mut texts = sentences.iter().chain(&self.commands);
            texts.any(|text| replaced(text, word, "") != *text)
        };
        if self.arns.len() > 1 && names(ROLE_ARN) {
            let name = match names(EACH) {
                true => "role_arn_and_account",
                false => "role_arn",
            };
            sentences.push(texts.get(TEXTS, name, &[]));
        }
        self.filled(&sentences.join(" "))
    }

    /// What to run.
    pub fn commands(&self) -> Vec<String> {
        self.commands.iter().map(|one| self.filled(one)).collect()
    }

    /// A text that names the role, if it is one.
    fn filled(&self, text: &str) -> String {
        match self.arns.as_slice() {
            [(account, arn)] => replaced(&replaced(text, ROLE_ARN, arn), EACH, account),
            _ => text.to_owned(),
        }
    }
}

/// A text with another one in the place of a word; `AWS_ROLE_ARN` is not the word `ROLE_ARN`.
fn replaced(text: &str, word: &str, by: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut replaced = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(word) {
        let is_word = !before.ends_with(is_part) && !after.starts_with(is_part);
        replaced.push_str(before);
        replaced.push_str(if is_word { by } else { word });
        rest = after;
    }
    replaced + rest
}

fn to_do(targets: &[&TargetPlan], identity: &OutsideIdentity) -> Option<ToDo> {
    let say = |name| Saying::new(TEXTS, name);
    let mut commands = Vec::new();
    let what = match &identity.kind {
        TrustKind::Principal => vec![principal(identity, targets)?],
        TrustKind::Vendor(title) => vec![say("vendor").with("vendor", title)],
        TrustKind::Nobody => {
            let several = targets.len() > 1;
            let shared = several.then(|| say("pending_shared"));
            [say("pending")].into_iter().chain(shared).collect()
        }
        TrustKind::Federated {
            platform,
            provider,
            subjects,
        } => {
            if *platform == Platform::Eks {
                commands = subjects.iter().map(|one| annotation(one)).collect();
            }
            vec![federated(identity, *platform, provider, subjects)]
        }
        TrustKind::Service(name) if EC2.contains(&name.as_str()) => {
            let mut profiles: Vec<&str> =
                targets.iter().map(|one| one.role_name.as_str()).collect();
            profiles.dedup();
            vec![say("ec2").with("profile", profiles.join("`, `"))]
        }
        TrustKind::Service(name) if name == PODS => {
            let key = |name| format!("aws:RequestTag/kubernetes-{name}");
            let narrowed = |name| identity.condition(&key(name));
            let (namespace, account) = (narrowed("namespace"), narrowed("service-account"));
            let open = namespace.is_none() || account.is_none();
            commands.push(format!(
                "aws eks create-pod-identity-association --cluster-name CLUSTER --namespace {} --service-account {} --role-arn {ROLE_ARN}",
                namespace.unwrap_or("NAMESPACE"),
                account.unwrap_or("SERVICE_ACCOUNT"),
            ));
            let open = open.then(|| say("pods_open"));
            [say("pods")].into_iter().chain(open).collect()
        }
        TrustKind::Service(name) => vec![say("service").with("service", name)],
        TrustKind::Certificate { .. } => {
            let anchor = identity.condition("aws:SourceArn").unwrap_or_default();
            let region = anchor.split(':').nth(3).unwrap_or_default();
            let name = targets.first()?.role_name.as_str();
            commands.push(format!(
                "aws rolesanywhere create-profile --name {name} --role-arns {ROLE_ARN} --enabled --region {region}"
            ));
            vec![say("certificate")]
        }
    };
    Some((what, commands))
}

fn federated(
    identity: &OutsideIdentity,
    platform: Platform,
    provider: &str,
    subjects: &[String],
) -> Saying {
    let say = |name| Saying::new(TEXTS, name);
    match platform {
        Platform::GitHub => say("github"),
        Platform::GitLab => {
            let audiences = identity.provider.iter().flat_map(|one| &one.audiences);
            let audiences: Vec<&str> = audiences.map(String::as_str).collect();
            say("gitlab").with("audience", audiences.join(" "))
        }
        Platform::TerraformCloud => {
            let only = |phase: &str| subjects.iter().all(|subject| subject.ends_with(phase));
            let variable = match (only(":run_phase:plan"), only(":run_phase:apply")) {
                (true, _) => "TFC_AWS_PLAN_ROLE_ARN",
                (_, true) => "TFC_AWS_APPLY_ROLE_ARN",
                _ => "TFC_AWS_RUN_ROLE_ARN",
            };
            say("terraform_cloud").with("variable", variable)
        }
        Platform::Eks => say("eks"),
        Platform::Saml => say("saml")
            .with("provider", provider)
            .with("arn", identity.principal.replace("${account}", EACH)),
        Platform::Oidc => say("oidc").with("provider", provider),
    }
}

/// How a service account of Kubernetes, by the subject of its tokens, learns its role.
fn annotation(subject: &str) -> String {
    let mut parts = subject.split(':').skip(2);
    let mut part = |placeholder| match parts.next() {
        Some(part) if !part.contains(['*', '?']) => part.to_owned(),
        _ => String::from(placeholder),
    };
    let (namespace, account) = (part("NAMESPACE"), part("SERVICE_ACCOUNT"));
    format!(
        "kubectl annotate serviceaccount --namespace {namespace} {account} eks.amazonaws.com/role-arn={ROLE_ARN}"
    )
}

fn principal(identity: &OutsideIdentity, targets: &[&TargetPlan]) -> Option<Saying> {
    let say = |name| {
        Saying::new(TEXTS, name)
            .with("arn", &identity.principal)
            .with("account", &identity.account)
    };
    if identity.is_elsewhere {
        return Some(say("elsewhere"));
    }
    if identity.principal.ends_with(":root") {
        return Some(say("account"));
    }
    let own = |target: &&TargetPlan| target.account.as_str() == identity.account;
    if targets.iter().all(own) {
        return None;
    }
    match targets.iter().any(own) {
        true => Some(say("principal_beside")),
        false => Some(say("principal")),
    }
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn only_the_whole_word_stands_for_a_role() {
        let text = "`AWS_ROLE_ARN` is ROLE_ARN, not ROLE_ARNS; ROLE_ARN";
        assert_eq!(
            replaced(text, "ROLE_ARN", "arn"),
            "`AWS_ROLE_ARN` is arn, not ROLE_ARNS; arn"
        );
    }
}
