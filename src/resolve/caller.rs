//! Who makes a request, and which condition keys such a caller never sends, or not always.
//!
//! Sources: the IAM User Guide, "AWS global condition context keys" under "Availability", "IAM and AWS STS condition context
//! keys", "Pass session tags in AWS STS" and "Monitor and control actions taken with assumed roles".

use super::placeholder::NEWER;
use super::verdict::{is_of_issuer, own_key};
use crate::model::{Action, Principal, TrustKind, is_of_services};
use crate::model::{OidcProvider, Platform};
use crate::reference::Reference;

/// Who makes a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller<'a> {
    /// An IAM user that something is granted to.
    User,
    /// A role that something is granted to.
    Role,
    /// Whoever assumes a role.
    Assumes {
        /// What it shows.
        with: Shown<'a>,
        /// What the role lets it do: assume it, and what it may pass on the way.
        actions: &'a [Action],
    },
}

/// What somebody shows to assume a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown<'a> {
    /// The credentials of an IAM user.
    User,
    /// The credentials of a role.
    Role,
    /// The credentials of any principal of an account.
    Account,
    /// A token of an OIDC provider, by the host and path of its issuer.
    Token(&'a str),
    /// The response of a SAML provider.
    Response,
    /// A certificate, through IAM Roles Anywhere.
    Certificate,
    /// That it is a service of AWS.
    Service,
}

/// Why requests lack a key, whatever they ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lack {
    pub(super) how: Lacks,
    /// Who has the key, as the beginning of a sentence.
    pub(super) who: &'static str,
    /// What to do instead; nothing where it is to ask for the key.
    pub(super) help: String,
}

/// How sure it is that requests lack a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lacks {
    /// No request has it.
    Never,
    /// AWS documents none that has it.
    Unclear,
    /// Some have it, and the caller may well send one that has not.
    Sometimes,
}

/// Where AWS says who is in an organization.
const OF_ORGANIZATION: &[&str] = &[
    "aws:principalorgid",
    "aws:principalorgmasteraccountid",
    "aws:principalorgpaths",
];

/// What the credentials of a session bring with them.
const OF_SESSION: &[&str] = &[
    "aws:assumedroot",
    "aws:chatbotsourcearn",
    "aws:ec2instancesourceprivateipv4",
    "aws:ec2instancesourcevpc",
    "aws:signinsessionarn",
    "codebuild:buildarn",
    "codebuild:projectarn",
    "ec2:roledelivery",
    "ec2:sourceinstancearn",
    "glue:credentialissuingservice",
    "glue:roleassumedby",
    "identitystore:userid",
    "lambda:sourcefunctionarn",
    "ssm:sourceinstancearn",
];

/// Which temporary credentials they are, and whether somebody showed a second factor for them.
const OF_TEMPORARY: &[&str] = &[
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:tokenissuetime",
];

/// What a request has that comes through a VPC endpoint.
const OF_ENDPOINT: &[&str] = &[
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:vpcsourceip",
];

/// What every SAML response has.
const OF_RESPONSE: &[&str] = &["saml:aud", "saml:doc", "saml:iss", "saml:sub"];

/// Claims that IAM reads of the tokens of any provider; of some it reads more, which the reference lists.
const CLAIMS: &[&str] = &["amr", "aud", "email", "oaud", "sub"];

const SIGNED: &str = "only requests that are signed with credentials of AWS have";
const TAGGED: &str = "compare with what the kind of trust itself says, or with `aws:RequestTag/…` where it passes tags";
const ITSELF: &str = "compare with a key that every such request has, or leave the condition out";

impl<'a> Shown<'a> {
    /// What principals of a kind show. `provider` is the one whose tokens they have.
    pub(super) fn by(
        kind: &TrustKind,
        principals: &[Principal],
        provider: Option<&'a OidcProvider>,
    ) -> Self {
        let all = |part: &str| {
            let is = |one: &Principal| one.value().pattern().contains(part);
            !principals.is_empty() && principals.iter().all(is)
        };
        match (kind, provider) {
            (TrustKind::Federated { .. }, Some(provider)) => Self::Token(&provider.issuer),
            (
                TrustKind::Federated {
                    platform: Platform::Saml,
                    ..
                },
                None,
            ) => Self::Response,
            (TrustKind::Federated { .. }, None) => Self::Token(""),
            (TrustKind::Service(_), _) => Self::Service,
            (TrustKind::Certificate { .. }, _) => Self::Certificate,
            (TrustKind::Nobody | TrustKind::Principal | TrustKind::Vendor(_), _) => match () {
                () if all(":user/") => Self::User,
                () if all(":role/") => Self::Role,
                () => Self::Account,
            },
        }
    }

