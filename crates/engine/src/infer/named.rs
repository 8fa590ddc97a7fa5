//! Dates with the names of months in languages other than English.

use std::sync::LazyLock;

use crate::dates::{Names, Pattern};
use crate::spec::FieldType;

/// Languages whose names of months are tried, in the order in which one of several that fit is taken.
const LANGUAGES: [&str; 12] = ["de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "fi", "cs"];

/// Notations of a date with the name of its month.
const PATTERNS: [&str; 8] =
    ["%d. %B %Y", "%d %B %Y", "%d-%b-%Y", "%d.%b.%Y", "%d/%b/%Y", "%d-%b-%y", "%d de %B de %Y", "%d. %B %y"];

/// The longest value that may be such a date, in bytes.
const LONGEST: usize = 40;

/// The notations in a language.
struct Language {
    code: &'static str,
    /// For each of [`PATTERNS`].
    patterns: Vec<Pattern>,
}

static ALL: LazyLock<Vec<Language>> = LazyLock::new(|| {
    let of = |code: &&'static str| {
        let names = Names::of(code)?;
        let compiled = PATTERNS.iter().map(|pattern| Pattern::compile(pattern, FieldType::Date).ok());
        let patterns = compiled.map(|pattern| Some(pattern?.in_language(names.clone()))).collect::<Option<_>>()?;
        Some(Language { code, patterns })
    };
    LANGUAGES.iter().filter_map(of).collect()
});

/// The notations that the values of a column have, language by language.
#[derive(Clone, Debug, Default)]
pub(super) struct NamedDates {
    /// For each language, whether one of its notations reads each value, and which of them are needed; `None` before the first value.
    languages: Option<Vec<Option<[bool; PATTERNS.len()]>>>,
}

/// What all values of a column are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// The patterns, one of which reads each value.
    pub patterns: Vec<&'static str>,
    /// The language of the names.
    pub language: &'static str,
    /// Other languages whose names fit as well.
    pub others: Vec<&'static str>,
}

impl NamedDates {
    /// Adds a value without surrounding white space.
    pub fn see(&mut self, value: &str) {
        let languages = self.languages.get_or_insert_with(|| vec![Some([false; PATTERNS.len()]); ALL.len()]);
        if languages.is_empty() {
            return;
        }
        if !may_be_one(value) {
            languages.clear();
            return;
        }
        for (needed, language) in languages.iter_mut().zip(ALL.iter()) {
            let reads = |pattern: &Pattern| pattern.read(value, None).is_some();
            let found = needed.and_then(|_| language.patterns.iter().position(reads));
            *needed = needed.zip(found).map(|(mut needed, at)| {
                needed[at] = true;
                needed
            });
        }
        if languages.iter().all(Option::is_none) {
            languages.clear();
        }
    }

    /// The notations of all values; `None` if no language reads each.
    pub fn found(&self) -> Option<Named> {
        let mut fitting = self
            .languages
            .iter()
            .flatten()
            .zip(ALL.iter())
            .filter_map(|(needed, language)| Some(((*needed)?, language.code)));
        let (needed, language) = fitting.next()?;
        let patterns = PATTERNS.iter().zip(needed).filter(|(_, needed)| *needed).map(|(pattern, _)| *pattern).collect();
        Some(Named { patterns, language, others: fitting.map(|(_, code)| code).collect() })
    }
}

/// Whether a value begins with the number of a day and has a name and a year. This quickly excludes most texts.
fn may_be_one(value: &str) -> bool {
    value.len() <= LONGEST
        && value.starts_with(|c: char| c.is_ascii_digit())
        && value.ends_with(|c: char| c.is_ascii_digit())
        && value.chars().filter(|c| c.is_alphabetic()).count() >= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_columns() {
        for (values, expected) in [
            (&["3. M\u{e4}rz 2026", "12. Dezember 2025", "1. Mai 2026"][..], Some((vec!["%d. %B %Y"], "de"))),
            (&["2 Mrz 2021", "24. Dezember 2021", "5 J\u{e4}n 2022"], Some((vec!["%d. %B %Y", "%d %B %Y"], "de"))),
            (&["03-Okt-2026", "12-Dez-2025"], Some((vec!["%d-%b-%Y"], "de"))),
            (&["3 ao\u{fb}t 2026", "12 d\u{e9}c. 2025"], Some((vec!["%d %B %Y"], "fr"))),
            (&["3 de marzo de 2026", "4 de enero de 2026"], Some((vec!["%d de %B de %Y"], "es"))),
            (&["3. M\u{e4}rz 2026", "soon"], None),
            (&["3. M\u{e4}rz 2026", "3 ao\u{fb}t 2026"], None),
            (&["12 Main Street 20", "3 M\u{e4}rz 2026"], None),
            (&["12345"], None),
            (&[], None),
        ] {
            let mut dates = NamedDates::default();
            for value in values {
                dates.see(value);
            }
            assert_eq!(dates.found().map(|found| (found.patterns, found.language)), expected, "{values:?}");
        }
        let mut april = NamedDates::default();
        april.see("3. April 2026");
        let found = april.found().unwrap();
        assert!(found.language == "de" && found.others.contains(&"sv"), "{found:?}");
    }
}
