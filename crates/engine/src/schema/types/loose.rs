//! The format `any` of the types `date`, `time` and `datetime`: any unambiguous notation.
//!
//! Year, month and day are recognized by their form: a year has four digits, a month has a name or is between
//! year and day. So `01/02/2003` is refused: either number could be the month, and a wrong guess would go
//! unnoticed.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time, Weekday};

use super::{clock, digits};
use crate::dates::is_year;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

pub(in crate::schema) fn date(text: &str) -> Option<Date> {
    let parts = Parts::read(text)?;
    parts.hour.is_none().then(|| parts.date())?
}

pub(in crate::schema) fn time(text: &str) -> Option<(Time, bool)> {
    if let Some(time) = clock::time(text) {
        return Some(time);
    }
    let parts = Parts::read(text)?;
    let dateless = parts.year.is_none() && parts.month.is_none() && parts.day.is_none() && parts.weekday.is_none();
    dateless.then(|| Some((parts.time()?, parts.utc)))?
}

pub(in crate::schema) fn datetime(text: &str) -> Option<(DateTime, bool)> {
    if let Some(at) = clock::datetime(text) {
        return Some(at);
    }
    // A text with an offset is ISO 8601 with a space instead of the T.
    if let Some((day, time)) = text.split_once(' ')
        && let (Some(day), Some((_, true))) = (super::calendar::date(day), clock::time(time))
    {
        return clock::datetime(&format!("{day}T{time}"));
    }
    let parts = Parts::read(text)?;
    Some((parts.date()?.to_datetime(parts.time()?), parts.utc))
}

/// The parts found; each at most once.
#[derive(Default)]
struct Parts {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    weekday: Option<Weekday>,
    hour: Option<i8>,
    /// Minutes, seconds and nanoseconds.
    minutes: (i8, i8, i32),
    /// Whether the hour is in the afternoon, if stated.
    afternoon: Option<bool>,
    utc: bool,
}

impl Parts {
    fn read(text: &str) -> Option<Self> {
        let lower = text.to_ascii_lowercase();
        let mut parts = Self::default();
        let mut words = lower.split([' ', ',', '\t']).filter(|word| !word.is_empty()).peekable();
        words.peek()?;
        while let Some(word) = words.next() {
            // A number before `am` or `pm` is an hour.
            if let Some(hour @ 1..=12) = digits(word.as_bytes())
                && matches!(words.peek(), Some(&("am" | "pm")))
            {
                put(&mut parts.hour, i8::try_from(hour).ok()?)?;
            } else {
                parts.take(word)?;
            }
        }
        Some(parts)
    }

    fn take(&mut self, word: &str) -> Option<()> {
        match word {
            "am" | "pm" => return put(&mut self.afternoon, word == "pm"),
            "z" | "utc" | "gmt" => {
                let first = !std::mem::replace(&mut self.utc, true);
                return first.then_some(());
            }
            _ => {}
        }
        if let Some((_, weekday)) = WEEKDAYS.into_iter().find(|(name, _)| is_name(word, name)) {
            return put(&mut self.weekday, weekday);
        }
        if word.contains(':') {
            return self.clock(word);
        }
        if let Some(hour) = word.strip_suffix("am").or_else(|| word.strip_suffix("pm"))
            && let Some(hour @ 1..=12) = digits(hour.as_bytes())
        {
            put(&mut self.afternoon, word.ends_with("pm"))?;
            return put(&mut self.hour, i8::try_from(hour).ok()?);
        }
        for sign in ['-', '/', '.'] {
            let mut between = word.split(sign);
            if let (Some(first), Some(second), Some(third), None) =
                (between.next(), between.next(), between.next(), between.next())
            {
                // Year, month, day; or day, name of the month, year.
                let numeric = digits(second.as_bytes()).filter(|_| first.len() == 4 && third.len() <= 2);
                if let Some(month) = numeric {
                    put(&mut self.month, i8::try_from(month).ok()?)?;
                } else {
                    put(&mut self.month, month(second)?)?;
                }
                return self.number(first).and_then(|()| self.number(third));
            }
        }
        if let Some(month) = month(word) {
            return put(&mut self.month, month);
        }
        self.number(word)
    }

    /// A year of four digits, or a day.
    fn number(&mut self, word: &str) -> Option<()> {
        let bare = ["st", "nd", "rd", "th"].into_iter().find_map(|suffix| word.strip_suffix(suffix));
        let number = digits(bare.unwrap_or(word).as_bytes())?;
        match bare.unwrap_or(word).len() {
            4 if bare.is_none() => put(&mut self.year, i16::try_from(number).ok()?),
            1 | 2 => put(&mut self.day, i8::try_from(number).ok()?),
            _ => None,
        }
    }

