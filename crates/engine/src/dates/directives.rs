//! The directives of `strptime` patterns, for those of a schema and those of a cleaning step.

use jiff::fmt::strtime::BrokenDownTime;

/// Whether a year has four digits: 1 to 9999. `0000` is not a year, as in XML Schema.
pub(crate) fn is_year(year: i16) -> bool {
    (1..=9999).contains(&year)
}

/// Whether the year in a text has four digits, or two if the pattern says so.
///
/// jiff reads `14` for `%Y` as the year 14, although the partner means 2014 or another pattern; `0014` is the
/// year 14.
pub(crate) fn has_full_year(pattern: &str, text: &str, year: i16) -> bool {
    if year >= 1000 {
        return true;
    }
    let four_digits = || {
        let (before, _) = pattern.match_indices('%').map(|(at, _)| pattern.split_at(at)).find(|(_, directive)| {
            directive[1..].trim_start_matches(['-', '_', '0', '^', '#']).starts_with(['Y', 'F'])
        })?;
        let (_, start) = BrokenDownTime::parse_prefix(before, text).ok()?;
        let digits = text.as_bytes().get(start..)?.first_chunk::<4>()?;
        Some(digits.iter().all(u8::is_ascii_digit))
    };
    is_year(year) && four_digits().unwrap_or_default()
}

/// The literal characters of a `strptime` pattern, without white space.
pub(crate) fn needs(pattern: &str) -> Vec<char> {
    let mut needed = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            needed.push(character);
            continue;
        }
        // Flags and a width precede the letter.
        let directive = characters.find(|c| !matches!(c, '-' | '_' | '0'..='9' | '^' | '#' | ':' | '.'));
        needed.extend(directive.filter(|directive| *directive == '%'));
    }
    needed.retain(|character| !character.is_whitespace());
    needed
}

/// Whether a pattern has a two-digit year.
pub(super) fn has_short_year(pattern: &str) -> bool {
    letters(pattern).any(|letter| letter == 'y')
}

/// Whether a pattern has an hour of the day from 0 to 23.
pub(super) fn has_hour(pattern: &str) -> bool {
    letters(pattern).any(|letter| matches!(letter, 'H' | 'k' | 'T' | 'R'))
}

/// The letters of the directives.
fn letters(pattern: &str) -> impl Iterator<Item = char> {
    let mut characters = pattern.chars();
    std::iter::from_fn(move || {
        characters.find(|character| *character == '%')?;
        // Flags and a width precede the letter.
        characters.find(|c| !matches!(c, '-' | '_' | '0'..='9' | '^' | '#' | ':' | '.'))
    })
}
