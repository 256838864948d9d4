//! Identities of OIDC and SAML providers: which claims of their tokens say who they are.
//!
//! Sources: the IAM User Guide, "Create a role for OpenID Connect federation" and "Create a role for SAML 2.0 federation";
//! GitHub Docs, "OpenID Connect reference"; GitLab Docs, "Configure OpenID Connect in AWS"; HCP Terraform Docs, "Workload
//! identity tokens"; the EKS User Guide, "Assign IAM roles to Kubernetes service accounts".

use std::collections::{BTreeMap, BTreeSet};

use super::Resolved;
use super::sink::Sink;
use crate::diag::{Diagnostic, Span};
use crate::load::Place;
use crate::load::catalog::OneOrMany;
use crate::load::trust_doc::{
    EksDoc, GithubDoc, GitlabDoc, RunPhase, TerraformCloudDoc, WebIdentityDoc,
};
use crate::model::{
    AccountId, Conditions, OidcProvider, Partition, Platform, Principal, Refusal, Text, TrustKind,
    Whose, shown, whose,
};

/// An identity, before conditions of the deployment's own.
pub(super) struct Identity {
    pub(super) kind: TrustKind,
    pub(super) principals: Vec<Principal>,
    pub(super) actions: &'static [&'static str],
    pub(super) conditions: Conditions,
    /// The provider whose tokens it shows, if it is one of OIDC.
    pub(super) provider: Option<OidcProvider>,
}

/// Providers that stand in a trust policy by their host. Google's can be made in an account too.
const BUILT_IN: &[&str] = &[
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
];

const ANYBODY: &str = "whoever has an account with the provider gets a token for it; the subject is all that tells them apart";

/// How a token is turned in.
const WEB_IDENTITY: &[&str] = &["sts:AssumeRoleWithWebIdentity"];
const SAML: &[&str] = &["sts:AssumeRoleWithSAML"];

/// What a provider of OIDC says of its tokens.
struct Issuer<'a> {
    platform: Platform,
    /// What people call it.
    name: String,
    /// Host and path.
    host: &'a str,
    audiences: Vec<Text>,
}

pub(super) fn github(sink: &mut Sink, doc: &GithubDoc, place: Place<'_>) -> Option<Identity> {
    let repository = take(sink, place.key("repository").span(), github_repository(doc));
    let numbered = github_numbers(sink, doc, place);
    let mut ends = Vec::new();
    ends.extend(refs(
        sink,
        doc.branch.as_ref(),
        "ref:refs/heads/",
        place.key("branch"),
    ));
    ends.extend(refs(
        sink,
        doc.tag.as_ref(),
        "ref:refs/tags/",
        place.key("tag"),
    ));
    ends.extend(patterns(
        sink,
        doc.environment.as_ref(),
        "environment:",
        place.key("environment"),
    ));
    if doc.pull_request {
        ends.push("pull_request".to_owned());
    }
    if [&doc.branch, &doc.tag, &doc.environment]
        .iter()
        .all(|one| one.is_none())
        && !doc.pull_request
    {
        sink.push(any_job(
            place.key_span(),
            "`branch`, `tag`, `environment` or `pull_request`",
        ));
    }
    let repositories = [Some(repository?), numbered?].into_iter().flatten();
    let subjects: Vec<String> = repositories
        .flat_map(|repository| {
            ends.iter()
                .map(move |end| format!("repo:{repository}:{end}"))
        })
        .collect();
    let issuer = Issuer {
        platform: Platform::GitHub,
        name: "GitHub Actions".to_owned(),
        host: "token.actions.githubusercontent.com",
        audiences: vec!["sts.amazonaws.com".into()],
    };
    issuer.identity(subjects)
}

fn github_repository(doc: &GithubDoc) -> Result<String, Refusal> {
    let part = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    match doc.repository.split_once('/') {
        Some((owner, name)) if part(owner) && part(name) => Ok(doc.repository.clone()),
        _ => Err(Refusal::new(
            format!("{} is not a repository of GitHub", shown(&doc.repository)),
            "the subject of a token begins with `repo:OWNER/NAME`, and a wildcard there would let in other people's repositories",
            "write it as `owner/name`",
        )),
    }
}

