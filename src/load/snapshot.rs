//! What an account holds, as `aws iam get-account-authorization-details` prints it: the fields that matter here. Others
//! are passed over, since AWS adds some now and then.

use std::collections::BTreeMap;

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json;
use crate::diag::{Diagnostic, FileId, Span};
use crate::model::AccountId;

/// The users, groups, roles and managed policies of an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Snapshot {
    /// The users.
    #[serde(rename = "UserDetailList")]
    pub users: Vec<UserDetail>,
    /// The groups.
    #[serde(rename = "GroupDetailList")]
    pub groups: Vec<GroupDetail>,
    /// The roles.
    #[serde(rename = "RoleDetailList")]
    pub roles: Vec<RoleDetail>,
    /// The managed policies; AWS's own may be among them.
    pub policies: Vec<PolicyDetail>,
    /// Whether AWS had more to tell.
    #[serde(default)]
    is_truncated: bool,
}

/// A user.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserDetail {
    /// The name.
    pub user_name: String,
    /// The path.
    pub path: String,
    /// The ARN.
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
    /// What caps the user.
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
    /// The name.
    pub group_name: String,
    /// The path.
    pub path: String,
    /// The ARN.
    pub arn: String,
    /// Inline policies.
    #[serde(default, rename = "GroupPolicyList")]
    pub inline: Vec<InlinePolicy>,
    /// Managed policies.
    #[serde(default, rename = "AttachedManagedPolicies")]
    pub attached: Vec<Attached>,
}

/// A role. Its description and its longest session are not told.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleDetail {
    /// The name.
    pub role_name: String,
    /// The path.
    pub path: String,
    /// The ARN.
    pub arn: String,
    /// Who may assume it.
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
    /// What caps the role.
    #[serde(default)]
    pub permissions_boundary: Option<Boundary>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// A managed policy. Its tags are not told.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyDetail {
    /// The ARN.
    pub arn: String,
    /// The description, where it is told.
    #[serde(default)]
    pub description: Option<String>,
    /// The versions.
    #[serde(default, rename = "PolicyVersionList")]
    pub versions: Vec<PolicyVersion>,
}

/// A version of a managed policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyVersion {
    /// Whether it is the one in force.
    #[serde(default)]
    pub is_default_version: bool,
    /// What it says.
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
    /// What it says.
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
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

impl PolicyDetail {
    /// What the policy says today.
    pub fn document(&self) -> Option<&Value> {
        self.versions
            .iter()
            .find(|version| version.is_default_version)
            .map(|version| &version.document)
    }

    /// The name: the last part of the ARN.
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }
}

/// Tags by key, without those that AWS itself sets.
pub fn own_tags(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter()
        .filter(|tag| !tag.key.starts_with("aws:"))
        .map(|tag| (tag.key.clone(), tag.value.clone()))
        .collect()
}

/// Reads a snapshot of the account.
pub(super) fn read(
    file: FileId,
    text: &str,
    account: &AccountId,
) -> Result<Snapshot, Box<Diagnostic>> {
    let snapshot: Snapshot = serde_json::from_str(text).map_err(|error| {
        let span = json::place(file, text, &error);
        let what = json::said(&error);
        Box::new(
            Diagnostic::error("bad-snapshot", span, format!("this is no snapshot of an account: {what}"))
                .why("a snapshot is what `aws iam get-account-authorization-details` prints as JSON")
                .help("save it again: aws iam get-account-authorization-details --output json > snapshot.json"),
        )
    })?;
    let whole = Span {
        file,
        start: 0,
        end: text.find('\n').unwrap_or(text.len()),
    };
    if snapshot.is_truncated {
        return Err(Box::new(
            Diagnostic::error(
                "truncated-snapshot",
                whole,
                "this snapshot is a first page only",
            )
            .why(
                "what stands on the other pages would be taken for missing, and made a second time",
            )
            .help("save it without --no-paginate and --max-items"),
        ));
    }
    let users = snapshot.users.iter().map(|user| &user.arn);
    let groups = snapshot.groups.iter().map(|group| &group.arn);
    let roles = snapshot.roles.iter().map(|role| &role.arn);
    let policies = snapshot.policies.iter().map(|policy| &policy.arn);
    let foreign = users
        .chain(groups)
        .chain(roles)
        .chain(policies)
        .find(|arn| {
            let owner = arn.split(':').nth(4).unwrap_or_default();
            owner != account.as_str() && owner != "aws"
        });
    match foreign {
        None => Ok(snapshot),
        Some(arn) => {
            let start = text.find(arn.as_str()).unwrap_or_default();
            let span = Span {
                file,
                start,
                end: (start + arn.len()).min(text.len()),
            };
            Err(Box::new(
                Diagnostic::error(
                    "foreign-snapshot",
                    span,
                    format!("this is not a snapshot of account {account}"),
                )
                .why("it would say of another account's resources that they are there")
                .help("give each snapshot with its own account: --snapshot ACCOUNT=FILE"),
            ))
        }
    }
}

