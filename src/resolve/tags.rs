//! Checks tags.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::sink::Sink;
use crate::diag::Diagnostic;
use crate::load::Place;
use crate::model::{TagKey, TagValue, Tags};

/// The tags of one mapping.
pub(super) fn tags(sink: &mut Sink, written: &IndexMap<String, String>, place: Place<'_>) -> Tags {
    let mut tags = Tags::new();
    if written.is_empty() {
        return tags;
    }
    // Looking each key up by its name would take long in a file of nothing but tags.
    for (key, at) in place.fields() {
        let Some(value) = written.get(key) else {
            continue;
        };
        let key = sink.take("bad-tag", at.key_span(), TagKey::parse(key));
        let value = sink.take("bad-tag", at.span(), TagValue::parse(value));
        if let (Some(key), Some(value)) = (key, value) {
            tags.insert(key, value);
        }
    }
    count_tags(sink, &tags, Some(place));
    tags
}

/// Refuses what IAM refuses of all tags of one resource together; `place` is where to point, if there is anything to.
pub(super) fn count_tags(sink: &mut Sink, tags: &Tags, place: Option<Place<'_>>) {
    let Some(place) = place else { return };
    if tags.len() > 50 {
        sink.push(
            Diagnostic::error(
                "too-many-tags",
                place.key_span(),
                format!(
                    "{} tags on one user or role, the deployment's included",
                    tags.len()
                ),
            )
            .why("IAM accepts at most 50")
            .help(format!("delete at least {}", tags.len() - 50)),
        );
        return;
    }
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for key in tags.keys() {
        if let Some(first) = seen.insert(key.as_str().to_lowercase(), key.as_str()) {
            // Of a deployment's tag and a target's, the target's is the one to point at.
            let own = [key.as_str(), first].into_iter().find(|key| place.has(key));
            let Some(own) = own else { continue };
            sink.push(
                Diagnostic::error(
                    "case-colliding-tags",
                    place.key(own).key_span(),
                    format!(
                        "the tags `{first}` and `{}` differ in case only",
                        key.as_str()
                    ),
                )
                .why("on users and roles, IAM ignores the case of tag keys and refuses the second")
                .help("spell them alike, or choose another key"),
            );
        }
    }
}
