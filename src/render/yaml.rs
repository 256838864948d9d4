//! YAML scalars for CloudFormation.

use std::fmt::Write as _;

use crate::cfn::{is_plain, quoted};
use crate::model::{Own, Segment, Text};
use crate::plan::{EXTERNAL_ID, TRUSTED_USER};

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
        [Segment::Own(own)] => return format!("!Ref {}", parameter(*own)),
        _ => {}
    }
    let mut substituted = String::new();
    for segment in text.segments() {
        match segment {
            // Inside Fn::Sub, `${!x}` stands for `${x}`: IAM policy variables stay.
            Segment::Literal(literal) => substituted.push_str(&literal.replace("${", "${!")),
            Segment::Partition => substituted.push_str("${AWS::Partition}"),
            Segment::Account => substituted.push_str("${AWS::AccountId}"),
            Segment::Own(own) => {
                let _ = write!(substituted, "${{{}}}", parameter(*own));
            }
        }
    }
    format!("!Sub {}", quoted(&substituted))
}

/// The parameter of a role's template that holds what a target has of its own.
fn parameter(own: Own) -> &'static str {
    match own {
        Own::TrustedUser => TRUSTED_USER,
        Own::ExternalId => EXTERNAL_ID,
    }
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
