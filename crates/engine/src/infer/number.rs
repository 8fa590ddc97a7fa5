//! Numbers in the notations that partners use.

use std::collections::BTreeSet;

/// Notations of a number: the decimal mark, and the mark between groups of digits.
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

/// Maximum number of digits; longer ones are codes of an article, an account, an authority.
const MAX_DIGITS: usize = 11;

/// Currency signs that are removed.
const SIGNS: [char; 4] = ['€', '$', '£', '¥'];

/// Currency codes that are removed.
const CURRENCIES: [&str; 5] = ["EUR", "USD", "GBP", "CHF", "JPY"];

/// The notation of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    /// The decimal mark.
    pub decimal: char,
    /// The mark between groups of digits.
    pub group: Option<char>,
}

/// What a column's values are if read as numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    /// The number of values in each notation.
    hits: [u64; MARKS.len()],
    /// The number of values that are digits without marks.
    whole: u64,
    /// Whether one of these has four digits or more, and whether one has fewer.
    large: bool,
    small: bool,
    /// The number of values with a currency sign or code.
    pub currencies: u64,
    /// The first of these, and another one.
    pub currency: Option<String>,
    pub other_currency: Option<String>,
    /// The notations of negative numbers beside a minus before them, as the step `number` names them.
    pub negative: BTreeSet<&'static str>,
    /// The number of values with a percent sign.
    pub percents: u64,
    /// Why the values are digits but not numbers.
    pub code: Option<Code>,
    /// The number of values in the notation of spreadsheets for long digits, such as `4.00638E+12`.
    pub scientific: u64,
}

/// Why digits are not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// One begins with a zero that a number would lose.
    LeadingZero,
    /// One is longer than numbers usually are.
    Long,
}

/// The kind of a column of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whole numbers.
    Integer,
    /// Numbers with an unambiguous mark.
    Number(Style),
    /// Numbers whose mark may be a decimal or a group mark: `1.000`.
    Either {
        /// The mark.
        mark: char,
        /// Whether a number of four digits lacks the mark, so that it is not a group mark.
        bare_thousands: bool,
        /// Whether some numbers have no mark.
        bare: bool,
    },
}

impl Numbers {
    /// Adds a value without surrounding white space.
    pub fn see(&mut self, value: &str) {
        let (percent, value) = match value.strip_suffix('%') {
            Some(rest) => (true, rest.trim_end()),
            None => (false, value),
        };
        let (negative, value) = match (inside(value), value.strip_suffix('-'), without_word(value)) {
            (Some(inner), ..) => (Some("parentheses"), inner),
            (None, Some(rest), _) if !value.starts_with('-') => (Some("trailing"), rest.trim_end()),
            (None, _, Some(rest)) => (Some("words"), rest),
            _ => (None, value),
        };
        let likely = |c: char| c.is_ascii_digit() || c == '-' || SIGNS.contains(&c) || c.is_ascii_uppercase();
        if !value.starts_with(likely) || !value.bytes().any(|byte| byte.is_ascii_digit()) {
            return;
        }
        self.scientific += u64::from(is_scientific(value) && value.contains('+'));
        let bare = without_currency(value);
        // Other kinds of spaces also separate groups.
        let bare: String = bare.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        let mut is_number = false;
        for (hits, (decimal, group)) in self.hits.iter_mut().zip(MARKS) {
            let hit = Style { decimal, group }.is_of(&bare);
            is_number |= hit;
            *hits += u64::from(hit);
        }
        if !is_number {
            return;
        }
        self.negative.extend(negative);
        self.percents += u64::from(percent);
        if bare.len() != value.len() {
            self.see_currency(value);
        }
        let digits = bare.trim_start_matches('-');
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            self.whole += 1;
            self.large |= digits.len() > 3;
            self.small |= digits.len() <= 3 && digits != "0";
            let long = digits.len() > MAX_DIGITS;
            self.code = self.code.or(long.then_some(Code::Long));
        }
        let zero = digits.starts_with('0') && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        self.code = self.code.or(zero.then_some(Code::LeadingZero));
    }

    fn see_currency(&mut self, value: &str) {
        self.currencies += 1;
        let bare = without_currency(value);
        let currency = value.replacen(bare, "", 1).trim().to_owned();
        match &self.currency {
            None => self.currency = Some(currency),
            Some(first) if *first != currency => self.other_currency = Some(currency),
            Some(_) => {}
        }
    }

    /// The number of values that are numbers in the most frequent notation.
    pub fn most(&self) -> u64 {
        self.hits.iter().copied().max().unwrap_or_default()
    }

    /// Whether some values are digits only, and none is another number.
    pub fn only_digits(&self) -> bool {
        self.whole > 0 && self.whole == self.most()
    }

    /// Whether some have a sign that only the step `number` reads.
    pub fn has_signs(&self) -> bool {
        self.percents > 0 || !self.negative.is_empty()
    }

    /// Whether this many values, all of them, are numbers with a decimal point at most.
    pub fn is_plain(&self, all: u64) -> bool {
        let is_bare = self.currencies == 0 && self.percents == 0 && self.negative.is_empty();
        self.hits[0] == all && is_bare && self.code != Some(Code::LeadingZero)
    }

    /// The same without a point.
    pub fn is_plain_whole(&self, all: u64) -> bool {
        self.is_plain(all) && self.whole == all
    }

    /// The kind of the numbers among the values; `None` if there are none, or if the digits are not numbers.
    pub fn kind(&self) -> Option<Kind> {
        let most = self.most();
        // Nobody knows what a number without the sign means among percentages.
        if most == 0 || self.code.is_some() || self.percents > 0 && self.percents != most {
            return None;
        }
        if self.whole == most {
            return Some(Kind::Integer);
        }
        let first = self.hits.iter().position(|hits| *hits == most)?;
        let (decimal, group) = MARKS[first];
        let style = Style { decimal, group };
        let grouped =
            |(at, _): &(usize, &(char, Option<char>))| self.hits[*at] == most && MARKS[*at].1 == Some(decimal);
        let either = group.is_none() && MARKS.iter().enumerate().any(|entry| grouped(&entry));
        Some(if either {
            Kind::Either { mark: decimal, bare_thousands: self.large, bare: self.small }
        } else {
            Kind::Number(style)
        })
    }
}

