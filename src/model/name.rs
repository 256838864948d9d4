//! Names, paths, tags, external ids, session lengths: limits from botocore's IAM and STS models.
//!
//! IAM's `\w` is ASCII only, so the checks here are too.

use std::collections::BTreeMap;
use std::fmt;

/// The name of policies that deny. A product's policies are named after it, so none has this name, alone or with more behind it.
pub const FENCE: &str = "fence";

use super::text::check_spelling;
use super::{Refusal, leave_out, shown};

macro_rules! name_type {
    ($(#[$doc:meta])* $type:ident, $kind:literal, $longest:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(String);

        impl $type {
            /// Parses a name.
            ///
            /// # Errors
            ///
            /// When it is empty, too long, or holds a character that IAM does not take.
            pub fn parse(text: &str) -> Result<Self, Refusal> {
                check_name(text, $kind, $longest).map(|()| Self(text.to_owned()))
            }

            /// The name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name_type!(
    /// The name of an IAM user: 1 to 64 characters.
    UserName, "a user", 64
);
name_type!(
    /// The name of an IAM group: 1 to 128 characters.
    GroupName, "a group", 128
);
name_type!(
    /// The name of an IAM role: 1 to 64 characters.
    RoleName, "a role", 64
);
name_type!(
    /// The name of an inline or managed policy: 1 to 128 characters.
    PolicyName, "a policy", 128
);

fn check_name(text: &str, kind: &str, longest: usize) -> Result<(), Refusal> {
    let why = format!(
        "IAM accepts 1 to {longest} characters in the name of {kind}: letters, digits and + = , . @ _ -"
    );
    let refuse = |what: String, help: &str| Err(Refusal::new(what, why.clone(), help));
    if text.is_empty() {
        return refuse(format!("the name of {kind} is empty"), "write a name");
    }
    if text.chars().count() > longest {
        return refuse(
            format!("the name of {kind} has {} characters", text.chars().count()),
            "shorten it",
        );
    }
    match text.chars().find(|c| !is_name_character(*c)) {
        None => Ok(()),
        Some('/') => refuse(
            format!("{} contains a slash", shown(text)),
            "a path belongs in `path:`, not in the name",
        ),
        Some(odd) => refuse(
            format!("{} cannot be the name of {kind}", shown(text)),
            &leave_out(odd),
        ),
    }
}

fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_+=,.@-".contains(character)
}

/// The path of an IAM user, group or role: 1 to 512 characters, a slash at both ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IamPath(String);

impl IamPath {
    /// The path `/`.
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// Parses a path.
    ///
    /// # Errors
    ///
    /// When it does not begin and end with a slash, is too long, or holds what an ARN cannot.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        const WHY: &str =
            "IAM accepts a path of 1 to 512 characters that begins and ends with a slash";
        let refuse = |why: &str, help: &str| {
            Err(Refusal::new(
                format!("{} is not a path", shown(text)),
                why,
                help,
            ))
        };
        // IAM itself takes any printable ASCII character here. A `*` or a `${` would turn the ARNs in the policies
        // that name the entity into patterns, so the set is the one that managed policies have.
        let fits = |c: char| c == '/' || is_name_character(c);
        if let Some(odd) = text.chars().find(|c| !fits(*c)) {
            return refuse(
                "the path stands in the ARNs of policies, where marks other than + = , . @ _ - would turn them into patterns",
                &leave_out(odd),
            );
        }
        if text.is_empty() {
            return refuse(WHY, "write it as `/vendor/`, or delete the field");
        }
        if !text.starts_with('/') || !text.ends_with('/') {
            return refuse(
                WHY,
                &format!("write {}", shown(&format!("/{}/", text.trim_matches('/')))),
            );
        }
        if text.len() > 512 {
            return refuse(WHY, "shorten it");
        }
        if text.contains("//") {
            return refuse(WHY, "write one slash between two parts");
        }
        Ok(Self(text.to_owned()))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IamPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An external id: 2 to 1,224 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExternalId(String);

impl ExternalId {
    /// Parses an external id.
    ///
    /// # Errors
    ///
    /// When it is too short, too long, or holds a character that STS does not take.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        const WHY: &str = "STS accepts 2 to 1,224 characters as an external id: letters, digits and _ + = , . @ : / -";
        let refuse = |help: &str| {
            Err(Refusal::new(
                format!("{} is not an external id", shown(text)),
                WHY,
                help,
            ))
        };
        match text.chars().count() {
            2..=1224 => {}
            _ => return refuse("use the id that the product shows; one UUID is a good length"),
        }
        match text
            .chars()
            .find(|c| !(is_name_character(*c) || ":/".contains(*c)))
        {
            None => Ok(Self(text.to_owned())),
            Some(odd) => refuse(&leave_out(odd)),
        }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The maximum session duration of a role: 3,600 to 43,200 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionDuration(u32);

impl SessionDuration {
    /// One hour, which is what IAM accepts where nothing is said.
    pub const DEFAULT: Self = Self(3600);

    /// Parses `1h`, `90m` or `5400s`.
    ///
    /// # Errors
    ///
    /// When it is not a number with a unit, or outside 1 to 12 hours.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let refuse = |what: String| {
            Err(Refusal::new(
                what,
                "IAM accepts a maximum session duration from 3,600 to 43,200 seconds",
                "write it from `1h` to `12h`; `90m` and `5400s` work too",
            ))
        };
        let unit = match text.as_bytes().last() {
            Some(b'h') => 3600,
            Some(b'm') => 60,
            Some(b's') => 1,
            _ => return refuse(format!("{} is not a session length", shown(text))),
        };
        let number = &text[..text.len() - 1];
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return refuse(format!("{} is not a session length", shown(text)));
        }
        match number
            .parse::<u32>()
            .ok()
            .and_then(|number| number.checked_mul(unit))
        {
            Some(seconds @ 3600..=43_200) => Ok(Self(seconds)),
            _ => refuse(format!("a session of {} is out of bounds", shown(text))),
        }
    }

    /// Seconds.
    pub fn seconds(self) -> u32 {
        self.0
    }
}

/// Tags by key.
pub type Tags = BTreeMap<TagKey, TagValue>;

/// The key of a tag: 1 to 128 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TagKey(String);

impl TagKey {
    /// Parses a tag key.
    ///
    /// # Errors
    ///
    /// When it is empty, too long, begins with `aws:`, or holds a character that IAM does not take.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.to_ascii_lowercase().starts_with("aws:") {
            return Err(Refusal::new(
                format!("the tag {} begins with aws:", shown(text)),
                "AWS keeps that prefix for itself and refuses it from anybody else",
                "choose another prefix",
            ));
        }
        if text.is_empty() {
            return Err(Refusal::new("a tag without a key", TAG_WHY, "write a key"));
        }
        check_tag(text, "key", 128).map(|()| Self(text.to_owned()))
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The value of a tag: 0 to 256 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TagValue(String);

impl TagValue {
    /// Parses a tag value.
    ///
    /// # Errors
    ///
    /// When it is too long or holds a character that IAM does not take.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        check_tag(text, "value", 256).map(|()| Self(text.to_owned()))
    }

    /// The value.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const TAG_WHY: &str = "IAM accepts 1 to 128 characters in a tag key and 0 to 256 in its value: letters, digits, blanks and _ . : / = + - @";

fn check_tag(text: &str, part: &str, longest: usize) -> Result<(), Refusal> {
    let length = text.chars().count();
    if length > longest {
        return Err(Refusal::new(
            format!("the {part} of a tag has {length} characters"),
            TAG_WHY,
            format!("shorten it to {longest} characters"),
        ));
    }
    check_spelling(text, &format!("the {part} of a tag"))?;
    let fits = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    match text.chars().find(|c| !fits(*c)) {
        None => Ok(()),
        Some(odd) => Err(Refusal::new(
            format!("{} cannot be the {part} of a tag", shown(text)),
            TAG_WHY,
            leave_out(odd),
        )),
    }
}

/// Names that Windows keeps for devices: no file or folder can have them.
const DEVICES: &[&str] = &[
    "aux", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "con", "lpt1",
    "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "nul", "prn",
];

/// Checks a short name of our own, safe as a folder name on every system: lower-case letters, digits, inner
/// hyphens, at most 63 characters.
///
/// # Errors
///
/// When it is anything else.
pub fn parse_slug(text: &str, kind: &str) -> Result<String, Refusal> {
    let fits = !text.is_empty()
        && text.len() <= 63
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    if DEVICES.contains(&text) {
        return Err(Refusal::new(
            format!("{} cannot be the name of {kind}", shown(text)),
            "Windows keeps this name for a device, and no file or folder can have it",
            "choose another name",
        ));
    }
    if fits {
        return Ok(text.to_owned());
    }
    Err(Refusal::new(
        format!("{} cannot be the name of {kind}", shown(text)),
        "the name becomes part of file names and identifiers on every system",
        "use 1 to 63 lower-case letters, digits and inner hyphens",
    ))
}

/// The same for a name that identifiers of Terraform and names of stacks begin with. Both have to begin with a letter.
///
/// # Errors
///
/// When it is anything else.
pub fn parse_identifier(text: &str, kind: &str) -> Result<String, Refusal> {
    let name = parse_slug(text, kind)?;
    match name.starts_with(|first: char| first.is_ascii_digit()) {
        false => Ok(name),
        true => Err(Refusal::new(
            format!("{} cannot be the name of {kind}", shown(text)),
            "identifiers of Terraform and names of stacks begin with it, and have to begin with a letter",
            format!("put a letter in front, as in `x{text}`"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ascii_and_bounded() {
        assert!(UserName::parse("svc-micetro@acme").is_ok());
        assert!(UserName::parse(&"u".repeat(64)).is_ok());
        for hostile in [
            "", "a b", "a/b", "${x}", "%{x}", "{{x}}", "a\"b", "a\nb", "..\\", "ü", "a\0",
        ] {
            assert!(UserName::parse(hostile).is_err(), "{hostile}");
        }
        assert!(UserName::parse(&"u".repeat(65)).is_err());
        assert!(GroupName::parse(&"u".repeat(128)).is_ok());
    }

    #[test]
    fn sessions_are_one_to_twelve_hours() {
        assert_eq!(SessionDuration::parse("90m").unwrap().seconds(), 5400);
        for bad in [
            "",
            "h",
            "0h",
            "13h",
            "3599s",
            "-1h",
            "1.5h",
            "99999999999h",
            "1d",
            "1ｈ",
        ] {
            assert!(SessionDuration::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_have_a_slash_at_both_ends() {
        assert!(IamPath::parse("/vendor/micetro/").is_ok());
        for bad in [
            "", "vendor", "/vendor", "vendor/", "//", "/a b/", "/${x}/", "/*/",
        ] {
            assert!(IamPath::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tags_keep_off_the_prefix_of_aws() {
        assert!(TagKey::parse("AWS:x").is_err());
        assert!(TagKey::parse("Kostenstelle Köln").is_ok());
        assert!(TagValue::parse("").is_ok());
        assert!(TagValue::parse("a\nb").is_err());
        assert!(TagKey::parse("\u{212a}ey").is_err());
        assert!(TagValue::parse("\u{1100}\u{1161}").is_err());
    }
}
