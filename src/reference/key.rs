//! Condition keys: what a key that somebody wrote is to AWS, its type, and which actions have it.

use super::{ActionFacts, ActionResource, Reference, Service, Text};
use crate::model::{self, ArnPattern};

/// Global keys that a request has only where its action lists them.
const OF_TAGS: [&str; 3] = ["aws:requesttag/", "aws:resourcetag/", "aws:tagkeys"];

/// Keys of what a request sets. AWS lists some for a resource type too, which does not bring them to its other actions.
const OF_REQUEST: [&str; 3] = ["aws:requesttag/", "aws:tagkeys", "ec2:attribute"];

/// A condition key, as AWS names it.
#[derive(Debug, Clone)]
pub struct ConditionKey {
    pub(super) name: Text,
    pub(super) kind: Option<Text>,
}

/// What the values of a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyType {
    /// Each value.
    pub value: ValueType,
    /// Whether a request may have several.
    pub multivalued: bool,
}

/// The types of values that AWS documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Text.
    String,
    Arn,
    /// `true` or `false`.
    Bool,
    /// A number.
    Numeric,
    /// A date, or seconds since 1970.
    Date,
    IpAddress,
    /// Bytes, in Base64.
    Binary,
}

impl KeyType {
    /// Every name of a type of one value.
    pub const NAMES: [(&'static str, ValueType); 7] = [
        ("String", ValueType::String),
        ("ARN", ValueType::Arn),
        ("Bool", ValueType::Bool),
        ("Numeric", ValueType::Numeric),
        ("Date", ValueType::Date),
        ("IPAddress", ValueType::IpAddress),
        ("Binary", ValueType::Binary),
    ];

    /// The type that AWS writes as `String` or `ArrayOfString`.
    pub fn parse(text: &str) -> Option<KeyType> {
        let (name, multivalued) = match text.strip_prefix("ArrayOf") {
            Some(name) => (name, true),
            None => (text, false),
        };
        let (_, value) = Self::NAMES.iter().find(|(known, _)| *known == name)?;
        Some(KeyType {
            value: *value,
            multivalued,
        })
    }
}

impl ConditionKey {
    /// The key, with placeholders where AWS has them: `aws:RequestTag/${TagKey}`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The type of its values as AWS writes it, such as `String`, `ARN` or `ArrayOfString`. Unknown where an overlay or
    /// the cross-check alone names the key.
    pub fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// The type of its values, where it is known.
    pub fn key_type(&self) -> Option<KeyType> {
        KeyType::parse(self.kind()?)
    }

    /// Whether a key that somebody wrote is this one. IAM ignores case in keys, and in the tag's key that is a part of one.
    pub fn is(&self, written: &str) -> bool {
        names(&self.name, written)
    }
}

/// Whether a key as AWS documents it, with a placeholder where a tag's key or another name stands, is the written one.
pub(super) fn names(documented: &str, written: &str) -> bool {
    if documented.eq_ignore_ascii_case(written) {
        return true;
    }
    // Almost every key differs before its placeholder, if it has one.
    let head = match documented.find("${") {
        Some(start) => &documented[..start],
        None => match open_end(documented) {
            Some(head) => head,
            None => return false,
        },
    };
    let begins = written
        .get(..head.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(head));
    // Neither `*` nor `?` is a wildcard in what somebody wrote.
    begins
        && pattern(documented).is_some_and(|pattern| {
            model::matches(&pattern.to_ascii_lowercase(), &written.to_ascii_lowercase())
        })
}

/// A glob for a key with placeholders, each of which stands for a character at least. Most are written `${TagKey}`; some
/// pages write `<key>`, `tag-key`, or nothing behind the slash.
fn pattern(documented: &str) -> Option<String> {
    if let Some(head) = open_end(documented) {
        return Some(format!("{head}?*"));
    }
    let (mut glob, mut rest) = (String::new(), documented);
    while let Some((before, after)) = rest.split_once("${") {
        let (_, behind) = after.split_once('}')?;
        glob.push_str(before);
        glob.push_str("?*");
        rest = behind;
    }
    glob.push_str(rest);
    Some(glob).filter(|glob| glob != documented)
}

fn starts_with_any(key: &str, starts: &[&str]) -> bool {
    let lower = key.to_ascii_lowercase();
    starts.iter().any(|start| lower.starts_with(start))
}

/// Whether a text is what stands before a placeholder, with or without the slash.
fn is_head(head: &str, text: &str) -> bool {
    let bare = head.trim_end_matches(['/', ':']);
    head.eq_ignore_ascii_case(text) || bare.eq_ignore_ascii_case(text)
}

/// What stands before a placeholder that ends a key, the slash or colon included.
pub(super) fn open_end(documented: &str) -> Option<&str> {
    for end in ["<key>", "tag-key"] {
        if let Some(head) = documented.strip_suffix(end) {
            return Some(head);
        }
    }
    if documented.ends_with('/') {
        return Some(documented);
    }
    let (head, name) = documented.rsplit_once("${")?;
    (name.ends_with('}') && !head.contains("${")).then_some(head)
}

impl Reference {
    /// The keys that a request of any action can have, sorted; then those of an overlay.
    pub fn global_keys(&self) -> &[ConditionKey] {
        &self.global_keys
    }

