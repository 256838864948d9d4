//! Parses a snapshot as a stream and keeps only relevant parts: a large account has hundreds of megabytes.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::marker::PhantomData;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Deserializer, Value};

use super::interest::{Detail, Interest};
use super::json::{error_message, place};
use super::snapshot::Snapshot;
use crate::diag::{Diagnostic, FileId, Span};
use crate::model::AccountId;

/// Why a snapshot is rejected.
#[derive(Debug)]
pub(super) enum Refused {
    /// It is not the output of the AWS CLI.
    Json(serde_json::Error),
    /// It was truncated.
    Truncated,
    /// It has this ARN of another account.
    Foreign(String),
}

/// The list of roles.
const ROLES: &str = "RoleDetailList";

/// The state while reading.
struct Context<'a> {
    account: &'a AccountId,
    interest: &'a Interest,
    /// The first ARN of another account.
    foreign: RefCell<Option<String>>,
    /// The lists that have an item, relevant or not.
    filled: RefCell<BTreeSet<&'static str>>,
}

/// Reads a snapshot of the account.
pub(super) fn read(
    reader: impl io::Read,
    account: &AccountId,
    interest: &Interest,
) -> Result<Snapshot, Refused> {
    read_from(Deserializer::from_reader(reader), account, interest)
}

/// Reads a snapshot from memory, which gives the exact position of an error.
pub(super) fn read_text(
    text: &str,
    account: &AccountId,
    interest: &Interest,
) -> Result<Snapshot, Refused> {
    read_from(Deserializer::from_str(text), account, interest)
}

fn read_from<'de>(
    mut deserializer: Deserializer<impl serde_json::de::Read<'de>>,
    account: &AccountId,
    interest: &Interest,
) -> Result<Snapshot, Refused> {
    let context = Context {
        account,
        interest,
        foreign: RefCell::new(None),
        filled: RefCell::default(),
    };
    let read = Document(&context)
        .deserialize(&mut deserializer)
        .and_then(|read| deserializer.end().map(|()| read));
    match (context.foreign.into_inner(), read) {
        (Some(arn), _) => Err(Refused::Foreign(arn)),
        (None, Err(error)) => Err(Refused::Json(error)),
        (None, Ok((_, true))) => Err(Refused::Truncated),
        (None, Ok((snapshot, false))) => Ok(snapshot),
    }
}

/// The whole document: the snapshot, and whether it was truncated.
struct Document<'a>(&'a Context<'a>);

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = (Snapshot, bool);

    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = (Snapshot, bool);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the lists of an account")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut users, mut groups, mut roles, mut policies) = (None, None, None, None);
        let mut truncated = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "UserDetailList" => list(self.0, &mut map, "UserDetailList", &mut users)?,
                "GroupDetailList" => list(self.0, &mut map, "GroupDetailList", &mut groups)?,
                ROLES => list(self.0, &mut map, ROLES, &mut roles)?,
                "Policies" => list(self.0, &mut map, "Policies", &mut policies)?,
                // The API returns IsTruncated and Marker, and the AWS CLI with --max-items returns a NextToken.
                "IsTruncated" => truncated |= map.next_value::<bool>()?,
                "NextToken" | "Marker" => truncated |= !map.next_value::<Value>()?.is_null(),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let missing = A::Error::missing_field;
        let snapshot = Snapshot {
            users: users.ok_or_else(|| missing("UserDetailList"))?,
            groups: groups.ok_or_else(|| missing("GroupDetailList"))?,
            roles: roles.ok_or_else(|| missing(ROLES))?,
            has_roles: self.0.filled.borrow().contains(ROLES),
            policies: policies.ok_or_else(|| missing("Policies"))?,
            oidc_providers: None,
        };
        Ok((snapshot, truncated))
    }
}

fn list<'de, A: MapAccess<'de>, T: Detail + DeserializeOwned>(
    context: &Context<'_>,
    map: &mut A,
    name: &'static str,
    list: &mut Option<Vec<T>>,
) -> Result<(), A::Error> {
    if list.is_some() {
        return Err(A::Error::duplicate_field(name));
    }
    *list = Some(map.next_value_seed(List(context, name, PhantomData))?);
    Ok(())
}

/// A list of which only relevant items are kept.
struct List<'a, T>(&'a Context<'a>, &'static str, PhantomData<T>);

impl<'de, T: Detail + DeserializeOwned> DeserializeSeed<'de> for List<'_, T> {
    type Value = Vec<T>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Detail + DeserializeOwned> Visitor<'de> for List<'_, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let context = self.0;
        let (mut kept, mut names) = (Vec::new(), BTreeSet::new());
        while let Some(item) = items.next_element::<T>()? {
            context.filled.borrow_mut().insert(self.1);
            let owner = item.arn().split(':').nth(4).unwrap_or_default();
            if owner != context.account.as_str() && owner != "aws" {
                *context.foreign.borrow_mut() = Some(item.arn().to_owned());
                return Err(A::Error::custom("an ARN of another account"));
            }
            if item.matters(context.interest) {
                if !names.insert(item.name().to_ascii_lowercase()) {
                    let what = format!("{} appears twice", item.name());
                    return Err(A::Error::custom(what));
                }
                if let Some(what) = item.twice() {
                    let what = format!("{} has {what} twice", item.name());
                    return Err(A::Error::custom(what));
                }
                kept.push(item);
            }
        }
        Ok(kept)
    }
}

