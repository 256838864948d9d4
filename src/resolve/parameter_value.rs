//! Checks a value of a parameter.

use std::collections::BTreeMap;

use regex_lite::Regex;

use super::catalog::Parameter;
use super::sink::Sink;
use crate::diag::{Diagnostic, Span};
use crate::limits;
use crate::load::Place;
use crate::load::catalog::ParameterValue;
use crate::model::{AccountId, ArnPattern, ParameterKind, Partition, Text, shown};

/// The value of a parameter, checked.
pub(super) enum Checked {
    Case(bool),
    One(String),
    List(Vec<String>),
}

/// Checks what a deployment or a default gives a parameter. `partition` is that of its ARNs; absent where it is not known.
pub(super) fn check(
    sink: &mut Sink,
    (name, parameter, value): (&str, &Parameter, &ParameterValue),
    place: Place<'_>,
    partition: Option<Partition>,
) -> Option<Checked> {
    match (value, parameter.kind, parameter.list) {
        (ParameterValue::Boolean(on), ParameterKind::Boolean, _) => Some(Checked::Case(*on)),
        (_, ParameterKind::Boolean, _) => wrong_type(sink, (name, parameter), place),
        (ParameterValue::Text(text), _, false) => {
            let given = (name, parameter, text.as_str());
            fits(sink, given, place.span(), partition).then(|| Checked::One(text.clone()))
        }
        (ParameterValue::Texts(texts), _, true) => {
            list(sink, (name, parameter, texts), place, partition)
        }
        _ => wrong_type(sink, (name, parameter), place),
    }
}

fn wrong_type<T>(
    sink: &mut Sink,
    (name, parameter): (&str, &Parameter),
    place: Place<'_>,
) -> Option<T> {
    let wanted = match (parameter.kind, parameter.list) {
        (ParameterKind::Boolean, _) => "`true` or `false`, without quotes",
        (_, true) => "a list of texts, each in quotes",
        (_, false) => "text in quotes",
    };
    sink.push(
        Diagnostic::error(
            "wrong-type",
            place.span(),
            format!("the parameter `{name}` takes {wanted}"),
        )
        .help(parameter.description.clone()),
    );
    None
}

fn list(
    sink: &mut Sink,
    (name, parameter, texts): (&str, &Parameter, &[String]),
    place: Place<'_>,
    partition: Option<Partition>,
) -> Option<Checked> {
    if texts.is_empty() {
        sink.push(
            Diagnostic::error(
                "empty-list",
                place.key_span(),
                format!("the parameter `{name}` has no value"),
            )
            .why("what contains it would be granted on nothing, and IAM refuses that")
            .help(parameter.description.clone()),
        );
        return None;
    }
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    let mut whole = true;
    for (index, text) in texts.iter().enumerate() {
        let span = place.index(index).span();
        whole &= fits(sink, (name, parameter, text), span, partition);
        if let Some(earlier) = first.insert(text, span) {
            whole = false;
            sink.push(
                Diagnostic::error(
                    "duplicate-value",
                    span,
                    format!("{} is in the list twice", shown(text)),
                )
                .label("again here")
                .related(earlier, "first here")
                .why("it is granted once, and the other one was most likely meant to be something else")
                .help("delete one of the two"),
            );
        }
    }
    whole.then(|| Checked::List(texts.to_vec()))
}

/// Whether a value can be that of a parameter; a diagnostic if not.
fn fits(
    sink: &mut Sink,
    (name, parameter, text): (&str, &Parameter, &str),
    span: Span,
    partition: Option<Partition>,
) -> bool {
    // An ARN is checked where the partition is known.
    let partition = match (partition, parameter.kind) {
        (None, ParameterKind::Arn) => return true,
        (partition, _) => partition.unwrap_or_default(),
    };
    let refused = refused(parameter, text, partition);
    let fits = refused.is_none();
    if let Some((why, help)) = refused {
        sink.push(
            Diagnostic::error(
                "bad-parameter",
                span,
                format!("{} cannot be the parameter `{name}`", shown(text)),
            )
            .why(why)
            .help(help),
        );
    }
    fits
}

/// Why a value is refused and what to write instead, if it is.
fn refused(parameter: &Parameter, text: &str, partition: Partition) -> Option<(String, String)> {
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
