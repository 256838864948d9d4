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
    /// `account` (the hub account, narrowed to the hub's users), `user` (the hub's users by ARN), `vendor` (the product's vendor, as its catalog says), `pending` (nobody yet), or the ARN of an existing principal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// With `account`: whether only the hub's users may assume the roles. `true` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restrict_to_user: Option<bool>,
    /// GitHub Actions workflows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub github: Option<GithubDoc>,
    /// GitLab CI/CD jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gitlab: Option<GitlabDoc>,
    /// HCP Terraform runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terraform_cloud: Option<TerraformCloudDoc>,
    /// A service account of an EKS cluster, by the cluster's OIDC issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eks: Option<EksDoc>,
    /// Identities from any other OIDC provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_identity: Option<WebIdentityDoc>,
    /// The name of the SAML provider in the role's account whose users may assume it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saml: Option<String>,
    /// The AWS service that assumes the role: `ec2.amazonaws.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Holders of certificates, through IAM Roles Anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles_anywhere: Option<RolesAnywhereDoc>,
    /// Whether the OIDC provider exists already, or is created in each account that gets a role. `existing` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderDoc>,
    /// The external id that the product sends, for every target without its own; or a list of accepted ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<OneOrMany>,
    /// Whether the principal may pass session tags.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub session_tags: bool,
    /// Further conditions, as in an IAM policy: operator, then key, then one value or several.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub conditions: ConditionsDoc,
}

/// Where an OIDC provider comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderDoc {
    /// It is there already.
    Existing,
    /// It is made with the roles, once in each account.
    Make,
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

/// GitHub Actions workflows. One of `branch`, `tag`, `environment` and `pull_request` selects workflows of the repository.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GithubDoc {
    /// The repository: `owner/name`.
    pub repository: String,
    /// The branches whose workflows may assume the roles; `*` and `?` are wildcards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<OneOrMany>,
    /// The tags whose workflows may assume the roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<OneOrMany>,
    /// The deployment environments whose workflows may assume the roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<OneOrMany>,
    /// Whether workflows of pull requests may assume the roles, whoever opens the pull request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pull_request: bool,
    /// The numeric id of the owner, quoted. With it and `repository_id`, subjects with ids are trusted too, which apply to repositories that were created, renamed or transferred since 2026-07-15.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// The numeric id of the repository, quoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository_id: Option<String>,
}

/// GitLab CI/CD jobs. One of `branch` and `tag` selects jobs of the project.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GitlabDoc {
    /// The project with its groups: `group/subgroup/project`.
    pub project: String,
    /// The branches whose jobs may assume the roles; `*` and `?` are wildcards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<OneOrMany>,
    /// The tags whose jobs may assume the roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<OneOrMany>,
    /// The host of the GitLab instance; `gitlab.com` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// HCP Terraform runs.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TerraformCloudDoc {
    /// The organization.
    pub organization: String,
    /// The project.
    pub project: String,
    /// The workspaces whose runs may assume the roles; `*` and `?` are wildcards.
    pub workspace: OneOrMany,
    /// `plan` or `apply`; both if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_phase: Option<RunPhase>,
}

/// A phase of an HCP Terraform run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunPhase {
    /// The plan phase.
    Plan,
    /// The apply phase.
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
    /// The service accounts that may assume the roles; `*` and `?` are wildcards.
    pub service_account: OneOrMany,
}

/// Identities from an OIDC provider that is registered in IAM in the role's account.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebIdentityDoc {
    /// The issuer's URL, as in the token.
    pub issuer: String,
    /// The accepted audiences, as in the token.
    pub audience: OneOrMany,
    /// The subjects that may assume the roles, as in the token; `*` and `?` are wildcards.
    pub subject: OneOrMany,
}

/// Holders of certificates, through IAM Roles Anywhere.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolesAnywhereDoc {
    /// The ARN of the trust anchor; `${account}` is the role's account.
    pub trust_anchor: String,
    /// The required values of certificate fields: `x509Subject/CN`, `x509Issuer/CN`, `x509SAN/DNS`. `*` and `?` are wildcards.
    pub certificate: IndexMap<String, OneOrMany>,
}
