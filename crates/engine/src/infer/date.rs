//! Dates as partners write them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime::BrokenDownTime;

/// Years that a date in a file is likely to be of. `20240131` is a date, `12345678` is none.
const YEARS: std::ops::RangeInclusive<i16> = 1800..=2200;

/// Ways to write a date, the likelier first.
const DATES: [&str; 17] = [
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d.%m.%y",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%Y/%m/%d",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y%m%d",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%b %d, %Y",
    "%B %d, %Y",
];

/// What follows a date where a time does.
const TIMES: [&str; 8] =
    [" %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", "T%H:%M", "T%H:%M:%S", "T%H:%M:%S%z", " %H:%M:%S%z"];

/// A way in which all values of a column are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// `YYYY-MM-DD`.
    IsoDate,
    /// `YYYY-MM-DDThh:mm:ss`, with or without fraction and offset.
    IsoDatetime,
    /// A date by pattern.
    Date(String),
    /// A date with time by pattern.
    Datetime(String),
}

/// The ways in which all values of a column so far are written.
#[derive(Clone, Debug, Default)]
pub(super) struct Dates {
    /// `None` before the first value.
    alive: Option<Vec<Way>>,
}

impl Dates {
    /// Takes a value, without white space around it.
    pub fn see(&mut self, value: &str) {
        let alive = match self.alive.take() {
            None => ways(value).collect(),
            Some(alive) => alive.into_iter().filter(|way| way.reads(value)).collect(),
        };
        self.alive = Some(alive);
    }

    /// The ways that are left, the likelier first.
    pub fn ways(&self) -> &[Way] {
        self.alive.as_deref().unwrap_or_default()
    }
}

/// The ways in which a text can be a date.
fn ways(text: &str) -> impl Iterator<Item = Way> {
    // Most texts are none, and this tells most of them at once.
    let possible = text.len() <= 40 && text.bytes().filter(u8::is_ascii_digit).count() >= 3;
    let patterns = possible.then(|| {
        let times = DATES.iter().flat_map(|date| TIMES.iter().map(move |time| Way::Datetime(format!("{date}{time}"))));
        let dates = DATES.iter().map(|date| Way::Date((*date).to_owned()));
        [Way::IsoDate, Way::IsoDatetime].into_iter().chain(dates).chain(times)
    });
    patterns.into_iter().flatten().filter(move |way| way.reads(text))
}

impl Way {
    fn reads(&self, text: &str) -> bool {
        match self {
            Self::IsoDate => is_iso_date(text),
            Self::IsoDatetime => is_iso_datetime(text),
            Self::Date(pattern) => likely(BrokenDownTime::parse(pattern, text).and_then(|read| read.to_date()).ok()),
            Self::Datetime(pattern) => {
                let read = BrokenDownTime::parse(pattern, text);
                likely(read.and_then(|read| read.to_datetime()).ok().map(DateTime::date))
            }
        }
    }
}

fn likely(date: Option<Date>) -> bool {
    date.is_some_and(|date| YEARS.contains(&date.year()))
}

fn is_iso_date(text: &str) -> bool {
    let digits = |range: std::ops::Range<usize>| {
        text.as_bytes().get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let marks = text.as_bytes().get(4) == Some(&b'-') && text.as_bytes().get(7) == Some(&b'-');
    text.len() == 10 && marks && digits(0..4) && digits(5..7) && digits(8..10) && likely(text.parse().ok())
}

fn is_iso_datetime(text: &str) -> bool {
    let Some((day, time)) = text.split_once('T') else { return false };
    let shaped = time.len() >= 8 && time.as_bytes()[2] == b':' && time.as_bytes()[5] == b':';
    let offset = time.rfind(['+', '-']).map_or("", |at| &time[at..]);
    if !shaped || !is_iso_date(day) || !(offset.is_empty() || offset.len() == 6) {
        return false;
    }
    if offset.is_empty() && !time.ends_with('Z') {
        text.parse::<DateTime>().is_ok()
    } else {
        text.parse::<Timestamp>().is_ok()
    }
}

/// Whether a text looks like a date in any way.
pub(super) fn looks_like_one(text: &str) -> bool {
    ways(text).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_columns() {
        let (date, datetime) = (|way: &str| Way::Date(way.into()), |way: &str| Way::Datetime(way.into()));
        for (values, expected) in [
            (&["2026-01-31", "2026-02-01"][..], vec![Way::IsoDate, date("%Y-%m-%d")]),
            (&["2026-1-31"], vec![date("%Y-%m-%d")]),
            (&["31.01.2026", "1.2.2026"], vec![date("%d.%m.%Y")]),
            (&["10/8/14", "1/18/15"], vec![date("%m/%d/%y")]),
            (&["10/8/14", "1/2/15"], vec![date("%m/%d/%y"), date("%d/%m/%y")]),
            (&["18/10/2014"], vec![date("%d/%m/%Y")]),
            (&["20240131"], vec![date("%Y%m%d")]),
            (&["12345678"], vec![]),
            (&["2009-09-27 06:34:40"], vec![datetime("%Y-%m-%d %H:%M:%S")]),
            (&["2022-10-18T12:35:49+0000"], vec![datetime("%Y-%m-%dT%H:%M:%S%z")]),
            (&["2022-10-18T12:35:49Z", "2022-10-18T12:35:49.5+02:00"], vec![Way::IsoDatetime]),
            (&["1/2/2026 3:04 PM"], vec![datetime("%m/%d/%Y %I:%M %p"), datetime("%d/%m/%Y %I:%M %p")]),
            (&["8 Oct 2014"], vec![date("%d %b %Y")]),
            (&["2026-01-31", "soon"], vec![]),
            (&["1.5"], vec![]),
        ] {
            let mut dates = Dates::default();
            for value in values {
                dates.see(value);
            }
            assert_eq!(dates.ways(), expected, "{values:?}");
        }
    }
}
