//! What a deployment says of whom its roles trust.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::load::catalog::{ConditionsDoc, OneOrMany};

/// Whom the roles trust: one principal, or a list of them.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum TrustsDoc {
    /// Several principals, each with its own conditions.
    Many(Vec<TrustDoc>),
    /// One principal.
    One(Box<TrustDoc>),
}

impl TrustsDoc {
    /// The principals, in the order in which they are written.
    pub fn as_slice(&self) -> &[TrustDoc] {
        match self {
            TrustsDoc::One(one) => std::slice::from_ref(one),
            TrustsDoc::Many(many) => many,
        }
    }
}

/// A principal that may assume the roles. One of `principal`, `github`, `gitlab`, `terraform_cloud`, `eks`, `web_identity`,
/// `saml`, `service` and `roles_anywhere` says which; `principal: account` if none does.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustDoc {
    /// `account` (the hub account, narrowed to the hub's users), `user` (the hub's users by ARN), `vendor` (the product's vendor, as its catalog says), `pending` (nobody yet), or the ARN of a principal that exists already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// With `account`: whether only the hub's users may assume the roles. `true` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restrict_to_user: Option<bool>,
    /// Workflows of GitHub Actions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub github: Option<GithubDoc>,
    /// Jobs of GitLab CI/CD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gitlab: Option<GitlabDoc>,
    /// Runs of HCP Terraform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terraform_cloud: Option<TerraformCloudDoc>,
    /// A service account of an EKS cluster, by the cluster's OIDC issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eks: Option<EksDoc>,
    /// Identities of any other OIDC provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_identity: Option<WebIdentityDoc>,
    /// The name of the SAML provider, in the account of the role, whose users may assume it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saml: Option<String>,
    /// The service of AWS that works with the role: `ec2.amazonaws.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Holders of certificates, through IAM Roles Anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles_anywhere: Option<RolesAnywhereDoc>,
    /// The external id that the product sends, for every target that names none of its own; or several that are all right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<OneOrMany>,
    /// Whether session tags may be passed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub session_tags: bool,
    /// Further conditions, as IAM writes them: operator, then key, then one value or several.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub conditions: ConditionsDoc,
}

impl TrustDoc {
    /// The fields that say which principal it is.
    pub fn kinds(&self) -> Vec<&'static str> {
        [
            ("principal", self.principal.is_some()),
            ("github", self.github.is_some()),
            ("gitlab", self.gitlab.is_some()),
            ("terraform_cloud", self.terraform_cloud.is_some()),
            ("eks", self.eks.is_some()),
            ("web_identity", self.web_identity.is_some()),
            ("saml", self.saml.is_some()),
            ("service", self.service.is_some()),
            ("roles_anywhere", self.roles_anywhere.is_some()),
        ]
        .into_iter()
        .filter_map(|(kind, given)| given.then_some(kind))
        .collect()
    }

    /// Whether it is the hub account or its user.
    pub fn is_of_hub(&self) -> bool {
        match self.principal.as_deref() {
            None => self.kinds().is_empty(),
            Some(principal) => ["account", "user"].contains(&principal),
        }
    }
}

/// Workflows of GitHub Actions. One of `branch`, `tag`, `environment` and `pull_request` says which of the repository's.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GithubDoc {
    /// The repository: `owner/name`.
    pub repository: String,
    /// Branches that may, by name; `*` and `?` are wildcards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<OneOrMany>,
    /// Tags that may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<OneOrMany>,
    /// Deployment environments that may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<OneOrMany>,
    /// Whether workflows of pull requests may, whoever opens them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pull_request: bool,
    /// The number of the owner, quoted. With it and `repository_id`, the subjects with numbers are trusted too, which repositories have that were made, renamed or transferred since 2026-07-15.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// The number of the repository, quoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository_id: Option<String>,
}

/// Jobs of GitLab CI/CD. One of `branch` and `tag` says which of the project's.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GitlabDoc {
    /// The project with its groups: `group/subgroup/project`.
    pub project: String,
    /// Branches that may, by name; `*` and `?` are wildcards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<OneOrMany>,
    /// Tags that may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<OneOrMany>,
    /// The host of the GitLab instance; `gitlab.com` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// Runs of HCP Terraform.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TerraformCloudDoc {
    /// The organization.
    pub organization: String,
    /// The project.
    pub project: String,
    /// The workspaces that may, by name; `*` and `?` are wildcards.
    pub workspace: OneOrMany,
    /// `plan` or `apply`; both if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_phase: Option<RunPhase>,
}

/// What a run of HCP Terraform does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunPhase {
    /// It plans.
    Plan,
    /// It applies.
    Apply,
}

/// A service account of an EKS cluster.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EksDoc {
    /// The OIDC issuer of the cluster, as `aws eks describe-cluster` prints it.
    pub issuer: String,
    /// The Kubernetes namespace.
    pub namespace: String,
    /// The service accounts that may, by name; `*` and `?` are wildcards.
    pub service_account: OneOrMany,
}

/// Identities of an OIDC provider that IAM knows in the account of the role.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebIdentityDoc {
    /// The issuer's URL, as in the token.
    pub issuer: String,
    /// The audiences that are right, as in the token.
    pub audience: OneOrMany,
    /// The subjects that may, as in the token; `*` and `?` are wildcards.
    pub subject: OneOrMany,
}

/// Holders of certificates, through IAM Roles Anywhere.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolesAnywhereDoc {
    /// The ARN of the trust anchor; `${account}` is the account of the role.
    pub trust_anchor: String,
    /// What the certificate has to say, by field: `x509Subject/CN`, `x509Issuer/CN`, `x509SAN/DNS`. `*` and `?` are wildcards.
    pub certificate: IndexMap<String, OneOrMany>,
}
