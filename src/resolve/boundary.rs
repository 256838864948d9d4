//! Checks permissions boundaries.

use super::placeholder::Placeholders;
use super::sink::Sink;
use crate::diag::{Diagnostic, Span};
use crate::load::Place;
use crate::model::{AccountId, ArnPattern, Partition, check_boundary_arn};

/// A boundary is a policy of the account it is used in, or of AWS.
pub(super) fn boundary_at_home(
    sink: &mut Sink,
    boundary: &ArnPattern,
    account: &AccountId,
    span: Span,
) {
    let pattern = boundary.text().pattern();
    let named = pattern.split(':').nth(4).unwrap_or_default();
    let elsewhere = AccountId::parse(named).is_ok_and(|named| named != *account);
    if elsewhere {
        sink.push(
            Diagnostic::error(
                "foreign-boundary",
                span,
                format!(
                    "the permissions boundary is a policy of account {named}, not of {account}"
                ),
            )
            .why("AWS accepts a policy of the same account, or one of its own, as a boundary")
            .help("write `${account}` for the account: `arn:aws:iam::${account}:policy/boundary`"),
        );
    }
}

pub(super) fn check_boundary(
    sink: &mut Sink,
    boundary: &str,
    place: Place<'_>,
    partition: Partition,
) -> Option<ArnPattern> {
    let text = Placeholders::of_deployment(None).parse(sink, boundary, place.span())?;
    let checked = check_boundary_arn(&text, partition);
    sink.take("bad-arn", place.span(), checked)
}