    fn has_no_credentials(self) -> bool {
        matches!(self, Self::Token(_) | Self::Response)
    }

    fn is_service(self) -> bool {
        matches!(self, Self::Certificate | Self::Service)
    }

    /// Why requests that assume a role lack a key, if they do.
    fn lack(self, key: &str, actions: &[Action], reference: &Reference) -> Option<Lack> {
        let lower = key.to_ascii_lowercase();
        let lets = |action: &str| actions.iter().any(|one| one.as_str() == action);
        let is_tag = |start: &str| lower.starts_with(start);
        let passed = is_tag("aws:requesttag/")
            || ["aws:tagkeys", "sts:transitivetagkeys"].contains(&lower.as_str());
        match lower.as_str() {
            key if is_of_services(key) && !self.is_service() => Lack::of_services(),
            key if is_of_services(key) => Lack::sometimes("not every request of a service has"),
            "sts:sourceidentity" | "aws:sourceidentity" if !lets("sts:SetSourceIdentity") => {
                Lack::never(
                    "the roles let nobody set a source identity, and no request has",
                    ITSELF,
                )
            }
            _ if passed && !lets("sts:TagSession") => Lack::never(
                "without `session_tags: true` nobody may pass tags, and no request has",
                "add `session_tags: true` to the principal, or leave the condition out",
            ),
            "sts:transitivetagkeys" => {
                Lack::sometimes("only requests that pass transitive tags have")
            }
            _ if passed => Lack::sometimes("only requests that pass such a tag have"),
            key if OF_ORGANIZATION.contains(&key) => match self {
                _ if self.has_no_credentials() => Lack::never(SIGNED, ITSELF),
                _ if self.is_service() => Lack::never(
                    "services of AWS are in no organization, and none has",
                    ITSELF,
                ),
                _ => Lack::sometimes("only principals of accounts in an organization have"),
            },
            "aws:principalarn" | "aws:principalisawsservice" if self.has_no_credentials() => {
                Lack::never(SIGNED, ITSELF)
            }
            "aws:principalarn" | "aws:principalaccount" if self.is_service() => Lack::unclear(
                "AWS documents for no request of a service that it has",
                ITSELF,
            ),
            "aws:principalaccount" if self.has_no_credentials() => Lack::unclear(
                "requests without credentials of AWS come from no account, whatever they have as",
                ITSELF,
            ),
            _ if is_tag("aws:principaltag/") => match self {
                Self::Certificate if is_tag("aws:principaltag/x509") => {
                    Lack::sometimes("only certificates with the field have")
                }
                Self::Certificate => Lack::unclear(
                    "IAM Roles Anywhere passes fields of the certificate, and nothing documents that it passes",
                    "compare with `aws:PrincipalTag/x509Subject/…` or `aws:PrincipalTag/x509SAN/…`",
                ),
                _ if self.has_no_credentials() || self.is_service() => Lack::unclear(
                    "the one who assumes the roles is no principal with tags, and AWS documents for no such request that it has",
                    TAGGED,
                ),
                _ => Lack::sometimes("only principals with the tag have"),
            },
            key if OF_TEMPORARY.contains(&key) => match self {
                Self::User | Self::Role | Self::Account => Lack::of_temporary(),
                _ => Lack::never(
                    "only requests with temporary credentials of AWS have",
                    ITSELF,
                ),
            },
            "aws:federatedprovider" => match self {
                Self::Token(_) => None,
                Self::Role | Self::Account => {
                    Lack::sometimes("only sessions that began with a token have")
                }
                _ => Lack::never(
                    "only tokens, and sessions that began with one, have",
                    ITSELF,
                ),
            },
            key if OF_SESSION.contains(&key) => match self {
                Self::User | Self::Token(_) | Self::Response => {
                    Lack::never("only sessions of roles have", ITSELF)
                }
                Self::Role | Self::Account => Lack::sometimes("only some sessions of roles have"),
                _ => Lack::unclear(
                    "AWS documents for no request of a service that it has",
                    ITSELF,
                ),
            },
            "aws:username" => match self {
                Self::User => None,
                Self::Account => Lack::sometimes("only IAM users have"),
                _ => Lack::never("only IAM users have", ITSELF),
            },
            "aws:calledvia" | "aws:calledviafirst" | "aws:calledvialast" => {
                match self.has_no_credentials() {
                    true => Lack::never(SIGNED, ITSELF),
                    false => Lack::sometimes("only what services do for a principal has"),
                }
            }
            "sts:externalid" => match self {
                Self::Certificate => {
                    Lack::never("IAM Roles Anywhere sends no external id, and never", ITSELF)
                }
                // The reference says that nobody sends one with a token.
                _ if self.has_no_credentials() => None,
                _ => Lack::sometimes("only requests that send an external id have"),
            },
            key if OF_ENDPOINT.contains(&key) => match self.is_service() {
                true => Lack::unclear(
                    "AWS documents for no request of a service that it has",
                    ITSELF,
                ),
                false => Lack::sometimes("only requests through a VPC endpoint have"),
            },
            "aws:sourceip" => match self.is_service() {
                true => Lack::unclear(
                    "AWS documents for no request of a service that it has",
                    ITSELF,
                ),
                false => Lack::sometimes("no request through a VPC endpoint has"),
            },
            _ => self.lacks_claim(key, actions, reference),
        }
    }

