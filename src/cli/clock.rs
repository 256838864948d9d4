//! The clock: the one thing outside the input that a finding may depend on, and never a rendered byte.

use time::{Date, OffsetDateTime};

/// The day it is, in UTC.
pub(super) fn today() -> Date {
    OffsetDateTime::now_utc().date()
}
