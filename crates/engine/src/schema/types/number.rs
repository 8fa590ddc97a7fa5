//! The types `number` and `integer`: exact, in the notation of a file.

use std::borrow::Cow;

use super::surroundings;
pub(in crate::schema) use super::surroundings::is_changing;
use crate::decimal::Decimal;

/// The notation of a field's numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::schema) struct Style {
    /// The decimal mark.
    pub(in crate::schema) decimal: String,
    /// The mark between groups of digits.
    pub(in crate::schema) group: Option<String>,
    /// Whether nothing else may surround the number; otherwise [`surroundings`] decides.
    pub(in crate::schema) bare: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { decimal: ".".to_owned(), group: None, bare: true }
    }
}

impl Style {
    /// Whether numbers have a decimal point and no group marks.
    pub(in crate::schema) fn is_plain(&self) -> bool {
        self.group.is_none() && self.decimal == "."
    }

    /// Reads a decimal number; surrounding white space is ignored.
    pub(in crate::schema) fn number(&self, text: &str) -> Option<Decimal> {
        let text = self.strip(text)?;
        if self.is_plain() {
            return text.parse().ok();
        }
        let (whole, fraction) = match text.split_once(self.decimal.as_str()) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (text, None),
        };
        // A point is invalid unless it is one of the marks.
        if text.contains('.') && self.decimal != "." && self.group.as_deref() != Some(".") {
            return None;
        }
        let (whole, exponent) = match whole.split_once(['e', 'E']) {
            Some((whole, _)) if fraction.is_none() => (whole, &text[whole.len()..]),
            _ => (whole, ""),
        };
        let whole = self.ungrouped(whole)?;
        match fraction {
            Some(fraction) => format!("{whole}.{fraction}").parse().ok(),
            None => format!("{whole}{exponent}").parse().ok(),
        }
    }

    /// Reads an integer; surrounding white space is ignored. `1.0` and `1e3` are integers in value but not in
    /// the notation of Table Schema.
    pub(in crate::schema) fn integer(&self, text: &str) -> Option<Decimal> {
        let text = self.ungrouped(self.strip(text)?)?;
        let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
    }

    /// The number without its surroundings; `None` if dropping them would make it another number.
    fn strip<'a>(&self, text: &'a str) -> Option<&'a str> {
        if self.bare { Some(text.trim()) } else { surroundings::number_in(text, &self.decimal) }
    }

    /// Removes the group marks from the integer part. Groups have two or three digits, the last one three.
    /// `1,5` is refused, because it is more likely a fraction than 15.
    fn ungrouped<'a>(&self, whole: &'a str) -> Option<Cow<'a, str>> {
        let Some(group) = self.group.as_deref().filter(|group| whole.contains(group)) else {
            return Some(Cow::Borrowed(whole));
        };
        let mut groups = whole.split(group);
        let first = groups.next()?.trim_start_matches(['+', '-']);
        let mut last = first;
        let mut sound = (1..=3).contains(&first.len());
        for group in groups {
            sound &= (2..=3).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_digit());
            last = group;
        }
        (sound && last.len() == 3).then(|| Cow::Owned(whole.replace(group, "")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(decimal: &str, group: &str, bare: bool) -> Style {
        let group = Some(group.to_owned()).filter(|group| !group.is_empty());
        Style { decimal: decimal.to_owned(), group, bare }
    }

    #[test]
    fn table_of_numbers() {
        for (decimal, group, bare, text, number) in [
            (".", "", true, " 12.50 ", Some("12.5")),
            (".", "", true, "1e3", Some("1000")),
            (".", "", true, "1 000", None),
            (".", "", true, "€1", None),
            (".", "", true, "NaN", None),
            (".", ",", true, "1,234,567.5", Some("1234567.5")),
            (".", ",", true, "-12,34,567", Some("-1234567")),
            (".", ",", true, "1,5", None),
            (".", ",", true, "1234,567", None),
            (".", ",", true, "1,,567", None),
            (".", ",", true, ",567", None),
            (".", ",", true, "1.5,000", None),
            (".", ",", true, "1,000e2", Some("100000")),
            (",", "", true, "12,5", Some("12.5")),
            (",", "", true, "12,5e1", Some("125")),
            (",", "", true, "12.5", None),
            (",", "", true, "1,2,3", None),
            (",", ".", true, "1.234.567,8", Some("1234567.8")),
            (",", ".", true, "12.5", None),
            (",", " ", true, "1 234,8", Some("1234.8")),
            (",", "'", true, "1'234,8", Some("1234.8")),
            (".", "", false, "EUR 95.50", Some("95.5")),
            (".", "", false, "95%", Some("95")),
            (".", "", false, "$-.5", Some("-0.5")),
            (".", "", false, "ca. .5 kg", Some("0.5")),
            (".", "", false, "1 or 2", None),
            (".", "", false, "none", None),
            (".", "", false, "", None),
        ] {
            let read = style(decimal, group, bare).number(text).map(|number| number.to_string());
            assert_eq!(read.as_deref(), number, "{text:?} {decimal:?} {group:?}");
        }
    }

    #[test]
    fn table_of_integers() {
        for (group, bare, text, number) in [
            ("", true, " 007 ", Some("7")),
            ("", true, "+7", Some("7")),
            ("", true, "7.0", None),
            ("", true, "7e1", None),
            ("", true, "-", None),
            ("", true, "", None),
            ("", true, "٣", None),
            (",", true, "1,234", Some("1234")),
            (",", true, "1,23", None),
            ("", false, "No. 12", Some("12")),
            ("", false, "12.5 kg", None),
        ] {
            let read = style(".", group, bare).integer(text).map(|number| number.to_string());
            assert_eq!(read.as_deref(), number, "{text:?}");
        }
    }
}
