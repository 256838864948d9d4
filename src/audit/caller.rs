//! A principal that the planned roles trust, and what is known about its requests to assume a role.
//!
//! Source: the IAM User Guide, "AWS global condition context keys" and "IAM and AWS STS condition context keys".

use std::collections::BTreeMap;

use crate::model::{Fact, Holds, is_of_services, literal};

/// A user or a role, or any principal of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    /// The ARN without the resource: `arn:aws:iam::111111111111`.
    account_arn: String,
    /// The rest of the ARN: `user/svc-micetro`, `role/vendor/ci`, or `root` for any principal of the account.
    resource: String,
    /// The unique id, such as `AIDACKCEVSQ6C2EXAMPLE`, if known.
    pub id: Option<String>,
    /// The tags, if known.
    pub tags: Option<BTreeMap<String, String>>,
}

/// How a principal in a trust policy relates to a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// Whether it matches the caller, by name or because it matches everyone.
    It(Holds),
    /// It matches one principal of the account, and the caller can be any of them.
    Somebody,
    /// It matches the caller's account.
    Account,
}

impl Caller {
    /// Parses a caller from its ARN. The ARN of an account's root means any principal of the account.
    pub fn new(arn: &str) -> Option<Self> {
        let (account_arn, resource) = arn.rsplit_once(':')?;
        let fields: Vec<&str> = account_arn.split(':').collect();
        let ["arn", _, "iam", _, account] = fields.as_slice() else {
            return None;
        };
        (!account.is_empty()).then(|| Self {
            account_arn: account_arn.to_owned(),
            resource: resource.to_owned(),
            id: None,
            tags: None,
        })
    }

    /// The ARN.
    pub fn arn(&self) -> String {
        format!("{}:{}", self.account_arn, self.resource)
    }

    /// The ARN of the caller's account.
    pub(super) fn root(&self) -> String {
        format!("{}:root", self.account_arn)
    }

    fn partition(&self) -> &str {
        self.account_arn.split(':').nth(1).unwrap_or_default()
    }

    /// The account.
    pub fn account(&self) -> &str {
        self.account_arn.rsplit(':').next().unwrap_or_default()
    }

    fn name(&self) -> &str {
        self.resource.rsplit('/').next().unwrap_or_default()
    }

    fn is_user(&self) -> bool {
        self.resource.starts_with("user/")
    }

    pub(super) fn is_role(&self) -> bool {
        self.resource.starts_with("role/")
    }

    /// How a principal of the type `AWS` relates to the caller.
    pub(super) fn named_by(&self, principal: &str) -> Named {
        let account = self.account();
        if principal == account || principal == self.root() {
            return Named::Account;
        }
        let is_here = |service: &str| {
            let here = format!("arn:{}:{service}::{account}:", self.partition());
            principal.strip_prefix(here.as_str())
        };
        let is_one_here = is_here("iam").or(is_here("sts")).is_some();
        if self.id_prefix().is_none() && is_one_here {
            return Named::Somebody;
        }
        Named::It(match () {
            () if principal == "*" || principal == self.arn() => Holds::Yes,
            // A pattern is documented to be refused.
            () if principal.contains(['*', '?']) => Holds::on("Principal"),
            () => match (is_here("sts"), self.id_prefix()) {
                // The principal is one session of the role.
                (Some(session), _) if self.is_role() => {
                    let role = format!("assumed-role/{}/", self.name());
                    match session.starts_with(&role) {
                        true => Holds::on("aws:userid"),
                        false => Holds::No,
                    }
                }
                // It may be the id of anyone in the account.
                (None, None) if ["AIDA", "AROA"].iter().any(|id| principal.starts_with(id)) => {
                    Holds::on("aws:userid")
                }
                // AWS shows a deleted principal by its id, but an id may also have been written for an existing one.
                (None, Some(prefix)) if principal.starts_with(prefix) => match &self.id {
                    Some(id) => Holds::from(principal == id),
                    None => Holds::on("aws:userid"),
                },
                _ => Holds::No,
            },
        })
    }

    /// The prefix of the unique id.
    fn id_prefix(&self) -> Option<&'static str> {
        match () {
            () if self.is_user() => Some("AIDA"),
            () if self.is_role() => Some("AROA"),
            () => None,
        }
    }

    /// What is known about a condition key, in lower case, if the caller assumes a role of this account with its own
    /// credentials.
    pub fn fact(&self, key: &str, role_account: &str) -> Fact {
        let anyone = !self.is_user() && !self.is_role();
        if let Some(tag) = key.strip_prefix("aws:principaltag/") {
            return match &self.tags {
                None => Fact::unknown(),
                Some(tags) => match tags.iter().find(|(key, _)| key.to_lowercase() == tag) {
                    Some((_, value)) => Fact::known(value),
                    None => Fact::absent(),
                },
            };
        }
        if key.starts_with("aws:requesttag/") {
            return Fact::chosen(true);
        }
        match key {
            "aws:principalarn" if anyone => {
                let account = literal(self.account());
                Fact::like(&format!("arn:{}:*::{account}:*", self.partition()))
            }
            "aws:principalarn" => Fact::known(&self.arn()),
            "aws:principalaccount" => Fact::known(self.account()),
            "aws:principaltype" if self.is_user() => Fact::known("User"),
            "aws:principaltype" if self.is_role() => Fact::known("AssumedRole"),
            "aws:username" if self.is_user() => Fact::known(self.name()),
            "aws:username" if self.is_role() => Fact::absent(),
            "aws:userid" => match (&self.id, self.id_prefix()) {
                (Some(id), Some("AIDA")) => Fact::known(id),
                (Some(id), Some(_)) => Fact::like(&format!("{}:*", literal(id))),
                (None, Some("AIDA")) => Fact::like("AIDA*"),
                (None, Some(prefix)) => Fact::like(&format!("{prefix}*:*")),
                (_, None) => Fact::like("*"),
            },
            "aws:resourceaccount" => Fact::known(role_account),
            "aws:principalisawsservice" => Fact::known("false"),
            // STS only accepts TLS.
            "aws:securetransport" => Fact::known("true"),
            key if is_of_services(key) => Fact::absent(),
            "sts:rolesessionname" => Fact::chosen(false),
            // An external id is not a secret: a caller that knows it can send it.
            "sts:externalid"
            | "sts:sourceidentity"
            | "aws:sourceidentity"
            | "sts:transitivetagkeys"
            | "aws:tagkeys"
            | "aws:useragent"
            | "aws:referer" => Fact::chosen(true),
            "aws:currenttime" | "aws:epochtime" | "aws:requestedregion" | "aws:principaltype" => {
                Fact::like("*")
            }
            _ => Fact::unknown(),
        }
    }

    /// Whether a condition key, in lower case, distinguishes callers of one account.
    pub(super) fn is_told_by(key: &str) -> bool {
        ["aws:principalarn", "aws:username", "aws:userid"].contains(&key)
            || key.starts_with("aws:principaltag/")
    }
}
