//! Text that only differs between accounts in the account, the partition, and values of each target.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, is_nfc, is_nfc_quick};

use super::{AccountId, Partition, Refusal};

/// A piece of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// Literal characters, including IAM policy variables such as `${aws:username}`, which AWS replaces in every
    /// request.
    Literal(String),
    /// The partition, written `${partition}`.
    Partition,
    /// The account that the text is used in, written `${account}`.
    Account,
    /// A value of the target that the text is used in. Only plan adds these.
    Own(Own),
}

/// A value that differs between targets: an argument of the module call, or a parameter of the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Own {
    /// The ARN of the hub's user that may assume the role.
    TrustedUser,
    /// The external id that the role requires.
    ExternalId,
}

impl Own {
    /// The placeholder in a text for all targets.
    fn placeholder(self) -> &'static str {
        match self {
            Own::TrustedUser => "${user}",
            Own::ExternalId => "${external_id}",
        }
    }
}

/// Text with placeholders for the partition and the account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text(Vec<Segment>);

/// The values for the placeholders of a text.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// The value of `${partition}`.
    pub partition: Partition,
    /// The value of `${account}`.
    pub account: &'a AccountId,
}

/// An unknown placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceholderError {
    /// The name between the braces, or everything from `${` on if there is no closing brace.
    pub name: String,
}

impl Text {
    /// Text without placeholders.
    pub fn literal(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            return Self::default();
        }
        Self(vec![Segment::Literal(text)])
    }

    /// Parses text with placeholders: `${partition}`, `${account}`, and the names in `parameters`.
    /// A name with a colon is an IAM policy variable and stays as it is, and so do `${*}`, `${?}` and `${$}`.
    ///
    /// # Errors
    ///
    /// Fails for the first unknown placeholder.
    pub fn parse(
        text: &str,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Self, PlaceholderError> {
        let mut parsed = Self::default();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            parsed.push_literal(&rest[..start]);
            let after = &rest[start + 2..];
            let Some(end) = after.find('}') else {
                return Err(PlaceholderError {
                    name: rest[start..].to_owned(),
                });
            };
            let name = &after[..end];
            match name {
                "partition" => parsed.0.push(Segment::Partition),
                "account" => parsed.0.push(Segment::Account),
                "*" | "?" | "$" => parsed.push_literal(&rest[start..start + 3 + end]),
                // An unclosed brace would hide a following placeholder.
                _ if name.contains(':') && !name.contains("${") => {
                    parsed.push_literal(&rest[start..start + 3 + end]);
                }
                _ => match parameters.get(name) {
                    Some(value) => parsed.push_literal(value),
                    None => {
                        return Err(PlaceholderError {
                            name: name.to_owned(),
                        });
                    }
                },
            }
            rest = &after[end + 1..];
        }
        parsed.push_literal(rest);
        Ok(parsed)
    }

    /// The pieces, in order, without adjacent literals.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The text with its placeholders replaced, except for values of a target, which [`Text::of_target`] replaces.
    pub fn at(&self, site: Site<'_>) -> String {
        let mut text = String::new();
        for segment in &self.0 {
            text.push_str(match segment {
                Segment::Literal(literal) => literal,
                Segment::Partition => site.partition.as_str(),
                Segment::Account => site.account.as_str(),
                Segment::Own(own) => own.placeholder(),
            });
        }
        text
    }

    /// The text in a partition, with `${account}` for the account.
    pub fn anywhere(&self, partition: Partition) -> String {
        let segments = self.0.iter();
        let parts = segments.map(|segment| match segment {
            Segment::Literal(literal) => literal,
            Segment::Partition => partition.as_str(),
            Segment::Account => "${account}",
            Segment::Own(own) => own.placeholder(),
        });
        parts.collect()
    }

    /// The text with the values of a target. Placeholders without a value remain.
    pub fn of_target(&self, value: &impl Fn(Own) -> Option<Text>) -> Self {
        let mut filled = Self::default();
        for segment in &self.0 {
            match segment {
                Segment::Own(own) => match value(*own) {
                    Some(text) => text.0.into_iter().for_each(|part| filled.push(part)),
                    None => filled.push(segment.clone()),
                },
                other => filled.push(other.clone()),
            }
        }
        filled
    }

    /// Whether it contains values of a target.
    pub fn names(&self, own: Own) -> bool {
        self.0.contains(&Segment::Own(own))
    }

    /// The text in source form, with placeholders.
    pub fn pattern(&self) -> String {
        let mut text = String::new();
        for segment in &self.0 {
            match segment {
                Segment::Literal(literal) => text.push_str(literal),
                Segment::Partition => text.push_str("${partition}"),
                Segment::Account => text.push_str("${account}"),
                Segment::Own(own) => text.push_str(own.placeholder()),
            }
        }
        text
    }

    /// Adds characters at the end.
    pub fn push_literal(&mut self, literal: &str) {
        if literal.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(Segment::Literal(last)) => last.push_str(literal),
            _ => self.0.push(Segment::Literal(literal.to_owned())),
        }
    }

    /// Adds a piece at the end.
    pub fn push(&mut self, segment: Segment) {
        match segment {
            Segment::Literal(literal) => self.push_literal(&literal),
            place => self.0.push(place),
        }
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.pattern())
    }
}

