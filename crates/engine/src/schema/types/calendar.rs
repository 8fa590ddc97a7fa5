//! The default formats of the types `date`, `year` and `yearmonth`.

use jiff::civil::Date;

use super::digits;
use crate::dates::is_year;

/// Reads `YYYY-MM-DD` and nothing else.
pub(in crate::schema) fn date(text: &str) -> Option<Date> {
    date_of(text.as_bytes())
}

/// The same for bytes.
pub(in crate::schema) fn date_of(bytes: &[u8]) -> Option<Date> {
    let bytes: &[u8; 10] = bytes.try_into().ok()?;
    (bytes[7] == b'-').then_some(())?;
    let (year, month) = year_month(&bytes[..7])?;
    Date::new(year, month, i8::try_from(digits(&bytes[8..])?).ok()?).ok()
}

/// Reads `YYYY`.
pub(in crate::schema) fn year(text: &str) -> Option<i16> {
    let year = (text.len() == 4).then(|| digits(text.as_bytes())).flatten()?.try_into().ok();
    year.filter(|year| is_year(*year))
}

/// Reads `YYYY-MM`.
pub(in crate::schema) fn yearmonth(text: &str) -> Option<(i16, i8)> {
    year_month(text.as_bytes())
}

fn year_month(bytes: &[u8]) -> Option<(i16, i8)> {
    let bytes: &[u8; 7] = bytes.try_into().ok()?;
    (bytes[4] == b'-').then_some(())?;
    let year = i16::try_from(digits(&bytes[..4])?).ok()?;
    let month = i8::try_from(digits(&bytes[5..])?).ok()?;
    (is_year(year) && (1..=12).contains(&month)).then_some((year, month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_has_four_digits_and_begins_with_0001() {
        for (text, expected) in
            [("0001", Some(1)), ("0999", Some(999)), ("9999", Some(9999)), ("0000", None), ("999", None)]
        {
            assert_eq!(year(text), expected, "{text}");
            assert_eq!(yearmonth(&format!("{text}-12")), expected.map(|year| (year, 12)), "{text}");
            assert_eq!(date(&format!("{text}-12-31")).map(jiff::civil::Date::year), expected, "{text}");
        }
    }
}
