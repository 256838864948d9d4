//! Whether what a deployment grants is little enough to be put together: a few lines can ask for all of a catalog again and
//! again.

use super::bind::BoundProduct;
use super::sink::Sink;
use super::variants::Variants;
use crate::diag::Diagnostic;
use crate::limits;
use crate::load::Place;
use crate::load::catalog::ParameterValue;
use crate::load::deployment::{DeploymentDoc, ScopeDoc};
use crate::reference::Reference;

/// Whether the grants of the deployment and of all its variants can be put together; a fault where they are too many.
pub(super) fn has_room(
    sink: &mut Sink,
    root: Place<'_>,
    doc: &DeploymentDoc,
    bound: &[BoundProduct],
    variants: &Variants<'_>,
    reference: &Reference,
) -> bool {
    let entries = |product: &BoundProduct| -> usize {
        let features = product.selected_features();
        let entries = features.flat_map(|(_, feature)| &feature.entries);
        let grants = entries.map(|entry| {
            let actions = match product.expand && entry.action.has_wildcard() {
                true => reference.expand(entry.action.as_str()).len(),
                false => 1,
            };
            let times = match entry.repeats {
                true => longest(doc, product),
                false => 1,
            };
            actions * entry.size * times
        });
        grants.sum()
    };
    let products = doc.products.iter();
    let said = products.map(|product| product.omit.len() + pairs(&product.scope));
    let of_all: usize = said.chain(bound.iter().map(entries)).sum();
    let own = variants.sets().map(|(_, variant)| {
        let pairs = pairs(&variant.doc.scope) * bound.len();
        of_all + variant.doc.omit.len() * bound.len() + pairs
    });
    let grants = of_all + own.sum::<usize>();
    if grants <= limits::GRANTS {
        return true;
    }
    let key = match of_all > limits::GRANTS {
        true => "products",
        false => "variants",
    };
    let message = format!(
        "{grants} grants would have to be put together, and {} may be",
        limits::GRANTS
    );
    sink.push(
        Diagnostic::error("too-many-items", root.key(key).key_span(), message)
            .why("each variant has all entries of the selected features once more; an entry and a scope have each action on each resource")
            .help("narrow to fewer resources, with wildcards; merge variants that are alike"),
    );
    false
}

/// The most values that a list of a product has, in the deployment or in a variant.
fn longest(doc: &DeploymentDoc, product: &BoundProduct) -> usize {
    let own = doc.products[product.index].parameters.values();
    let of_variants = doc
        .variants
        .values()
        .flat_map(|one| one.parameters.values());
    let defaults = product.catalog.parameters.values();
    let values = own
        .chain(of_variants)
        .chain(defaults.filter_map(|parameter| parameter.default.as_ref()));
    let lengths = values.map(|value| match value {
        ParameterValue::Texts(texts) => texts.len(),
        _ => 1,
    });
    lengths.max().unwrap_or(1)
}

/// What scopes narrow: each action to each resource.
fn pairs(scopes: &[ScopeDoc]) -> usize {
    let pairs = scopes
        .iter()
        .map(|scope| scope.actions.len() * scope.resources.len());
    pairs.sum()
}
