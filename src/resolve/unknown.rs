//! What a parameter may stand for in a catalog, where no deployment has given a value yet.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::catalog::Parameter;
use crate::load::catalog::ParameterValue;
use crate::model::{ArnPattern, ParameterKind, Text};

/// Any ARN.
const ANY_ARN: &str = "arn:*:*:*:*:*";

/// A value for each parameter, to check the shape of what is built from it. It fits wherever a value could fit.
pub(super) fn samples(parameters: &IndexMap<String, Parameter>) -> BTreeMap<String, String> {
    parameters
        .iter()
        .map(|(name, parameter)| {
            let sample = match (parameter.kind, only_default(parameter.default.as_ref())) {
                // An ARN's partition is the deployment's, so a default would not fit every one.
                (ParameterKind::Arn, _) => "arn:*:service:::name",
                (_, Some(text)) => text,
                (ParameterKind::Region, None) => "us-east-1",
                // Digits are an account, and a part of anything else.
                _ => "111111111111",
            };
            (name.clone(), sample.to_owned())
        })
        .collect()
}

/// The only parameter that a resource consists of, if that may hold a whole ARN.
pub(super) fn whole<'a>(
    pattern: &str,
    parameters: &'a IndexMap<String, Parameter>,
) -> Option<&'a Parameter> {
    let name = pattern.strip_prefix("${")?.strip_suffix('}')?;
    parameters
        .get(name)
        .filter(|parameter| matches!(parameter.kind, ParameterKind::Arn | ParameterKind::String))
}

/// Every resource that a pattern of a catalog can come to stand for, as one pattern: where a parameter has a default,
/// with that, else with a wildcard for what its type and its own pattern leave open.
pub(super) fn resource(
    pattern: &str,
    parameters: &IndexMap<String, Parameter>,
) -> Option<ArnPattern> {
    if let Some(parameter) = whole(pattern, parameters) {
        return Some(ArnPattern::from(Text::literal(whole_arn(parameter))));
    }
    let values = parameters
        .iter()
        .map(|(name, parameter)| (name.clone(), open(parameter)))
        .collect();
    // What is neither `*` nor an ARN is a fault of its own.
    Text::parse(pattern, &values)
        .ok()
        .filter(|text| pattern == "*" || text.pattern().splitn(6, ':').count() == 6)
        .map(ArnPattern::from)
}

/// A default that is one text.
fn only_default(default: Option<&ParameterValue>) -> Option<&str> {
    match default? {
        ParameterValue::Text(text) => Some(text),
        ParameterValue::Texts(texts) if texts.len() == 1 => texts.first().map(String::as_str),
        ParameterValue::Texts(_) | ParameterValue::Boolean(_) => None,
    }
}

/// A parameter as a part of a resource.
fn open(parameter: &Parameter) -> String {
    match (parameter.kind, only_default(parameter.default.as_ref())) {
        (_, Some(text)) => text.to_owned(),
        (ParameterKind::Account, _) => "?".repeat(12),
        _ => match beginning(parameter) {
            Some(beginning) => format!("{beginning}*"),
            None => "?*".to_owned(),
        },
    }
}

/// A parameter as a whole resource, with a wildcard for each part of the ARN that is not known.
fn whole_arn(parameter: &Parameter) -> String {
    let known = match only_default(parameter.default.as_ref()) {
        Some(text) => return text.to_owned(),
        None => beginning(parameter).unwrap_or_default(),
    };
    let parts = known.split(':').count();
    match known.starts_with("arn:") {
        true if parts >= 6 => format!("{known}*"),
        true => format!("{known}*{}", ":*".repeat(6 - parts)),
        false => ANY_ARN.to_owned(),
    }
}

/// The letters that every value of a parameter begins with, as far as its pattern says so at its beginning.
fn beginning(parameter: &Parameter) -> Option<String> {
    let pattern = parameter.pattern.as_ref()?.as_str();
    let pattern = pattern.strip_prefix("^(?:")?.strip_suffix(")$")?;
    if pattern.contains('|') {
        return None;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_:/".contains(c);
    let mut letters: String = pattern.chars().take_while(|c| plain(*c)).collect();
    // A letter that may be left out, or come several times.
    if pattern[letters.len()..].starts_with(['*', '?', '+', '{']) {
        letters.pop();
    }
    Some(letters)
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;
    use regex_lite::Regex;

    use super::{Parameter, ParameterKind, ParameterValue, resource};

    fn stands_for(
        kind: ParameterKind,
        default: Option<&str>,
        pattern: Option<&str>,
        written: &str,
    ) -> String {
        let parameter = Parameter {
            kind,
            list: false,
            description: String::new(),
            default: default.map(|text| ParameterValue::Text(text.to_owned())),
            pattern: pattern.map(|pattern| Regex::new(&format!("^(?:{pattern})$")).unwrap()),
        };
        let parameters = IndexMap::from([("it".to_owned(), parameter)]);
        resource(written, &parameters).unwrap().text().pattern()
    }

    #[test]
    fn a_whole_resource_is_any_arn_but_for_what_is_known() {
        let arn = |default, pattern| stands_for(ParameterKind::Arn, default, pattern, "${it}");
        assert_eq!(arn(None, None), "arn:*:*:*:*:*");
        assert_eq!(
            arn(None, Some("arn:aws:elasticloadbalancing:.+")),
            "arn:aws:elasticloadbalancing:*:*:*"
        );
        assert_eq!(
            arn(None, Some("arn:aws[a-z-]*:s3:::.+")),
            "arn:aws*:*:*:*:*"
        );
        assert_eq!(
            arn(None, Some("arn:aws:s3:::logs-.+")),
            "arn:aws:s3:::logs-*"
        );
        assert_eq!(
            arn(None, Some("arn:aws:s3:::a|arn:aws:sqs:::b")),
            "arn:*:*:*:*:*"
        );
        assert_eq!(arn(Some("arn:aws:s3:::logs"), None), "arn:aws:s3:::logs");
        assert_eq!(
            stands_for(ParameterKind::String, None, None, "${it}"),
            "arn:*:*:*:*:*"
        );
    }

    #[test]
    fn a_part_of_a_resource_is_what_its_type_leaves_open() {
        let part = |kind, pattern| stands_for(kind, None, pattern, "arn:${partition}:s3:::${it}");
        assert_eq!(
            part(ParameterKind::String, None),
            "arn:${partition}:s3:::?*"
        );
        assert_eq!(
            part(ParameterKind::String, Some("app/[a-z]+")),
            "arn:${partition}:s3:::app/*"
        );
        assert_eq!(
            part(ParameterKind::String, Some("apps?/.+")),
            "arn:${partition}:s3:::app*"
        );
        assert_eq!(
            part(ParameterKind::Account, None),
            "arn:${partition}:s3:::????????????"
        );
    }
}