/// The repository with the numbers that GitHub never gives again; nothing where the deployment does not name them.
fn github_numbers(sink: &mut Sink, doc: &GithubDoc, place: Place<'_>) -> Option<Option<String>> {
    let (owner, name) = doc.repository.split_once('/').unwrap_or_default();
    let mut number = |id: &Option<String>, key: &str| match id {
        Some(id) if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(id.clone())
        }
        Some(id) => {
            let refusal = Refusal::new(
                format!("{} is not a number of GitHub's", shown(id)),
                "a token has the owner's and the repository's number in digits",
                "write what `gh api repos/OWNER/NAME --jq '.owner.id, .id'` prints, in quotes",
            );
            take::<()>(sink, place.key(key).span(), Err(refusal));
            None
        }
        None => None,
    };
    match (&doc.owner_id, &doc.repository_id) {
        (None, None) => Some(None),
        (Some(_), Some(_)) => {
            let (owner_id, id) = (
                number(&doc.owner_id, "owner_id"),
                number(&doc.repository_id, "repository_id"),
            );
            Some(Some(format!("{owner}@{}/{name}@{}", owner_id?, id?)))
        }
        (given, _) => {
            let (key, other) = match given {
                Some(_) => ("owner_id", "repository_id"),
                None => ("repository_id", "owner_id"),
            };
            sink.push(
                Diagnostic::error(
                    "missing-field",
                    place.key(key).key_span(),
                    format!("`{key}` without `{other}`"),
                )
                .why("a token has both numbers, or neither")
                .help("write both: `gh api repos/OWNER/NAME --jq '.owner.id, .id'` prints them"),
            );
            None
        }
    }
}

pub(super) fn gitlab(sink: &mut Sink, doc: &GitlabDoc, place: Place<'_>) -> Option<Identity> {
    let project = take(
        sink,
        place.key("project").span(),
        whole("a project of GitLab", &doc.project),
    );
    let host = doc.host.as_deref().unwrap_or("gitlab.com");
    let known = take(sink, place.key("host").span(), gitlab_host(host));
    let mut ends = Vec::new();
    ends.extend(refs(
        sink,
        doc.branch.as_ref(),
        "ref_type:branch:ref:",
        place.key("branch"),
    ));
    ends.extend(refs(
        sink,
        doc.tag.as_ref(),
        "ref_type:tag:ref:",
        place.key("tag"),
    ));
    if doc.branch.is_none() && doc.tag.is_none() {
        sink.push(any_job(place.key_span(), "`branch` or `tag`"));
    }
    let project = project?;
    let subjects = ends
        .iter()
        .map(|end| format!("project_path:{project}:{end}"))
        .collect();
    let issuer = Issuer {
        platform: Platform::GitLab,
        name: match host {
            "gitlab.com" => "GitLab".to_owned(),
            host => format!("GitLab at {host}"),
        },
        host: known?,
        audiences: vec![Text::literal(format!("https://{host}"))],
    };
    issuer.identity(subjects)
}

pub(super) fn terraform_cloud(
    sink: &mut Sink,
    doc: &TerraformCloudDoc,
    place: Place<'_>,
) -> Option<Identity> {
    let organization = whole("an organization of HCP Terraform", &doc.organization);
    let organization = take(sink, place.key("organization").span(), organization);
    let project = whole("a project of HCP Terraform", &doc.project);
    let project = take(sink, place.key("project").span(), project);
    let workspaces = patterns(
        sink,
        Some(&doc.workspace),
        "workspace:",
        place.key("workspace"),
    );
    let phase = match doc.run_phase {
        Some(RunPhase::Plan) => "plan",
        Some(RunPhase::Apply) => "apply",
        None => "*",
    };
    let (organization, project) = (organization?, project?);
    let subject = |workspace: &String| {
        format!("organization:{organization}:project:{project}:{workspace}:run_phase:{phase}")
    };
    let issuer = Issuer {
        platform: Platform::TerraformCloud,
        name: "HCP Terraform".to_owned(),
        host: "app.terraform.io",
        audiences: vec!["aws.workload.identity".into()],
    };
    issuer.identity(workspaces.iter().map(subject).collect())
}

