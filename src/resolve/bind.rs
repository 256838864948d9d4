//! Finds the catalogs and the features that a deployment names.

use std::collections::BTreeMap;

use super::catalog::{Catalog, Entry, Feature};
use super::catalog_check;
use super::managed;
use super::one_of;
use super::sink::Sink;
use crate::diag::{Diagnostic, Span, did_you_mean};
use crate::load::deployment::{AllFeatures, DeploymentDoc, FeaturesDoc, ProductDoc};
use crate::load::{Document, Loaded, Place};
use crate::model::{CatalogId, Level, shown};
use crate::reference::Reference;

/// A product of the deployment with its catalog.
#[derive(Debug)]
pub(super) struct BoundProduct {
    /// Index into the deployment's `products`.
    pub(super) index: usize,
    /// Where the deployment names the catalog.
    pub(super) span: Span,
    /// The whole catalog.
    pub(super) catalog: Catalog,
    /// Indices of the selected features, in the catalog's order.
    pub(super) features: Vec<usize>,
    /// The selected levels.
    pub(super) levels: Vec<Level>,
    /// Whether wildcards are granted as the actions they stand for.
    pub(super) expand: bool,
    /// Whether it is set up.
    pub(super) set_up: bool,
}

impl BoundProduct {
    /// The selected features with their names.
    pub(super) fn selected_features(&self) -> impl Iterator<Item = (&String, &Feature)> {
        self.features
            .iter()
            .filter_map(|&feature| self.catalog.features.get_index(feature))
    }

    /// The other entries of selected features that, wherever this feature works, ask for what an entry of it asks for.
    pub(super) fn same_as<'a>(
        &'a self,
        feature: &'a Feature,
        entry: &'a Entry,
    ) -> impl Iterator<Item = &'a Entry> {
        let features = self.selected_features().map(|(_, other)| other);
        let alike = features.filter(|other| other.grant_to == feature.grant_to);
        let entries = alike.flat_map(|other| &other.entries);
        entries.filter(|other| {
            !std::ptr::eq(*other, entry)
                && other.action.same_as(&entry.action)
                && (&other.resource, &other.conditions) == (&entry.resource, &entry.conditions)
        })
    }
}

/// Binds every product that can be bound; reports the others.
pub(super) fn bind(
    sink: &mut Sink,
    loaded: &Loaded,
    deployment: &Document<DeploymentDoc>,
    reference: &Reference,
) -> Vec<BoundProduct> {
    let mut bound = Vec::new();
    let root = deployment.root();
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    if deployment.doc.products.is_empty() {
        sink.push(
            Diagnostic::error(
                "empty-list",
                match root.has("products") {
                    true => root.key("products").key_span(),
                    false => root.key("role").key_span(),
                },
                match root.has("products") || !root.has("role") {
                    true => "the deployment names no product",
                    false => "the role names no product, and the deployment none for it",
                },
            )
            .help("name at least one catalog; `landgrant catalog list` shows them"),
        );
    }
    for (index, product) in deployment.doc.products.iter().enumerate() {
        let place = root.key("products").index(index);
        let Some(id) = catalog_id(sink, loaded, product, place) else {
            continue;
        };
        if let Some(earlier) = first.insert(id.product.clone(), index) {
            sink.push(
                Diagnostic::error(
                    "duplicate-product",
                    place.key("catalog").span(),
                    format!("`{}` is named twice", id.product),
                )
                .label("again here")
                .related(
                    root.key("products").index(earlier).key("catalog").span(),
                    "first here",
                )
                .help("merge the two entries; a deployment uses one version of a product"),
            );
        }
        let Some(document) = loaded.catalogs.get(&id) else {
            continue;
        };
        let (catalog, diagnostics) = catalog_check::check(document, reference);
        diagnostics
            .into_iter()
            .for_each(|diagnostic| sink.push(diagnostic));
        let Some(mut catalog) = catalog else {
            continue;
        };
        let features = features(sink, &catalog, product, place);
        if product.levels.is_empty() {
            sink.push(
                Diagnostic::error(
                    "empty-list",
                    place.key("levels").key_span(),
                    "no level is selected",
                )
                .help("write [required] or [required, recommended]"),
            );
        } else if !product.levels.contains(&Level::Required) {
            sink.push(
                Diagnostic::warning(
                    "required-not-selected",
                    place.key("levels").span(),
                    "the level `required` is not selected",
                )
                .why("a feature does not work without the actions that its vendor requires")
                .help("write [required, recommended]"),
            );
        }
        if product.expand.managed() {
            let selected = (features.as_slice(), product.levels.as_slice());
            let at = place.key("expand").span();
            managed::write_out(sink, &mut catalog, selected, &product.omit, at);
        }
        bound.push(BoundProduct {
            index,
            span: place.key("catalog").span(),
            catalog,
            features,
            levels: product.levels.clone(),
            expand: product.expand.wildcards(),
            set_up: product.set_up,
        });
    }
    unused_set_up(sink, &bound, root);
    // The order in which a deployment names its products means nothing.
    bound.sort_by(|a, b| a.catalog.id.cmp(&b.catalog.id));
    for pair in bound.windows(2) {
        let bare = |product: &BoundProduct| product.catalog.id.product.replace('-', "");
        let [first, second] = pair else { continue };
        if bare(first) == bare(second) && first.catalog.id.product != second.catalog.id.product {
            let place = |product: &BoundProduct| {
                root.key("products")
                    .index(product.index)
                    .key("catalog")
                    .span()
            };
            sink.push(
                Diagnostic::error("colliding-products", place(second), "two products have names that differ in hyphens only")
                    .related(place(first), "the other one")
                    .why("identifiers in templates hold letters and digits only, so both would have the same ones")
                    .help("give one of the catalogs another product name, or use two deployments"),
            );
        }
    }
    bound
}

