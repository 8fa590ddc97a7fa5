//! `expect`: checks how often a file comes.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;

use super::PlanBuilder;
use crate::display::count;
use crate::feed::read::read_parts;
use crate::spec::FeedSpec;

/// The hours of a day.
const DAY: u32 = 24;
/// The hours of a week.
const WEEK: u32 = 7 * DAY;
/// The longest time that a feed can wait for a file, in hours: a leap year.
const MAX_HOURS: u32 = 366 * DAY;

/// How often a file of a feed comes, in whole hours: from an hour to a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every {
    hours: u32,
}

impl Every {
    /// The time that may pass between two files.
    #[must_use]
    pub fn duration(self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.hours))
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) =
            if self.hours.is_multiple_of(DAY) { (self.hours / DAY, "day") } else { (self.hours, "hour") };
        f.write_str(&count(u64::from(number), unit))
    }
}

/// A text that does not say how often a file comes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEvery {
    /// No time at all.
    #[error("{0:?} is no time; an hour is the shortest: 1h")]
    Zero(String),
    /// More than a year.
    #[error("{0:?} is more than a year; 366d is the longest")]
    TooLong(String),
    /// A number without a unit.
    #[error("{0:?} has no unit: write {0}h, {0}d or {0}w for hours, days or weeks")]
    NoUnit(String),
    /// Anything else.
    #[error(
        "{text:?} is no time: write whole hours, days or weeks, such as 26h, 1d or 2w{}",
        .meant.as_ref().map_or_else(String::new, |meant| format!("; did you mean {meant:?}?"))
    )]
    Other {
        /// The text.
        text: String,
        /// What its author may have meant.
        meant: Option<String>,
    },
}

impl FromStr for Every {
    type Err = InvalidEvery;

    fn from_str(text: &str) -> Result<Self, InvalidEvery> {
        let owned = || text.to_owned();
        let other = || InvalidEvery::Other { text: owned(), meant: meant(text) };
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(other());
        }
        let unit = match text.strip_prefix(digits) {
            Some("h") => 1,
            Some("d") => DAY,
            Some("w") => WEEK,
            Some("") => return Err(InvalidEvery::NoUnit(owned())),
            _ => return Err(other()),
        };
        // A number that is too large for its type is more than a year, too.
        match digits.parse::<u32>().ok().and_then(|number| number.checked_mul(unit)) {
            Some(0) => Err(InvalidEvery::Zero(owned())),
            Some(hours) if hours <= MAX_HOURS => Ok(Self { hours }),
            _ => Err(InvalidEvery::TooLong(owned())),
        }
    }
}

/// What an author may have meant who wrote words, such as `daily` or `2 days`, or a duration of ISO 8601, such as `P1D`.
fn meant(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let words = lower.strip_prefix("every").map_or(lower.as_str(), str::trim_start);
    let named = match words {
        "hourly" | "hour" => Some("1h"),
        "daily" | "day" => Some("1d"),
        "weekly" | "week" => Some("1w"),
        "monthly" | "month" => Some("31d"),
        "quarterly" | "quarter" => Some("92d"),
        "yearly" | "annually" | "year" => Some("366d"),
        _ => None,
    };
    if let Some(named) = named {
        return Some(named.to_owned());
    }
    let words = words.strip_prefix("pt").or_else(|| words.strip_prefix('p')).unwrap_or(words);
    let digits = words.trim_end_matches(|c: char| !c.is_ascii_digit());
    let number = digits.parse::<u32>().ok()?;
    let unit = match words.strip_prefix(digits)?.trim() {
        "h" | "hr" | "hrs" | "hour" | "hours" => 'h',
        "d" | "day" | "days" => 'd',
        "w" | "week" | "weeks" => 'w',
        _ => return None,
    };
    let written = format!("{number}{unit}");
    written.parse::<Every>().is_ok().then_some(written)
}

/// How often a file of a feed comes, as far as the feed can be parsed. A feed with other problems expects files, too.
#[must_use]
pub fn every_of(yaml: &str) -> Option<Every> {
    let spec = match read_parts(yaml) {
        Ok((spec, _)) => spec,
        Err(broken) => broken.rest?.spec,
    };
    spec.expect.every?.0.parse().ok()
}

