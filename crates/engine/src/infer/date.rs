//! Dates in the notations that partners use.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime::BrokenDownTime;

/// Plausible years of a date in a file: `20240131` is a date, `12345678` is not.
const YEARS: std::ops::RangeInclusive<i16> = 1800..=2200;

/// Notations of a date, the most likely first.
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

/// Notations of a time after a date.
const TIMES: [&str; 8] =
    [" %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", "T%H:%M", "T%H:%M:%S", "T%H:%M:%S%z", " %H:%M:%S%z"];

/// A notation that all values of a column have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// `YYYY-MM-DD`.
    IsoDate,
    /// `YYYY-MM-DDThh:mm:ss`, with or without fraction and offset.
    IsoDatetime,
    /// A date with a pattern.
    Date(String),
    /// A date with time and a pattern.
    Datetime(String),
    /// A date with one of several patterns, in which names are those of a language.
    Named { patterns: Vec<&'static str>, language: &'static str },
    /// A count of seconds, milliseconds or days, by its word.
    Count { word: &'static str, with_time: bool },
}

/// The notations of a column's values.
#[derive(Clone, Debug, Default)]
pub(super) struct Dates {
    /// The number of values in each notation that occurred, by its index in [`NOTATIONS`].
    hits: Vec<(usize, u64)>,
    seen: u64,
}

/// The number of values after which a rare notation is given up.
const ENOUGH: u64 = 64;

/// Every notation, the most likely first, with the marks that it contains.
static NOTATIONS: LazyLock<Vec<(Notation, Marks)>> = LazyLock::new(|| {
    let times = DATES.iter().flat_map(|date| TIMES.iter().map(move |time| Notation::Datetime(format!("{date}{time}"))));
    let dates = DATES.iter().map(|date| Notation::Date((*date).to_owned()));
    let notations = [Notation::IsoDate, Notation::IsoDatetime].into_iter().chain(dates).chain(times);
    notations
        .map(|notation| {
            let marks = notation.marks();
            (notation, marks)
        })
        .collect()
});

impl Dates {
    /// Adds a value without surrounding white space.
    pub fn see(&mut self, value: &str) {
        self.seen += 1;
        let Some(marks) = marks_of_date(value) else { return };
        let mut read = false;
        for (notation, hits) in &mut self.hits {
            let hit = NOTATIONS[*notation].0.reads(value);
            read |= hit;
            *hits += u64::from(hit);
        }
        if self.seen > ENOUGH {
            let seen = self.seen;
            self.hits.retain(|(_, hits)| hits * 2 >= seen);
        } else if !read {
            let known = |at: &usize| self.hits.iter().any(|(notation, _)| notation == at);
            let new: Vec<_> = notations(value, marks).filter(|at| !known(at)).map(|at| (at, 1)).collect();
            self.hits.extend(new);
        }
    }

    /// The number of values in the most frequent notation.
    pub fn most(&self) -> u64 {
        self.hits.iter().map(|(_, hits)| *hits).max().unwrap_or_default()
    }

    /// The notations of most values, the most likely first.
    pub fn notations(&self) -> impl Iterator<Item = &'static Notation> {
        let most = self.most();
        let mut best: Vec<usize> =
            self.hits.iter().filter(|(_, hits)| *hits == most).map(|(notation, _)| *notation).collect();
        best.sort_unstable();
        best.into_iter().map(|notation| &NOTATIONS[notation].0)
    }
}

/// The marks of dates in a text: one bit for each of `-./:, `, and one for `T`.
type Marks = u8;

/// The marks of a text that may be a date; `None` if it contains anything that no date has. This quickly
/// excludes most texts.
fn marks_of_date(text: &str) -> Option<Marks> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (text.len() <= 40 && digits >= 3 && text.is_ascii()).then(|| marks(text))
}

