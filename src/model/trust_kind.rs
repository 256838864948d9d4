//! The kinds of identity that a role can let in, for those who explain it to people.

use super::{EC2, Saying};

/// The section of the texts that name them.
const TEXTS: &str = "trust";

/// What issues tokens or SAML responses. Each is told in its own way which role to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI/CD.
    GitLab,
    /// HCP Terraform.
    TerraformCloud,
    /// A cluster of EKS, for service accounts of Kubernetes.
    Eks,
    /// A SAML provider.
    Saml,
    /// Any other provider of OIDC.
    Oidc,
}

/// An identity outside the deployment that a role lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustKind {
    /// Nobody: the vendor names its identity only when the role is there.
    Nobody,
    /// An IAM principal that exists already.
    Principal,
    /// The vendor of a product, whose title this is.
    Vendor(String),
    /// Identities of an OIDC or SAML provider.
    Federated {
        /// What the provider is one of.
        platform: Platform,
        /// The provider, as people call it.
        provider: String,
        /// Which of its identities: subjects, in which `*` may stand; all of them if there is none.
        subjects: Vec<String>,
    },
    /// A service of AWS, by its name.
    Service(String),
    /// Holders of certificates, through IAM Roles Anywhere.
    Certificate {
        /// What the certificate has to say: `x509Subject/CN = ci.example.com`.
        fields: Vec<String>,
    },
}

impl TrustKind {
    /// What people call it, where a trust policy does not say so.
    pub fn name(&self) -> Option<String> {
        match self {
            TrustKind::Principal | TrustKind::Service(_) => None,
            TrustKind::Nobody => Some("Nobody, until the vendor names its identity.".to_owned()),
            TrustKind::Vendor(title) => Some(format!("The vendor of {title}.")),
            TrustKind::Federated {
                platform: Platform::Saml,
                provider,
                ..
            } => Some(format!("Users of the SAML provider {provider}.")),
            TrustKind::Federated { provider, .. } => Some(format!("Tokens of {provider}.")),
            TrustKind::Certificate { .. } => {
                Some("Holders of certificates, through IAM Roles Anywhere.".to_owned())
            }
        }
    }

    /// The identity in words. `principal` is the ARN of an IAM principal, and `account` the account that it is in.
    pub fn saying(&self, principal: &str, account: &str, elsewhere: bool) -> Saying {
        match self {
            TrustKind::Nobody => Saying::new(TEXTS, "nobody"),
            TrustKind::Principal if elsewhere => Saying::new(TEXTS, "elsewhere")
                .with("arn", principal)
                .with("account", account),
            TrustKind::Principal => Saying::new(TEXTS, "existing").with("arn", principal),
            TrustKind::Vendor(title) => Saying::new(TEXTS, "vendor")
                .with("arn", principal)
                .with("product", title),
            TrustKind::Federated {
                platform: Platform::Saml,
                provider,
                ..
            } => Saying::new(TEXTS, "saml").with("provider", provider),
            TrustKind::Federated {
                provider, subjects, ..
            } => Saying::new(TEXTS, "federated")
                .with("provider", provider)
                .with("subjects", subjects.join(", ")),
            TrustKind::Service(name) if EC2.contains(&name.as_str()) => Saying::new(TEXTS, "ec2"),
            TrustKind::Service(name) => Saying::new(TEXTS, "service").with("service", name),
            TrustKind::Certificate { fields } => {
                Saying::new(TEXTS, "certificate").with("fields", fields.join(", "))
            }
        }
    }
}