pub(super) fn eks(sink: &mut Sink, doc: &EksDoc, place: Place<'_>) -> Option<Identity> {
    let issuer = take(sink, place.key("issuer").span(), issuer_url(&doc.issuer));
    let namespace = whole("a namespace of Kubernetes", &doc.namespace);
    let namespace = take(sink, place.key("namespace").span(), namespace)?;
    let begin = format!("system:serviceaccount:{namespace}:");
    let subjects = patterns(
        sink,
        Some(&doc.service_account),
        &begin,
        place.key("service_account"),
    );
    let host = issuer?;
    let issuer = Issuer {
        platform: Platform::Eks,
        name: format!("the EKS cluster of {host}"),
        host,
        audiences: vec!["sts.amazonaws.com".into()],
    };
    issuer.identity(subjects)
}

pub(super) fn web_identity(
    sink: &mut Sink,
    doc: &WebIdentityDoc,
    place: Place<'_>,
) -> Option<Identity> {
    let host = take(sink, place.key("issuer").span(), issuer_url(&doc.issuer));
    if host.is_some_and(|host| BUILT_IN.contains(&host)) {
        sink.push(
            Diagnostic::error("bad-identity", place.key("issuer").span(), format!("{} is a provider that IAM has by itself", shown(&doc.issuer)))
                .why("a trust policy names it by its host, without an OIDC provider in the account, and Landgrant writes no such policy")
                .help("trust an OIDC provider of your own, or the role that its identities have"),
        );
        return None;
    }
    let subjects = patterns(sink, Some(&doc.subject), "", place.key("subject"));
    for (index, subject) in subjects.iter().enumerate() {
        let span = place.key("subject").index(index).span();
        let of = host.and_then(|host| whose(host, subject));
        let (what, why, help) = match of {
            Some(Whose::Nobodys(form)) => (
                format!("{} does not say whose it is", shown(subject)),
                "a token has no such subject, or those of strangers can have it too",
                format!("write it as in the token: `{form}`"),
            ),
            Some(Whose::Anybodys(form)) => (
                format!("{} lets in subjects of anybody", shown(subject)),
                ANYBODY,
                match form.contains(':') && !form.starts_with("https:") {
                    true => format!(
                        "name whose it is in full, as in `{form}`, and put wildcards behind that only"
                    ),
                    false => format!("write it in full, as in `{form}`"),
                },
            ),
            None if subject.starts_with(['*', '?']) => (
                format!("{} lets in subjects of anybody", shown(subject)),
                ANYBODY,
                "begin with what is yours, and put wildcards behind it only".to_owned(),
            ),
            _ => continue,
        };
        sink.push(
            Diagnostic::error("wide-subject", span, what)
                .why(why)
                .help(help),
        );
    }
    let audiences = patterns(sink, Some(&doc.audience), "", place.key("audience"));
    for (index, audience) in audiences.iter().enumerate() {
        if audience.contains(['*', '?']) {
            sink.push(
                Diagnostic::error(
                    "wide-audience",
                    place.key("audience").index(index).span(),
                    format!("{} is not one audience", shown(audience)),
                )
                .why("a token that was made for another service could be turned in here")
                .help("write the audience of the token in full: `sts.amazonaws.com`"),
            );
        }
    }
    let host = host?;
    let issuer = Issuer {
        platform: Platform::Oidc,
        name: format!("the identity provider {host}"),
        host,
        audiences: audiences.into_iter().map(Text::literal).collect(),
    };
    issuer.identity(subjects)
}

/// The users of a SAML provider. Its response is for AWS's sign-in page and nobody else's.
pub(super) fn saml(
    sink: &mut Sink,
    provider: &str,
    place: Place<'_>,
    partition: Partition,
) -> Option<Identity> {
    let fits = (1..=128).contains(&provider.len())
        && provider
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if !fits {
        sink.push(
            Diagnostic::error("bad-name", place.span(), format!("{} is not the name of a SAML provider", shown(provider)))
                .why("IAM takes 1 to 128 letters, digits and . _ - here, and the provider is in the account of the role")
                .help("write the name alone, not the ARN: `saml: Okta`"),
        );
        return None;
    }
    let Some(audience) = partition.saml_audience() else {
        sink.push(
            Diagnostic::error(
                "unpublished-sign-in",
                place.span(),
                format!("roles of {partition} cannot trust a SAML provider here"),
            )
            .why("AWS does not publish the address of the sign-in page that a SAML response has to be for, and a role that any response opens would be open to what is meant for somebody else")
            .help("let the role trust another principal"),
        );
        return None;
    };
    let mut conditions = Conditions::new();
    add(
        &mut conditions,
        "StringEquals",
        "SAML:aud",
        [audience.into()],
    );
    Some(Identity {
        kind: TrustKind::Federated {
            platform: Platform::Saml,
            provider: provider.to_owned(),
            subjects: Vec::new(),
        },
        principals: vec![Principal::Federated(provider_arn(
            "saml-provider",
            provider,
        ))],
        actions: SAML,
        conditions,
        provider: None,
    })
}

