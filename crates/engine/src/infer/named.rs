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

/// A notation with the language of its names.
struct Candidate {
    pattern: &'static str,
    language: &'static str,
    compiled: Pattern,
}

static CANDIDATES: LazyLock<Vec<Candidate>> = LazyLock::new(|| {
    let all = LANGUAGES.iter().filter_map(|language| Some((*language, Names::of(language)?)));
    let all = all.flat_map(|(language, names)| {
        PATTERNS.iter().filter_map(move |pattern| {
            let compiled = Pattern::compile(pattern, FieldType::Date).ok()?.in_language(names.clone());
            Some(Candidate { pattern, language, compiled })
        })
    });
    all.collect()
});

/// The notations that all values of a column have.
#[derive(Clone, Debug, Default)]
pub(super) struct NamedDates {
    /// Their indexes in the list of candidates; `None` before the first value.
    fitting: Option<Vec<usize>>,
}

impl NamedDates {
    /// Adds a value without surrounding white space.
    pub fn see(&mut self, value: &str) {
        let reads = |at: &usize| CANDIDATES.get(*at).is_some_and(|found| found.compiled.read(value, None).is_some());
        match &mut self.fitting {
            Some(fitting) if fitting.is_empty() => {}
            fitting if !may_be_one(value) => *fitting = Some(Vec::new()),
            Some(fitting) => fitting.retain(reads),
            None => self.fitting = Some((0..CANDIDATES.len()).filter(reads).collect()),
        }
    }

    /// The pattern, its language, and other languages that fit as well; `None` if no notation has all values.
    pub fn found(&self) -> Option<(&'static str, &'static str, Vec<&'static str>)> {
        let fitting: Vec<&Candidate> = self.fitting.iter().flatten().filter_map(|at| CANDIDATES.get(*at)).collect();
        let first = fitting.first()?;
        let others = fitting.iter().filter(|other| other.pattern == first.pattern).skip(1);
        Some((first.pattern, first.language, others.map(|other| other.language).collect()))
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
            (&["3. M\u{e4}rz 2026", "12. Dezember 2025", "1. Mai 2026"][..], Some(("%d. %B %Y", "de", vec![]))),
            (&["03-Okt-2026", "12-Dez-2025"], Some(("%d-%b-%Y", "de", vec![]))),
            (&["3 ao\u{fb}t 2026", "12 d\u{e9}c. 2025"], Some(("%d %B %Y", "fr", vec![]))),
            (&["3 de marzo de 2026", "4 de enero de 2026"], Some(("%d de %B de %Y", "es", vec![]))),
            (&["3. M\u{e4}rz 2026", "soon"], None),
            (&["12 Main Street 20", "3 M\u{e4}rz 2026"], None),
            (&["12345"], None),
            (&[], None),
        ] {
            let mut dates = NamedDates::default();
            for value in values {
                dates.see(value);
            }
            assert_eq!(dates.found(), expected, "{values:?}");
        }
        let mut april = NamedDates::default();
        april.see("3. April 2026");
        let (_, language, others) = april.found().unwrap();
        assert!(language == "de" && others.contains(&"sv"), "{others:?}");
    }
}
