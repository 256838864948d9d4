//! The clock: the one thing outside the input that a finding may depend on, and never a rendered byte.

use time::format_description::well_known::Iso8601;
use time::{Date, OffsetDateTime};

/// The day it is, in UTC.
pub(super) fn today() -> Date {
    OffsetDateTime::now_utc().date()
}

/// A day as the command line takes it.
pub(super) fn day(text: &str) -> Result<Date, String> {
    Date::parse(text, &Iso8601::DATE).map_err(|_| "write it as 2026-11-24".to_owned())
}
