//! Advice for a text that is not a value of its field: settings of the field that would read it, each tried
//! on it.

use std::borrow::Cow;

use super::types::number::{Style, is_changing};
use super::types::strptime::Pattern;
use crate::advice::{Marks, keeps, named, tried};
use crate::clean::{self, CleanStep, Units};
use crate::decimal::Decimal;
use crate::spec::FieldType;

/// Common patterns of dates, to suggest if a text is not in the field's format.
const DATES: [&str; 16] = [
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d-%b-%Y",
];

/// Patterns of a time after a date.
const TIMES: [&str; 5] = [" %H:%M", " %H:%M:%S", "T%H:%M:%S", "T%H:%M:%S%z", " %I:%M %p"];

/// The advice for a text that is not a number in the field's notation; it follows the expectation in the
/// message. `fraction` says whether the number may have one.
pub(super) fn of_number(style: &Style, text: &str, fraction: bool) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase();
    if matches!(lower.trim_start_matches(['+', '-']), "nan" | "inf" | "infinity") {
        return Some("; numbers are kept exactly, and a table cannot hold this one".to_owned());
    }
    let reads = |style: &Style, text: &str| if fraction { style.number(text) } else { style.integer(text) };
    let marks = Marks { decimal: &style.decimal, group: style.group.as_deref() };
    let cleaned = || clean::advise(text, &|text| reads(style, text), marks).map(|advice| format!("; {advice}"));
    // No setting reads a text like `n/a`, which is frequent, so none is tried.
    if !text.contains(|char: char| char.is_ascii_digit()) {
        return cleaned();
    }
    let marked = |decimal: Option<&str>, group: Option<&str>| Style {
        decimal: decimal.map_or_else(|| style.decimal.clone(), str::to_owned),
        group: group.map(str::to_owned).or_else(|| style.group.clone()),
        bare: style.bare,
    };
    // Combinations of two settings only if no single one helps.
    let one = [
        ("decimalChar: \",\"", marked(Some(","), None)),
        ("groupChar: \",\"", marked(None, Some(","))),
        ("groupChar: \" \"", marked(None, Some(" "))),
        ("bareNumber: false", Style { bare: false, ..style.clone() }),
    ];
    let two = [
        ("decimalChar: \",\" and groupChar: \".\"", marked(Some(","), Some("."))),
        ("decimalChar: \",\" and groupChar: \" \"", marked(Some(","), Some(" "))),
        ("decimalChar: \",\" and bareNumber: false", Style { bare: false, ..marked(Some(","), None) }),
        ("groupChar: \",\" and bareNumber: false", Style { bare: false, ..marked(None, Some(",")) }),
    ];
    let settings = |styles: &[(&'static str, Style)]| {
        let possible = styles.iter().filter(|(_, style)| fraction || style.decimal == ".");
        let read = possible.flat_map(|(setting, style)| {
            let marks = Marks { decimal: &style.decimal, group: style.group.as_deref() };
            tried([(*setting, reads(style, text))], |number: &Decimal| keeps(text, number, marks))
        });
        named(&read.collect::<Vec<_>>()).map(|settings| format!("; the schema can allow it with {settings}"))
    };
    settings(&one).or_else(|| settings(&two)).or_else(cleaned).or_else(|| unit(text, |number| reads(style, number)))
}

/// Advice for a number with a unit that a cleaning step can read.
fn unit(text: &str, reads: impl Fn(&str) -> Option<Decimal>) -> Option<String> {
    let text = text.trim();
    let end = text.rfind(|char: char| char.is_ascii_digit())? + 1;
    let (number, unit) = (&text[..end], text[end..].trim_start());
    let is_unit =
        (1..=4).contains(&unit.chars().count()) && unit.chars().all(char::is_alphabetic) && !is_changing(unit);
    let step = CleanStep::Units(Units { factors: [(unit.to_owned(), Decimal::from(1))].into(), unit: None });
    let made = is_unit.then(|| step.apply(Cow::Borrowed(text)).ok()).flatten()?;
    let read = tried([((), reads(&made))], |made| number.parse().is_ok_and(|number: Decimal| number == *made));
    let ((), read) = read.into_iter().next()?;
    Some(format!("; it has a unit: clean: [{{units: {{factors: {{{unit}: 1}}}}}}] turns it into {read}"))
}

/// The advice for a text that is not a date in the field's format; it follows the expectation in the message.
pub(super) fn of_date(text: &str) -> Option<String> {
    if !text.contains(|char: char| char.is_ascii_digit()) {
        return None;
    }
    let read = |written: &str| Pattern::compile(written, FieldType::Date).ok()?.date(text);
    let found = tried(DATES.map(|written| (format!("format: \"{written}\""), read(written))), |_| true);
    let ambiguous = found.iter().any(|(_, date)| found.first().is_some_and(|(_, first)| first != date));
    let who_knows = if ambiguous { "; only someone who knows the file can tell which is meant" } else { "" };
    named(&found).map(|settings| format!("; the schema can allow it with {settings}{who_knows}"))
}

/// The common patterns that read a text as a date or a datetime.
#[must_use]
pub fn patterns_that_read(text: &str, field_type: FieldType) -> Vec<String> {
    let times: &[&str] = if field_type == FieldType::Datetime { &TIMES } else { &[""] };
    let written = DATES.iter().flat_map(|date| times.iter().map(move |time| format!("{date}{time}")));
    let reads = |written: &String| {
        let pattern = Pattern::compile(written, field_type).ok()?;
        match field_type {
            FieldType::Datetime => pattern.datetime(text).map(drop),
            _ => pattern.date(text).map(drop),
        }
    };
    written.filter(|written| reads(written).is_some()).collect()
}

#[cfg(test)]
mod tests;
