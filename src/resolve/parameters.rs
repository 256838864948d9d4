//! Fills in the parameters of a catalog.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::bind::BoundProduct;
use super::catalog::{Catalog, Parameter};
use super::parameter_value::{self, Checked};
use super::sink::Sink;
use super::variants::Variant;
use crate::diag::{Diagnostic, Span, did_you_mean};
use crate::load::Place;
use crate::load::catalog::ParameterValue;
use crate::model::{ParameterKind, Partition, Text, placeholders, shown};

/// The parameters of one product, filled in.
#[derive(Debug, Clone, Default)]
pub(super) struct Filled {
    /// Values by name, of parameters that have one.
    pub(super) values: BTreeMap<String, String>,
    /// Values by name, of parameters that have a list of them.
    lists: BTreeMap<String, Vec<String>>,
    /// Where each of them is given; the product where it is a default.
    pub(super) places: BTreeMap<String, Span>,
    /// Boolean parameters that are `true`.
    pub(super) cases: BTreeSet<String>,
    /// Parameters without a value, which is a fault only where something that is granted needs it.
    pub(super) absent: BTreeSet<String>,
}

impl Filled {
    /// What a text of the catalog becomes: one text, or one for each value of the list in it. Nothing where a parameter in it
    /// has no value.
    pub(super) fn texts(&self, text: &str) -> Option<Vec<Text>> {
        let list = placeholders(text).find_map(|name| self.lists.get_key_value(name));
        let Some((name, list)) = list else {
            return Text::parse(text, &self.values).ok().map(|text| vec![text]);
        };
        let mut values = self.values.clone();
        list.iter()
            .map(|value| {
                values.insert(name.clone(), value.clone());
                Text::parse(text, &values).ok()
            })
            .collect()
    }

    fn take(
        &mut self,
        sink: &mut Sink,
        (name, parameter, value): (&str, &Parameter, &ParameterValue),
        place: Place<'_>,
        partition: Partition,
    ) {
        let given = (name, parameter, value);
        let Some(checked) = parameter_value::check(sink, given, place, Some(partition)) else {
            return;
        };
        let name = name.to_owned();
        match checked {
            Checked::Case(false) => return,
            Checked::Case(true) => {
                self.cases.insert(name);
                return;
            }
            Checked::One(text) => {
                self.values.insert(name.clone(), text);
            }
            Checked::List(texts) => {
                self.lists.insert(name.clone(), texts);
            }
        }
        self.places.insert(name, place.span());
    }
}

/// Fills in a product's parameters from the deployment and the defaults.
pub(super) fn fill(
    sink: &mut Sink,
    catalog: &Catalog,
    given: &IndexMap<String, ParameterValue>,
    place: Place<'_>,
    partition: Partition,
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
        match (given.get(name), &parameter.default) {
            (Some(value), _) => {
                let given = (name.as_str(), parameter, value);
                filled.take(sink, given, value_place, partition);
            }
            (None, Some(value)) => {
                let given = (name.as_str(), parameter, value);
                filled.take(sink, given, place, partition);
            }
            (None, None) => {
                filled.absent.insert(name.clone());
            }
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
                    filled.lists.remove(name);
                    filled.cases.remove(name);
                    filled.absent.remove(name);
                    let given = (name.as_str(), parameter, value);
                    let place = place.key("parameters").key(name);
                    filled.take(sink, given, place, partition);
                }
            }
            filled
        })
        .collect()
}

/// Reports parameters without a value that something granted needs, by the number of their product.
pub(super) fn refuse_wanting(
    sink: &mut Sink,
    bound: &[BoundProduct],
    wanting: &BTreeSet<(usize, String)>,
    products: Place<'_>,
) {
    for (number, name) in wanting {
        let product = &bound[*number];
        let parameter = &product.catalog.parameters[name];
        let example = match (parameter.kind, parameter.list) {
            (ParameterKind::Boolean, _) => "true",
            (_, true) => "[…]",
            (_, false) => "…",
        };
        sink.push(
            Diagnostic::error(
                "missing-parameter",
                products.index(product.index).key_span(),
                format!("{} needs the parameter `{name}`", product.catalog.id),
            )
            .why(format!("{name}: {}", parameter.description))
            .help(format!(
                "add `parameters: {{{name}: {example}}}` to the product"
            )),
        );
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
