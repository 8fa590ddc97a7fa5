//! The probable cause if a text is not a date in the feed's formats.

use jiff::SignedDuration;
use jiff::civil::Date;

use super::Pattern;
use crate::decimal::Decimal;

/// The day from which Excel counts, for all days after 1 March 1900.
const EXCEL_ZERO: Date = Date::constant(1899, 12, 30);
/// Numbers that are suggested as Excel days: those from 1954 to 2064. Other numbers are more likely something
/// else.
const EXCEL_DAYS: std::ops::RangeInclusive<i64> = 20_000..=60_000;

/// The probable cause; it follows the expectation.
pub(crate) fn hint(text: &str, patterns: &[Pattern]) -> Option<String> {
    let trimmed = text.trim();
    let reads = |text: &str| patterns.iter().any(|pattern| pattern.read(text, None).is_some());
    if trimmed != text && reads(trimmed) {
        return Some("; it would be valid without the white space around it: clean: [trim]".to_owned());
    }
    let counts_days = patterns.iter().any(|pattern| pattern.to_string().starts_with("spreadsheet-"));
    if counts_days && trimmed.parse::<Decimal>().is_ok() {
        return trimmed.contains('.').then(|| "; its fraction is a time, which a date has not".to_owned());
    }
    excel_day(trimmed)
}

fn excel_day(text: &str) -> Option<String> {
    let number: Decimal = text.parse().ok()?;
    let days = number.to_i64().filter(|days| EXCEL_DAYS.contains(days))?;
    let day = EXCEL_ZERO.checked_add(SignedDuration::from_hours(days.checked_mul(24)?)).ok()?;
    Some(format!(
        "; it may be a date in Excel's day count: {text} would be {day}. Export the column as dates, or add the pattern \
         spreadsheet-1900"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::FieldType;

    #[test]
    fn table_of_hints() {
        let date = [Pattern::compile("%d/%m/%Y", FieldType::Date).unwrap()];
        let counted = [Pattern::compile("spreadsheet-1900", FieldType::Date).unwrap()];
        let datetime = [Pattern::compile("%Y-%m-%d %H:%M", FieldType::Datetime).unwrap()];
        for (text, patterns, expected) in [
            (
                "45581",
                &date,
                Some(
                    "; it may be a date in Excel's day count: 45581 would be 2024-10-16. Export the column as dates, or \
                     add the pattern spreadsheet-1900",
                ),
            ),
            (
                "45582.5",
                &date,
                Some(
                    "; it may be a date in Excel's day count: 45582.5 would be 2024-10-17. Export the column as dates, or \
                     add the pattern spreadsheet-1900",
                ),
            ),
            ("45582.5", &counted, Some("; its fraction is a time, which a date has not")),
            ("60", &counted, None),
            ("2024", &date, None),
            ("soon", &date, None),
            (" 16/10/2024", &date, Some("; it would be valid without the white space around it: clean: [trim]")),
            ("2024-03-01 25:00", &datetime, None),
        ] {
            assert_eq!(hint(text, patterns).as_deref(), expected, "{text}");
        }
    }
}
