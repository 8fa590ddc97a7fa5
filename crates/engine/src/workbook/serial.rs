//! Dates and times, which workbooks hold as a number of days.

use super::format::Style;
use crate::dates::{DAY, NO_DAY, at_days, milliseconds};
use crate::decimal::Decimal;

/// The 29 February 1900 that workbooks show and that never was.
const NO_DATE: &str = "1900-02-29";

/// A number with the format of a date or a time, as ISO 8601. `None` if the number is no date in a workbook either, which
/// shows `####` for it: then it stays the number that it is.
///
/// The format says whether there is a day or a time, and nothing of the number is dropped: a day with a fraction has a time,
/// and a time of day 1 or later has a day. Times are rounded to a millisecond, because workbooks hold them no better.
pub(super) fn iso(text: &str, style: Style, from_1904: bool) -> Option<String> {
    let milliseconds = milliseconds(&text.parse::<Decimal>().ok()?)?;
    let (days, rest) = (milliseconds.div_euclid(DAY), milliseconds.rem_euclid(DAY));
    let has_time = style != Style::Date || rest != 0;
    // Before the first day there is only a time, which a format of a day and a time shows with a day 0.
    let is_time = days == 0 && (style == Style::Time || style == Style::DateTime && !from_1904);
    if is_time {
        return Some(time(rest));
    }
    let day = if days == NO_DAY && !from_1904 {
        NO_DATE.to_owned()
    } else {
        at_days(milliseconds, from_1904)?.date().to_string()
    };
    Some(if has_time { format!("{day}T{}", time(rest)) } else { day })
}

/// A time of day, in milliseconds, with a fraction only if there is one.
fn time(milliseconds: i64) -> String {
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = if rest == 0 { String::new() } else { format!(".{rest:03}") };
    format!("{hour:02}:{minute:02}:{second:02}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbook::format::Style::{Date, DateTime, Time};

    #[test]
    fn table_of_numbers() {
        for (text, style, from_1904, expected) in [
            ("45581", Date, false, Some("2024-10-16")),
            ("45581.0", Date, false, Some("2024-10-16")),
            ("4.5581E4", Date, false, Some("2024-10-16")),
            ("45581.5", Date, false, Some("2024-10-16T12:00:00")),
            ("45581.5208333333", DateTime, false, Some("2024-10-16T12:30:00")),
            ("45581", DateTime, false, Some("2024-10-16T00:00:00")),
            ("45581.99999999999", DateTime, false, Some("2024-10-17T00:00:00")),
            ("45581.99999999999", Date, false, Some("2024-10-17")),
            ("45581.5000014468", DateTime, false, Some("2024-10-16T12:00:00.125")),
            ("1", Date, false, Some("1900-01-01")),
            ("59", Date, false, Some("1900-02-28")),
            ("60", Date, false, Some("1900-02-29")),
            ("60.25", DateTime, false, Some("1900-02-29T06:00:00")),
            ("61", Date, false, Some("1900-03-01")),
            ("0", Date, false, None),
            ("0.5", Date, false, None),
            ("-1", Date, false, None),
            ("0.5", Time, false, Some("12:00:00")),
            ("0", Time, false, Some("00:00:00")),
            ("1.1574074074074073E-5", Time, false, Some("00:00:01")),
            ("0.5", DateTime, false, Some("12:00:00")),
            ("45581.75", Time, false, Some("2024-10-16T18:00:00")),
            ("0", Date, true, Some("1904-01-01")),
            ("0.5", DateTime, true, Some("1904-01-01T12:00:00")),
            ("0.5", Time, true, Some("12:00:00")),
            ("60", Date, true, Some("1904-03-01")),
            ("44119", Date, true, Some("2024-10-16")),
            ("2958465", Date, false, Some("9999-12-31")),
            ("2958466", Date, false, None),
            ("1E300", Date, false, None),
            ("x", Date, false, None),
            ("", Date, false, None),
        ] {
            assert_eq!(iso(text, style, from_1904).as_deref(), expected, "{text} {style:?} {from_1904}");
        }
    }
}
