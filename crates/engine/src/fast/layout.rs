//! A fast path for dates in a fixed-width layout, which nearly all dates of a column have.
//!
//! It complements [`Pattern`](super::Pattern) for patterns of plain numbers. It decides only positively: a
//! text that does not match the layout may still be a date. A property test compares its results with jiff.

use jiff::civil::{Date, DateTime, Time};

use super::alphabet::Alphabet;

/// An element of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Year,
    ShortYear,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Byte(u8),
}

/// A pattern whose texts all have the same length: the position of each number and of each other byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    length: usize,
    year: usize,
    /// Whether the year has two digits.
    is_short: bool,
    month: usize,
    day: usize,
    /// Hour, minute and second, as far as present.
    time: Vec<usize>,
    marks: Vec<(usize, u8)>,
}

impl Layout {
    /// The layout of a pattern that has year, month and day once each, and a time without gaps; `None` for
    /// others.
    pub(crate) fn of(pattern: &str) -> Option<Self> {
        let parts = parts(pattern)?;
        let place = |part: Slot| {
            let mut places = parts.iter().filter(|(_, other)| *other == part);
            places.next().map(|(at, _)| (*at, places.next().is_none()))
        };
        // A repeated number is left to jiff.
        let once = |part: Slot| place(part).filter(|(_, once)| *once).map(|(at, _)| at);
        let (year, is_short) = match (place(Slot::Year), place(Slot::ShortYear)) {
            (Some((at, true)), None) => (at, false),
            (None, Some((at, true))) => (at, true),
            _ => return None,
        };
        let (month, day) = (once(Slot::Month)?, once(Slot::Day)?);
        let mut time = Vec::new();
        for (before, part) in [Slot::Hour, Slot::Minute, Slot::Second].into_iter().enumerate() {
            match place(part) {
                Some((at, true)) if time.len() == before => time.push(at),
                None => {}
                Some(_) => return None,
            }
        }
        let marks =
            parts.iter().filter_map(|(at, part)| if let Slot::Byte(byte) = part { Some((*at, *byte)) } else { None });
        let marks = marks.collect();
        let (last, part) = parts.last()?;
        Some(Self { length: last + part.width(), year, is_short, month, day, time, marks })
    }

    /// The alphabet of the texts that match the layout.
    pub(crate) fn alphabet(&self) -> Alphabet {
        let mut sample = "0".repeat(self.length);
        for (at, mark) in &self.marks {
            // Marks are ASCII.
            sample.replace_range(at..=at, char::from(*mark).encode_utf8(&mut [0; 4]));
        }
        Alphabet::like(&[&sample])
    }

    /// Whether it has no time.
    pub(crate) fn is_date(&self) -> bool {
        self.time.is_empty()
    }

    /// Reads a date that matches the layout, and writes it in ISO 8601. Only the digits change their places.
    #[inline]
    pub(crate) fn date(&self, text: &[u8]) -> Option<[u8; 10]> {
        let is_mark = |(at, mark): &(usize, u8)| text.get(*at) == Some(mark);
        if text.len() != self.length || !self.is_date() || !self.marks.iter().all(is_mark) {
            return None;
        }
        let two = |at: usize| text.get(at..)?.first_chunk::<2>().copied();
        let (years, century) =
            if self.is_short { (two(self.year)?, None) } else { (two(self.year + 2)?, Some(two(self.year)?)) };
        let (months, days) = (two(self.month)?, two(self.day)?);
        let (years_in, month, day) = (number(years)?, number(months)?, number(days)?);
        let century = match century {
            Some(century) => century,
            None if years_in <= 68 => *b"20",
            None => *b"19",
        };
        let year = u16::from(number(century)?) * 100 + u16::from(years_in);
        if year == 0 || day == 0 || !(1..=12).contains(&month) || (day > 28 && day > days_in(year, month)) {
            return None;
        }
        let mut date = *b"0000-00-00";
        for (digits, at) in [(century, 0), (years, 2), (months, 5), (days, 8)] {
            date[at..at + 2].copy_from_slice(&digits);
        }
        Some(date)
    }

    /// Reads a text that matches the layout.
    pub(crate) fn read(&self, text: &str) -> Option<DateTime> {
        let text = text.as_bytes();
        if text.len() != self.length || self.marks.iter().any(|(at, mark)| text.get(*at) != Some(mark)) {
            return None;
        }
        let century = if self.is_short { None } else { Some(i16::from(two_digits(text, self.year)?)) };
        let year = i16::from(two_digits(text, self.year + if self.is_short { 0 } else { 2 })?);
        let year = match century {
            Some(century) => century * 100 + year,
            None => year + if year <= 68 { 2000 } else { 1900 },
        };
        let date = Date::new(year, two_digits(text, self.month)?, two_digits(text, self.day)?).ok()?;
        if self.time.is_empty() {
            return Some(date.to_datetime(Time::midnight()));
        }
        let mut time = [0; 3];
        for (number, at) in time.iter_mut().zip(&self.time) {
            *number = two_digits(text, *at)?;
        }
        let [hour, minute, second] = time;
        Some(date.to_datetime(Time::new(hour, minute, second, 0).ok()?))
    }
}