    /// A global key. Those of tags are among them: AWS lists them as global, and only some actions have them.
    pub fn global_key(&self, written: &str) -> Option<&ConditionKey> {
        self.global_keys.iter().find(|key| key.is(written))
    }

    /// Whether a global key is one of tags, which a request has only where its action lists it.
    pub fn is_of_tags(&self, key: &str) -> bool {
        starts_with_any(key, &OF_TAGS)
    }

    /// A key that AWS has, whichever action has it: a global one, one of the service that its prefix names, or one of an
    /// identity provider, which the reference keeps with STS.
    pub fn key(&self, written: &str) -> Option<&ConditionKey> {
        let (prefix, _) = written.split_once(':')?;
        let in_service = |prefix: &str| self.service(prefix)?.key(written);
        self.global_key(written)
            .or_else(|| in_service(prefix))
            .or_else(|| in_service("sts"))
    }

    /// Keys that a text names, with the services that have them: in full, or up to the slash before a tag's key.
    pub fn keys_named(&self, text: &str) -> Vec<(&ConditionKey, Option<&Service>)> {
        let whole = |key: &ConditionKey| {
            key.is(text) || open_end(key.name()).is_some_and(|head| is_head(head, text))
        };
        let global = self.global_keys.iter().filter(|key| whole(key));
        let mut found: Vec<_> = global.map(|key| (key, None)).collect();
        if found.is_empty() {
            for service in self.services() {
                let keys = service.condition_keys().iter();
                found.extend(
                    keys.filter(|key| whole(key))
                        .map(|key| (key, Some(service))),
                );
            }
        }
        found
    }
}

impl Service {
    /// The key that somebody wrote, if some action or resource type of the service has it. Its own spelling goes before a
    /// placeholder.
    pub fn key(&self, written: &str) -> Option<&ConditionKey> {
        let known = || self.condition_keys().iter();
        known()
            .find(|key| key.name().eq_ignore_ascii_case(written))
            .or_else(|| known().find(|key| key.is(written)))
    }

    /// Whether AWS documents a key for the service, and for none of its actions or resource types.
    fn keeps_for_itself(&self, written: &str) -> bool {
        self.key(written).is_some_and(|key| {
            let listed = |name: &str| name.eq_ignore_ascii_case(key.name());
            !self.actions().any(|facts| facts.lists_key(key))
                && !self
                    .resource_types()
                    .iter()
                    .any(|resource_type| self.keys_of(resource_type).any(listed))
        })
    }

