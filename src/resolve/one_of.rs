//! Features that the vendor offers in place of each other, of which a deployment selects exactly one.

use std::collections::BTreeMap;

use super::catalog::Catalog;
use super::sink::Sink;
use crate::diag::{Diagnostic, Span, did_you_mean};
use crate::load::Place;
use crate::load::catalog::CatalogDoc;
use crate::model::shown;

/// Checks groups of features of which one is selected.
pub(super) fn check_groups(sink: &mut Sink, doc: &CatalogDoc, root: Place<'_>) {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for (index, group) in doc.one_of.iter().enumerate() {
        let place = root.key("one_of").index(index);
        if group.len() < 2 {
            sink.push(
                Diagnostic::error("empty-list", place.span(), "a group has fewer than two features")
                    .why("of one feature there is nothing to choose")
                    .help("name the features of which a deployment selects exactly one, or delete the group"),
            );
        }
        for (index, name) in group.iter().enumerate() {
            let span = place.index(index).span();
            if !doc.features.contains_key(name) {
                let known = doc.features.keys().map(String::as_str);
                let fault = Diagnostic::error(
                    "unknown-feature",
                    span,
                    format!("the catalog has no feature {}", shown(name)),
                );
                sink.push(match did_you_mean(name, known.clone()) {
                    Some(near) => fault.help(format!("did you mean `{near}`?")),
                    None => {
                        let known: Vec<&str> = known.collect();
                        fault.help(format!("it has: {}", known.join(", ")))
                    }
                });
            }
            if let Some(earlier) = first.insert(name, span) {
                sink.push(
                    Diagnostic::error(
                        "duplicate-feature",
                        span,
                        format!("the feature {} is in a group already", shown(name)),
                    )
                    .related(earlier, "first here")
                    .why("a feature of two groups would decide both, and a deployment could not choose in either")
                    .help("name it once; features that exclude each other are one group"),
                );
            }
        }
    }
}

/// Refuses a selection that does not have exactly one feature of each group.
pub(super) fn check_selection(
    sink: &mut Sink,
    catalog: &Catalog,
    wanted: &[String],
    place: Place<'_>,
) {
    // A name that is misspelt may be the one that is missing.
    let all_known = wanted
        .iter()
        .all(|name| catalog.features.contains_key(name));
    for group in &catalog.one_of {
        let selected: Vec<(usize, &String)> = wanted
            .iter()
            .enumerate()
            .filter(|(_, name)| group.contains(name))
            .collect();
        match selected.as_slice() {
            [] if all_known && !wanted.is_empty() => sink.push(
                Diagnostic::error(
                    "one-of-features",
                    place.key_span(),
                    format!("none of the features {} is selected", group.join(", ")),
                )
                .why("the vendor offers them in place of each other, and the product needs one")
                .help("add the one that you want"),
            ),
            [(first, name), rest @ ..] => {
                for (index, other) in rest.iter().filter(|(_, other)| other != name) {
                    sink.push(
                        Diagnostic::error(
                            "one-of-features",
                            place.index(*index).span(),
                            format!("the features `{name}` and `{other}` exclude each other"),
                        )
                        .related(place.index(*first).span(), "the other one")
                        .why("the vendor offers them in place of each other; both together grant more than either")
                        .help("select the one that you want"),
                    );
                }
            }
            [] => {}
        }
    }
}

/// Refuses `features: all` where features exclude each other.
pub(super) fn refuse_all(sink: &mut Sink, catalog: &Catalog, place: Place<'_>) {
    if catalog.one_of.is_empty() {
        return;
    }
    let grouped = |name: &&String| catalog.one_of.iter().any(|group| group.contains(name));
    let others: Vec<&str> = catalog
        .features
        .keys()
        .filter(|name| !grouped(name))
        .map(String::as_str)
        .collect();
    let groups: Vec<String> = catalog
        .one_of
        .iter()
        .map(|group| format!("one of {}", group.join(", ")))
        .collect();
    let others = match others.as_slice() {
        [] => String::new(),
        others => format!(", and any of {}", others.join(", ")),
    };
    sink.push(
        Diagnostic::error(
            "one-of-features",
            place.span(),
            format!("not all features of {} can be selected", catalog.id),
        )
        .why("some of them exclude each other")
        .help(format!("list the features: {}{others}", groups.join(", "))),
    );
}
