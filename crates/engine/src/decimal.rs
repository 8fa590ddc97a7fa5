//! Exact decimal numbers.

mod arithmetic;

pub use arithmetic::MAX_SCALE;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use bigdecimal::BigDecimal;

use crate::fast::small::Small;

/// The largest exponent, of either sign, that is read. It bounds the length of a number, because numbers are
/// written in full. It exceeds the range of every sink.
const MAX_EXPONENT: u64 = 400;
/// Maximum number of digits that are read.
const MAX_DIGITS: usize = 400;

/// An exact decimal number of up to 400 digits. Never a float.
///
/// Numbers are equal if their values are: `1.50` equals `1.5`.
#[derive(Clone, Debug)]
pub struct Decimal(Repr);

/// The representation. Operations on a small number do not allocate.
#[derive(Clone, Debug)]
enum Repr {
    /// Up to 64 bits, as nearly all numbers are.
    Small(Small),
    /// All others.
    Big(Box<BigDecimal>),
}

/// A text that is not a decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number")]
pub struct NotDecimal;

impl FromStr for Decimal {
    type Err = NotDecimal;

    /// Reads `[+-]digits[.digits][e[+-]digits]`, with digits on at least one side of the point. `NaN` and
    /// `INF` are refused.
    fn from_str(text: &str) -> Result<Self, NotDecimal> {
        read(text, MAX_DIGITS)
    }
}

/// Reads a number of at most this many digits.
fn read(text: &str, max_digits: usize) -> Result<Decimal, NotDecimal> {
    if let Some(small) = Small::read(text) {
        return Ok(Decimal(Repr::Small(small)));
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let power = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let power = power.parse::<u64>().ok().filter(|number| digits(power) && *number <= MAX_EXPONENT);
    let Some(power) = power else { return Err(NotDecimal) };
    // The length with its zeros, so that a number written in full can be read again.
    let length = (whole.len() + fraction.len()).saturating_add(usize::try_from(power).unwrap_or(usize::MAX));
    let readable = digits(whole) && digits(fraction) && whole.len() + fraction.len() > 0 && length <= max_digits;
    if !readable {
        return Err(NotDecimal);
    }
    BigDecimal::from_str(text).map(Decimal::of_big).map_err(|_| NotDecimal)
}

impl Decimal {
    /// Reads a number that Sluice has written: a sum may be longer than any number that was read.
    ///
    /// # Errors
    /// If the text is not a decimal number.
    pub fn of_any_length(text: &str) -> Result<Self, NotDecimal> {
        read(text, usize::MAX)
    }

    /// Whether it has no fraction.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Small(small) => small.normalized().scale() == 0,
            Repr::Big(big) => big.is_integer(),
        }
    }

    /// The number of digits without leading and trailing zeros.
    #[must_use]
    pub fn significant_digits(&self) -> u64 {
        match &self.0 {
            Repr::Small(small) => small.significant_digits(),
            Repr::Big(big) => big.normalized().digits(),
        }
    }

    /// The power of ten of its first digit: 2 for 345, -2 for 0.034.
    #[must_use]
    pub fn magnitude(&self) -> i64 {
        match &self.0 {
            Repr::Small(small) => small.magnitude(),
            Repr::Big(big) => {
                let normal = big.normalized();
                let (_, scale) = normal.as_bigint_and_exponent();
                i64::try_from(normal.digits()).unwrap_or(i64::MAX) - 1 - scale
            }
        }
    }

    /// Whether a number in plain notation is its own canonical text. The result means nothing for a text that
    /// is not a number.
    #[must_use]
    pub(crate) fn is_canonical(text: &str) -> bool {
        let bytes = text.as_bytes();
        let unsigned = bytes.strip_prefix(b"-").unwrap_or(bytes);
        let (mut points, mut others) = (0, 0);
        for byte in unsigned {
            points += usize::from(*byte == b'.');
            others += usize::from(!byte.is_ascii_digit() && *byte != b'.');
        }
        let zeros = match unsigned {
            [] | [b'.', ..] => true,
            // Zero has no sign.
            b"0" => bytes.len() > 1,
            [b'0', after, ..] => *after != b'.',
            _ => false,
        };
        others == 0 && !zeros && (points == 0 || !matches!(unsigned.last(), Some(b'0' | b'.')))
    }

    /// The number, if it has up to 64 bits.
    pub(crate) fn small(&self) -> Option<Small> {
        match &self.0 {
            Repr::Small(small) => Some(*small),
            Repr::Big(_) => None,
        }
    }

    /// Wraps a number of the library.
    fn of_big(big: BigDecimal) -> Self {
        let (digits, scale) = big.as_bigint_and_scale();
        let small = i64::try_from(digits.as_ref()).ok().zip(u8::try_from(scale).ok());
        match small.and_then(|(digits, scale)| Small::new(digits, scale)) {
            Some(small) => Self(Repr::Small(small)),
            None => Self(Repr::Big(Box::new(big))),
        }
    }

    /// The number in the library's type.
    fn to_big(&self) -> Cow<'_, BigDecimal> {
        match &self.0 {
            Repr::Small(small) => Cow::Owned(small.to_big()),
            Repr::Big(big) => Cow::Borrowed(big),
        }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Small(a), Repr::Small(b)) => a.cmp(b),
            _ => self.to_big().cmp(&other.to_big()),
        }
    }
}

impl fmt::Display for Decimal {
    /// The canonical form: plain notation without insignificant zeros.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(small) => small.fmt(f),
            Repr::Big(big) => f.write_str(&big.normalized().to_plain_string()),
        }
    }
}

