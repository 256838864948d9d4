//! YAML scalars for CloudFormation.

use crate::cfn::{is_plain, quoted};
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::template;
    use crate::model::Text;

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