impl Issuer<'_> {
    fn identity(self, subjects: Vec<String>) -> Option<Identity> {
        if subjects.is_empty() || self.audiences.is_empty() {
            return None;
        }
        let provider = OidcProvider {
            issuer: self.host.to_owned(),
            audiences: self.audiences.iter().map(Text::pattern).collect(),
        };
        let key = |claim: &str| format!("{}:{claim}", self.host);
        let mut conditions = Conditions::new();
        add(&mut conditions, "StringEquals", &key("aud"), self.audiences);
        let is_pattern = |subject: &String| subject.contains(['*', '?']);
        let operator = match subjects.iter().any(is_pattern) {
            true => "StringLike",
            false => "StringEquals",
        };
        let texts = subjects
            .iter()
            .map(|subject| Text::literal(subject.as_str()));
        add(&mut conditions, operator, &key("sub"), texts);
        Some(Identity {
            principals: vec![Principal::Federated(provider_arn(
                "oidc-provider",
                self.host,
            ))],
            kind: TrustKind::Federated {
                platform: self.platform,
                provider: self.name,
                subjects,
            },
            actions: WEB_IDENTITY,
            conditions,
            provider: Some(provider),
        })
    }
}

impl Resolved {
    /// The OIDC providers that are made with a role, each with every audience that it or a role beside it in any account
    /// asks for.
    pub fn made_providers(&self, role: usize) -> Vec<OidcProvider> {
        let mut made: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let trust = self.roles[role].trust.iter();
        for one in trust.filter(|one| one.makes_provider) {
            let issuer = one.provider.iter().map(|provider| provider.issuer.as_str());
            made.extend(issuer.map(|issuer| (issuer, BTreeSet::new())));
        }
        if made.is_empty() {
            return Vec::new();
        }
        let targets = || self.targets.iter();
        let own = targets().filter(|target| target.role == role);
        let accounts: BTreeSet<&AccountId> = own.map(|target| &target.account).collect();
        let beside = targets().filter(|target| accounts.contains(&target.account));
        let roles: BTreeSet<usize> = beside.map(|target| target.role).collect();
        let trust = roles.iter().flat_map(|role| &self.roles[*role].trust);
        for provider in trust.filter_map(|one| one.provider.as_ref()) {
            if let Some(audiences) = made.get_mut(provider.issuer.as_str()) {
                audiences.extend(provider.audiences.iter().cloned());
            }
        }
        made.into_iter()
            .map(|(issuer, audiences)| OidcProvider {
                issuer: issuer.to_owned(),
                audiences,
            })
            .collect()
    }
}

/// A provider is in the account of the role that trusts it.
fn provider_arn(kind: &str, name: &str) -> Text {
    let text = format!("arn:${{partition}}:iam::${{account}}:{kind}/{name}");
    Text::parse(&text, &std::collections::BTreeMap::new()).unwrap_or_else(|_| Text::literal(text))
}

/// Adds the values of a key.
pub(super) fn add(
    conditions: &mut Conditions,
    operator: &str,
    key: &str,
    values: impl IntoIterator<Item = Text>,
) {
    let keys = conditions.entry(operator.to_owned()).or_default();
    keys.entry(key.to_owned()).or_default().extend(values);
}

