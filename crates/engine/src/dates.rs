//! Dates in the formats that partners use.

mod directives;
mod hint;

use std::fmt::{self, Write};

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::fast::layout::Layout;
use crate::spec::FieldType;

pub(crate) use directives::{has_full_year, is_year, needs};
pub(crate) use hint::hint;

/// A strptime pattern for a date or a datetime.
///
/// A two-digit year (`%y`) from 69 to 99 is in the 20th century, from 00 to 68 in the 21st, as in POSIX. Days
/// and months may lack their leading zero. Nothing may precede or follow the pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    written: String,
    with_time: bool,
    /// The fixed-width layout of most texts.
    layout: Option<Layout>,
}

/// A parsed text; in UTC if its offset is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Date(Date),
    Local(DateTime),
    At(Timestamp),
}

/// A pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{written:?} is not a pattern for a {kind}: {why}")]
pub struct InvalidPattern {
    written: String,
    kind: &'static str,
    why: String,
}

impl Pattern {
    /// Checks a pattern for a field of type date or datetime.
    ///
    /// # Errors
    /// If a directive is unknown, or if the pattern does not determine a whole date.
    pub fn compile(written: &str, field_type: FieldType) -> Result<Self, InvalidPattern> {
        let invalid = |why: String| InvalidPattern { written: written.to_owned(), kind: field_type.as_str(), why };
        let with_time = field_type == FieldType::Datetime;
        let pattern = Self { written: written.to_owned(), with_time, layout: Layout::of(written) };
        // Formatting and parsing a sample reveals both unknown directives and missing parts.
        let sample = DateTime::constant(2026, 11, 21, 2, 33, 44, 0);
        let zoned = sample.to_zoned(TimeZone::UTC).map_err(|error| invalid(error.to_string()))?;
        let text = strtime::format(written, &zoned).map_err(|error| invalid(error.to_string()))?;
        let broken = BrokenDownTime::parse(written, &text).map_err(|error| invalid(error.to_string()))?;
        broken.to_date().map_err(|_| invalid("it lacks the year, the month or the day".into()))?;
        if pattern.with_time {
            broken.hour().ok_or_else(|| invalid("it lacks the time".into()))?;
        }
        Ok(pattern)
    }

    /// Sample texts: with days before and after the 12th, in both centuries of a two-digit year, in the
    /// morning and in the afternoon.
    pub(crate) fn samples(&self) -> Vec<String> {
        let at = |year, month, day, hour, minute, second| {
            DateTime::constant(year, month, day, hour, minute, second, 0).to_zoned(TimeZone::UTC)
        };
        let moments = [
            at(2026, 11, 21, 2, 33, 44),
            at(2014, 10, 8, 14, 5, 9),
            at(1999, 2, 3, 0, 0, 0),
            at(2031, 12, 31, 23, 59, 59),
            at(1970, 1, 13, 12, 30, 0),
        ];
        moments.into_iter().flatten().filter_map(|at| strtime::format(&self.written, &at).ok()).collect()
    }

    /// Characters that every text of the pattern contains.
    pub(crate) fn needs(&self) -> Vec<char> {
        needs(&self.written)
    }

    /// The layout of most texts, if the pattern has one and no time.
    pub(crate) fn date_layout(&self) -> Option<&Layout> {
        self.layout.as_ref().filter(|layout| layout.is_date())
    }

