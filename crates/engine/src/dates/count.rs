//! Dates written as a count: of seconds since 1970, or of days as spreadsheets count them.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Span, Timestamp};

use super::{Moment, is_year};
use crate::decimal::Decimal;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// Seconds since 1970, in UTC.
    Seconds,
    /// Milliseconds since 1970, in UTC.
    Milliseconds,
    /// Days: 1 is 1 January 1900, and 60 the 29 February 1900 that never was.
    Days1900,
    /// Days since 1 January 1904.
    Days1904,
}

/// The words for counts in place of a pattern.
pub(super) const WORDS: [(&str, Count); 4] = [
    ("epoch-seconds", Count::Seconds),
    ("epoch-milliseconds", Count::Milliseconds),
    ("spreadsheet-1900", Count::Days1900),
    ("spreadsheet-1904", Count::Days1904),
];

/// The zero of days from 1 March 1900 on, because spreadsheets count a day too many before.
const ZERO_1900: Date = Date::constant(1899, 12, 30);
const ZERO_1904: Date = Date::constant(1904, 1, 1);

/// The day that spreadsheets count and that never was.
pub(crate) const NO_DAY: i64 = 60;

/// Milliseconds of a day. Spreadsheets hold times as fractions of a day, which are exact to about a millisecond.
pub(crate) const DAY: i64 = 24 * 60 * 60 * 1000;

impl Count {
    /// The count that a word stands for.
    pub(super) fn of(word: &str) -> Option<Self> {
        WORDS.iter().find(|(known, _)| *known == word).map(|(_, count)| *count)
    }

    /// Whether it is of seconds, which always have a time.
    pub(super) fn has_time(self) -> bool {
        matches!(self, Self::Seconds | Self::Milliseconds)
    }

    /// Texts that are such a count.
    pub(super) fn samples(self) -> Vec<String> {
        let samples: &[&str] = match self {
            Self::Seconds => &["1792550024", "1412777109", "0"],
            Self::Milliseconds => &["1792550024000", "1412777109000", "0"],
            Self::Days1900 | Self::Days1904 => &["46347", "41920", "36194"],
        };
        samples.iter().map(|sample| (*sample).to_owned()).collect()
    }

    /// Reads a text. A fraction of a day is a time, so a date has none.
    pub(super) fn read(self, text: &str, with_time: bool) -> Option<Moment> {
        // An exponent means that a spreadsheet has dropped digits.
        let is_plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
        let number: Decimal = text.parse().ok().filter(|_| text.bytes().all(is_plain))?;
        match self {
            Self::Seconds => at(&(&number * &Decimal::from(1000))),
            Self::Milliseconds => at(&number),
            Self::Days1900 | Self::Days1904 => {
                let milliseconds = milliseconds(&number)?;
                let local = at_days(milliseconds, self == Self::Days1904)?;
                match (with_time, milliseconds.rem_euclid(DAY)) {
                    (true, _) => Some(Moment::Local(local)),
                    (false, 0) => Some(Moment::Date(local.date())),
                    (false, _) => None,
                }
            }
        }
    }
}

/// A number of days in milliseconds, rounded.
pub(crate) fn milliseconds(days: &Decimal) -> Option<i64> {
    (days * &Decimal::whole(DAY)).round(0)?.to_i64()
}

/// The time that spreadsheets count as so many milliseconds of days, from 1900 or from 1904. `None` before the first day,
/// for the 29 February 1900 that never was, and after the year 9999.
pub(crate) fn at_days(milliseconds: i64, from_1904: bool) -> Option<DateTime> {
    let (days, rest) = (milliseconds.div_euclid(DAY), milliseconds.rem_euclid(DAY));
    let zero = match days {
        0.. if from_1904 => ZERO_1904,
        _ if from_1904 => return None,
        1..NO_DAY => ZERO_1900.tomorrow().ok()?,
        _ if days > NO_DAY => ZERO_1900,
        _ => return None,
    };
    let midnight = zero.checked_add(Span::new().try_days(days).ok()?).ok()?.at(0, 0, 0, 0);
    let local = midnight.checked_add(SignedDuration::from_millis(rest)).ok()?;
    is_year(local.year()).then_some(local)
}

/// The moment after this number of milliseconds since 1970, exact to the nanosecond.
fn at(milliseconds: &Decimal) -> Option<Moment> {
    let nanoseconds = milliseconds * &Decimal::from(1_000_000);
    let whole = nanoseconds.to_i64().filter(|whole| Decimal::whole(*whole) == nanoseconds);
    let at = match whole {
        Some(whole) => Timestamp::from_nanosecond(whole.into()).ok()?,
        // Beyond the 292 years around 1970 that 64 bits of nanoseconds cover.
        None => Timestamp::from_millisecond(milliseconds.to_i64().filter(|ms| Decimal::whole(*ms) == *milliseconds)?)
            .ok()?,
    };
    is_year(at.to_zoned(jiff::tz::TimeZone::UTC).year()).then_some(Moment::At(at))
}

#[cfg(test)]
mod tests {
    use crate::dates::Pattern;
    use crate::spec::FieldType;

    #[test]
    fn table_of_counts() {
        use FieldType::{Date, Datetime};
        for (word, field_type, text, expected) in [
            ("epoch-seconds", Datetime, "1767225600", Some("2026-01-01T00:00:00Z")),
            ("epoch-seconds", Datetime, "1767225600.25", Some("2026-01-01T00:00:00.25Z")),
            ("epoch-seconds", Datetime, "-1", Some("1969-12-31T23:59:59Z")),
            ("epoch-seconds", Datetime, "253402300800", None),
            ("epoch-seconds", Datetime, "95617584000", Some("5000-01-01T00:00:00Z")),
            ("epoch-seconds", Datetime, "1.7672256E+9", None),
            ("epoch-seconds", Datetime, "0.0000000001", None),
            ("epoch-seconds", Datetime, "", None),
            ("epoch-milliseconds", Datetime, "1767225600250", Some("2026-01-01T00:00:00.25Z")),
            ("spreadsheet-1900", Date, "45581", Some("2024-10-16")),
            ("spreadsheet-1900", Date, "45581.0", Some("2024-10-16")),
            ("spreadsheet-1900", Date, "45582.5", None),
            ("spreadsheet-1900", Date, "1", Some("1900-01-01")),
            ("spreadsheet-1900", Date, "59", Some("1900-02-28")),
            ("spreadsheet-1900", Date, "60", None),
            ("spreadsheet-1900", Date, "61", Some("1900-03-01")),
            ("spreadsheet-1900", Date, "0", None),
            ("spreadsheet-1900", Date, "2958465", Some("9999-12-31")),
            ("spreadsheet-1900", Date, "2958466", None),
            ("spreadsheet-1900", Date, "16/10/2024", None),
            ("spreadsheet-1900", Datetime, "45582.5", Some("2024-10-17T12:00:00")),
            // 12:30 as a spreadsheet holds it.
            ("spreadsheet-1900", Datetime, "45582.5208333333", Some("2024-10-17T12:30:00")),
            ("spreadsheet-1900", Datetime, "45581.999999999999", Some("2024-10-17T00:00:00")),
            ("spreadsheet-1904", Date, "0", Some("1904-01-01")),
            ("spreadsheet-1904", Date, "44119", Some("2024-10-16")),
            ("spreadsheet-1904", Date, "-1", None),
        ] {
            let pattern = Pattern::compile(word, field_type).unwrap();
            assert_eq!(pattern.read(text, None).as_deref(), expected, "{word} {text}");
        }
        assert!(Pattern::compile("epoch-seconds", Date).is_err());
    }
}
