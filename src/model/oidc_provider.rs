//! An OIDC provider of IAM, where a deployment makes it itself.

use std::collections::BTreeSet;

use super::{Site, Text};

/// An OIDC provider. IAM takes an issuer once in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcProvider {
    /// Host and path of the issuer, which IAM names the provider after.
    pub issuer: String,
    /// Whom its tokens may be for.
    pub audiences: BTreeSet<String>,
}

impl OidcProvider {
    /// The issuer as it stands in tokens.
    pub fn url(&self) -> String {
        format!("https://{}", self.issuer)
    }

    /// Its ARN in an account.
    pub fn arn(&self, site: Site<'_>) -> String {
        Text::iam_arn(site.account, "oidc-provider", "/", &self.issuer).at(site)
    }
}
