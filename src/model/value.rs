//! Values that conditions compare, in the forms that IAM reads: numbers, dates, IP ranges, ARNs.

use core::net::IpAddr;

use time::Month;

/// Whether a text is a decimal number.
pub(super) fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    match digits.split_once('.') {
        Some((whole, part)) => all_digits(whole) && all_digits(part),
        None => all_digits(digits),
    }
}

/// Whether a text is a date in one of the forms of ISO 8601 that the W3C keeps, or seconds since 1970.
pub(super) fn is_date(text: &str) -> bool {
    if all_digits(text) {
        return true;
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let date_fits = match parts.as_slice() {
        [year, month] => year.len() == 4 && all_digits(year) && between(month, 1, 12),
        [year, month, day] => {
            year.len() == 4
                && all_digits(year)
                && between(month, 1, 12)
                && between(day, 1, days(year, month))
        }
        _ => false,
    };
    date_fits && time.is_none_or(|time| parts.len() == 3 && is_time(time))
}

/// How many days a month has.
fn days(year: &str, month: &str) -> u8 {
    let year: i32 = year.parse().unwrap_or_default();
    let month = month
        .parse()
        .ok()
        .and_then(|month: u8| Month::try_from(month).ok());
    month.map_or(31, |month| month.length(year))
}

/// Hours and minutes at least, and the zone, without which the W3C's form has no time.
fn is_time(text: &str) -> bool {
    let (clock, zone) = match text.strip_suffix('Z') {
        Some(clock) => (clock, None),
        None => match text.split_once(['+', '-']) {
            Some((clock, zone)) => (clock, Some(zone)),
            None => return false,
        },
    };
    let clock_fits = match *clock.split(':').collect::<Vec<_>>() {
        [hours, minutes] => between(hours, 0, 23) && between(minutes, 0, 59),
        [hours, minutes, seconds] => {
            let (whole, part) = seconds.split_once('.').unwrap_or((seconds, "0"));
            between(hours, 0, 23)
                && between(minutes, 0, 59)
                && between(whole, 0, 60)
                && all_digits(part)
        }
        _ => false,
    };
    let zone_fits = zone.is_none_or(|zone| {
        zone.split_once(':')
            .is_some_and(|(hours, minutes)| between(hours, 0, 23) && between(minutes, 0, 59))
    });
    clock_fits && zone_fits
}

/// Whether a text is an IP address, or one with the length of its network.
pub(super) fn is_ip_range(text: &str) -> bool {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let Ok(address) = address.parse::<IpAddr>() else {
        return false;
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    length.is_none_or(|length| {
        all_digits(length)
            && (length == "0" || !length.starts_with('0'))
            && length.parse::<u32>().is_ok_and(|length| length <= most)
    })
}

/// Whether a text could be equal to an ARN: it has the six parts, or begins with what may stand for some of them.
pub(super) fn is_arn_pattern(text: &str) -> bool {
    text == "*" || text.starts_with("${") || (text.starts_with("arn:") && parts(text) >= 6)
}

/// How many parts an ARN has; colons inside of policy variables part nothing.
fn parts(arn: &str) -> usize {
    let mut parts = 1;
    let mut inside = false;
    for (index, character) in arn.char_indices() {
        match character {
            '$' if arn[index..].starts_with("${") => inside = true,
            '}' => inside = false,
            ':' if !inside => parts += 1,
            _ => {}
        }
    }
    parts
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is two digits of a number in a range.
fn between(text: &str, least: u8, most: u8) -> bool {
    text.len() == 2
        && all_digits(text)
        && text
            .parse::<u8>()
            .is_ok_and(|number| (least..=most).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::is_date;

    #[test]
    fn dates_have_the_forms_of_the_w3c() {
        for date in [
            "2026",
            "2026-11",
            "2026-11-30",
            "2028-02-29",
            "2026-11-30T23:59Z",
            "2026-11-30T23:59:59Z",
            "2026-11-30T23:59:59.5+01:00",
        ] {
            assert!(is_date(date), "{date}");
        }
        for date in [
            "",
            "2026-11-30T23:59",
            "2026-11-30 23:59Z",
            "2026-11-32",
            "2026-11-31",
            "2026-02-29",
            "26-11-30",
            "2026-11-30T24:00Z",
            "2026-11T23:59Z",
            "tomorrow",
        ] {
            assert!(!is_date(date), "{date}");
        }
    }
}
