//! The content of an account as printed by `aws iam get-account-authorization-details`, with the fields that are used.
//! Other fields are ignored, since AWS adds new ones.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json;
use crate::cfn::WrittenOut;
use crate::model::IdentityKind;

/// The users, groups, roles and managed policies of an account, or the relevant ones of them.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub users: Vec<UserDetail>,
    pub groups: Vec<GroupDetail>,
    pub roles: Vec<RoleDetail>,
    /// Whether the account has any role at all, relevant or not. Every account has `AWSServiceRoleForSupport`, which AWS
    /// creates: without a role, a snapshot was saved with a filter.
    pub has_roles: bool,
    /// The managed policies, which may include AWS managed policies.
    pub policies: Vec<PolicyDetail>,
    /// The audiences of each OIDC provider, by ARN; `None` if they are not listed, as in a snapshot of an account.
    pub oidc_providers: Option<BTreeMap<String, BTreeSet<String>>>,
}

/// A user.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserDetail {
    pub user_name: String,
    /// The unique id; empty if unknown.
    #[serde(default)]
    pub user_id: String,
    pub path: String,
    pub arn: String,
    /// Inline policies.
    #[serde(default, rename = "UserPolicyList")]
    pub inline: Vec<InlinePolicy>,
    /// Managed policies.
    #[serde(default, rename = "AttachedManagedPolicies")]
    pub attached: Vec<Attached>,
    /// Names of the groups that the user is in.
    #[serde(default, rename = "GroupList")]
    pub groups: Vec<String>,
    /// The permissions boundary.
    #[serde(default)]
    pub permissions_boundary: Option<Boundary>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// A group.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupDetail {
    pub group_name: String,
    pub path: String,
    pub arn: String,
    /// Inline policies.
    #[serde(default, rename = "GroupPolicyList")]
    pub inline: Vec<InlinePolicy>,
    /// Managed policies.
    #[serde(default, rename = "AttachedManagedPolicies")]
    pub attached: Vec<Attached>,
}

/// A role. A snapshot has neither its description nor its maximum session duration.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleDetail {
    pub role_name: String,
    /// The unique id; empty if unknown.
    #[serde(default)]
    pub role_id: String,
    pub path: String,
    pub arn: String,
    /// The trust policy.
    #[serde(
        rename = "AssumeRolePolicyDocument",
        deserialize_with = "policy_document"
    )]
    pub trust: Value,
    /// Inline policies.
    #[serde(default, rename = "RolePolicyList")]
    pub inline: Vec<InlinePolicy>,
    /// Managed policies.
    #[serde(default, rename = "AttachedManagedPolicies")]
    pub attached: Vec<Attached>,
    /// The instance profiles with the role.
    #[serde(default, rename = "InstanceProfileList")]
    pub instance_profiles: Vec<InstanceProfile>,
    /// The permissions boundary.
    #[serde(default)]
    pub permissions_boundary: Option<Boundary>,
    /// The maximum session duration in seconds, if known, which is only so for a Terraform plan.
    #[serde(skip)]
    pub max_session: Option<u32>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// A managed policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyDetail {
    pub arn: String,
    /// The description, if known.
    #[serde(default)]
    pub description: Option<String>,
    /// The default version, if known.
    #[serde(default)]
    pub default_version_id: Option<String>,
    /// The versions.
    #[serde(default, rename = "PolicyVersionList")]
    pub versions: Vec<PolicyVersion>,
    /// The tags, if known, which is only so for a Terraform plan.
    #[serde(skip)]
    pub tags: Option<Vec<Tag>>,
}

/// A version of a managed policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyVersion {
    /// The id of the version, if known.
    #[serde(default)]
    pub version_id: Option<String>,
    /// Whether it is the default version.
    #[serde(default)]
    pub is_default_version: bool,
    /// The policy document.
    #[serde(deserialize_with = "policy_document")]
    pub document: Value,
}

/// An inline policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InlinePolicy {
    /// The name.
    #[serde(rename = "PolicyName")]
    pub name: String,
    /// The policy document.
    #[serde(rename = "PolicyDocument", deserialize_with = "policy_document")]
    pub document: Value,
}

/// A managed policy that is attached.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attached {
    /// Its ARN.
    #[serde(rename = "PolicyArn")]
    pub arn: String,
}

/// An instance profile.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceProfile {
    /// The name.
    #[serde(rename = "InstanceProfileName")]
    pub name: String,
    pub path: String,
}