    /// `h:mm[:ss[.fraction]]`, optionally followed by `am`, `pm` or `z` without a space.
    fn clock(&mut self, word: &str) -> Option<()> {
        let digits_end = word.find(|char: char| char.is_ascii_alphabetic()).unwrap_or(word.len());
        let (clock, suffix) = word.split_at(digits_end);
        if !suffix.is_empty() {
            matches!(suffix, "am" | "pm" | "z").then(|| self.take(suffix))??;
        }
        let padded = match clock.split(':').count() {
            2 => format!("{clock:0>5}:00"),
            _ if clock.find(':') == Some(1) => format!("0{clock}"),
            _ => clock.to_owned(),
        };
        let (time, utc) = clock::time(&padded)?;
        (!utc).then_some(())?;
        self.minutes = (time.minute(), time.second(), time.subsec_nanosecond());
        put(&mut self.hour, time.hour())
    }

    fn date(&self) -> Option<Date> {
        let date = Date::new(self.year.filter(|year| is_year(*year))?, self.month?, self.day?).ok()?;
        self.weekday.is_none_or(|weekday| weekday == date.weekday()).then_some(date)
    }

    fn time(&self) -> Option<Time> {
        let hour = match (self.hour?, self.afternoon) {
            (hour, None) => hour,
            (hour @ 1..=12, Some(afternoon)) => hour % 12 + if afternoon { 12 } else { 0 },
            _ => return None,
        };
        let (minute, second, nanosecond) = self.minutes;
        let time = Time::new(hour, minute, second, nanosecond).ok()?;
        Some(clock::in_utc(time, SignedDuration::ZERO))
    }
}

/// Stores a part; `None` if it is already there.
fn put<T>(place: &mut Option<T>, part: T) -> Option<()> {
    place.replace(part).is_none().then_some(())
}

fn month(word: &str) -> Option<i8> {
    let word = if word == "sept" || word == "sept." { "sep" } else { word };
    let at = MONTHS.into_iter().position(|name| is_name(word, name))?;
    i8::try_from(at + 1).ok()
}

/// Whether a word is a name or its first three letters, optionally with a period.
fn is_name(word: &str, name: &str) -> bool {
    word == name || word.strip_suffix('.').unwrap_or(word) == &name[..3]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_dates() {
        for (text, expected) in [
            ("2019-01-02", Some("2019-01-02")),
            ("2019/1/2", Some("2019-01-02")),
            ("2019.01.02", Some("2019-01-02")),
            ("10th Jan 1969", Some("1969-01-10")),
            ("Jan 10, 1969", Some("1969-01-10")),
            ("January 10th, 1969", Some("1969-01-10")),
            ("10-JAN-1969", Some("1969-01-10")),
            ("Fri, 10 Jan. 1969", Some("1969-01-10")),
            ("Mon, 10 Jan 1969", None),
            ("1969 Sept 3", Some("1969-09-03")),
            ("01/02/2003", None),
            ("25/12/2003", None),
            ("08.10.2014", None),
            ("10 Jan 69", None),
            ("31 Feb 2003", None),
            ("Jan 1969", None),
            ("10 Jan 1969 1970", None),
            ("10 Jan 1969 9 am", None),
            ("0999-01-02", Some("0999-01-02")),
            ("10 Jan 0069", Some("0069-01-10")),
            ("10 Jan 0000", None),
            ("10th Jan nineteen sixty nine", None),
            ("invalid", None),
            ("", None),
            (" , ", None),
        ] {
            assert_eq!(date(text).map(|date| date.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn table_of_times() {
        for (text, expected) in [
            ("06:00:00", Some("06:00:00")),
            ("06:00:00Z", Some("06:00:00Z")),
            ("06:00:00+02:00", Some("04:00:00Z")),
            ("3:00 am", Some("03:00:00")),
            ("3:15PM", Some("15:15:00")),
            ("12 am", Some("00:00:00")),
            ("12pm", Some("12:00:00")),
            ("00:01", Some("00:01:00")),
            ("9:05:07.25", Some("09:05:07.25")),
            ("9 am utc", Some("09:00:00Z")),
            ("13 pm", None),
            ("13:00 pm", None),
            ("0:30 am", None),
            ("9", None),
            ("9:5", None),
            ("25:00", None),
            ("9 am 10 am", None),
            ("some night", None),
        ] {
            let read = time(text).map(|(time, utc)| format!("{time}{}", if utc { "Z" } else { "" }));
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn table_of_datetimes() {
        for (text, expected) in [
            ("2014-01-01T06:00:00+01:00", Some("2014-01-01T05:00:00Z")),
            ("2014-01-01 06:00:00", Some("2014-01-01T06:00:00")),
            ("2014-01-01 00:30:00+01:00", Some("2013-12-31T23:30:00Z")),
            ("10th Jan 1969 9 am", Some("1969-01-10T09:00:00")),
            ("9:30 pm, January 10, 1969 UTC", Some("1969-01-10T21:30:00Z")),
            ("2014-01-01", None),
            ("9 am", None),
            ("invalid", None),
        ] {
            let read = datetime(text).map(|(at, utc)| format!("{at}{}", if utc { "Z" } else { "" }));
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }
}
