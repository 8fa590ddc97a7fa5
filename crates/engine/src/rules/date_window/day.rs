//! A day of a rule: a date, or a distance from today.

use std::fmt;
use std::str::FromStr;

use jiff::Span;
use jiff::civil::Date;

use crate::schema::Value;
use crate::spec::FieldType;

/// The maximum distance from today in any unit: the calendar has no more years.
const MAX_COUNT: i64 = 9_999;

/// A day: a date, or a distance from the day on which a run began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// A date.
    Date(Date),
    /// A distance from today.
    FromToday {
        /// The number of units; negative for days before today.
        count: i64,
        /// The unit.
        unit: Unit,
    },
}

/// The unit of a distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Days.
    Day,
    /// Weeks.
    Week,
    /// Months.
    Month,
    /// Years.
    Year,
}

/// A text that is not a day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a day: write a date such as 2026-01-31, or today, or a distance such as today-30d (d, w, m or y, up to 9999)"
)]
pub struct InvalidDay(String);

impl FromStr for Day {
    type Err = InvalidDay;

    fn from_str(text: &str) -> Result<Self, InvalidDay> {
        let invalid = || InvalidDay(text.to_owned());
        let Some(rest) = text.strip_prefix("today") else {
            return match Value::read(FieldType::Date, text) {
                Some(Value::Date(date)) => Ok(Self::Date(date)),
                _ => Err(invalid()),
            };
        };
        if rest.is_empty() {
            return Ok(Self::FromToday { count: 0, unit: Unit::Day });
        }
        let sign = if rest.starts_with('-') { -1 } else { 1 };
        let counted = rest.strip_prefix(['+', '-']).ok_or_else(invalid)?;
        let last = counted.chars().next_back();
        let unit = match last {
            Some('d') => Unit::Day,
            Some('w') => Unit::Week,
            Some('m') => Unit::Month,
            Some('y') => Unit::Year,
            _ => return Err(invalid()),
        };
        let digits = counted.trim_end_matches(char::is_alphabetic);
        let whole = digits.len() + 1 == counted.len() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let count = digits.parse::<i64>().ok().filter(|count| whole && *count <= MAX_COUNT).ok_or_else(invalid)?;
        Ok(Self::FromToday { count: sign * count, unit })
    }
}

impl Day {
    /// The date, given today's. Dates beyond the calendar become its end.
    #[must_use]
    pub fn on(&self, today: Date) -> Date {
        match *self {
            Self::Date(date) => date,
            Self::FromToday { count, unit } => {
                let span = match unit {
                    Unit::Day => Span::new().try_days(count),
                    Unit::Week => Span::new().try_weeks(count),
                    Unit::Month => Span::new().try_months(count),
                    Unit::Year => Span::new().try_years(count),
                };
                // The counts are within the limits of a span.
                span.map_or(today, |span| today.saturating_add(span))
            }
        }
    }

    /// The resulting date, and how it was written if that differs.
    pub(super) fn describe(&self, date: Date) -> String {
        if matches!(self, Self::Date(_)) { date.to_string() } else { format!("{date} ({self})") }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{date}"),
            Self::FromToday { count: 0, .. } => f.write_str("today"),
            Self::FromToday { count, unit } => {
                let unit = match unit {
                    Unit::Day => 'd',
                    Unit::Week => 'w',
                    Unit::Month => 'm',
                    Unit::Year => 'y',
                };
                write!(f, "today{count:+}{unit}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_days() {
        let today: Date = "2026-03-31".parse().unwrap();
        for (text, day) in [
            ("2026-01-31", Some("2026-01-31")),
            ("today", Some("2026-03-31")),
            ("today-30d", Some("2026-03-01")),
            ("today+2w", Some("2026-04-14")),
            ("today-1m", Some("2026-02-28")),
            ("today+1y", Some("2027-03-31")),
            ("today+9999y", Some("9999-12-31")),
            ("today+10000y", None),
            ("today-0d", Some("2026-03-31")),
            ("today - 30d", None),
            ("today30d", None),
            ("today-30", None),
            ("today-d", None),
            ("today--1d", None),
            ("today-1dd", None),
            ("today+1h", None),
            ("Today", None),
            ("2026-02-29", None),
            ("31.01.2026", None),
            ("", None),
        ] {
            let read = text.parse::<Day>().map(|day| day.on(today).to_string());
            let expected = day.map(str::to_owned).ok_or_else(|| InvalidDay(text.to_owned()));
            assert_eq!(read, expected, "{text}");
        }
        assert_eq!("today-9999y".parse::<Day>().unwrap().on(today).year(), -7973);
        assert_eq!("today-9999y".parse::<Day>().unwrap().on(Date::MIN), Date::MIN);
    }

    #[test]
    fn is_written_as_it_is_read() {
        for text in ["2026-01-31", "today", "today-30d", "today+2w", "today-1m", "today+1y"] {
            assert_eq!(text.parse::<Day>().unwrap().to_string(), text);
        }
    }
}