/// Tells where a product is set up, and nothing that is selected is for the setup only.
fn unused_set_up(sink: &mut Sink, bound: &[BoundProduct], root: Place<'_>) {
    for product in bound.iter().filter(|product| product.set_up) {
        let features = product.selected_features();
        let mut entries = features.flat_map(|(_, feature)| &feature.entries);
        if !entries.any(|entry| entry.needs.setup && product.levels.contains(&entry.level)) {
            let place = root.key("products").index(product.index);
            sink.push(
                Diagnostic::warning(
                    "unused-set-up",
                    place.key("set_up").span(),
                    format!("nothing of {} is for the setup only", product.catalog.id),
                )
                .why("none of the selected features and levels lists anything with `phase: setup`, so this changes nothing")
                .help("delete it"),
            );
        }
    }
}

fn catalog_id(
    sink: &mut Sink,
    loaded: &Loaded,
    product: &ProductDoc,
    place: Place<'_>,
) -> Option<CatalogId> {
    let span = place.key("catalog").span();
    let Some(id) = CatalogId::parse(&product.catalog) else {
        sink.push(
            Diagnostic::error("unknown-catalog", span, format!("{} names no catalog version", shown(&product.catalog)))
                .why("a list changes between releases of a product, so a deployment says which one it means")
                .help("write it as `micetro@10.2`; `landgrant catalog list` shows what there is"),
        );
        return None;
    };
    if loaded.available.contains_key(&id) || loaded.catalogs.contains_key(&id) {
        return Some(id);
    }
    let versions: Vec<&str> = loaded
        .available
        .keys()
        .filter(|known| known.product == id.product)
        .map(|known| known.version.as_str())
        .collect();
    if !versions.is_empty() {
        sink.push(
            Diagnostic::error(
                "unknown-version",
                span,
                format!(
                    "no catalog of {} has version {}",
                    shown(&id.product),
                    shown(&id.version)
                ),
            )
            .help(format!("versions there are: {}", versions.join(", "))),
        );
        return None;
    }
    let products: Vec<&str> = loaded
        .available
        .keys()
        .map(|known| known.product.as_str())
        .collect();
    let diagnostic = Diagnostic::error(
        "unknown-catalog",
        span,
        format!("no catalog is named {}", shown(&id.product)),
    );
    sink.push(match did_you_mean(&id.product, products.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic
            .help("`landgrant catalog list` shows what there is; `--catalogs DIR` adds your own"),
    });
    None
}

fn features(
    sink: &mut Sink,
    catalog: &Catalog,
    product: &ProductDoc,
    place: Place<'_>,
) -> Vec<usize> {
    let mut features = Vec::new();
    let wanted = match &product.features {
        FeaturesDoc::Names(names) => names,
        FeaturesDoc::Word(AllFeatures::All) => {
            one_of::refuse_all(sink, catalog, place.key("features"));
            return (0..catalog.features.len()).collect();
        }
    };
    one_of::check_selection(sink, catalog, wanted, place.key("features"));
    if wanted.is_empty() {
        sink.push(
            Diagnostic::error(
                "empty-list",
                place.key("features").key_span(),
                "no feature is selected",
            )
            .help(format!("{} has: {}", catalog.id, names(catalog).join(", "))),
        );
    }
    for (index, name) in wanted.iter().enumerate() {
        match catalog.features.get_index_of(name) {
            Some(feature) if features.contains(&feature) => sink.push(
                Diagnostic::error(
                    "duplicate-feature",
                    place.key("features").index(index).span(),
                    format!("the feature {} is named twice", shown(name)),
                )
                .help("delete one of the two"),
            ),
            Some(feature) => features.push(feature),
            None => {
                let span = place.key("features").index(index).span();
                let diagnostic = Diagnostic::error(
                    "unknown-feature",
                    span,
                    format!("{} has no feature {}", catalog.id, shown(name)),
                );
                let known = names(catalog);
                sink.push(match did_you_mean(name, known.iter().copied()) {
                    Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                    None => diagnostic.help(format!("it has: {}", known.join(", "))),
                });
            }
        }
    }
    features.sort_unstable();
    features
}

fn names(catalog: &Catalog) -> Vec<&str> {
    catalog.features.keys().map(String::as_str).collect()
}