    /// Why requests lack a key of an identity provider.
    fn lacks_claim(self, key: &str, actions: &[Action], reference: &Reference) -> Option<Lack> {
        let (issuer, claim) = key.split_once(':')?;
        if issuer.eq_ignore_ascii_case("saml") {
            return match self {
                Self::User | Self::Certificate | Self::Service => {
                    Lack::never("only responses of a SAML provider have", ITSELF)
                }
                Self::Response => Lack::sometimes("only responses with the attribute have")
                    .filter(|_| !OF_RESPONSE.contains(&key.to_ascii_lowercase().as_str())),
                _ => None,
            };
        }
        if !is_of_issuer(key) {
            return None;
        }
        match self {
            Self::Role | Self::Account => {
                Lack::sometimes("only sessions that began with a token have")
            }
            Self::Token(own) if own.eq_ignore_ascii_case(issuer) => match claim {
                _ if ["aud", "sub"]
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(claim)) =>
                {
                    None
                }
                _ if CLAIMS.iter().any(|known| known.eq_ignore_ascii_case(claim))
                    || own_key(key, actions, reference).is_some() =>
                {
                    Lack::sometimes("only tokens with the claim have")
                }
                _ => Some(Lack {
                    how: Lacks::Never,
                    who: "IAM reads a few claims of a token only, and no request has",
                    help: format!(
                        "compare with `{own}:sub`, or have the provider pass the claim as a session tag; {NEWER}"
                    ),
                }),
            },
            Self::Token(_) => Lack::never("only tokens of another issuer have", ITSELF),
            _ => Lack::never("only tokens of an identity provider have", ITSELF),
        }
    }
}

impl Lack {
    fn of_services() -> Option<Self> {
        Self::never(
            "only requests that AWS services make as themselves have",
            "it is for policies that let services in; `aws:PrincipalArn` says who sends a request, and `aws:CalledVia` \
             through which service",
        )
    }

    fn of_temporary() -> Option<Self> {
        Self::sometimes("only requests with temporary credentials have")
    }

    fn never(who: &'static str, help: &str) -> Option<Self> {
        Self::new(Lacks::Never, who, help)
    }

    fn unclear(who: &'static str, help: &str) -> Option<Self> {
        Self::new(Lacks::Unclear, who, help)
    }

    fn sometimes(who: &'static str) -> Option<Self> {
        Self::new(Lacks::Sometimes, who, "")
    }

    fn new(how: Lacks, who: &'static str, help: &str) -> Option<Self> {
        Some(Self {
            how,
            who,
            help: help.to_owned(),
        })
    }
}

impl Caller<'_> {
    /// Whether it assumes a role, which a condition that never holds lets nobody do.
    pub(super) fn assumes(self) -> bool {
        matches!(self, Caller::Assumes { .. })
    }

    /// Whether it is a service of AWS that assumes a role.
    pub(super) fn is_service(self) -> bool {
        matches!(self, Caller::Assumes { with, .. } if with.is_service())
    }

    /// Why no request has a key, or not every one, if that is because of who sends it.
    pub(super) fn lack(self, key: &str, reference: &Reference) -> Option<Lack> {
        match self {
            Caller::Assumes { with, actions } => with.lack(key, actions, reference),
            _ if is_of_services(key) => Lack::of_services(),
            Caller::User if OF_TEMPORARY.contains(&key.to_ascii_lowercase().as_str()) => {
                Lack::of_temporary()
            }
            Caller::Role if key.eq_ignore_ascii_case("aws:username") => Lack::never(
                "no request of a role has",
                "grant it to the hub's user alone, or compare with `aws:PrincipalTag/…` or `aws:userid`",
            ),
            _ => None,
        }
    }
}