/// Reports why and where a snapshot was rejected.
pub(super) fn refusal(
    file: FileId,
    text: &str,
    account: &AccountId,
    refused: &Refused,
) -> Diagnostic {
    match refused {
        Refused::Json(error) => {
            let what = error_message(error);
            Diagnostic::error("bad-snapshot", place(file, text, error), format!("this is not a snapshot of an account: {what}"))
                .why("a snapshot is what `aws iam get-account-authorization-details` prints as JSON")
                .help("save it again: aws iam get-account-authorization-details --output json > snapshot.json")
        }
        Refused::Truncated => {
            let whole = Span {
                file,
                start: 0,
                end: text.find('\n').unwrap_or(text.len()),
            };
            Diagnostic::error(
                "truncated-snapshot",
                whole,
                "this snapshot has only the first page",
            )
            .why("what is on the other pages would be reported as missing")
            .help("save it without --no-paginate and --max-items")
        }
        Refused::Foreign(arn) => {
            let start = text.find(arn.as_str()).unwrap_or_default();
            let span = Span {
                file,
                start,
                end: (start + arn.len()).min(text.len()),
            };
            Diagnostic::error(
                "foreign-snapshot",
                span,
                format!("this is not a snapshot of account {account}"),
            )
            .why("resources of another account would be taken for resources of this one")
            .help("give each snapshot with its own account: --snapshot ACCOUNT=FILE")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::snapshot::{Snapshot, own_tags};
    use super::{Interest, read, read_text, refusal};
    use crate::diag::SourceMap;
    use crate::model::AccountId;

    fn told(text: &str) -> Result<Snapshot, String> {
        let mut sources = SourceMap::default();
        let file = sources.add("snapshot.json", text);
        let account = AccountId::parse("111111111111").unwrap();
        let mut interest = Interest::default();
        interest.role("R");
        interest.trusting(&AccountId::parse("999999999999").unwrap());
        let streamed = read(text.as_bytes(), &account, &interest);
        let read = read_text(text, &account, &interest);
        assert_eq!(streamed.is_ok(), read.is_ok());
        read.map_err(|refused| {
            let fault = refusal(file, text, &account, &refused);
            let place = sources.line_column(fault.span);
            format!("{}:{} {}", place.line, place.column, fault.message)
        })
    }

    fn with_role(document: &str) -> String {
        with_role_named("r", document)
    }

    fn with_role_named(name: &str, document: &str) -> String {
        format!(
            "{{\"UserDetailList\": [], \"GroupDetailList\": [], \"Policies\": [], \"Later\": 1,\n\
             \"RoleDetailList\": [{{\"RoleName\": \"{name}\", \"Path\": \"/\", \"New\": {{}},\n\
             \"Arn\": \"arn:aws:iam::111111111111:role/{name}\",\n\
             \"Tags\": [{{\"Key\": \"aws:x\", \"Value\": \"1\"}}, {{\"Key\": \"a\", \"Value\": \"b\"}}],\n\
             \"AssumeRolePolicyDocument\": {document}}}]}}"
        )
    }

    #[test]
    fn a_document_is_an_object_or_encoded_text() {
        let object = r#"{"Version": "2012-10-17", "Statement": []}"#;
        let encoded = "%7B%22Version%22%3A%20%222012-10-17%22%2C%20%22Statement%22%3A%20%5B%5D%7D";
        let one = told(&with_role(object)).unwrap();
        let other = told(&with_role(&format!("\"{encoded}\""))).unwrap();
        assert_eq!(one.roles[0].trust, other.roles[0].trust);
        assert_eq!(own_tags(&one.roles[0].tags).len(), 1);
    }

    #[test]
    fn what_does_not_matter_is_passed_over() {
        let roles = |name: &str, trust: &str| {
            let snapshot = told(&with_role_named(name, trust)).unwrap();
            snapshot.roles.len()
        };
        assert_eq!(roles("other", "{}"), 0);
        assert_eq!(
            roles(
                "other",
                r#"{"Principal": {"Service": "ec2.amazonaws.com"}}"#
            ),
            0
        );
        assert_eq!(roles("r", "{}"), 1);
        for trust in [
            r#"{"Principal": {"AWS": ["a", "arn:aws:iam::999999999999:root"]}}"#,
            r#"{"Principal": "*"}"#,
            r#"{"NotPrincipal": {"AWS": "arn:aws:iam::888888888888:root"}}"#,
        ] {
            assert_eq!(roles("other", trust), 1, "{trust}");
        }
    }

    #[test]
    fn faults_tell_their_place() {
        let fault = told(&with_role("\"%7B\"")).unwrap_err();
        assert!(fault.starts_with("5:"), "{fault}");
        assert!(fault.contains("a policy document in text"), "{fault}");
        let fault = told("{\n  \"UserDetailList\": {}\n}").unwrap_err();
        assert!(fault.starts_with("2:"), "{fault}");
        let fault = told("{}").unwrap_err();
        assert!(fault.contains("missing field `UserDetailList`"), "{fault}");
        let fault = told("{\"Policies\": [],\n\"Policies\": []}").unwrap_err();
        assert!(fault.contains("duplicate field `Policies`"), "{fault}");
        let fault = told(&format!("{}\n{{}}", with_role("{}"))).unwrap_err();
        assert!(fault.contains("trailing characters"), "{fault}");
        let foreign = with_role("{}").replace(":111111111111:", ":222222222222:");
        let fault = told(&foreign).unwrap_err();
        assert!(fault.starts_with("3:"), "{fault}");
        for more in ["\"IsTruncated\": true", "\"NextToken\": \"eyJ\""] {
            let truncated = with_role("{}").replace("\"Later\": 1", more);
            let fault = told(&truncated).unwrap_err();
            assert!(fault.contains("only the first page"), "{fault}");
        }
    }
}
