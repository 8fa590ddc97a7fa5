//! Numbers whose sign is not a minus before them, and percentages.

use std::borrow::Cow;

use super::number::Marks;
use crate::decimal::Decimal;
use crate::fast::alphabet::Alphabet;
use crate::spec::{Negative, Percent};

/// Characters that mean minus: the hyphen of keyboards, the minus of Unicode, and its small and wide forms.
const MINUS: [char; 4] = ['-', '−', '﹣', '－'];

/// Words that say the sign of the number beside them, in lower case; `true` is minus.
const WORDS: [(&str, bool); 12] = [
    ("dr", true),
    ("debit", true),
    ("minus", true),
    ("neg", true),
    ("negative", true),
    ("soll", true),
    ("cr", false),
    ("credit", false),
    ("plus", false),
    ("pos", false),
    ("positive", false),
    ("haben", false),
];

/// How a number is written.
#[derive(Clone, Debug)]
pub(crate) struct Notation {
    /// Its marks.
    pub marks: Marks,
    /// How a negative number may be written, besides with a minus before it.
    pub negative: Vec<Negative>,
    /// What happens to a percent sign; without this, it is an error.
    pub percent: Option<Percent>,
}

/// A percent sign was found, so a second one is an error.
struct HasPercent(bool);

impl Notation {
    /// A number with these marks and a minus before it.
    pub(crate) fn of(marks: Marks) -> Self {
        Self { marks, negative: Vec::new(), percent: None }
    }

    /// Reads a number and writes it as `-1234.5`.
    pub(super) fn read<'a>(&self, text: Cow<'a, str>) -> Result<Cow<'a, str>, String> {
        match self.plain(text.trim()) {
            Some(plain) => Ok(super::changed(text, plain)),
            None => Err(self.marks.not_a_number(&text, self.percent == Some(Percent::Divide))),
        }
    }

    /// Whether the step surely leaves every text of an alphabet as it is.
    pub(super) fn surely_keeps(&self, texts: &Alphabet) -> bool {
        let marks = self.marks.decimal == '.' || !texts.may_have(b'.');
        texts.of_numbers && marks && self.percent != Some(Percent::Divide)
    }

    /// A number in plain notation; `None` if it is invalid.
    pub(super) fn plain(&self, text: &str) -> Option<String> {
        if self.negative.is_empty() && self.percent.is_none() {
            return self.marks.plain(text);
        }
        let mut percent = HasPercent(false);
        // The sign may stand before or behind the percent sign.
        let text = self.without_percent(text, &mut percent);
        let (is_negative, text) = self.without_sign(text);
        let text = self.without_percent(text, &mut percent);
        let plain = self.marks.plain(text)?;
        let plain = match is_negative {
            // Two signs leave open which of them is meant.
            Some(_) if text.starts_with('+') || text.starts_with(MINUS) => return None,
            Some(true) => format!("-{plain}"),
            _ => plain,
        };
        match (self.percent, percent) {
            (Some(Percent::Divide), HasPercent(true)) => {
                let number: Decimal = plain.parse().ok()?;
                Some((&number * &"0.01".parse().ok()?).to_string())
            }
            // Nobody knows whether 0.5 means half a percent or a half.
            (Some(Percent::Divide), HasPercent(false)) => None,
            _ => Some(plain),
        }
    }

    fn without_percent<'t>(&self, text: &'t str, found: &mut HasPercent) -> &'t str {
        match text.strip_suffix('%').filter(|_| self.percent.is_some() && !found.0) {
            Some(rest) => {
                found.0 = true;
                rest.trim_end()
            }
            None => text,
        }
    }

    /// Takes off a sign that is not a minus before the number, and says whether it means minus.
    fn without_sign<'t>(&self, text: &'t str) -> (Option<bool>, &'t str) {
        for negative in &self.negative {
            let found = match negative {
                Negative::Parentheses => {
                    text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).map(|inner| (true, inner.trim()))
                }
                Negative::Trailing => text
                    .strip_suffix(MINUS)
                    .map(|rest| (true, rest))
                    .or_else(|| text.strip_suffix('+').map(|rest| (false, rest)))
                    .map(|(is_negative, rest)| (is_negative, rest.trim_end())),
                Negative::Words => word(text),
            };
            if let Some((is_negative, rest)) = found {
                return (Some(is_negative), rest);
            }
        }
        (None, text)
    }
}

