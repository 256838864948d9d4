//! The result of a review in one line.

use crate::diag::plural;
use crate::review::{Changed, Review};

/// One line that says whether more is granted. If that is unknown, it says only this.
pub(super) fn verdict(review: &Review) -> String {
    let unknown = unknown(review);
    match unknown.is_empty() {
        true => grants(review),
        false => format!("Not known: {}", unknown.join(", ")),
    }
}

/// Changes whose effect is unknown and that may grant more.
fn unknown(review: &Review) -> Vec<String> {
    let beside = review.accepted_files.iter().filter(|change| change.is_more);
    let settings = review.settings.iter().filter(|change| change.is_more);
    let mut said = Vec::new();
    for (number, what) in [
        (review.edits.len(), "edited by hand or not rendered"),
        (beside.count(), "beside what is planned"),
    ] {
        if number > 0 {
            said.push(format!("{} {what}", plural(number, "file")));
        }
    }
    match settings.count() {
        0 => {}
        number => said.push(plural(number, "setting")),
    }
    said
}

/// What was not compared with the plan, and what to do about it.
pub(super) fn uncompared(review: &Review) -> Option<String> {
    let folder = review.uncompared.as_ref()?;
    Some(format!(
        "No rendered files were compared: there is no folder {folder}. Render the deployment, or name its folder with --out"
    ))
}

/// The part of the verdict that is known, as a line after the unknown part; `None` if everything is known.
pub(super) fn beside_unknown(review: &Review) -> Option<String> {
    let is_more = review.principals.iter().any(Changed::is_more);
    match (
        unknown(review).is_empty(),
        is_more || review.is_less() || review.escalation,
    ) {
        (true, _) => None,
        (false, true) => Some(format!(
            "Apart from that: {}",
            grants(review).to_lowercase()
        )),
        (false, false) => Some("Apart from that, no grant changes".to_owned()),
    }
}

fn grants(review: &Review) -> String {
    let is_more = review.principals.iter().any(Changed::is_more);
    let is_moved = review.moves.iter().any(|moved| moved.is_more);
    let grants = match (is_more, review.is_less()) {
        (true, true) => "Grants more than before in some places, less in others",
        (true, false) => "Grants more than before",
        (false, true) if is_moved => {
            "Grants more than before with some features or levels, less with others"
        }
        (false, true) => "Grants less than before",
        (false, false) if is_moved => "Grants more than before with some features or levels",
        (false, false) => "Grants the same as before",
    };
    let by_plan = match review.uncompared {
        Some(_) => " by the plan alone",
        None => "",
    };
    match review.escalation {
        true => format!("{grants}{by_plan}, and opens a privilege escalation path"),
        false => format!("{grants}{by_plan}"),
    }
}
