//! How old an access key may be.

use std::fmt;

use super::{Refusal, shown};

/// The greatest age of an access key: 1 to 3,650 days. AWS itself sets none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyAge(u16);

impl KeyAge {
    const MOST_DAYS: u16 = 3650;

    /// Parses `90d`.
    ///
    /// # Errors
    ///
    /// When it is not a number of days, or outside 1 to 3,650.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let days = text
            .strip_suffix('d')
            .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|number| number.parse::<u16>().ok())
            .filter(|days| (1..=Self::MOST_DAYS).contains(days));
        days.map(Self).ok_or_else(|| {
            Refusal::new(
                format!("{} is not the age of an access key", shown(text)),
                "the audit compares it with the days since a key was made",
                "write it in days, such as `90d`, up to `3650d`",
            )
        })
    }

    /// Days.
    pub fn days(self) -> u16 {
        self.0
    }
}

impl fmt::Display for KeyAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 day"),
            days => write!(f, "{days} days"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::KeyAge;

    #[test]
    fn an_age_is_a_number_of_days() {
        assert_eq!(KeyAge::parse("90d").unwrap().days(), 90);
        assert_eq!(KeyAge::parse("3650d").unwrap().to_string(), "3650 days");
        for bad in [
            "",
            "d",
            "90",
            "0d",
            "3651d",
            "-1d",
            "+1d",
            "1.5d",
            "3m",
            "99999999d",
            "９d",
        ] {
            assert!(KeyAge::parse(bad).is_err(), "{bad}");
        }
    }
}