    /// The kind of its texts, for messages.
    pub(crate) fn names(&self) -> &'static str {
        if self.with_time { "a date with time" } else { "a date" }
    }

    /// Parses a text and returns ISO 8601; `None` if it does not match the pattern.
    ///
    /// A datetime without an offset is in the zone and becomes UTC. A time that the zone skips, when clocks
    /// go forward, is invalid; if a time occurs twice, when they go back, the earlier one is taken.
    #[must_use]
    pub fn read(&self, text: &str, zone: Option<&TimeZone>) -> Option<String> {
        self.moment(text, zone).map(|moment| {
            let mut written = String::new();
            moment.write(&mut written);
            written
        })
    }

    /// The same before it is formatted.
    pub(crate) fn moment(&self, text: &str, zone: Option<&TimeZone>) -> Option<Moment> {
        let local = match self.says(text)? {
            Moment::Local(local) => local,
            whole => return Some(whole),
        };
        let Some(zone) = zone else { return Some(Moment::Local(local)) };
        let times = zone.to_ambiguous_timestamp(local);
        match times.offset() {
            AmbiguousOffset::Gap { .. } => None,
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => times.earlier().ok().map(Moment::At),
        }
    }

    /// Parses a text without looking at the zone.
    fn says(&self, text: &str) -> Option<Moment> {
        let of = |local: DateTime| if self.with_time { Moment::Local(local) } else { Moment::Date(local.date()) };
        if let Some(local) = self.layout.as_ref().and_then(|layout| layout.read(text)) {
            return is_year(local.year()).then(|| of(local));
        }
        let broken = BrokenDownTime::parse(&self.written, text).ok()?;
        let date = broken.to_date().ok().filter(|date| has_full_year(&self.written, text, date.year()))?;
        if self.with_time && broken.offset().is_some() {
            return broken.to_timestamp().ok().map(Moment::At);
        }
        Some(of(if self.with_time { broken.to_datetime().ok()? } else { date.at(0, 0, 0, 0) }))
    }

    /// Explains why a time never occurred in a zone.
    pub(crate) fn skipped(&self, text: &str, zone: &TimeZone) -> Option<String> {
        let Some(Moment::Local(local)) = self.says(text) else { return None };
        let times = zone.to_ambiguous_timestamp(local);
        let AmbiguousOffset::Gap { before, after } = times.offset() else { return None };
        // A time within the gap, read with the old offset, is at or after the moment of the change.
        let later = times.later().ok()?.checked_add(SignedDuration::from_secs(1)).ok()?;
        let change = zone.preceding(later).next()?.timestamp();
        let [from, to] = [before, after].map(|offset| offset.to_datetime(change));
        let clock = |at: DateTime| at.strftime("%H:%M").to_string();
        Some(format!("the clocks went from {} to {} on {}", clock(from), clock(to), from.date()))
    }
}

impl Moment {
    /// Appends the ISO 8601 form.
    pub(crate) fn write(self, out: &mut String) {
        match self {
            Self::Date(date) if (0..=9999).contains(&date.year()) => {
                let (year, month, day) = (date.year().unsigned_abs(), date.month(), date.day());
                let mut text = *b"0000-00-00";
                let numbers = [year / 100, year % 100, month.unsigned_abs().into(), day.unsigned_abs().into()];
                for (number, at) in numbers.into_iter().zip([0, 2, 5, 8]) {
                    [text[at], text[at + 1]] = two_digits(number);
                }
                // ASCII is valid UTF-8.
                out.push_str(std::str::from_utf8(&text).unwrap_or_default());
            }
            // Writing to a string does not fail.
            Self::Date(date) => drop(write!(out, "{date}")),
            Self::Local(local) => drop(write!(out, "{local}")),
            Self::At(at) => drop(write!(out, "{at}")),
        }
    }
}

