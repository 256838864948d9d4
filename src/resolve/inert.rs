//! Entries of a catalog that are never granted: AWS does not know the action, or it has no effect where the vendor lists it.

use super::catalog::Inert;
use super::reason::{needs_reason, needs_text};
use super::sink::Sink;
use crate::load::Place;
use crate::load::catalog::GuardedEntryDoc;
use crate::model::{Action, Level};
use crate::reference::Reference;

/// Checks an entry with a reason why it is never granted. What the vendor wrote stays as it is.
pub(super) fn check(
    sink: &mut Sink,
    (entry, reason): (&GuardedEntryDoc, &str),
    level: Level,
    place: Place<'_>,
    reference: &Reference,
    inert: &mut Vec<Inert>,
) {
    needs_reason(
        sink,
        reason,
        place.key("inert").span(),
        "whoever compares the catalog with the vendor's list asks why this is not granted",
        "say in a sentence why it has no effect, such as: AWS renamed it in 2021",
    );
    for (index, action) in entry.action.as_slice().iter().enumerate() {
        let span = place.key("action").index(index).span();
        needs_text(sink, action, span);
        let known =
            Action::parse(action).is_ok_and(|action| !reference.expand(action.as_str()).is_empty());
        inert.push(Inert {
            level,
            action: action.clone(),
            reason: reason.to_owned(),
            known,
            purpose: entry.purpose.clone(),
            without: entry.without.clone(),
        });
    }
}
