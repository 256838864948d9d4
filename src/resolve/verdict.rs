//! A condition of an entry, and what can be wrong with it.

use crate::diag::{Diagnostic, Severity, Span};
use crate::model::{AccountId, Action, Operator, Partition, Site, Text};
use crate::reference::{ConditionKey, KeyType, Reference};

/// The code of a key that AWS does not have, or no service of the actions.
pub(super) const UNKNOWN_KEY: &str = "unknown-condition-key";

/// The code of a key that AWS has and the request does not.
pub(super) const UNSUPPORTED: &str = "unsupported-condition";

/// One key of an operator, with the values that it is compared with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Condition<'a> {
    pub(super) operator: Operator,
    /// The operator as it is written.
    pub(super) written: &'a str,
    pub(super) key: &'a str,
    pub(super) values: &'a [String],
}

/// Something that is wrong with a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The code of its diagnostic.
    pub code: &'static str,
    /// An error where the condition guards nothing or could never hold; a warning where lint asks.
    pub severity: Severity,
    /// The key of the condition.
    pub key: String,
    /// The value that is wrong, by number; the key if absent.
    pub value: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// What to write instead.
    pub help: String,
}

/// A value with some partition and account in their places, so that it has the shape that IAM compares.
pub(super) fn filled(text: &Text) -> String {
    match AccountId::parse("111111111111") {
        Ok(account) => text.at(Site {
            partition: Partition::Aws,
            account: &account,
        }),
        Err(_) => text.pattern(),
    }
}

/// The type of a key's values: as the actions' own services know it, or whoever has the key.
pub(super) fn key_type(key: &str, actions: &[Action], reference: &Reference) -> Option<KeyType> {
    own_key(key, actions, reference)
        .or_else(|| reference.key(key))
        .and_then(ConditionKey::key_type)
}

/// The key of a service that one of the actions belongs to.
pub(super) fn own_key<'a>(
    key: &str,
    actions: &[Action],
    reference: &'a Reference,
) -> Option<&'a ConditionKey> {
    actions
        .iter()
        .filter_map(|action| reference.service(action.service()))
        .find_map(|service| service.key(key))
}

impl Verdict {
    /// The verdict as the diagnostic of a place.
    pub(super) fn at(self, span: Span) -> Diagnostic {
        Diagnostic {
            severity: self.severity,
            ..Diagnostic::error(self.code, span, self.message)
        }
        .why(self.why)
        .help(self.help)
    }
}

/// Whether a key comes from the token of an identity provider, whose names AWS does not list: `HOST:claim`, or one of SAML.
pub(super) fn is_of_identity_provider(key: &str, reference: &Reference) -> bool {
    let (prefix, _) = key.split_once(':').unwrap_or((key, ""));
    let of_sts = reference
        .service("sts")
        .is_some_and(|sts| sts.key(key).is_some());
    is_of_issuer(key) || (of_sts && prefix == "saml")
}

/// Whether a key is a claim of the tokens of an OIDC provider: `HOST:claim`.
pub(super) fn is_of_issuer(key: &str) -> bool {
    let (issuer, _) = key.split_once(':').unwrap_or_default();
    issuer.contains('.')
}

pub(super) fn is_tag_keys(key: &str) -> bool {
    let known = ["aws:TagKeys", "sts:TransitiveTagKeys"];
    known.iter().any(|known| key.eq_ignore_ascii_case(known))
}

pub(super) fn explained(action: &Action) -> String {
    format!("`landgrant explain {action}` prints the keys that there are")
}
