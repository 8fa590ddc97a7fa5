//! Patterns of strptime as formats of the types `date`, `time` and `datetime`.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::{self, BrokenDownTime};

use super::clock;
use crate::dates::has_full_year;
use crate::spec::FieldType;

/// Formatted and parsed again, this date reveals unknown directives and missing parts of a pattern.
const SAMPLE: DateTime = DateTime::constant(2026, 11, 21, 2, 33, 44, 0);

/// A pattern that determines a whole date, a time or both.
///
/// A two-digit year (`%y`) from 69 to 99 is in the 20th century, from 00 to 68 in the 21st, as in POSIX.
/// Leading zeros are optional. Nothing may precede or follow the pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::schema) struct Pattern(String);

impl Pattern {
    /// Checks a pattern for a type. The error says why it cannot be used.
    pub(in crate::schema) fn compile(written: &str, field_type: FieldType) -> Result<Self, String> {
        let round_trip = || {
            let sample = SAMPLE.to_zoned(jiff::tz::TimeZone::UTC)?;
            BrokenDownTime::parse(written, strtime::format(written, &sample)?)
        };
        let sample = round_trip().map_err(|error: jiff::Error| error.to_string())?;
        if field_type != FieldType::Time && sample.to_date().is_err() {
            return Err("it lacks the year, the month or the day".to_owned());
        }
        if field_type != FieldType::Date && (sample.hour().is_none() || sample.to_time().is_err()) {
            return Err("it lacks the time".to_owned());
        }
        Ok(Self(written.to_owned()))
    }

    /// A text in this format.
    pub(in crate::schema) fn example(&self) -> String {
        SAMPLE.to_zoned(jiff::tz::TimeZone::UTC).and_then(|at| strtime::format(&self.0, &at)).unwrap_or_default()
    }

    pub(in crate::schema) fn as_str(&self) -> &str {
        &self.0
    }

    pub(in crate::schema) fn date(&self, text: &str) -> Option<Date> {
        let date = BrokenDownTime::parse(&self.0, text).ok()?.to_date().ok()?;
        has_full_year(&self.0, text, date.year()).then_some(date)
    }

    pub(in crate::schema) fn time(&self, text: &str) -> Option<(Time, bool)> {
        let parts = BrokenDownTime::parse(&self.0, text).ok()?;
        let time = parts.to_time().ok()?;
        Some(match parts.offset() {
            Some(offset) => (clock::in_utc(time, SignedDuration::from_secs(offset.seconds().into())), true),
            None => (time, false),
        })
    }

    pub(in crate::schema) fn datetime(&self, text: &str) -> Option<(DateTime, bool)> {
        let parts = BrokenDownTime::parse(&self.0, text).ok()?;
        let local = parts.to_datetime().ok().filter(|at| has_full_year(&self.0, text, at.year()))?;
        match parts.offset() {
            Some(offset) => {
                let ahead = SignedDuration::from_secs(offset.seconds().into());
                Some((clock::to_utc(local, ahead)?, true))
            }
            None => Some((local, false)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_must_contain_what_the_type_needs() {
        use FieldType::{Date, Datetime, Time};
        for (field_type, pattern, good) in [
            (Date, "%d/%m/%y", true),
            (Date, "%d %B %Y", true),
            (Date, "%d/%m", false),
            (Date, "%H:%M", false),
            (Date, "%Q", false),
            (Date, "invalid", false),
            (Date, "", false),
            (Datetime, "%d/%m/%y %H:%M", true),
            (Datetime, "%Y-%m-%dT%H:%M:%S%z", true),
            (Datetime, "%d/%m/%y", false),
            (Time, "%H:%M", true),
            (Time, "%I:%M %p", true),
            (Time, "%M", false),
            (Time, "%d/%m/%y", false),
        ] {
            assert_eq!(Pattern::compile(pattern, field_type).is_ok(), good, "{field_type:?} {pattern}");
        }
    }

    #[test]
    fn years_have_four_digits() {
        use FieldType::{Date, Datetime};
        for (field_type, pattern, text, expected) in [
            (Date, "%d.%m.%Y", "31.12.0999", Some("0999-12-31")),
            (Date, "%d.%m.%Y", "01.01.0001", Some("0001-01-01")),
            (Date, "%d.%m.%Y", "01.01.0000", None),
            (Date, "%d.%m.%Y", "01.01.14", None),
            (Date, "%d.%m.%Y", "01.01.999", None),
            (Date, "%Y%m%d", "00010101", Some("0001-01-01")),
            (Date, "%F", "0044-03-15", Some("0044-03-15")),
            (Date, "%F", "44-03-15", None),
            (Date, "%B %d, %Y", "March 15, 0044", Some("0044-03-15")),
            (Date, "%B %d, %Y", "March 15, 44", None),
            (Date, "%d.%m.%y", "01.01.14", Some("2014-01-01")),
            (Datetime, "%d.%m.%Y %H:%M", "01.01.0001 07:05", Some("0001-01-01T07:05:00")),
            (Datetime, "%d.%m.%Y %H:%M", "01.01.1 07:05", None),
        ] {
            let compiled = Pattern::compile(pattern, field_type).unwrap();
            let read = match field_type {
                Date => compiled.date(text).map(|date| date.to_string()),
                _ => compiled.datetime(text).map(|(at, _)| at.to_string()),
            };
            assert_eq!(read.as_deref(), expected, "{pattern} {text}");
            // Fields and cleaning agree.
            let other = crate::dates::Pattern::compile(pattern, field_type).unwrap();
            assert_eq!(other.read(text, None).as_deref(), expected, "{pattern} {text}");
        }
    }
}
