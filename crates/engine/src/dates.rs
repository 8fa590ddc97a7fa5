//! Dates in the formats that partners use.

mod count;
mod directives;
mod hint;
mod names;

use std::fmt::{self, Write};

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::fast::layout::Layout;
use crate::spec::FieldType;
use crate::suggest;

pub(crate) use count::{DAY, NO_DAY, at_days, milliseconds};
pub(crate) use directives::{has_full_year, is_year, needs};
pub(crate) use hint::hint;
pub(crate) use names::Names;

use count::Count;

/// The advice for `%s`.
pub(crate) const EPOCHS_ARE_READ: &str =
    "the word epoch-seconds, for a field of the type datetime, reads seconds since 1970";

/// A strptime pattern for a date or a datetime.
///
/// A two-digit year (`%y`) from 69 to 99 is in the 20th century, from 00 to 68 in the 21st, as in POSIX, unless the
/// feed has another pivot. Days and months may lack their leading zero. The hour 24 is the end of a day. Nothing may
/// precede or follow the pattern. A word stands for a date that is written as a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    written: String,
    with_time: bool,
    /// The fixed-width layout of most texts.
    layout: Option<Layout>,
    /// What is counted, if it is no pattern but a word.
    count: Option<Count>,
    /// The last two-digit year of the 21st century, unless it is that of POSIX.
    pivot: Option<i16>,
    /// The names of months and days, unless they are English.
    names: Option<Names>,
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
        let (layout, count) = (Layout::of(written), Count::of(written));
        let pattern = Self { written: written.to_owned(), with_time, layout, count, pivot: None, names: None };
        match count {
            Some(count) if count.has_time() && !with_time => {
                return Err(invalid("it is a time; use it with datetime, for a field of the type datetime".into()));
            }
            Some(_) => return Ok(pattern),
            None => {}
        }
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

    /// The word for a count that is meant by a similar one.
    pub(crate) fn word_meant(written: &str) -> Option<String> {
        let words = count::WORDS.iter().map(|(word, _)| *word);
        let of_word = |word: &&str| written.len() > 3 && (word.starts_with(written) || word.ends_with(written));
        let meant = suggest::closest(written, words.clone()).or_else(|| words.clone().find(of_word));
        meant.map(|word| format!("did you mean {word:?}?"))
    }

    /// Reads two-digit years up to this one as years of the 21st century, and the others as years of the 20th.
    #[must_use]
    pub(crate) fn with_pivot(mut self, pivot: i16) -> Self {
        // The layout knows the pivot of POSIX only.
        self.layout = self.layout.filter(|_| !directives::has_short_year(&self.written));
        self.pivot = Some(pivot);
        self
    }

    /// Reads the names of months and days in a language, and still in English.
    #[must_use]
    pub(crate) fn in_language(mut self, names: Names) -> Self {
        self.names = Names::are_in(&self.written).then_some(names);
        self
    }

    /// Whether it has a two-digit year.
    pub(crate) fn has_short_year(&self) -> bool {
        self.count.is_none() && directives::has_short_year(&self.written)
    }

    /// Whether it has the name of a month or a day.
    pub(crate) fn has_names(&self) -> bool {
        self.count.is_none() && Names::are_in(&self.written)
    }

    /// Sample texts: with days before and after the 12th, in both centuries of a two-digit year, in the
    /// morning and in the afternoon.
    pub(crate) fn samples(&self) -> Vec<String> {
        if let Some(count) = self.count {
            return count.samples();
        }
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
        if self.count.is_some() { Vec::new() } else { needs(&self.written) }
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
        if let Some(count) = self.count {
            return count.read(text, self.with_time);
        }
        let Some(names) = &self.names else { return self.parse(text).or_else(|| self.end_of_day(text)) };
        [true, false].into_iter().find_map(|dots| {
            let text = names.translate(&self.written, text, dots);
            self.parse(&text).or_else(|| self.end_of_day(&text))
        })
    }

    /// Parses a text by the directives.
    fn parse(&self, text: &str) -> Option<Moment> {
        let of = |local: DateTime| if self.with_time { Moment::Local(local) } else { Moment::Date(local.date()) };
        let broken = BrokenDownTime::parse(&self.written, text).ok()?;
        let date = broken.to_date().ok().filter(|date| has_full_year(&self.written, text, date.year()))?;
        if let Some(pivot) = self.pivot.filter(|_| directives::has_short_year(&self.written)) {
            let year = date.year().rem_euclid(100);
            let year = year + if year <= pivot { 2000 } else { 1900 };
            let date = Date::new(year, date.month(), date.day()).ok()?;
            let local = date.to_datetime(if self.with_time { broken.to_time().ok()? } else { Time::midnight() });
            return match broken.offset().filter(|_| self.with_time) {
                Some(offset) => offset.to_timestamp(local).ok().map(Moment::At),
                None => Some(of(local)),
            };
        }
        if self.with_time && broken.offset().is_some() {
            return broken.to_timestamp().ok().map(Moment::At);
        }
        Some(of(if self.with_time { broken.to_datetime().ok()? } else { date.at(0, 0, 0, 0) }))
    }

    /// Parses a text whose hour is 24, the end of a day: the start of the next one.
    fn end_of_day(&self, text: &str) -> Option<Moment> {
        if !self.with_time || !directives::has_hour(&self.written) {
            return None;
        }
        let starts = text.match_indices("24").map(|(at, _)| format!("{}00{}", &text[..at], &text[at + 2..]));
        starts.into_iter().find_map(|text| {
            // Only the hour makes the difference: with it, the time is midnight.
            let hour = BrokenDownTime::parse(&self.written, &text).ok()?.to_time().ok()?;
            let next = SignedDuration::from_hours(24);
            match self.parse(&text).filter(|_| hour == Time::midnight())? {
                Moment::Local(local) => local.checked_add(next).ok().map(Moment::Local),
                Moment::At(at) => at.checked_add(next).ok().map(Moment::At),
                Moment::Date(_) => None,
            }
        })
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
    fn table_of_pivots() {
        for (pivot, pattern, text, expected) in [
            (30, "%d.%m.%y", "01.02.30", Some("2030-02-01")),
            (30, "%d.%m.%y", "01.02.31", Some("1931-02-01")),
            (99, "%d.%m.%y", "1.2.99", Some("2099-02-01")),
            (0, "%d.%m.%y", "01.02.00", Some("2000-02-01")),
            (0, "%d.%m.%y", "29.02.04", Some("1904-02-29")),
            // 1900 was no leap year, and 2000 was one.
            (0, "%d.%m.%y", "29.02.00", Some("2000-02-29")),
            (30, "%d.%m.%Y", "01.02.2031", Some("2031-02-01")),
        ] {
            let pattern = Pattern::compile(pattern, FieldType::Date).unwrap().with_pivot(pivot);
            assert_eq!(pattern.read(text, None).as_deref(), expected, "{pivot} {text}");
        }
        let pattern = Pattern::compile("%d.%m.%y %H:%M %z", FieldType::Datetime).unwrap().with_pivot(30);
        assert_eq!(pattern.read("01.02.31 24:00 +0100", None).as_deref(), Some("1931-02-01T23:00:00Z"));
    }

    #[test]
    fn table_of_datetimes() {
        for (pattern, text, expected) in [
            ("%d.%m.%Y %H:%M", "08.10.2014 07:05", Some("2014-10-08T07:05:00")),
            ("%d.%m.%Y %H:%M:%S", "08.10.2014 07:05:09", Some("2014-10-08T07:05:09")),
            ("%Y-%m-%dT%H:%M:%S%z", "2014-10-08T07:05:09+0200", Some("2014-10-08T05:05:09Z")),
            ("%d.%m.%Y %H:%M", "08.10.2014 25:05", None),
            ("%d.%m.%Y %H:%M", "31.12.2014 24:00", Some("2015-01-01T00:00:00")),
            ("%d.%m.%Y %H:%M", "24.12.2014 24:00", Some("2014-12-25T00:00:00")),
            ("%d.%m.%Y %H:%M", "24.12.2014 00:24", Some("2014-12-24T00:24:00")),
            ("%d.%m.%Y %H:%M", "08.10.2014 24:01", None),
            ("%d.%m.%Y %H:%M", "32.10.2014 24:00", None),
            ("%d.%m.%Y %H:%M", "24.13.2014 00:00", None),
            ("%d.%m.%Y %I:%M %p", "08.10.2014 24:00 PM", None),
            ("%Y%m%d%H%M", "202403012400", Some("2024-03-02T00:00:00")),
            ("%Y-%m-%dT%H:%M:%S%z", "2014-10-08T24:00:00+0200", Some("2014-10-08T22:00:00Z")),
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
