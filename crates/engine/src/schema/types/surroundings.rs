//! What may surround a number if `bareNumber` is `false`.
//!
//! Table Schema allows non-numeric characters before and after a number and means currency and percent signs.
//! Here they are dropped only if the number stays the same. A minus after the number, parentheses, `DR`,
//! `million` or the letters of a formula (`H2O`) would make it another number, so such a text is not a
//! number.

use crate::currency;

/// Words that change the sign or the size of the number beside them, in lower case: debit and credit, minus,
/// multiples.
const CHANGING: &[&str] = &[
    "billion",
    "billionen",
    "billions",
    "bn",
    "cr",
    "credit",
    "crore",
    "crores",
    "crédit",
    "db",
    "debet",
    "debit",
    "dozen",
    "dr",
    "débit",
    "haben",
    "hundred",
    "kilo",
    "lac",
    "lakh",
    "less",
    "mia",
    "mil",
    "mille",
    "milliarden",
    "million",
    "millionen",
    "millions",
    "millones",
    "minus",
    "mio",
    "mld",
    "mln",
    "mm",
    "mn",
    "moins",
    "mrd",
    "neg",
    "negativ",
    "negative",
    "menos",
    "plus",
    "soll",
    "tausend",
    "thousand",
    "thousands",
    "times",
    "tn",
    "trillion",
    "trillions",
    "tsd",
];
/// Single letters with the same effect: debit and credit in English and German, thousands, millions,
/// billions.
const CHANGING_LETTERS: &[&str] = &["B", "C", "D", "H", "K", "M", "S", "k"];

/// The number in a text, if its surroundings can be dropped without making it another number.
pub(super) fn number_in<'a>(text: &'a str, decimal: &str) -> Option<&'a str> {
    let begins = |(at, char): (usize, char)| {
        let fraction = || text[at..].strip_prefix(decimal).is_some_and(begins_with_digit);
        (char.is_ascii_digit() || matches!(char, '+' | '-') || fraction()).then_some(at)
    };
    let start = text.char_indices().find_map(begins)?;
    let end = text.rfind(|char: char| char.is_ascii_digit())? + 1;
    let number = text.get(start..end)?;
    let (before, after) = (&text[..start], &text[end..]);
    (may_stand_before(before, after) && may_stand_behind(after)).then_some(number)
}

/// Whether a word changes the number, because it is not a unit, a currency or a remark.
pub(in crate::schema) fn is_changing(word: &str) -> bool {
    CHANGING_LETTERS.contains(&word) || CHANGING.contains(&word.to_lowercase().as_str())
}

fn begins_with_digit(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_digit())
}

/// Letters directly before a number are part of a name, as in `A12` or `CO2`, unless they are a currency. If
/// a currency sign follows directly, the text is an amount: Frictionless reads `ab1$`.
fn may_stand_before(before: &str, after: &str) -> bool {
    let glued = before.ends_with(char::is_alphabetic);
    let amount = || currency::after(before).is_some() || after.starts_with(currency::is_sign);
    let may = |char: char| {
        char.is_whitespace() || char.is_alphabetic() || currency::is_sign(char) || matches!(char, '.' | ':' | '#')
    };
    before.chars().all(may) && !has_changing_word(before) && (!glued || amount())
}

/// Letters directly after a number are part of a name or a multiple, as in `3M`, unless they are a currency.
fn may_stand_behind(after: &str) -> bool {
    let glued = after.starts_with(char::is_alphabetic);
    let mut last = ' ';
    let may = |char: char| {
        let before = std::mem::replace(&mut last, char);
        let of_unit = before.is_alphabetic() || currency::is_sign(before);
        char.is_whitespace()
            || char.is_alphabetic()
            || currency::is_sign(char)
            || matches!(char, '.' | '%' | '‰' | '‱' | '°')
            || (of_unit && matches!(char, '/' | '²' | '³'))
    };
    after.chars().all(may) && !has_changing_word(after) && (!glued || currency::before(after).is_some())
}

fn has_changing_word(text: &str) -> bool {
    // `°C` is a unit, and `C` stands for credit.
    text.split(|char: char| !char.is_alphabetic() && char != '°').any(is_changing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_what_may_stand_around() {
        for (text, expected) in [
            ("12", Some("12")),
            ("  10.00 €", Some("10.00")),
            ("€12", Some("12")),
            ("€ -12", Some("-12")),
            ("$-30", Some("-30")),
            ("US$ 12", Some("12")),
            ("EUR 95.50", Some("95.50")),
            ("EUR95.50", Some("95.50")),
            ("12EUR", Some("12")),
            ("12 kr.", Some("12")),
            ("95%", Some("95")),
            ("1000‰", Some("1000")),
            ("12 kg", Some("12")),
            ("12 km/h", Some("12")),
            ("12 €/m²", Some("12")),
            ("20 °C", Some("20")),
            ("20°C", Some("20")),
            ("No. 12", Some("12")),
            ("ca. .5 kg", Some(".5")),
            ("1234.", Some("1234")),
            ("ab1$", Some("1")),
            // The sign is outside of the number.
            ("(30.00)", None),
            ("($7.00)", None),
            ("[30]", None),
            ("1.20-", None),
            ("1.20 -", None),
            ("1.20+", None),
            ("−5", None),
            ("–5", None),
            ("— 5", None),
            ("5−", None),
            ("±5", None),
            ("12.50 DR", None),
            ("12.50 cr", None),
            ("12.50 S", None),
            ("DR 12.50", None),
            ("minus 5", None),
            // Less than, more than, about: another number.
            ("<5", None),
            ("~5", None),
            // A multiple.
            ("3 million", None),
            ("1.5k", None),
            ("3M", None),
            ("2 Mio. EUR", None),
            ("5½", None),
            ("5 ½", None),
            // Part of a name.
            ("H2O", None),
            ("CO2", None),
            ("A12", None),
            ("A-12", None),
            ("No.12", None),
            ("12kg", None),
            ("12th", None),
            ("mg/m^3", None),
            ("N/A 3", None),
            ("12*", None),
            ("none", None),
            ("-", None),
            ("", None),
        ] {
            assert_eq!(number_in(text, "."), expected, "{text}");
        }
    }
}