impl From<Own> for Text {
    fn from(own: Own) -> Self {
        Self(vec![Segment::Own(own)])
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::literal(text)
    }
}

/// Whether a text is unchanged by Terraform, which normalizes all text to Unicode NFC: a letter and a combining mark
/// become one letter, and the Kelvin sign becomes K. A mark at the start would combine with preceding text.
pub fn is_spelled_once(text: &str) -> bool {
    if text.is_ascii() {
        return true;
    }
    let begins_alone = text.chars().next().is_none_or(|first| {
        canonical_combining_class(first) == 0
            && is_nfc_quick([first].into_iter()) == IsNormalized::Yes
    });
    begins_alone && is_nfc(text)
}

/// Checks that a text is unchanged by Terraform's normalization.
///
/// # Errors
///
/// Fails if Terraform would write a different text.
pub fn check_spelling(text: &str, what: &str) -> Result<(), Refusal> {
    match is_spelled_once(text) {
        true => Ok(()),
        false => Err(Refusal::new(
            format!("`{}` cannot be {what}", text.escape_default()),
            "Terraform writes it in another spelling (Unicode NFC): it would not be what the deployment says",
            "write a letter and its mark as one letter, and no sign that only looks like a letter",
        )),
    }
}

/// What stands between `${` and `}` in a text.
pub fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let behind = text.split("${").skip(1);
    behind.filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// Whether a parameter of a catalog stands in a text.
pub fn has_parameter(text: &str, name: &str) -> bool {
    text.contains(&format!("${{{name}}}"))
}

/// An IAM ARN in the current partition: `arn:PARTITION:iam::ACCOUNT:KIND PATH NAME`.
impl Text {
    /// The ARN of an IAM entity in a known account. `path` begins and ends with a slash.
    pub fn iam_arn(account: &AccountId, kind: &str, path: &str, name: &str) -> Self {
        let mut arn = Self::literal("arn:");
        arn.push(Segment::Partition);
        let mut rest = String::new();
        let _ = write!(rest, ":iam::{account}:{kind}{path}{name}");
        arn.push_literal(&rest);
        arn
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Segment, Text, is_spelled_once};

    fn parse(text: &str) -> Result<Text, super::PlaceholderError> {
        let parameters = BTreeMap::from([("cluster".to_owned(), "prod".to_owned())]);
        Text::parse(text, &parameters)
    }

    #[test]
    fn places_and_parameters_are_filled_and_policy_variables_stay() {
        let text =
            parse("arn:${partition}:iam::${account}:user/${aws:username}/${cluster}").unwrap();
        assert_eq!(
            text.segments(),
            [
                Segment::Literal("arn:".into()),
                Segment::Partition,
                Segment::Literal(":iam::".into()),
                Segment::Account,
                Segment::Literal(":user/${aws:username}/prod".into()),
            ]
        );
    }

    #[test]
    fn a_text_has_one_spelling_or_is_told() {
        for once in ["", "Key", "Köln", "中文", "é", "कि", "각"] {
            assert!(is_spelled_once(once), "{once:?}");
        }
        for twice in [
            "\u{212a}ey",
            "e\u{301}",
            "\u{301}a",
            "\u{627}\u{653}",
            "\u{928}\u{93c}",
            "\u{f900}",
            "\u{1100}\u{1161}",
            "\u{37e}",
        ] {
            assert!(!is_spelled_once(twice), "{twice:?}");
        }
    }

    #[test]
    fn escapes_of_iam_stay_and_unknown_names_are_refused() {
        assert_eq!(parse("a${*}b${$}").unwrap().pattern(), "a${*}b${$}");
        assert_eq!(parse("${clutser}").unwrap_err().name, "clutser");
        assert_eq!(parse("x${open").unwrap_err().name, "${open");
        assert_eq!(parse("${a:${account}").unwrap_err().name, "a:${account");
    }
}