impl Style {
    /// The other possible decimal mark.
    pub fn other_mark(self) -> char {
        if self.decimal == '.' { ',' } else { '.' }
    }

    fn is_of(self, text: &str) -> bool {
        let text = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = text.split_once(self.decimal).map_or((text, None), |(a, b)| (a, Some(b)));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let whole = match self.group {
            Some(group) if whole.contains(group) => {
                let mut groups = whole.split(group);
                let first = groups.next().unwrap_or_default();
                // Groups do not begin with a zero: `0.500` is a fraction.
                let begins = digits(first) && first.len() <= 3 && !first.starts_with('0');
                begins && groups.all(|group| digits(group) && group.len() == 3)
            }
            _ => digits(whole),
        };
        whole && fraction.is_none_or(digits)
    }
}

/// What stands between parentheses around the whole text.
fn inside(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?.trim();
    (!inner.starts_with('-')).then_some(inner)
}

/// A number without the word for debit or credit behind it, which a space or a fraction sets off.
fn without_word(text: &str) -> Option<&str> {
    let at = text.len().checked_sub(2)?;
    let (rest, word) = text.split_at_checked(at)?;
    let is_word = ["DR", "CR"].iter().any(|known| word.eq_ignore_ascii_case(known));
    let number = rest.trim_end();
    let is_set_off = number.len() < rest.len() || number.contains(['.', ',']);
    (is_word && is_set_off && number.ends_with(|c: char| c.is_ascii_digit()) && !number.starts_with('-'))
        .then_some(number)
}

/// A text without a currency sign or code at its ends.
fn without_currency(text: &str) -> &str {
    let text = text.trim_matches(SIGNS);
    let text =
        CURRENCIES.iter().find_map(|code| text.strip_prefix(code).or_else(|| text.strip_suffix(code))).unwrap_or(text);
    text.trim()
}

/// Whether a text is a number abbreviated by a spreadsheet: `4.00638E+12`.
pub(super) fn is_scientific(text: &str) -> bool {
    let Some((front, power)) = text.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = front.split_once(['.', ',']).map_or((front, "0"), |parts| parts);
    digits(whole.trim_start_matches('-'))
        && digits(fraction)
        && digits(power.trim_start_matches(['+', '-']))
        && power.starts_with(['+', '-'])
}

/// Whether a text looks like a number in any notation.
pub(super) fn looks_like_one(text: &str) -> bool {
    let mut numbers = Numbers::default();
    numbers.see(text);
    numbers.most() > 0 || is_scientific(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_columns() {
        let number = |decimal, group| Some(Kind::Number(Style { decimal, group }));
        let either = |mark, bare_thousands, bare| Some(Kind::Either { mark, bare_thousands, bare });
        for (values, expected, most) in [
            (&["1", "-20", "0"][..], Some(Kind::Integer), 3),
            (&["1.5", "2"], number('.', None), 2),
            (&["1,5", "2"], number(',', None), 2),
            (&["1.234,5", "2"], number(',', Some('.')), 2),
            (&["1,234.5", "2"], number('.', Some(',')), 2),
            (&["1 234,5", "1\u{a0}000"], number(',', Some(' ')), 2),
            (&["1,234", "5,678"], either(',', false, false), 2),
            (&["1.000", "2.500", "12"], either('.', false, true), 3),
            (&["1.000", "2500"], either('.', true, false), 2),
            (&["1.000", "0.500"], number('.', None), 2),
            (&["€ 1.50", "2.00 EUR"], number('.', None), 2),
            (&["1.50", "2.25", "n/a", "on request"], number('.', None), 2),
            (&["007", "12"], None, 2),
            (&["4006381333931"], None, 1),
            (&["1.2.3"], None, 0),
            (&["(1,200.50)", "3.00-", "($30.00)"], number('.', Some(',')), 3),
            (&["(-5)", "-5-"], None, 0),
            (&["12.50 DR", "1,000.00CR", "3.00"], number('.', Some(',')), 3),
            (&["12DR", "A 5 CR", "-5.00 DR"], None, 0),
            (&["12.5 %", "3%"], number('.', None), 2),
            (&["12.5 %", "3"], None, 2),
            (&["4.00638E+12"], None, 0),
            (&["x", "A17", "-"], None, 0),
        ] {
            let mut numbers = Numbers::default();
            for value in values {
                numbers.see(value);
            }
            assert_eq!((numbers.kind(), numbers.most()), (expected, most), "{values:?}");
        }
    }

    #[test]
    fn table_of_scientific_numbers() {
        for (text, expected) in [
            ("4.00638E+12", true),
            ("4,00638E+12", true),
            ("1e-3", true),
            ("1E5", false),
            ("E+1", false),
            ("12", false),
        ] {
            assert_eq!(is_scientific(text), expected, "{text}");
        }
    }
}