/// A policy document: an object, as the AWS CLI prints it, or text with `%7B` and the like, as the API gives it.
fn policy_document<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    let document = match Value::deserialize(deserializer)? {
        Value::String(text) => {
            let decoded = decode(&text).ok_or_else(|| {
                D::Error::custom("a policy document that is not URL-encoded text")
            })?;
            serde_json::from_str(&decoded).map_err(|error| {
                // The place in the text would be taken for one in the file.
                D::Error::custom(format!("a policy document in text: {}", json::said(&error)))
            })?
        }
        other => other,
    };
    match document {
        Value::Object(_) => Ok(document),
        _ => Err(D::Error::custom("a policy document that is not an object")),
    }
}

/// Undoes the encoding of RFC 3986.
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
    use super::{Snapshot, decode, own_tags, read};
    use crate::diag::SourceMap;
    use crate::model::AccountId;

    fn read_text(text: &str) -> Result<Snapshot, String> {
        let mut sources = SourceMap::default();
        let file = sources.add("snapshot.json", text);
        let account = AccountId::parse("111111111111").unwrap();
        read(file, text, &account).map_err(|fault| {
            let place = sources.line_column(fault.span);
            format!("{}:{} {}", place.line, place.column, fault.message)
        })
    }

    fn with_role(document: &str) -> String {
        format!(
            "{{\"UserDetailList\": [], \"GroupDetailList\": [], \"Policies\": [], \"Later\": 1,\n\
             \"RoleDetailList\": [{{\"RoleName\": \"r\", \"Path\": \"/\", \"New\": {{}},\n\
             \"Arn\": \"arn:aws:iam::111111111111:role/r\",\n\
             \"Tags\": [{{\"Key\": \"aws:x\", \"Value\": \"1\"}}, {{\"Key\": \"a\", \"Value\": \"b\"}}],\n\
             \"AssumeRolePolicyDocument\": {document}}}]}}"
        )
    }

    #[test]
    fn a_document_is_an_object_or_encoded_text() {
        let object = r#"{"Version": "2012-10-17", "Statement": []}"#;
        let encoded = "%7B%22Version%22%3A%20%222012-10-17%22%2C%20%22Statement%22%3A%20%5B%5D%7D";
        let one = read_text(&with_role(object)).unwrap();
        let other = read_text(&with_role(&format!("\"{encoded}\""))).unwrap();
        assert_eq!(one.roles[0].trust, other.roles[0].trust);
        assert_eq!(own_tags(&one.roles[0].tags).len(), 1);
        assert_eq!(decode("a%2Bb+c").unwrap(), "a+b+c");
        assert_eq!(decode("%C3%A9").unwrap(), "é");
        assert_eq!(decode("%zz"), None);
        assert_eq!(decode("%2"), None);
    }

    #[test]
    fn faults_tell_their_place() {
        let fault = read_text(&with_role("\"%7B\"")).unwrap_err();
        assert!(fault.starts_with("5:"), "{fault}");
        assert!(fault.contains("a policy document in text"), "{fault}");
        let fault = read_text("{\n  \"UserDetailList\": {}\n}").unwrap_err();
        assert!(fault.starts_with("2:"), "{fault}");
        let fault = read_text("{}").unwrap_err();
        assert!(fault.contains("missing field `UserDetailList`"), "{fault}");
        let foreign = with_role("{}").replace(":111111111111:", ":222222222222:");
        let fault = read_text(&foreign).unwrap_err();
        assert!(fault.starts_with("3:"), "{fault}");
        let truncated = with_role("{}").replace("\"Later\": 1", "\"IsTruncated\": true");
        assert!(read_text(&truncated).is_err());
    }
}
