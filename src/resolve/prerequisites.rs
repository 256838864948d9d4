//! Checks what has to hold for a feature or an entry of a catalog to be granted.

use std::collections::BTreeSet;

use super::catalog::Known;
use super::sink::Sink;
use crate::diag::Diagnostic;
use crate::load::Place;
use crate::load::catalog::{OneOrMany, PhaseDoc};
use crate::model::{ParameterKind, Partition, Prerequisites, listed, shown};

/// Checks those of a feature or an entry.
pub(super) fn check(
    sink: &mut Sink,
    when: Option<&OneOrMany>,
    partitions: Option<&[Partition]>,
    phase: Option<PhaseDoc>,
    place: Place<'_>,
    known: &Known<'_>,
) -> Prerequisites {
    let names = when.map(OneOrMany::as_slice).unwrap_or_default();
    for (index, name) in names.iter().enumerate() {
        let span = place.key("when").index(index).span();
        let boolean = known
            .parameters
            .get(name)
            .is_some_and(|parameter| parameter.kind == ParameterKind::Boolean);
        if !boolean {
            sink.push(
                Diagnostic::error(
                    "unknown-parameter",
                    span,
                    format!("{} is not a boolean parameter of this catalog", shown(name)),
                )
                .help("declare it under `parameters` with `type: boolean`"),
            );
        }
    }
    for (key, is_empty) in [
        ("when", when.is_some() && names.is_empty()),
        ("partitions", partitions.is_some_and(<[_]>::is_empty)),
    ] {
        if is_empty {
            sink.push(
                Diagnostic::error(
                    "empty-list",
                    place.key(key).key_span(),
                    format!("`{key}` names nothing"),
                )
                .why("it would not say whether this is granted always or never")
                .help("name at least one, or delete the field"),
            );
        }
    }
    Prerequisites {
        when: names.to_vec(),
        partitions: partitions.into_iter().flatten().copied().collect(),
        setup: phase == Some(PhaseDoc::Setup),
    }
}

/// Those of an entry and of the feature around it. An entry of other partitions than its feature would never be granted.
pub(super) fn within(
    sink: &mut Sink,
    feature: &Prerequisites,
    own: Prerequisites,
    place: Place<'_>,
) -> Prerequisites {
    let mut when = feature.when.clone();
    when.extend(
        own.when
            .into_iter()
            .filter(|one| !feature.when.contains(one)),
    );
    let partitions = match (own.partitions.is_empty(), feature.partitions.is_empty()) {
        (_, true) => own.partitions,
        (true, _) => feature.partitions.clone(),
        (false, false) => {
            let both: BTreeSet<Partition> = own
                .partitions
                .intersection(&feature.partitions)
                .copied()
                .collect();
            if both.is_empty() {
                sink.push(
                    Diagnostic::error(
                        "never-granted",
                        place.key("partitions").span(),
                        "the entry is for other partitions than its feature",
                    )
                    .why("it would be granted in no partition")
                    .help(format!(
                        "the feature is for {}: name some of these, or move the entry",
                        listed(&feature.partitions)
                    )),
                );
            }
            both
        }
    };
    Prerequisites {
        when,
        partitions,
        setup: own.setup || feature.setup,
    }
}
