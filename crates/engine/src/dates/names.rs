//! Names of months and days in other languages, from the locales of the GNU C Library.

use std::collections::HashMap;

use pure_rust_locales::{Locale, locale_match};
use unicode_normalization::char::is_combining_mark;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Short names that people write and no locale has: of a language, a name and the number of the month from 0.
const OTHER_MONTHS: [(&str, &str, usize); 1] = [("de", "mrz", 2)];

/// Length of the English short names.
const SHORT: usize = 3;

/// The names of months and days of a language, in lower case and without a dot, with their numbers from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    months: HashMap<String, usize>,
    days: HashMap<String, usize>,
}

/// A directive of a name.
#[derive(Clone, Copy)]
enum Directive {
    Month { is_short: bool },
    Day { is_short: bool },
}

impl Names {
    /// The names of a language by its code of two or three letters, such as `de`, in all countries; `None` if they
    /// are not known, or do not consist of letters.
    pub(crate) fn of(language: &str) -> Option<Self> {
        let mut names = Self { months: HashMap::new(), days: HashMap::new() };
        let is_code = (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
        let countries = || (b'A'..=b'Z').flat_map(|first| (b'A'..=b'Z').map(move |second| [first, second]));
        for country in countries().filter(|_| is_code) {
            let [first, second] = country.map(char::from);
            let Ok(locale) = Locale::try_from(&*format!("{language}_{first}{second}")) else { continue };
            let (full, short) = (locale_match!(locale => LC_TIME::MON), locale_match!(locale => LC_TIME::ABMON));
            let (other, other_short) =
                (locale_match!(locale => LC_TIME::ALT_MON), locale_match!(locale => LC_TIME::AB_ALT_MON));
            for list in [Some(full), Some(short), other, other_short].into_iter().flatten() {
                add(&mut names.months, list);
            }
            for list in [locale_match!(locale => LC_TIME::DAY), locale_match!(locale => LC_TIME::ABDAY)] {
                add(&mut names.days, list);
            }
        }
        let more = OTHER_MONTHS.iter().filter(|(of, ..)| *of == language);
        names.months.extend(more.map(|(_, name, number)| ((*name).to_owned(), *number)));
        (!names.months.is_empty()).then_some(names)
    }

    /// Whether a pattern has a name to translate.
    pub(crate) fn are_in(pattern: &str) -> bool {
        !directives(pattern).is_empty()
    }

    /// A text with English names, as the directives of a pattern need them. With `dots`, a dot behind a name belongs
    /// to it.
    pub(super) fn translate(&self, pattern: &str, text: &str, dots: bool) -> String {
        let mut made = String::with_capacity(text.len());
        let mut wanted = directives(pattern).into_iter().peekable();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
            if end == 0 {
                made.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
            let (word, behind) = rest.split_at(end);
            let name = wanted.peek().and_then(|directive| self.english(*directive, word));
            rest = match name {
                Some(name) => {
                    wanted.next();
                    made.push_str(name);
                    behind.strip_prefix('.').filter(|_| dots).unwrap_or(behind)
                }
                None => {
                    made.push_str(word);
                    behind
                }
            };
        }
        made
    }

    fn english(&self, directive: Directive, word: &str) -> Option<&'static str> {
        let word = word.to_lowercase();
        let (name, is_short) = match directive {
            Directive::Month { is_short } => (MONTHS[*self.months.get(&word)?], is_short),
            Directive::Day { is_short } => (DAYS[*self.days.get(&word)?], is_short),
        };
        Some(if is_short { &name[..SHORT] } else { name })
    }
}

/// Adds the names of a list; the first locale that has a name decides what it means.
fn add(names: &mut HashMap<String, usize>, list: &[&str]) {
    for (number, name) in list.iter().enumerate() {
        let name = name.trim().trim_end_matches('.').to_lowercase();
        if !name.is_empty() && name.chars().all(is_of_name) {
            names.entry(name).or_insert(number);
        }
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphabetic() || is_combining_mark(c) || c == '\u{2019}' || c == '\''
}

/// The directives of names in a pattern, in their order.
fn directives(pattern: &str) -> Vec<Directive> {
    let mut found = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            continue;
        }
        let letter = characters.find(|c| !matches!(c, '-' | '_' | '0'..='9' | '^' | '#' | ':' | '.'));
        found.extend(match letter {
            Some('B') => Some(Directive::Month { is_short: false }),
            Some('b' | 'h') => Some(Directive::Month { is_short: true }),
            Some('A') => Some(Directive::Day { is_short: false }),
            Some('a') => Some(Directive::Day { is_short: true }),
            _ => None,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates::Pattern;
    use crate::spec::FieldType;

    #[test]
    fn table_of_dates_in_other_languages() {
        for (language, pattern, text, expected) in [
            ("de", "%d %b %Y", "2 Mrz 2021", Some("2021-03-02")),
            ("de", "%d %b %Y", "4 Mai 2021", Some("2021-05-04")),
            ("de", "%d. %B %Y", "24. Dezember 2021", Some("2021-12-24")),
            ("de", "%d %b %Y", "1 OKT 2021", Some("2021-10-01")),
            ("de", "%d %b %Y", "5 Jän 2022", Some("2022-01-05")),
            ("de", "%d %b %Y", "5 Jänner 2022", Some("2022-01-05")),
            ("de", "%d. %b %Y", "5. Dez. 2022", Some("2022-12-05")),
            ("de", "%d. %b. %Y", "5. Dez. 2022", Some("2022-12-05")),
            ("de", "%A, %d. %B %Y", "Mittwoch, 5. Januar 2022", Some("2022-01-05")),
            // Names of weekdays must be right, as in English.
            ("de", "%A, %d. %B %Y", "Montag, 5. Januar 2022", None),
            ("de", "%d. %B %Y", "5. December 2022", Some("2022-12-05")),
            ("de", "%d. %B %Y", "5. Dezembär 2022", None),
            ("fr", "%d %B %Y", "1 août 2021", Some("2021-08-01")),
            ("fr", "%d %B %Y", "14 FÉVRIER 2021", Some("2021-02-14")),
            ("fr", "%a %d %b %Y", "mar. 2 mars 2021", Some("2021-03-02")),
            ("es", "%d de %B de %Y", "2 de marzo de 2021", Some("2021-03-02")),
            ("pl", "%d %B %Y", "2 marca 2021", Some("2021-03-02")),
            ("pl", "%d %B %Y", "2 marzec 2021", Some("2021-03-02")),
            ("ru", "%d %B %Y", "2 марта 2021", Some("2021-03-02")),
        ] {
            let pattern = Pattern::compile(pattern, FieldType::Date).unwrap().in_language(Names::of(language).unwrap());
            assert_eq!(pattern.read(text, None).as_deref(), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn languages_without_names_of_letters_are_not_known() {
        for language in ["", "D", "DE", "xx", "deutsch", "de_DE"] {
            assert_eq!(Names::of(language), None, "{language}");
        }
        assert!(Names::are_in("%d. %B %Y") && Names::are_in("%a") && !Names::are_in("%d.%m.%Y %%B"));
    }
}
