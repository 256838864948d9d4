//! Checks tags.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::Hub;
use super::per_target::PerTarget;
use super::sink::Sink;
use crate::diag::Diagnostic;
use crate::load::deployment::DeploymentDoc;
use crate::load::{Document, Place};
use crate::model::{AccountId, TagKey, TagValue, Tags};

/// Tags as they are written: a value may name the target.
pub(super) type WrittenTags = BTreeMap<TagKey, PerTarget<TagValue>>;

/// The tags of one mapping.
pub(super) fn tags(
    sink: &mut Sink,
    written: &IndexMap<String, String>,
    place: Place<'_>,
) -> WrittenTags {
    let mut tags = WrittenTags::new();
    if written.is_empty() {
        return tags;
    }
    // Looking each key up by its name would take long in a file of nothing but tags.
    for (key, at) in place.fields() {
        let Some(value) = written.get(key) else {
            continue;
        };
        let key = sink.take("bad-tag", at.key_span(), TagKey::parse(key));
        let value = PerTarget::parse(sink, (value, at.span()), "bad-tag", TagValue::parse);
        tags.extend(key.map(|key| (key, value)));
    }
    count_tags(sink, &tags, Some(place));
    tags
}

/// The tags of one target.
pub(super) fn of_target(
    sink: &mut Sink,
    written: &WrittenTags,
    account: &AccountId,
    name: &str,
) -> Tags {
    let tags = written.iter();
    let tags = tags.filter_map(|(key, value)| Some((key.clone(), value.of(sink, account, name)?)));
    tags.collect()
}

/// The tags of the hub's users: those of the deployment.
pub(super) fn of_hub(
    sink: &mut Sink,
    deployment: &Document<DeploymentDoc>,
    hub: Option<&Hub>,
) -> Tags {
    let Some(hub) = hub else { return Tags::new() };
    let place = deployment.root().key("tags");
    // A fault in them is reported with each role.
    let written = tags(&mut Sink::default(), &deployment.doc.tags, place);
    let named = |value: &&PerTarget<TagValue>| value.has_name();
    for value in written.values().filter(named) {
        sink.push(
            Diagnostic::error(
                "bad-tag",
                value.span,
                "the hub's user gets this tag too, and it is no target with a name",
            )
            .why("`${name}` stands for the name of a target")
            .help("write `${account}`, or move the tag to the roles or the targets"),
        );
    }
    of_target(&mut Sink::default(), &written, &hub.account, "")
}

/// Refuses what IAM refuses of all tags of one resource together; `place` is where to point, if there is anything to.
pub(super) fn count_tags(sink: &mut Sink, tags: &WrittenTags, place: Option<Place<'_>>) {
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