fn marks(text: &str) -> Marks {
    let bit = |byte: u8| b"-./:, ".iter().position(|mark| *mark == byte).map_or(0, |at| 1 << at);
    text.bytes().fold(0, |marks, byte| marks | bit(byte))
}

/// The notations in which a text with these marks can be a date.
fn notations(text: &str, of_text: Marks) -> impl Iterator<Item = usize> {
    let possible = move |(_, (_, marks)): &(usize, &(Notation, Marks))| *marks == of_text || *marks & ANY != 0;
    NOTATIONS.iter().enumerate().filter(possible).filter(|(_, (notation, _))| notation.reads(text)).map(|(at, _)| at)
}

/// Stands for any marks, because an offset may add others.
const ANY: Marks = 1 << 7;

impl Notation {
    /// Whether it is that of ISO 8601.
    pub fn is_iso(&self) -> bool {
        matches!(self, Self::IsoDate | Self::IsoDatetime)
    }

    /// The marks that every text in this notation has.
    fn marks(&self) -> Marks {
        match self {
            Self::IsoDate => marks("-"),
            // A name or a count is not among the notations that are tried here.
            Self::IsoDatetime | Self::Named { .. } | Self::Count { .. } => ANY,
            Self::Date(pattern) | Self::Datetime(pattern) if pattern.contains("%z") => ANY,
            Self::Date(pattern) | Self::Datetime(pattern) => marks(pattern),
        }
    }

    fn reads(&self, text: &str) -> bool {
        match self {
            Self::IsoDate => is_iso_date(text),
            Self::IsoDatetime => is_iso_datetime(text),
            Self::Named { .. } | Self::Count { .. } => false,
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

/// Whether a text looks like a date in any notation.
pub(super) fn looks_like_one(text: &str) -> bool {
    marks_of_date(text).is_some_and(|marks| notations(text, marks).next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_columns() {
        let (date, datetime) =
            (|notation: &str| Notation::Date(notation.into()), |notation: &str| Notation::Datetime(notation.into()));
        for (values, expected) in [
            (&["2026-01-31", "2026-02-01"][..], vec![Notation::IsoDate, date("%Y-%m-%d")]),
            (&["2026-1-31"], vec![date("%Y-%m-%d")]),
            (&["31.01.2026", "1.2.2026"], vec![date("%d.%m.%Y")]),
            (&["10/8/14", "1/18/15"], vec![date("%m/%d/%y")]),
            (&["10/8/14", "1/2/15"], vec![date("%m/%d/%y"), date("%d/%m/%y")]),
            (&["18/10/2014"], vec![date("%d/%m/%Y")]),
            (&["20240131"], vec![date("%Y%m%d")]),
            (&["12345678"], vec![]),
            (&["2009-09-27 06:34:40"], vec![datetime("%Y-%m-%d %H:%M:%S")]),
            (&["2022-10-18T12:35:49+0000"], vec![datetime("%Y-%m-%dT%H:%M:%S%z")]),
            (&["2022-10-18T12:35:49Z", "2022-10-18T12:35:49.5+02:00"], vec![Notation::IsoDatetime]),
            (&["1/2/2026 3:04 PM"], vec![datetime("%m/%d/%Y %I:%M %p"), datetime("%d/%m/%Y %I:%M %p")]),
            (&["8 Oct 2014"], vec![date("%d %b %Y")]),
            (&["2026-01-31", "2026-02-01", "soon"], vec![Notation::IsoDate, date("%Y-%m-%d")]),
            (&["soon", "31.01.2026", "31.02.2026"], vec![date("%d.%m.%Y")]),
            (&["1/2/2026", "18/10/2014", "3/4/2026"], vec![date("%d/%m/%Y")]),
            (&["1.5"], vec![]),
        ] {
            let mut dates = Dates::default();
            for value in values {
                dates.see(value);
            }
            assert_eq!(dates.notations().cloned().collect::<Vec<_>>(), expected, "{values:?}");
        }
    }
}