    /// The keys that a resource of a type brings to every action on it.
    fn keys_of_resource<'a>(
        &'a self,
        resource_type: &super::ResourceType,
    ) -> impl Iterator<Item = &'a str> {
        self.keys_of(resource_type)
            .filter(|key| !starts_with_any(key, &OF_REQUEST))
    }
}

impl ActionFacts<'_> {
    /// Whether AWS lists a key for the action: as its own, of one of its resource types, or of the two together.
    pub fn lists_key(self, key: &ConditionKey) -> bool {
        let named = |name: &str| name.eq_ignore_ascii_case(key.name());
        self.condition_keys().any(named)
            || self.resources().any(|listed| {
                let mut of_type = self.service().keys_of_resource(listed.resource_type());
                of_type.any(named) || listed.condition_keys().any(named)
            })
    }

    /// Whether a request of the action on one of the resources can have a key: a global one, one of the action itself, one
    /// of a resource type that the resources are of, or one that the two have together. Where the reference is silent, the
    /// answer is yes: of an action that is not [`ActionFacts::verified`], and of a key that no action lists.
    pub fn has_key(self, written: &str, resources: &[ArnPattern], reference: &Reference) -> bool {
        if self.has_key_anywhere(written, reference) {
            return true;
        }
        let has = |listed: &ActionResource<'_>| self.lists_key_of(*listed, written);
        let takes = |listed: ActionResource<'_>| resources.iter().any(|arn| listed.accepts(arn));
        // What no type takes is a fault of its own.
        self.resources().filter(has).any(takes)
            || (self.resources().any(|listed| has(&listed)) && !self.resources().any(takes))
    }

    /// Whether a request of the action on a resource of one of its types can have a key. Where the reference is silent, the
    /// answer is yes.
    pub fn has_key_on(
        self,
        listed: ActionResource<'_>,
        written: &str,
        reference: &Reference,
    ) -> bool {
        self.has_key_anywhere(written, reference) || self.lists_key_of(listed, written)
    }

    /// Whether it can have the key whatever the resource.
    fn has_key_anywhere(self, written: &str, reference: &Reference) -> bool {
        let always = || !reference.is_of_tags(written) && reference.global_key(written).is_some();
        !self.verified()
            || always()
            || self.condition_keys().any(|key| names(key, written))
            || self.service().keeps_for_itself(written)
    }

    /// Whether AWS lists the key for a resource type of the action.
    fn lists_key_of(self, listed: ActionResource<'_>, written: &str) -> bool {
        let mut of_type = self.service().keys_of_resource(listed.resource_type());
        of_type.any(|key| names(key, written))
            || listed.condition_keys().any(|key| names(key, written))
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn placeholders_stand_for_something() {
        for (documented, written) in [
            ("aws:TagKeys", "aws:tagkeys"),
            ("aws:ResourceTag/${TagKey}", "aws:resourceTag/a/b:c"),
            ("s3:ExistingObjectTag/<key>", "s3:ExistingObjectTag/class"),
            (
                "secretsmanager:ResourceTag/tag-key",
                "secretsmanager:ResourceTag/x",
            ),
            (
                "elasticloadbalancing:ResourceTag/",
                "elasticloadbalancing:ResourceTag/x",
            ),
            (
                "kms:EncryptionContext:${EncryptionContextKey}",
                "kms:EncryptionContext:aws:s3:arn",
            ),
            (
                "codebuild:secondarySources/${sourceIdentifier}.location",
                "codebuild:secondarySources/a.location",
            ),
        ] {
            assert!(names(documented, written), "{documented} {written}");
        }
        for (documented, written) in [
            ("aws:ResourceTag/${TagKey}", "aws:ResourceTag/"),
            ("aws:ResourceTag/${TagKey}", "aws:ResourceTag"),
            ("ec2:ResourceTag/${TagKey}", "ec2:ResourceTags/env"),
            ("aws:TagKeys", "aws:TagKey"),
        ] {
            assert!(!names(documented, written), "{documented} {written}");
        }
    }
}