/// Texts in which wildcards may stand, each behind the same beginning. Those with a fault are left out.
pub(super) fn patterns(
    sink: &mut Sink,
    texts: Option<&OneOrMany>,
    begin: &str,
    place: Place<'_>,
) -> Vec<String> {
    let texts = texts.map(OneOrMany::as_slice);
    if texts.is_some_and(<[String]>::is_empty) {
        sink.push(
            Diagnostic::error("empty-list", place.key_span(), "the list is empty")
                .why("nobody would be let in")
                .help("write at least one, or delete the field"),
        );
    }
    let texts = texts.unwrap_or_default().iter().enumerate();
    let checked = texts.filter_map(|(index, text)| {
        take(sink, place.index(index).span(), claim(text))?;
        Some(format!("{begin}{text}"))
    });
    checked.collect()
}

/// The names of branches or tags, which the token has behind their beginning.
fn refs(sink: &mut Sink, texts: Option<&OneOrMany>, begin: &str, place: Place<'_>) -> Vec<String> {
    let given = texts.map(OneOrMany::as_slice).unwrap_or_default().iter();
    for (index, text) in given.enumerate() {
        let whole = ["refs/heads/", "refs/tags/"];
        if let Some(name) = whole.iter().find_map(|whole| text.strip_prefix(whole)) {
            let refusal = Refusal::new(
                format!("{} is a whole ref", shown(text)),
                "the token has the beginning once, and no job would get in",
                format!("write the name alone, under `branch` or `tag`: `{name}`"),
            );
            take::<()>(sink, place.index(index).span(), Err(refusal));
        }
    }
    patterns(sink, texts, begin, place)
}

/// A text of a token: IAM compares it as it is, and fills in what stands in `${}`.
fn claim(text: &str) -> Result<(), Refusal> {
    let printable = text.chars().all(|c| matches!(c, ' '..='~'));
    match !text.is_empty() && printable && !text.contains("${") && text.len() <= 512 {
        true => Ok(()),
        false => Err(Refusal::new(
            format!("{} cannot stand in a token", shown(text)),
            "1 to 512 printable ASCII characters are compared, and IAM would fill in what stands in `${…}`",
            "write it as it is in the token",
        )),
    }
}

/// A name in a subject, without wildcards and without what ends it.
fn whole(what: &str, text: &str) -> Result<String, Refusal> {
    match claim(text).is_ok() && !text.contains(['*', '?', ':']) {
        true => Ok(text.to_owned()),
        false => Err(Refusal::new(
            format!("{} is not the name of {what}", shown(text)),
            "a wildcard here would let in others than yours, and a colon ends the name in the token",
            "write the name in full",
        )),
    }
}

/// Host and path of an issuer.
fn issuer_url(url: &str) -> Result<&str, Refusal> {
    let rest = url.strip_prefix("https://");
    match rest.filter(|rest| is_host_and_path(rest)) {
        Some(rest) => Ok(rest),
        None => Err(Refusal::new(
            format!("{} is not the URL of an issuer", shown(url)),
            "IAM names the provider after the URL, which begins with `https://`, has its host in lower case, and no port, query or \
             slash at the end",
            "write it as in the token: `https://login.example.com/realms/acme`",
        )),
    }
}

fn gitlab_host(host: &str) -> Result<&str, Refusal> {
    match is_host_and_path(host) {
        true => Ok(host),
        false => Err(Refusal::new(
            format!("{} is not the host of a GitLab instance", shown(host)),
            "IAM names the provider after it, and no port, query or slash at the end belongs to that",
            "write the host alone, in lower case: `gitlab.example.com`",
        )),
    }
}

fn is_host_and_path(text: &str) -> bool {
    let (host, path) = text.split_once('/').unwrap_or((text, "-"));
    let of_host =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    let of_path = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    host.contains('.')
        && host.bytes().all(of_host)
        && !path.is_empty()
        && path.bytes().all(of_path)
        && !path.ends_with('/')
        && text.len() <= 255
}

fn any_job(span: Span, fields: &str) -> Diagnostic {
    Diagnostic::error(
        "wide-subject",
        span,
        "nothing says which jobs may assume the roles",
    )
    .why("whoever can start a job for any branch could use the role")
    .help(format!("add {fields}"))
}

/// The value, or a diagnostic.
fn take<T>(sink: &mut Sink, span: Span, checked: Result<T, Refusal>) -> Option<T> {
    sink.take("bad-identity", span, checked)
}