impl PlanBuilder<'_> {
    pub(super) fn expect(&mut self, spec: &FeedSpec) -> Option<Every> {
        let every = spec.expect.every.as_ref()?;
        self.take("expect.every", every.0.parse())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::FeedPlan;
    use crate::spec::FeedProblem;

    const FEED: &str = "version: 1\nname: p\nschema: {fields: [{name: id, constraints: {required: true}}]}\n\
                        import: {table: p, key: [id]}\n";

    #[test]
    fn table_of_times() {
        for (text, expected) in [
            ("1h", Ok((1, "1 hour"))),
            ("26h", Ok((26, "26 hours"))),
            ("1d", Ok((24, "1 day"))),
            ("48h", Ok((48, "2 days"))),
            ("2w", Ok((14 * 24, "14 days"))),
            ("366d", Ok((366 * 24, "366 days"))),
            ("0h", Err("\"0h\" is no time; an hour is the shortest: 1h")),
            ("00d", Err("\"00d\" is no time; an hour is the shortest: 1h")),
            ("367d", Err("\"367d\" is more than a year; 366d is the longest")),
            ("53w", Err("\"53w\" is more than a year; 366d is the longest")),
            ("99999999999h", Err("\"99999999999h\" is more than a year; 366d is the longest")),
            ("4000000000w", Err("\"4000000000w\" is more than a year; 366d is the longest")),
            ("24", Err("\"24\" has no unit: write 24h, 24d or 24w for hours, days or weeks")),
        ] {
            let read = text.parse::<Every>().map(|every| (every.duration().as_hours(), every.to_string()));
            let read = read.map_err(|error| error.to_string());
            let expected = expected.map(|(hours, shown)| (hours, shown.to_owned())).map_err(str::to_owned);
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_gets_a_suggestion_if_its_meaning_is_plain() {
        for (text, meant) in [
            ("hourly", Some("1h")),
            ("daily", Some("1d")),
            ("Daily", Some("1d")),
            ("every day", Some("1d")),
            ("weekly", Some("1w")),
            ("monthly", Some("31d")),
            ("quarterly", Some("92d")),
            ("yearly", Some("366d")),
            ("1D", Some("1d")),
            (" 1d", Some("1d")),
            ("2 days", Some("2d")),
            ("every 12 hours", Some("12h")),
            ("3 weeks", Some("3w")),
            ("P1D", Some("1d")),
            ("PT12H", Some("12h")),
            ("400 days", None),
            ("0 days", None),
            ("1.5d", None),
            ("-1d", None),
            ("30m", None),
            ("1d 2h", None),
            ("1dd", None),
            ("d", None),
            ("", None),
            ("true", None),
            ("sometimes", None),
            ("١d", None),
        ] {
            let hint = meant.map_or_else(String::new, |meant| format!("; did you mean {meant:?}?"));
            let expected =
                format!("{text:?} is no time: write whole hours, days or weeks, such as 26h, 1d or 2w{hint}");
            assert_eq!(text.parse::<Every>().unwrap_err().to_string(), expected, "{text}");
            // A suggestion is a time.
            assert!(meant.is_none_or(|meant| meant.parse::<Every>().is_ok()), "{text}");
        }
    }

    #[test]
    fn table_of_feeds() {
        for (expect, expected) in [
            ("", Ok(None)),
            ("expect: {}", Ok(None)),
            ("expect: {every: null}", Ok(None)),
            ("expect: {every: 1d}", Ok(Some("1 day"))),
            ("expect: {every: '36h'}", Ok(Some("36 hours"))),
            (
                "expect: {every: daily}",
                Err(
                    "line 5, column 17: expect.every: \"daily\" is no time: write whole hours, days or weeks, such as \
                     26h, 1d or 2w; did you mean \"1d\"?",
                ),
            ),
            (
                "expect: {every: 1}",
                Err("line 5, column 17: expect.every: \"1\" has no unit: write 1h, 1d or 1w for hours, days or weeks"),
            ),
            (
                "expect: {every: 0d}",
                Err("line 5, column 17: expect.every: \"0d\" is no time; an hour is the shortest: 1h"),
            ),
            (
                "expect: {evry: 1d}",
                Err("line 5, column 10: expect.evry: is not a key of the feed language; did you mean \"every\"?"),
            ),
            (
                "expects: {every: 1d}",
                Err("line 5, column 1: expects: is not a key of the feed language; did you mean \"expect\"?"),
            ),
        ] {
            let found = FeedPlan::from_yaml(&format!("{FEED}{expect}\n")).map(|plan| plan.expect);
            let found = found.map(|every| every.map(|every| every.to_string()));
            let found = found.map_err(|problems| problems.iter().map(FeedProblem::located).collect::<Vec<_>>());
            let expected = expected.map(|every| every.map(str::to_owned)).map_err(|problem| vec![problem.to_owned()]);
            assert_eq!(found, expected, "{expect}");
        }
    }

    #[test]
    fn a_feed_that_cannot_be_used_expects_files_all_the_same() {
        for (yaml, expected) in [
            (format!("{FEED}expect: {{every: 2d}}\n"), Some("2 days")),
            (format!("{FEED}expect: {{every: 2d}}\nreprot: {{}}\n"), Some("2 days")),
            (format!("{FEED}expect: {{every: 2d}}\n").replace("key: [id]", "key: [idd]"), Some("2 days")),
            (format!("{FEED}expect: {{every: daily}}\n"), None),
            (FEED.to_owned(), None),
            ("expect: {every: 2d".to_owned(), None),
        ] {
            assert_eq!(every_of(&yaml).map(|every| every.to_string()).as_deref(), expected, "{yaml}");
        }
    }
}
