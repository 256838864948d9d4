//! Somebody whom the planned roles let in, and what is known of a request of theirs to assume a role.
//!
//! Source: the IAM User Guide, "AWS global condition context keys" and "IAM and AWS STS condition context keys".

use std::collections::BTreeMap;

use crate::model::{Fact, Holds, is_of_services, literal};

/// A user or a role, or whoever is in an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    /// `arn:aws:iam::111111111111`, of its own ARN.
    account_arn: String,
    /// The rest of the ARN: `user/svc-micetro`, `role/vendor/ci`, or `root` for whoever is in the account.
    resource: String,
    /// The unique id, such as `AIDACKCEVSQ6C2EXAMPLE`, where it is known.
    pub id: Option<String>,
    /// The tags, where they are known.
    pub tags: Option<BTreeMap<String, String>>,
}

/// What a principal in a trust policy is to a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// Whether it stands for the caller: as everyone, or as itself.
    It(Holds),
    /// It stands for one of those who are in the account, and the caller may be anyone of them.
    Somebody,
    /// It stands for the account that the caller is in.
    Account,
}

impl Caller {
    /// A caller from its ARN; that of an account's root stands for whoever is in the account.
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

    /// The ARN that stands for the account.
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

    /// What a principal of the type `AWS` is to it.
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
            () => match (is_here("sts"), self.id_prefix()) {
                // Which session of the role it is.
                (Some(session), _) if self.is_role() => {
                    let role = format!("assumed-role/{}/", self.name());
                    match session.starts_with(&role) {
                        true => Holds::on("aws:userid"),
                        false => Holds::No,
                    }
                }
                // AWS writes the id of a principal that was deleted, and of whoever is not.
                (None, Some(prefix)) if principal.starts_with(prefix) => match &self.id {
                    Some(id) => Holds::from(principal == id),
                    None => Holds::on("aws:userid"),
                },
                _ => Holds::No,
            },
        })
    }

    /// What the unique id begins with.
    fn id_prefix(&self) -> Option<&'static str> {
        match () {
            () if self.is_user() => Some("AIDA"),
            () if self.is_role() => Some("AROA"),
            () => None,
        }
    }

    /// What is known of a condition key, in lower case, when the caller assumes a role of this account with its own
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
            // STS is reached by TLS only.
            "aws:securetransport" => Fact::known("true"),
            key if is_of_services(key) => Fact::absent(),
            "sts:rolesessionname" => Fact::chosen(false),
            // An external id is no secret: whoever knows what to send sends it.
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

    /// Whether a condition key, in lower case, tells callers of one account apart.
    pub(super) fn is_told_by(key: &str) -> bool {
        ["aws:principalarn", "aws:username", "aws:userid"].contains(&key)
            || key.starts_with("aws:principaltag/")
    }
}
