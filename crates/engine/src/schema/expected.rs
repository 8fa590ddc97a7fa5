//! The expected form of a text that could not be read, for the person who has to fix the file.

use std::fmt::Write;

use super::advice;
use super::reader::{Reader, Temporal};
use super::types::geopoint;
use super::types::number::Style;

/// Maximum number of characters of a text in a message.
const SHOWN: usize = 100;

/// A text in quotes. A cut text ends with its full length.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}… ({} characters in all)", &text[..end], text.chars().count()),
    }
}

impl Reader {
    /// The expected form, with an example; it follows "is not".
    pub(super) fn expected(&self) -> String {
        let plain = match self {
            Self::Integer(style) => return with_style(style, "an integer", "12 or -3", "1", "234", ""),
            Self::Number(style) => return with_style(style, "a decimal number", "12.50", "1", "234", "50"),
            Self::Boolean(words) => {
                return format!("a truth value: {} for true, {} for false", either(&words.yes), either(&words.no));
            }
            Self::Date(format) => return temporal(format, "a date", "2026-11-21", "21 Nov 2026"),
            Self::Time(format) => return temporal(format, "a time", "02:33:00 or 02:33:00+01:00", "2:33 am"),
            Self::Datetime(format) => {
                let example = "2026-11-21T02:33:00 or 2026-11-21T02:33:00+01:00";
                return temporal(format, "a date with time", example, "21 Nov 2026 2:33 am");
            }
            Self::List(style) => {
                return format!(
                    "a list with {:?} between its items, each of which is {}",
                    style.delimiter,
                    style.item.expected()
                );
            }
            Self::Text => "a text",
            Self::Email => "a mail address, such as name@example.org",
            Self::Uri => "a URI with its scheme, such as https://example.org/path",
            Self::Binary => "Base64, such as dGVzdA==",
            Self::Uuid => "a UUID, such as 95ecc380-afe9-11e4-9b6c-751b66dd541e",
            Self::Year => "a year of four digits, such as 2026",
            Self::Yearmonth => "a month of a year, such as 2026-11",
            Self::Duration => "an ISO 8601 duration, such as P1Y2M3D or PT4H30M",
            Self::Geopoint(geopoint::Style::Plain) => {
                "a longitude from -180 to 180 and a latitude from -90 to 90, such as 7.5,48.25"
            }
            Self::Geopoint(geopoint::Style::Array) => {
                "a longitude from -180 to 180 and a latitude from -90 to 90 as JSON, such as [7.5, 48.25]"
            }
            Self::Geopoint(geopoint::Style::Object) => {
                "a longitude from -180 to 180 and a latitude from -90 to 90 as JSON, such as {\"lon\": 7.5, \"lat\": 48.25}"
            }
            Self::Object => "a JSON object, such as {\"key\": \"value\"}",
            Self::Array => "a JSON array, such as [\"a\", \"b\"]",
            Self::Geojson => "a GeoJSON object, such as {\"type\": \"Point\", \"coordinates\": [7.5, 48.25]}",
            Self::Topojson => "a TopoJSON object, such as {\"type\": \"LineString\", \"arcs\": [42]}",
        };
        plain.to_owned()
    }

    /// The probable cause; it follows the expectation.
    pub(super) fn hint(&self, text: &str) -> Option<String> {
        let hint = |hint: &str| Some(format!("; {hint}"));
        match self {
            Self::Integer(style) => advice::of_number(style, text, false),
            Self::Number(style) => advice::of_number(style, text, true),
            Self::Boolean(words) => {
                let lower = text.trim().to_lowercase();
                let same = words.yes.iter().chain(&words.no).any(|word| word.to_lowercase() == lower);
                same.then(|| "; case and white space count".to_owned())
            }
            Self::Date(_) if text.trim() == text => advice::of_date(text),
            Self::List(style) => {
                let (at, item) = style.first_bad_item(text)?;
                Some(format!("; item {at} is {}", quoted(item)))
            }
            _ if text.trim() != text && self.read(text.trim()).is_some() => {
                hint("it would be valid without the white space around it")
            }
            _ => None,
        }
    }
}

/// A number, with an example in the notation of the field.
fn with_style(style: &Style, what: &str, plain: &str, thousands: &str, rest: &str, fraction: &str) -> String {
    if style.group.is_none() && style.decimal == "." {
        return format!("{what}, such as {plain}");
    }
    let mut example = format!("{what}, such as {thousands}{}{rest}", style.group.as_deref().unwrap_or_default());
    if !fraction.is_empty() {
        let _ = write!(example, "{}{fraction}", style.decimal);
    }
    example
}

fn temporal(format: &Temporal, what: &str, example: &str, loose: &str) -> String {
    match format {
        Temporal::Default => format!("{what}, such as {example}"),
        Temporal::Any => format!("{what} that can be read in one way only, such as {loose}"),
        Temporal::Pattern(pattern) => {
            format!("{what} in the format {}, such as {}", pattern.as_str(), pattern.example())
        }
    }
}

fn either(words: &[String]) -> String {
    words.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_a_long_text_is_announced() {
        assert_eq!(quoted("é\n"), "\"é\\n\"");
        assert_eq!(quoted(&"é".repeat(100)), format!("{:?}", "é".repeat(100)));
        assert_eq!(quoted(&"é".repeat(101)), format!("{:?}… (101 characters in all)", "é".repeat(100)));
    }
}
