//! YAML scalars for CloudFormation.

use crate::model::{Segment, Text};

/// A scalar that every YAML reader takes for exactly this text: plain where that is safe, else in double quotes.
pub(super) fn scalar(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A text as a scalar, with `!Sub` where CloudFormation has to fill in a place.
pub(super) fn template(text: &Text) -> String {
    let literal_only = text
        .segments()
        .iter()
        .all(|segment| matches!(segment, Segment::Literal(_)));
    if literal_only {
        return scalar(&text.pattern());
    }
    match text.segments() {
        [Segment::Partition] => return "!Ref AWS::Partition".to_owned(),
        [Segment::Account] => return "!Ref AWS::AccountId".to_owned(),
        _ => {}
    }
    let mut substituted = String::new();
    for segment in text.segments() {
        match segment {
            // Inside Fn::Sub, `${!x}` stands for `${x}`: IAM policy variables stay.
            Segment::Literal(literal) => substituted.push_str(&literal.replace("${", "${!")),
            Segment::Partition => substituted.push_str("${AWS::Partition}"),
            Segment::Account => substituted.push_str("${AWS::AccountId}"),
        }
    }
    format!("!Sub {}", quoted(&substituted))
}

/// JSON strings are YAML strings.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::String(text.to_owned()).to_string();
    // The C1 controls and DEL stand as they are in JSON, and YAML refuses them.
    let refused = |c| {
        matches!(
            c,
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}'
        )
    };
    if !json.contains(refused) {
        return json;
    }
    json.chars()
        .map(|character| match refused(character) {
            true => format!("\\u{:04x}", u32::from(character)),
            false => character.to_string(),
        })
        .collect()
}

/// Whether YAML 1.1 and 1.2 readers both take the bare text for itself.
fn is_plain(text: &str) -> bool {
    const WORDS: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let safe = |c: char| c.is_ascii_alphanumeric() || "_./:@+=,-()' ".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(safe)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{scalar, template};
    use crate::model::Text;

    #[test]
    fn plain_only_where_no_reader_could_take_it_for_something_else() {
        assert_eq!(scalar("sts:AssumeRole"), "sts:AssumeRole");
        for text in [
            "no",
            "Null",
            "111111111111",
            "2012-10-17",
            "*",
            "a: b",
            "a #b",
            "",
            "x:",
            "{{x}}",
            "- a",
            "é",
        ] {
            assert!(scalar(text).starts_with('"'), "{text}");
        }
    }

    #[test]
    fn policy_variables_survive_inside_and_outside_sub() {
        let none = BTreeMap::new();
        let variable = Text::parse("${aws:username}", &none).unwrap();
        assert_eq!(template(&variable), "\"${aws:username}\"");
        let mixed = Text::parse(
            "arn:${partition}:iam::${account}:user/${aws:username}",
            &none,
        )
        .unwrap();
        assert_eq!(
            template(&mixed),
            "!Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:user/${!aws:username}\""
        );
    }
}
