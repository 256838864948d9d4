//! Fills in the parameters of a catalog.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::bind::BoundProduct;
use super::catalog::{Catalog, Parameter};
use super::parameter_value::refused;
use super::sink::Sink;
use super::variants::Variant;
use crate::diag::{Diagnostic, Span, did_you_mean};
use crate::load::Place;
use crate::load::catalog::ParameterValue;
use crate::model::{ParameterKind, Partition, shown};

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