/// The elements of a pattern, each with its position in a text.
fn parts(pattern: &str) -> Option<Vec<(usize, Slot)>> {
    let mut parts: Vec<(usize, Slot)> = Vec::new();
    let mut bytes = pattern.bytes();
    let mut at = 0;
    let is_space = |part: Option<&(usize, Slot)>| part.is_none_or(|(_, part)| *part == Slot::Byte(b' '));
    while let Some(byte) = bytes.next() {
        let part = match byte {
            b'%' => match bytes.next()? {
                b'Y' => Slot::Year,
                b'y' => Slot::ShortYear,
                b'm' => Slot::Month,
                b'd' => Slot::Day,
                b'H' => Slot::Hour,
                b'M' => Slot::Minute,
                b'S' => Slot::Second,
                _ => return None,
            },
            // White space in a pattern matches any amount of it, so it is left to jiff unless it is a single
            // inner space.
            b' ' if !is_space(parts.last()) => Slot::Byte(b' '),
            _ if byte.is_ascii_graphic() => Slot::Byte(byte),
            _ => return None,
        };
        parts.push((at, part));
        at += part.width();
    }
    (!is_space(parts.last())).then_some(parts)
}

impl Slot {
    fn width(self) -> usize {
        match self {
            Self::Year => 4,
            Self::Byte(_) => 1,
            _ => 2,
        }
    }
}

/// The number of two digits.
#[inline]
fn number(digits: [u8; 2]) -> Option<u8> {
    let [tens, ones] = digits.map(|byte| byte.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| tens * 10 + ones)
}

/// The number of days in a month.
fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Reads two digits.
#[inline]
fn two_digits(text: &[u8], at: usize) -> Option<i8> {
    let [tens, ones] = text.get(at..)?.first_chunk()?.map(|byte| byte.wrapping_sub(b'0'));
    if tens < 10 && ones < 10 { i8::try_from(tens * 10 + ones).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use jiff::fmt::strtime::BrokenDownTime;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn table_of_layouts() {
        for (pattern, length) in [
            ("%d.%m.%Y", Some(10)),
            ("%m/%d/%y", Some(8)),
            ("%Y%m%d", Some(8)),
            ("%Y-%m-%dT%H:%M:%S", Some(19)),
            ("%d.%m.%Y %H:%M", Some(16)),
            ("%d %b %Y", None),
            ("%-d.%m.%Y", None),
            ("%d.%m.%Y %M", None),
            ("%d.%m", None),
            ("%d.%d.%m.%Y", None),
            ("%y.%Y.%m.%d", None),
            (" %d.%m.%Y", None),
            ("%d.%m.%Y ", None),
            ("%d.  %m.%Y", None),
            ("%d.\t%m.%Y", None),
            ("%d.%m.%Y%%", None),
            ("%d.%m.%Y%z", None),
            ("%d.%m.%Y é", None),
        ] {
            assert_eq!(Layout::of(pattern).map(|layout| layout.length), length, "{pattern}");
        }
    }

    proptest! {
        /// What this reads, jiff reads alike. Nothing is claimed about other texts.
        #[test]
        fn what_is_read_is_what_jiff_reads(
            pattern in prop::sample::select(vec![
                "%d.%m.%Y", "%m/%d/%y", "%y%m%d", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M", "%H %d/%m/%Y", "%Y %m-%d %H.%M.%S",
            ]),
            numbers in prop::collection::vec(0_u16..70, 7),
            year in 0_u16..9999,
            slip in prop::option::of((0_usize..20, "[ 0-9a.+-]{0,2}")),
        ) {
            let mut numbers = numbers.into_iter();
            let mut text = String::new();
            let mut letters = pattern.chars();
            while let Some(letter) = letters.next() {
                let mut two = |most: u16| format!("{:02}", numbers.next().unwrap_or(1) % most);
                match letter {
                    '%' => match letters.next().unwrap() {
                        'Y' => text.push_str(&format!("{year:04}")),
                        'm' => text.push_str(&two(14)),
                        'd' => text.push_str(&two(33)),
                        'H' => text.push_str(&two(25)),
                        'y' => text.push_str(&format!("{:02}", year % 100)),
                        _ => text.push_str(&two(62)),
                    },
                    other => text.push(other),
                }
            }
            if let Some((at, slip)) = slip {
                text.replace_range(at.min(text.len())..(at + 1).min(text.len()).max(at.min(text.len())), &slip);
            }
            let layout = Layout::of(pattern).unwrap();
            let date = layout.date(text.as_bytes()).map(|date| String::from_utf8(date.to_vec()).unwrap());
            let read = layout.read(&text).filter(|read| layout.is_date() && read.year() > 0);
            prop_assert_eq!(date, read.map(|read| read.date().to_string()));
            if let Some(read) = layout.read(&text) {
                let broken = BrokenDownTime::parse(pattern, &text).unwrap();
                let time = broken.to_time().unwrap_or(Time::midnight());
                prop_assert_eq!(read, broken.to_date().unwrap().to_datetime(time));
            }
        }
    }
}