/// A number below a hundred as two digits.
fn two_digits(number: u16) -> [u8; 2] {
    [number / 10, number % 10].map(|digit| b'0' + u8::try_from(digit).unwrap_or_default())
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_dates() {
        for (pattern, text, expected) in [
            ("%m/%d/%y", "10/8/14", Some("2014-10-08")),
            ("%m/%d/%y", "1/18/69", Some("1969-01-18")),
            ("%m/%d/%y", "13/1/14", None),
            ("%m/%d/%y", "2/30/14", None),
            ("%d.%m.%Y", "08.10.2014", Some("2014-10-08")),
            ("%d.%m.%Y", "8.10.2014", Some("2014-10-08")),
            ("%d.%m.%Y", "2014-10-08", None),
            ("%d.%m.%Y", "08.10.2014 ", None),
            ("%d.%m.%Y", "08.10.14", None),
            ("%d %b %Y", "08 Oct 2014", Some("2014-10-08")),
        ] {
            let pattern = Pattern::compile(pattern, FieldType::Date).unwrap();
            assert_eq!(pattern.read(text, None).as_deref(), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn table_of_datetimes() {
        for (pattern, text, expected) in [
            ("%d.%m.%Y %H:%M", "08.10.2014 07:05", Some("2014-10-08T07:05:00")),
            ("%d.%m.%Y %H:%M:%S", "08.10.2014 07:05:09", Some("2014-10-08T07:05:09")),
            ("%Y-%m-%dT%H:%M:%S%z", "2014-10-08T07:05:09+0200", Some("2014-10-08T05:05:09Z")),
            ("%d.%m.%Y %H:%M", "08.10.2014 25:05", None),
        ] {
            let pattern = Pattern::compile(pattern, FieldType::Datetime).unwrap();
            assert_eq!(pattern.read(text, None).as_deref(), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn table_of_local_times() {
        let zone = jiff::tz::TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap();
        let pattern = Pattern::compile("%d.%m.%Y %H:%M", FieldType::Datetime).unwrap();
        for (text, expected) in [
            ("21.11.2026 02:33", Some("2026-11-21T01:33:00Z")),
            ("21.07.2026 02:33", Some("2026-07-21T00:33:00Z")),
            // Clocks go from 02:00 to 03:00.
            ("29.03.2026 02:00", None),
            ("29.03.2026 02:30", None),
            ("29.03.2026 03:00", Some("2026-03-29T01:00:00Z")),
            // Clocks go from 03:00 back to 02:00: 00:30 UTC is the earlier of the two.
            ("25.10.2026 02:30", Some("2026-10-25T00:30:00Z")),
        ] {
            assert_eq!(pattern.read(text, Some(&zone)).as_deref(), expected, "{text}");
            let skipped = pattern.skipped(text, &zone);
            let reported = expected.is_none().then_some("the clocks went from 02:00 to 03:00 on 2026-03-29");
            assert_eq!(skipped.as_deref(), reported, "{text}");
        }
        let with_offset = Pattern::compile("%Y-%m-%dT%H:%M:%S%z", FieldType::Datetime).unwrap();
        let read = with_offset.read("2026-07-21T02:33:00-0500", Some(&zone));
        assert_eq!(read.as_deref(), Some("2026-07-21T07:33:00Z"));
    }

    #[test]
    fn a_text_without_a_needed_character_is_not_read() {
        for (pattern, field_type) in [
            ("%d/%m/%y", FieldType::Date),
            ("%d. %B %Y", FieldType::Date),
            ("%Y-%m-%dT%H:%M:%S%:z", FieldType::Datetime),
            ("%m/%d/%Y %I:%M %p", FieldType::Datetime),
        ] {
            let pattern = Pattern::compile(pattern, field_type).unwrap();
            assert!(!pattern.needs().is_empty() && pattern.samples().len() == 5, "{pattern}");
            for sample in pattern.samples() {
                assert!(pattern.read(&sample, None).is_some(), "{pattern} {sample}");
                for needed in pattern.needs() {
                    let without = sample.replace(needed, "");
                    assert_eq!(pattern.read(&without, None), None, "{pattern} {without}");
                    let other_case: String = needed.to_lowercase().collect();
                    if other_case != needed.to_string() {
                        assert_eq!(
                            pattern.read(&sample.replace(needed, &other_case), None),
                            None,
                            "{pattern} {sample}"
                        );
                    }
                }
            }
        }
        assert_eq!(needs("%-d%% %:z"), ['%']);
    }

    #[test]
    fn patterns_without_a_whole_date_are_refused() {
        for pattern in ["%d.%m.", "%Q", "", "%H:%M"] {
            assert!(Pattern::compile(pattern, FieldType::Date).is_err(), "{pattern}");
        }
        assert!(Pattern::compile("%d.%m.%Y", FieldType::Datetime).is_err());
    }
}
