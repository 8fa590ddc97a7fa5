//! Checks whether a number equals what a text says.

use crate::currency;
use crate::decimal::Decimal;

/// Characters that people use as a minus, and the minus itself.
pub(crate) const DASHES: [char; 8] = ['-', '−', '‐', '‒', '–', '—', '﹣', '－'];

/// The marks in a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks<'a> {
    /// The decimal mark.
    pub decimal: &'a str,
    /// The mark between groups of digits.
    pub group: Option<&'a str>,
}

/// Whether a number has the digits and the sign of a text, and the text contains nothing else but currency
/// signs and codes, percentages and white space. A dash outside of the digits means minus, and so do
/// parentheses.
pub(crate) fn keeps(text: &str, number: &Decimal, marks: Marks<'_>) -> bool {
    magnitude(text, marks).is_some_and(|(negative, magnitude)| {
        let expected = if negative { -&magnitude } else { magnitude };
        *number == expected
    })
}

/// Whether the text says minus, and the number without its sign.
fn magnitude(text: &str, marks: Marks<'_>) -> Option<(bool, Decimal)> {
    let digit = |char: char| char.is_ascii_digit();
    let (start, end) = (text.find(digit)?, text.rfind(digit)? + 1);
    let (before, digits, after) = (&text[..start], &text[start..end], &text[end..]);
    let (before, whole) = before.strip_suffix(marks.decimal).map_or((before, ""), |before| (before, "0."));
    let magnitude = format!("{whole}{}", plain(digits, marks)?).parse().ok()?;
    let outside = || before.chars().chain(after.chars());
    let dashes = outside().filter(|char| DASHES.contains(char)).count();
    let parentheses = match (before.matches('(').count(), after.matches(')').count()) {
        (0, 0) => 0,
        (1, 1) => 1,
        _ => return None,
    };
    let pluses = outside().filter(|char| *char == '+').count();
    let signs = dashes + parentheses + pluses;
    (signs <= 1 && [before, after].into_iter().all(means_nothing)).then_some((pluses == 0 && signs == 1, magnitude))
}

/// The digits in plain notation; `None` if anything else is between them.
fn plain(digits: &str, marks: Marks<'_>) -> Option<String> {
    let (mut plain, mut rest) = (String::new(), digits);
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(marks.decimal) {
            plain.push('.');
            rest = after;
        } else if let Some(after) = marks.group.and_then(|group| rest.strip_prefix(group)) {
            rest = after;
        } else {
            let exponent = matches!(first, 'e' | 'E') || (matches!(first, '+' | '-') && plain.ends_with(['e', 'E']));
            (first.is_ascii_digit() || exponent).then(|| plain.push(first))?;
            rest = &rest[first.len_utf8()..];
        }
    }
    Some(plain)
}

/// Whether the text at one side of a number says nothing about it but its sign.
fn means_nothing(outside: &str) -> bool {
    let is_sign = |char: char| char.is_whitespace() || DASHES.contains(&char) || matches!(char, '+' | '(' | ')');
    let rest: String = outside.chars().filter(|char| !is_sign(*char)).collect();
    rest.is_empty()
        || currency::before(&rest) == Some(rest.len())
        || rest.chars().all(|char| currency::is_sign(char) || matches!(char, '%' | '‰' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_numbers_that_a_text_says() {
        for (text, decimal, group, expected) in [
            ("12.50", ".", None, Some("12.5")),
            ("-12.50", ".", None, Some("-12.5")),
            ("(12.50)", ".", None, Some("-12.5")),
            ("12.50-", ".", None, Some("-12.5")),
            ("−5", ".", None, Some("-5")),
            ("$-30", ".", None, Some("-30")),
            ("-.5 €", ".", None, Some("-0.5")),
            ("EUR 95", ".", None, Some("95")),
            ("95%", ".", None, Some("95")),
            ("1.299,00", ",", Some("."), Some("1299")),
            ("1.299,00", ",", None, None),
            ("1,5e-3", ",", None, Some("0.0015")),
            ("--5", ".", None, None),
            ("(5", ".", None, None),
            ("(-5)", ".", None, None),
            ("12 kg", ".", None, None),
            ("H2O", ".", None, None),
            ("<5", ".", None, None),
            ("5-3", ".", None, None),
            ("none", ".", None, None),
        ] {
            let said = magnitude(text, Marks { decimal, group });
            let said = said.map(|(negative, magnitude)| if negative { -&magnitude } else { magnitude }.to_string());
            assert_eq!(said.as_deref(), expected, "{text}");
        }
    }
}
