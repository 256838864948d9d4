//! Checks a value of a parameter.

use regex_lite::Regex;

use super::catalog::Parameter;
use crate::limits;
use crate::model::{AccountId, ArnPattern, ParameterKind, Partition, Text};

/// Why a value is refused and what to write instead, if it is.
pub(super) fn refused(
    parameter: &Parameter,
    text: &str,
    partition: Partition,
) -> Option<(String, String)> {
    if text.len() > limits::VALUE_BYTES {
        return Some((
            format!(
                "it has more than {} bytes, and no policy has room for it",
                limits::VALUE_BYTES
            ),
            parameter.description.clone(),
        ));
    }
    if let Some(pattern) = &parameter.pattern {
        if !pattern.is_match(text) || text.contains("${") {
            let written = pattern.as_str();
            let written = written.strip_prefix("^(?:").unwrap_or(written);
            let written = written.strip_suffix(")$").unwrap_or(written);
            return Some((
                format!("the catalog asks for a value that matches `{written}`"),
                parameter.description.clone(),
            ));
        }
        if parameter.kind == ParameterKind::String {
            return None;
        }
    }
    let example = match parameter.kind {
        ParameterKind::Account => match AccountId::parse(text) {
            Ok(_) => return None,
            Err(refusal) => return Some((refusal.why, refusal.help)),
        },
        ParameterKind::Arn => {
            let checked = ArnPattern::parse(&Text::literal(text), Some(partition));
            match checked {
                Ok(_) if !text.contains(['*', '?', '$']) => return None,
                Ok(_) => "write the ARN of one resource, without wildcards".to_owned(),
                Err(refusal) => {
                    let help =
                        format!("write the ARN of one resource, in full: `arn:{partition}:…`");
                    return Some((refusal.why, help));
                }
            }
        }
        ParameterKind::Region => {
            let region = Regex::new("^[a-z]{2,4}(-[a-z]+)+-[0-9]+$").expect("a constant pattern");
            if region.is_match(text) {
                return None;
            }
            "write a Region such as `eu-central-1`".to_owned()
        }
        ParameterKind::String | ParameterKind::Boolean => {
            let fits = |c: char| c.is_ascii_alphanumeric() || "+=,.@_/:-".contains(c);
            if !text.is_empty() && text.chars().all(fits) {
                return None;
            }
            "use letters, digits and + = , . @ _ / : -".to_owned()
        }
    };
    Some((
        "the value becomes part of resources and conditions, where a wildcard or a variable would grant more".to_owned(),
        example,
    ))
}
