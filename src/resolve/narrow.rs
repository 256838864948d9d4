//! What a scope leaves of the entries that ask for its actions.

use std::collections::BTreeSet;

use super::GrantResource;
use super::action;
use super::bind::BoundProduct;
use super::catalog::{Entry, EntryResource};
use super::selection::left_out;
use super::settings::{Scope, Settings};
use super::sink::Sink;
use crate::diag::{Diagnostic, Span};
use crate::model::{Action, ArnPattern, Level, shown};

/// An entry of the selected features that asks for an action, with the patterns that it asks for.
pub(super) struct Asked {
    feature: usize,
    level: Level,
    span: Span,
    patterns: Vec<ArnPattern>,
}

impl Asked {
    /// The resources of a scope that lie within the entry.
    fn part<'s>(&self, scope: &'s Scope) -> Vec<&'s (ArnPattern, Span)> {
        let resources = scope.resources.iter();
        let within = |arn: &ArnPattern| self.patterns.iter().any(|asked| asked.covers(arn));
        resources.filter(|(arn, _)| within(arn)).collect()
    }
}

/// What asks for an action and is granted: an action may stand in several entries of a catalog.
pub(super) fn asked(
    product: &BoundProduct,
    settings: &Settings<'_>,
    number: usize,
    action: &Action,
) -> Vec<Asked> {
    let filled = &settings.parameters[number];
    let mut asked = Vec::new();
    for &feature in &product.features {
        let Some((_, listed)) = product.catalog.features.get_index(feature) else {
            continue;
        };
        let asks = |entry: &&Entry| {
            entry.action.same_as(action) || (product.expand && entry.action.covers(action))
        };
        for entry in listed.entries.iter().filter(asks) {
            let EntryResource::Arns(patterns) = &entry.resource else {
                continue;
            };
            if left_out(entry, product, settings, number).is_none() {
                let texts = patterns
                    .iter()
                    .filter_map(|one| filled.texts(one))
                    .flatten();
                let patterns = texts
                    .filter_map(|text| ArnPattern::parse(&text, Some(settings.partition)).ok());
                asked.push(Asked {
                    feature,
                    level: entry.level,
                    span: entry.span,
                    patterns: patterns.collect(),
                });
            }
        }
    }
    asked
}

/// What a scope leaves of an entry.
pub(super) enum Narrow {
    /// Nothing: all of the scope lies within other entries of the action.
    Nothing,
    /// These resources.
    To(GrantResource),
}

/// What a scope leaves of an entry, if its resources are a part of what the catalog asks for and the action can take them.
/// Where an action stands in several entries, each gets what lies within it.
pub(super) fn narrowed(
    sink: &mut Sink,
    entry: &Entry,
    place: (usize, Level),
    scope: &Scope,
    asked: &[Asked],
    settings: &Settings<'_>,
) -> Option<Narrow> {
    let Some(own) = asked.iter().find(|asked| asked.span == entry.span) else {
        sink.push(
            Diagnostic::error(
                "unsupported-resource",
                scope.span,
                format!("{} is limited already", entry.action),
            )
            .related(entry.span, "to the hub's own user or groups")
            .why("the catalog grants it on what the deployment names under `hub`, and on nothing else")
            .help("delete it from the scope"),
        );
        return None;
    };
    let outside = scope.resources.iter().find(|(arn, _)| {
        let mut patterns = asked.iter().flat_map(|asked| &asked.patterns);
        !patterns.any(|asked| asked.covers(arn))
    });
    if let Some((outside, span)) = outside {
        let mut fault = Diagnostic::error(
            "widening-scope",
            *span,
            format!(
                "{} is more than the vendor asks for",
                shown(&outside.text().pattern())
            ),
        )
        .related(scope.span, "for this action");
        // Once for all entries of the action.
        if asked.first().is_some_and(|first| first.span == entry.span) {
            for one in asked {
                fault = fault.related(one.span, "what the catalog grants");
            }
            sink.push(
                fault
                    .why("a scope can only narrow; this would allow what no catalog lists")
                    .help("choose resources within the catalog's own"),
            );
        }
        return None;
    }
    let part = own.part(scope);
    if part.is_empty() && !scope.resources.is_empty() {
        let stays =
            |other: &&Asked| (other.feature, other.level) == place && !other.part(scope).is_empty();
        if asked.iter().any(|other| stays(&other)) {
            return Some(Narrow::Nothing);
        }
        sink.push(
            Diagnostic::error(
                "widening-scope",
                scope.span,
                format!("the scope leaves nothing of {} here", entry.action),
            )
            .related(entry.span, "what this feature asks for at this level")
            .why("the scope holds for every feature and level that lists the action, and the feature would be without it")
            .help("add a resource within this entry to the scope, or leave the feature or the level out"),
        );
        return None;
    }
    let facts = settings.reference.expand(entry.action.as_str());
    for (arn, span) in &part {
        let alone = std::slice::from_ref(arn);
        if let Some(refused) = action::refused(
            &entry.action,
            &[arn.text().pattern()],
            alone,
            &facts,
            scope.span,
        ) {
            sink.push(refused.related(*span, "this resource"));
            return None;
        }
    }
    let resources: BTreeSet<ArnPattern> = part.into_iter().map(|(arn, _)| arn.clone()).collect();
    let resources = resources.into_iter().collect();
    Some(Narrow::To(GrantResource::Arns(resources)))
}