/// The sign that a word at either end of a text says, and the rest of the text.
fn word(text: &str) -> Option<(bool, &str)> {
    let is_letter = |c: char| c.is_alphabetic();
    let begins = text.find(|c: char| !is_letter(c)).unwrap_or(0);
    let ends = text.trim_end_matches(is_letter).len();
    let sign = |word: &str| {
        let word = word.to_lowercase();
        WORDS.iter().find(|(known, _)| *known == word).map(|(_, is_negative)| *is_negative)
    };
    let before = sign(&text[..begins]).map(|is_negative| (is_negative, text[begins..].trim_start()));
    before.or_else(|| sign(&text[ends..]).map(|is_negative| (is_negative, text[..ends].trim_end())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(negative: &[Negative], percent: Option<Percent>, text: &str) -> Option<String> {
        let marks = Marks { decimal: '.', group: vec![','] };
        Notation { marks, negative: negative.to_vec(), percent }.read(text.into()).ok().map(Cow::into_owned)
    }

    #[test]
    fn table_of_signs() {
        use Negative::{Parentheses, Trailing, Words};
        for (negative, text, expected) in [
            (&[Parentheses][..], "(1,200.50)", Some("-1200.50")),
            (&[Parentheses], " ( 30 ) ", Some("-30")),
            (&[Parentheses], "30", Some("30")),
            (&[Parentheses], "-30", Some("-30")),
            (&[Parentheses], "(-30)", None),
            (&[Parentheses], "(30", None),
            (&[Parentheses], "((30))", None),
            (&[Parentheses], "30-", None),
            (&[Trailing], "166.30-", Some("-166.30")),
            (&[Trailing], "5 −", Some("-5")),
            (&[Trailing], "5－", Some("-5")),
            (&[Trailing], "5+", Some("5")),
            (&[Trailing], "-5-", None),
            (&[Trailing], "-", None),
            (&[Trailing], "(5)", None),
            (&[Words], "12.50 DR", Some("-12.50")),
            (&[Words], "12.50CR", Some("12.50")),
            (&[Words], "minus 5", Some("-5")),
            (&[Words], "Soll 5", Some("-5")),
            (&[Words], "-5 CR", None),
            (&[Words], "5 EUR", None),
            (&[Words], "DR", None),
            (&[Parentheses, Trailing, Words], "(5)", Some("-5")),
            (&[Parentheses, Trailing, Words], "5-", Some("-5")),
            (&[Parentheses, Trailing, Words], "5 dr", Some("-5")),
            (&[Parentheses, Trailing, Words], "(5-)", None),
            (&[Parentheses, Trailing, Words], "(5) DR", None),
            (&[], "(5)", None),
            (&[], "−5", Some("-5")),
            (&[], "－5", Some("-5")),
        ] {
            assert_eq!(read(negative, None, text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn table_of_percentages() {
        for (percent, text, expected) in [
            (None, "5%", None),
            (Some(Percent::Drop), "5%", Some("5")),
            (Some(Percent::Drop), "12.5 %", Some("12.5")),
            (Some(Percent::Drop), "5", Some("5")),
            (Some(Percent::Drop), "5%%", None),
            (Some(Percent::Drop), "%", None),
            (Some(Percent::Divide), "5%", Some("0.05")),
            (Some(Percent::Divide), "-12.50 %", Some("-0.125")),
            (Some(Percent::Divide), "1,200%", Some("12")),
            (Some(Percent::Divide), "5", None),
            (Some(Percent::Divide), "(5%)", Some("-0.05")),
            (Some(Percent::Divide), "(5)%", Some("-0.05")),
        ] {
            assert_eq!(read(&[Negative::Parentheses], percent, text).as_deref(), expected, "{text}");
        }
    }
}
