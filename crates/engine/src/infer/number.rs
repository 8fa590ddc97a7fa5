//! Numbers as partners write them.

/// Ways to write a number: the mark before the fraction, and the mark between groups of digits.
const MARKS: [(char, Option<char>); 8] = [
    ('.', None),
    (',', None),
    ('.', Some(',')),
    (',', Some('.')),
    (',', Some(' ')),
    ('.', Some(' ')),
    ('.', Some('\'')),
    (',', Some('\'')),
];

/// Longer ones are codes: a number of an article, an account, an authority.
const MAX_DIGITS: usize = 11;

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    /// Before the fraction.
    pub decimal: char,
    /// Between groups of digits.
    pub group: Option<char>,
}

/// What the values of a column have in common, taken as numbers.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    /// The ways to write a number in which all values are.
    alive: Vec<Style>,
    /// Whether all are whole, without marks.
    whole: bool,
    /// Whether one had the sign or the code of a currency.
    pub currency: bool,
    /// Why they are digits and no number, where they are.
    pub code: Option<Code>,
}

impl Default for Numbers {
    fn default() -> Self {
        let alive = MARKS.map(|(decimal, group)| Style { decimal, group }).to_vec();
        Self { alive, whole: true, currency: false, code: None }
    }
}

/// Why digits are no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// One begins with a zero that a number would lose.
    LeadingZero,
    /// One is longer than numbers are.
    Long,
}

/// What a column of numbers is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whole numbers.
    Integer,
    /// Numbers written so; `sure` is false where the mark may also be the other one.
    Number {
        /// The way.
        style: Style,
        /// Whether no other way is possible.
        sure: bool,
    },
}

impl Numbers {
    /// Takes a value, without white space around it.
    pub fn see(&mut self, value: &str) {
        if self.alive.is_empty() {
            return;
        }
        let bare = without_currency(value);
        self.currency |= bare != value;
        // Spaces of other kinds separate groups as well.
        let bare: String = bare.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        let digits = bare.trim_start_matches('-');
        let zero = digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
        let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let long = is_whole && digits.len() > MAX_DIGITS;
        self.whole &= is_whole;
        let code = zero.then_some(Code::LeadingZero).or(long.then_some(Code::Long));
        self.code = self.code.or(code);
        self.alive.retain(|style| style.is_of(&bare));
    }

    /// Whether all values are written with digits alone.
    pub fn only_digits(&self) -> bool {
        self.whole && !self.alive.is_empty()
    }

    /// What the values are, where all are numbers.
    pub fn kind(&self) -> Option<Kind> {
        if self.code.is_some() {
            return None;
        }
        let style = *self.alive.first()?;
        if self.whole {
            return Some(Kind::Integer);
        }
        // `1,234` in every value: a group far more often than a fraction of three digits.
        let grouped =
            self.alive.iter().find(|other| other.decimal != style.decimal && other.group == Some(style.decimal));
        let style = grouped.copied().filter(|_| style.decimal == ',').unwrap_or(style);
        let sure = grouped.is_none() || style.decimal == '.' && style.group.is_none();
        Some(Kind::Number { style, sure })
    }
}

impl Style {
    fn is_of(self, text: &str) -> bool {
        let text = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = text.split_once(self.decimal).map_or((text, None), |(a, b)| (a, Some(b)));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let whole = match self.group {
            Some(group) if whole.contains(group) => {
                let mut groups = whole.split(group);
                let first = groups.next().unwrap_or_default();
                digits(first) && first.len() <= 3 && groups.all(|group| digits(group) && group.len() == 3)
            }
            _ => digits(whole),
        };
        whole && fraction.is_none_or(digits)
    }
}

/// A text without the sign or the code of a currency at its ends.
fn without_currency(text: &str) -> &str {
    let signs = ['€', '$', '£', '¥'];
    let text = text.trim_matches(signs);
    let codes = ["EUR", "USD", "GBP", "CHF", "JPY"];
    let text =
        codes.iter().find_map(|code| text.strip_prefix(code).or_else(|| text.strip_suffix(code))).unwrap_or(text);
    text.trim()
}

/// Whether a text looks like a number in any way.
pub(super) fn looks_like_one(text: &str) -> bool {
    let mut numbers = Numbers::default();
    numbers.see(text);
    !numbers.alive.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_columns() {
        let number = |decimal, group, sure| Some(Kind::Number { style: Style { decimal, group }, sure });
        for (values, expected) in [
            (&["1", "-20", "0"][..], Some(Kind::Integer)),
            (&["1.5", "2"], number('.', None, true)),
            (&["1,5", "2"], number(',', None, true)),
            (&["1.234,5", "2"], number(',', Some('.'), true)),
            (&["1,234.5", "2"], number('.', Some(','), true)),
            (&["1 234,5", "1\u{a0}000"], number(',', Some(' '), true)),
            (&["1,234", "5,678"], number('.', Some(','), false)),
            (&["€ 1.50", "2.00 EUR"], number('.', None, true)),
            (&["007", "12"], None),
            (&["4006381333931"], None),
            (&["1.2.3"], None),
            (&["x"], None),
            (&["1", ""], None),
        ] {
            let mut numbers = Numbers::default();
            for value in values {
                numbers.see(value);
            }
            assert_eq!(numbers.kind(), expected, "{values:?}");
        }
    }
}
