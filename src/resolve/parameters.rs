//! Fills in the parameters of a catalog.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use regex_lite::Regex;

use super::ParameterKind;
use super::bind::BoundProduct;
use super::catalog::{Catalog, Parameter};
use super::sink::Sink;
use super::variants::Variant;
use crate::diag::{Diagnostic, Span, did_you_mean};
use crate::limits;
use crate::load::Place;
use crate::load::catalog::ParameterValue;
use crate::model::{AccountId, ArnPattern, Partition, Text, shown};

/// The parameters of one product, filled in.
#[derive(Debug, Clone, Default)]
pub(super) struct Filled {
    /// Values by name.
    pub(super) values: BTreeMap<String, String>,
    /// Where each of them is given; the product where it is a default.
    pub(super) places: BTreeMap<String, Span>,
    /// Boolean parameters that are `true`.
    pub(super) cases: BTreeSet<String>,
}

/// Fills in a product's parameters from the deployment and the defaults. `given_later` says that the variants
/// of all targets give a value, so that a missing one is no fault.
pub(super) fn fill(
    sink: &mut Sink,
    catalog: &Catalog,
    given: &IndexMap<String, ParameterValue>,
    place: Place<'_>,
    partition: Partition,
    given_later: impl Fn(&str) -> bool,
) -> Filled {
    for name in given.keys() {
        if !catalog.parameters.contains_key(name) {
            let known = catalog.parameters.keys().map(String::as_str);
            unknown(
                sink,
                name,
                &catalog.id.to_string(),
                known,
                place.key("parameters").key(name),
            );
        }
    }
    let mut filled = Filled::default();
    for (name, parameter) in &catalog.parameters {
        let value_place = place.key("parameters").key(name);
        match given.get(name) {
            Some(value) => take(
                sink,
                &mut filled,
                name,
                parameter,
                value,
                value_place,
                partition,
            ),
            None => match &parameter.default {
                Some(value) => take(sink, &mut filled, name, parameter, value, place, partition),
                None if given_later(name) => {}
                None => sink.push(
                    Diagnostic::error(
                        "missing-parameter",
                        place.key_span(),
                        format!("{} needs the parameter `{name}`", catalog.id),
                    )
                    .why(format!("{name}: {}", parameter.description))
                    .help(format!("add `parameters: {{{name}: …}}` to the product")),
                ),
            },
        }
    }
    filled
}

/// The parameters of every product as one variant has them.
pub(super) fn override_for_variant(
    sink: &mut Sink,
    bound: &[BoundProduct],
    variant: &Variant<'_>,
    common: &[Filled],
    partition: Partition,
) -> Vec<Filled> {
    let own = &variant.doc.parameters;
    let place = variant.place;
    for name in own.keys() {
        if !bound
            .iter()
            .any(|product| product.catalog.parameters.contains_key(name))
        {
            let known = bound
                .iter()
                .flat_map(|product| product.catalog.parameters.keys())
                .map(String::as_str);
            unknown(
                sink,
                name,
                "this deployment",
                known,
                place.key("parameters").key(name),
            );
        }
    }
    bound
        .iter()
        .zip(common)
        .map(|(product, common)| {
            // What the variant does not give is the product's; its faults were reported there.
            let mut filled = common.clone();
            for (name, parameter) in &product.catalog.parameters {
                if let Some(value) = own.get(name) {
                    filled.values.remove(name);
                    filled.cases.remove(name);
                    take(
                        sink,
                        &mut filled,
                        name,
                        parameter,
                        value,
                        place.key("parameters").key(name),
                        partition,
                    );
                }
            }
            filled
        })
        .collect()
}

fn take(
    sink: &mut Sink,
    filled: &mut Filled,
    name: &str,
    parameter: &Parameter,
    value: &ParameterValue,
    place: Place<'_>,
    partition: Partition,
) {
    let text = match (value, parameter.kind) {
        (ParameterValue::Boolean(on), ParameterKind::Boolean) => {
            if *on {
                filled.cases.insert(name.to_owned());
            }
            return;
        }
        (ParameterValue::Text(text), kind) if kind != ParameterKind::Boolean => text,
        (_, kind) => {
            let wanted = match kind {
                ParameterKind::Boolean => "`true` or `false`, without quotes",
                _ => "text in quotes",
            };
            sink.push(
                Diagnostic::error(
                    "wrong-type",
                    place.span(),
                    format!("the parameter `{name}` takes {wanted}"),
                )
                .help(parameter.description.clone()),
            );
            return;
        }
    };
    match refused(parameter, text, partition) {
        None => {
            filled.values.insert(name.to_owned(), text.clone());
            filled.places.insert(name.to_owned(), place.span());
        }
        Some((why, help)) => sink.push(
            Diagnostic::error(
                "bad-parameter",
                place.span(),
                format!("{} cannot be the parameter `{name}`", shown(text)),
            )
            .why(why)
            .help(help),
        ),
    }
}

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
            let checked = ArnPattern::check(&Text::literal(text), Some(partition));
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

fn unknown<'a>(
    sink: &mut Sink,
    name: &str,
    owner: &str,
    known: impl Iterator<Item = &'a str>,
    place: Place<'_>,
) {
    let known: Vec<&str> = known.collect();
    let diagnostic = Diagnostic::error(
        "unknown-parameter",
        place.key_span(),
        format!("{owner} has no parameter {}", shown(name)),
    );
    sink.push(match did_you_mean(name, known.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => diagnostic.help("delete it: there are no parameters"),
        None => diagnostic.help(format!("it has: {}", known.join(", "))),
    });
}