/// A permissions boundary.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Boundary {
    /// The ARN of the policy.
    #[serde(rename = "PermissionsBoundaryArn")]
    pub arn: String,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    pub key: String,
    pub value: String,
}

/// The result of looking up a name.
#[derive(Debug)]
pub enum Found<'a, T> {
    /// No match.
    Nothing,
    /// A match that differs in case, which IAM ignores.
    OtherCase(&'a str),
    /// An exact match.
    It(&'a T),
}

// A derived implementation would require the same of `T`.
impl<T> Clone for Found<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Found<'_, T> {}

impl<'a, T> Found<'a, T> {
    /// Looks for a name.
    pub fn find(list: &'a [T], name: &str, name_of: impl Fn(&T) -> &str) -> Self {
        let found = list
            .iter()
            .find(|item| name_of(item).eq_ignore_ascii_case(name));
        match found {
            None => Found::Nothing,
            Some(item) if name_of(item) == name => Found::It(item),
            Some(item) => Found::OtherCase(name_of(item)),
        }
    }

    /// The value of an exact match.
    pub fn exact(self) -> Option<&'a T> {
        match self {
            Found::It(item) => Some(item),
            _ => None,
        }
    }
}

impl Snapshot {
    /// The customer managed policy with this name, whatever its path.
    pub fn own_policy(&self, name: &str) -> Found<'_, PolicyDetail> {
        let own = |policy: &&PolicyDetail| {
            !is_of_aws(&policy.arn) && policy.name().eq_ignore_ascii_case(name)
        };
        match self.policies.iter().find(own) {
            None => Found::Nothing,
            Some(policy) if policy.name() == name => Found::It(policy),
            Some(policy) => Found::OtherCase(policy.name()),
        }
    }

    /// The principals that a managed policy is attached to, by kind and name.
    pub fn holders(&self, arn: &str) -> Vec<(IdentityKind, &str)> {
        let users = self.users.iter().map(|user| {
            let name = user.user_name.as_str();
            (IdentityKind::User, name, &user.attached)
        });
        let groups = self.groups.iter().map(|group| {
            let name = group.group_name.as_str();
            (IdentityKind::Group, name, &group.attached)
        });
        let roles = self.roles.iter().map(|role| {
            let name = role.role_name.as_str();
            (IdentityKind::Role, name, &role.attached)
        });
        users
            .chain(groups)
            .chain(roles)
            .filter(|(_, _, attached)| attached.iter().any(|one| one.arn == arn))
            .map(|(kind, name, _)| (kind, name))
            .collect()
    }
}

/// Whether the ARN is that of an AWS managed policy.
pub fn is_of_aws(arn: &str) -> bool {
    arn.contains(":iam::aws:")
}

impl PolicyDetail {
    /// The document of the default version, or `None` if the policy and its versions contradict each other.
    pub fn document(&self) -> Option<&Value> {
        self.versions
            .iter()
            .find(|version| version.is_default_version)
            .filter(|version| version.version_id == self.default_version_id)
            .map(|version| &version.document)
    }

    /// The name: the last part of the ARN.
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }
}

/// Tags by key, without those that AWS sets itself.
pub fn own_tags(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter()
        .filter(|tag| !tag.key.starts_with("aws:"))
        .map(|tag| (tag.key.clone(), tag.value.clone()))
        .collect()
}

/// A policy document: an object, as the AWS CLI prints it, or percent-encoded text, as the API returns it.
fn policy_document<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    let WrittenOut(document) = WrittenOut::deserialize(deserializer)?;
    let document = match document {
        Value::String(text) => {
            let decoded = decode(&text).ok_or_else(|| {
                D::Error::custom("a policy document that is not URL-encoded text")
            })?;
            let document = serde_json::from_str(&decoded).map_err(|error| {
                // A position in the embedded text would look like a position in the file.
                D::Error::custom(format!(
                    "a policy document in text: {}",
                    json::error_message(&error)
                ))
            });
            let WrittenOut(document) = document?;
            document
        }
        other => other,
    };
    match document {
        Value::Object(_) => Ok(document),
        _ => Err(D::Error::custom("a policy document that is not an object")),
    }
}

/// Percent-decodes text as in RFC 3986.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let value = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn text_of_the_api_is_decoded() {
        assert_eq!(decode("a%2Bb+c").unwrap(), "a+b+c");
        assert_eq!(decode("%C3%A9").unwrap(), "é");
        assert_eq!(decode("%zz"), None);
        assert_eq!(decode("%2"), None);
    }
}
