//! The rule `date_window`.
//!
//! # What it checks
//! A date is between two days, both included. A day is a date (`2026-01-31`) or relative to the day on which
//! the run began, in UTC: `today`, `today-30d`, `today+1y`, with `d`, `w`, `m` and `y` for days, weeks,
//! months and years. A day that a month lacks becomes its last day. A datetime counts by its day: in UTC if
//! it has an offset, otherwise as written.
//!
//! # Why
//! A date in the next century, or before the company was founded, is a valid date but a mistake.
//!
//! # Example
//! ```yaml
//! - date_window: {field: ordered, notBefore: today-1y, notAfter: today}
//! ```
//! rejects, in a run of 2026-03-31, `2025-03-30` and `2026-04-01`.
//!
//! # How to fix
//! Check how the date is written in the file: day and month may be swapped, or the year may have two digits.
//! If the file is older than the rule expects, upload it with a feed that allows it.

mod day;

pub use day::{Day, InvalidDay};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::rule::Rule;
use crate::schema::Value;
use crate::target::TargetRecord;
use crate::{Code, Problem, RunContext, Stage};

/// The days between which a date must be.
pub struct DateWindow {
    /// The index of the field.
    pub field: usize,
    /// The first day allowed.
    pub not_before: Option<Day>,
    /// The last day allowed.
    pub not_after: Option<Day>,
}

impl Rule for DateWindow {
    fn code(&self) -> Code {
        Code::DateWindow
    }

    fn fields(&self) -> Vec<usize> {
        vec![self.field]
    }

    fn check(&self, context: &RunContext, record: &TargetRecord<'_>, problems: &mut Vec<Problem>) {
        let Some(value) = record.value(self.field) else { return };
        let found = match value {
            Value::Date(date) => *date,
            Value::Datetime { at, .. } => at.date(),
            _ => return,
        };
        let today = context.as_of.to_zoned(TimeZone::UTC).date();
        let beyond = |day: Option<Day>, is_beyond: fn(&Date, &Date) -> bool| {
            day.map(|day| (day, day.on(today))).filter(|(_, bound)| is_beyond(&found, bound))
        };
        let written = || value.canonical();
        let message = if let Some((day, bound)) = beyond(self.not_before, Date::lt) {
            format!("{} is before {}, the first day this rule allows", written(), day.describe(bound))
        } else if let Some((day, bound)) = beyond(self.not_after, Date::gt) {
            format!("{} is after {}, the last day this rule allows", written(), day.describe(bound))
        } else {
            return;
        };
        let problem = Problem::new(Stage::Validate, Code::DateWindow, message);
        problems.push(problem.field(record.name(self.field)).value(&written()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::rule::testing::messages_of;
    use super::*;
    use crate::spec::FieldType::{Date, Datetime};

    /// The clock of these tests: 2026-03-31T23:30:00Z.
    #[test]
    fn table_of_dates() {
        for (low, high, of, text, expected) in [
            ("today-1y", "today", Date, "2025-03-31", None),
            ("today-1y", "today", Date, "2026-03-31", None),
            (
                "today-1y",
                "today",
                Date,
                "2025-03-30",
                Some("2025-03-30 is before 2025-03-31 (today-1y), the first day this rule allows"),
            ),
            (
                "today-1y",
                "today",
                Date,
                "2026-04-01",
                Some("2026-04-01 is after 2026-03-31 (today), the last day this rule allows"),
            ),
            (
                "2026-01-31",
                "",
                Date,
                "2026-01-30",
                Some("2026-01-30 is before 2026-01-31, the first day this rule allows"),
            ),
            ("2026-01-31", "", Date, "9999-12-31", None),
            ("", "today", Datetime, "2026-03-31T23:59:59", None),
            ("", "today", Datetime, "2026-04-01T01:59:59+02:00", None),
            (
                "",
                "today",
                Datetime,
                "2026-03-31T23:00:00-02:00",
                Some("2026-04-01T01:00:00Z is after 2026-03-31 (today), the last day this rule allows"),
            ),
            ("", "today", Date, "", None),
            ("", "today", Date, "tomorrow", None),
        ] {
            let day = |text: &str| (!text.is_empty()).then(|| text.parse::<Day>().unwrap());
            let rule = DateWindow { field: 0, not_before: day(low), not_after: day(high) };
            let messages = messages_of(&rule, &[("day", of, text)]);
            assert_eq!(messages.first().map(String::as_str), expected, "{text}");
        }
    }
}