impl From<u64> for Decimal {
    fn from(number: u64) -> Self {
        Self::of_big(BigDecimal::from(number))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn short_numbers_are_read_and_written_as_long_ones(text in "[-+]?[0-9]{1,20}(\\.[0-9]{0,20})?(e-?[0-9])?") {
            let number: Decimal = text.parse().unwrap();
            let slow = BigDecimal::from_str(&text).unwrap();
            prop_assert_eq!(&*number.to_big(), &slow);
            prop_assert_eq!(number.to_string(), slow.normalized().to_plain_string());
            prop_assert_eq!(number.is_integer(), slow.is_integer());
            let big = Decimal(Repr::Big(Box::new(slow)));
            prop_assert_eq!(number.significant_digits(), big.significant_digits());
            prop_assert_eq!(number.magnitude(), big.magnitude());
        }

        /// Short numbers count and compare like long ones.
        #[test]
        fn short_numbers_are_worked_with_as_long_ones(
            a in "[-+]?[0-9]{1,19}(\\.[0-9]{0,18})?", b in "[-+]?[0-9]{1,19}(\\.[0-9]{0,18})?|-?[0-9](\\.[0-9])?",
        ) {
            let [x, y]: [Decimal; 2] = [a.parse().unwrap(), b.parse().unwrap()];
            let [p, q] = [BigDecimal::from_str(&a).unwrap(), BigDecimal::from_str(&b).unwrap()];
            let plain = |number: BigDecimal| number.normalized().to_plain_string();
            prop_assert_eq!(x.cmp(&y), p.cmp(&q));
            prop_assert_eq!(x == y, p == q);
            prop_assert_eq!((&x + &y).to_string(), plain(&p + &q));
            prop_assert_eq!((&x - &y).to_string(), plain(&p - &q));
            prop_assert_eq!((&x * &y).to_string(), plain(&p * &q));
            prop_assert_eq!((-&x).to_string(), plain(-&p));
            prop_assert_eq!(x.abs().to_string(), plain(p.abs()));
            prop_assert_eq!(x.to_i64(), bigdecimal::ToPrimitive::to_i64(&p));
            let mut sum = x.clone();
            sum += &y;
            prop_assert_eq!(sum, &x + &y);
        }

        #[test]
        fn a_canonical_text_is_seen_to_be_one(text in "-?[0-9]{0,4}(\\.[0-9]{0,3})?|-?0?(\\.0?)?|1e2") {
            if let Ok(number) = text.parse::<Decimal>() {
                prop_assert_eq!(Decimal::is_canonical(&text), number.to_string() == text, "{}", text);
            }
        }
    }

    proptest! {
        /// A canonical text is read as that number, with or without zeros at the end of its fraction. Every short one is
        /// accepted.
        #[test]
        fn a_short_canonical_text_is_read_at_once(
            text in "-?[0-9]{0,4}(\\.[0-9]{0,3})?|-?0?(\\.0?)?|[-+]?[0-9]{15,20}(\\.[0-9]{1,3})?|1e2|[-+.0-9a]{0,6}",
        ) {
            let number = text.parse::<Decimal>().ok().map(|number| number.to_string());
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            let rest = number.as_ref().and_then(|number| text.strip_prefix(number.as_str()));
            let is_shortened = |rest: &str| rest.trim_matches('0').is_empty() || rest.trim_end_matches('0') == ".";
            let zeros = rest.filter(|rest| rest.is_empty() || (text.contains('.') && !text.ends_with('.') && is_shortened(rest)));
            let expected = number.clone().filter(|_| digits <= 18 && zeros.is_some());
            let read = Small::with_zeros(text.as_bytes());
            let canonical = read.map(|(small, _)| Decimal(Repr::Small(small)).to_string());
            prop_assert_eq!(&canonical, &expected, "{}", text);
            prop_assert_eq!(read.map(|(_, length)| length), canonical.map(|canonical| canonical.len()));
        }
    }

    #[test]
    fn table_of_texts() {
        for (text, canonical) in [
            ("1", Some("1")),
            ("+007", Some("7")),
            ("-0.50", Some("-0.5")),
            ("-0", Some("0")),
            (".5", Some("0.5")),
            ("5.", Some("5")),
            ("1e3", Some("1000")),
            ("-999999999999999999", Some("-999999999999999999")),
            ("9999999999999999999", Some("9999999999999999999")),
            ("12.5E-2", Some("0.125")),
            ("0.1000000000000000000000000000000000001", Some("0.1000000000000000000000000000000000001")),
            ("123456789012345678901234567890123456789", Some("123456789012345678901234567890123456789")),
            ("", None),
            (".", None),
            ("-", None),
            ("1,5", None),
            ("1_000", None),
            (" 1", None),
            ("0x1", None),
            ("NaN", None),
            ("INF", None),
            ("1e", None),
            ("1e999999999", None),
            // Written in full, it could not be read again.
            ("10000e396", None),
            ("--1", None),
        ] {
            let read = text.parse::<Decimal>().ok().map(|number| number.to_string());
            assert_eq!(read.as_deref(), canonical, "{text}");
        }
    }

    #[test]
    fn knows_its_size() {
        for (text, digits, magnitude) in [("345", 3, 2), ("0.034", 2, -2), ("1000", 1, 3), ("1.20", 2, 0)] {
            let number: Decimal = text.parse().unwrap();
            assert_eq!((number.significant_digits(), number.magnitude()), (digits, magnitude), "{text}");
        }
    }
}
