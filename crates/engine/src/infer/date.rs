//! Dates as partners write them.

use std::sync::LazyLock;

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

/// The ways in which the values of a column are written.
#[derive(Clone, Debug, Default)]
pub(super) struct Dates {
    /// How many values are written in each way that was met, by its place in [`WAYS`].
    hits: Vec<(usize, u64)>,
    seen: u64,
}

/// Values after which a way that few of them are written in is given up.
const ENOUGH: u64 = 64;

/// Every way, the likelier first, with the marks that stand in it.
static WAYS: LazyLock<Vec<(Way, Marks)>> = LazyLock::new(|| {
    let times = DATES.iter().flat_map(|date| TIMES.iter().map(move |time| Way::Datetime(format!("{date}{time}"))));
    let dates = DATES.iter().map(|date| Way::Date((*date).to_owned()));
    let ways = [Way::IsoDate, Way::IsoDatetime].into_iter().chain(dates).chain(times);
    ways.map(|way| {
        let marks = way.marks();
        (way, marks)
    })
    .collect()
});

impl Dates {
    /// Takes a value, without white space around it.
    pub fn see(&mut self, value: &str) {
        self.seen += 1;
        let Some(marks) = marks_of_date(value) else { return };
        let mut read = false;
        for (way, hits) in &mut self.hits {
            let hit = WAYS[*way].0.reads(value);
            read |= hit;
            *hits += u64::from(hit);
        }
        if self.seen > ENOUGH {
            let seen = self.seen;
            self.hits.retain(|(_, hits)| hits * 2 >= seen);
        } else if !read {
            let known = |at: &usize| self.hits.iter().any(|(way, _)| way == at);
            let new: Vec<_> = ways(value, marks).filter(|at| !known(at)).map(|at| (at, 1)).collect();
            self.hits.extend(new);
        }
    }

    /// How many values are written in the way in which most of them are.
    pub fn most(&self) -> u64 {
        self.hits.iter().map(|(_, hits)| *hits).max().unwrap_or_default()
    }

    /// The ways in which most values are written, the likelier first.
    pub fn ways(&self) -> impl Iterator<Item = &'static Way> {
        let most = self.most();
        let mut best: Vec<usize> = self.hits.iter().filter(|(_, hits)| *hits == most).map(|(way, _)| *way).collect();
        best.sort_unstable();
        best.into_iter().map(|way| &WAYS[way].0)
    }
}

/// Which of the marks of dates a text has: of `-./:, ` a bit each, and one for `T`.
type Marks = u8;

/// The marks of a text that may be a date; `None` where it has what no date has. Most texts are none, and this tells
/// most of them at once.
fn marks_of_date(text: &str) -> Option<Marks> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (text.len() <= 40 && digits >= 3 && text.is_ascii()).then(|| marks(text))
}

fn marks(text: &str) -> Marks {
    let bit = |byte: u8| b"-./:, ".iter().position(|mark| *mark == byte).map_or(0, |at| 1 << at);
    text.bytes().fold(0, |marks, byte| marks | bit(byte))
}

/// The ways in which a text with these marks can be a date.
fn ways(text: &str, of_text: Marks) -> impl Iterator<Item = usize> {
    let possible = move |(_, (_, marks)): &(usize, &(Way, Marks))| *marks == of_text || *marks & ANY != 0;
    WAYS.iter().enumerate().filter(possible).filter(|(_, (way, _))| way.reads(text)).map(|(at, _)| at)
}

/// Instead of marks, where an offset may bring others.
const ANY: Marks = 1 << 7;

impl Way {
    /// The marks that every text of this way has.
    fn marks(&self) -> Marks {
        match self {
            Self::IsoDate => marks("-"),
            Self::IsoDatetime => ANY,
            Self::Date(pattern) | Self::Datetime(pattern) if pattern.contains("%z") => ANY,
            Self::Date(pattern) | Self::Datetime(pattern) => marks(pattern),
        }
    }

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
    marks_of_date(text).is_some_and(|marks| ways(text, marks).next().is_some())
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
            (&["2026-01-31", "2026-02-01", "soon"], vec![Way::IsoDate, date("%Y-%m-%d")]),
            (&["soon", "31.01.2026", "31.02.2026"], vec![date("%d.%m.%Y")]),
            (&["1/2/2026", "18/10/2014", "3/4/2026"], vec![date("%d/%m/%Y")]),
            (&["1.5"], vec![]),
        ] {
            let mut dates = Dates::default();
            for value in values {
                dates.see(value);
            }
            assert_eq!(dates.ways().cloned().collect::<Vec<_>>(), expected, "{values:?}");
        }
    }
}
