//! Exact decimal numbers.

mod arithmetic;

pub use arithmetic::MAX_SCALE;

use std::fmt;
use std::str::FromStr;

use bigdecimal::BigDecimal;

/// Largest exponent, of either sign, that is read: a number is written out in full, so this bounds
/// its length. Wider than any sink of ours (DynamoDB ends at 10^126).
const MAX_EXPONENT: u64 = 400;
/// Most digits that are read.
const MAX_DIGITS: usize = 400;

/// Most digits that surely fit into 64 bits.
const MAX_SMALL_DIGITS: usize = 18;

/// An exact decimal number of up to 400 digits. Never a float.
///
/// Two numbers are equal where they have the same value: `1.50` and `1.5` are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(BigDecimal);

/// A text that is not a decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number")]
pub struct NotDecimal;

impl FromStr for Decimal {
    type Err = NotDecimal;

    /// Reads `[+-]digits[.digits][e[+-]digits]`, with digits on at least one side of the point.
    /// `NaN` and `INF` are not decimal numbers.
    fn from_str(text: &str) -> Result<Self, NotDecimal> {
        read(text, MAX_DIGITS)
    }
}

/// Reads a number of at most so many digits.
fn read(text: &str, max_digits: usize) -> Result<Decimal, NotDecimal> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let power = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let power = power.parse::<u64>().ok().filter(|number| digits(power) && *number <= MAX_EXPONENT);
    let Some(power) = power else { return Err(NotDecimal) };
    // With its zeros: what is written out in full can be read again.
    let length = (whole.len() + fraction.len()).saturating_add(usize::try_from(power).unwrap_or(usize::MAX));
    let readable = digits(whole) && digits(fraction) && whole.len() + fraction.len() > 0 && length <= max_digits;
    if !readable {
        return Err(NotDecimal);
    }
    match small(text) {
        Some((digits, scale)) => Ok(Decimal(BigDecimal::new(digits.into(), scale))),
        None => BigDecimal::from_str(text).map(Decimal).map_err(|_| NotDecimal),
    }
}

/// Reads a number of up to 18 digits without an exponent, as nearly all are: its digits, and how many
/// of them stand after the point. The text is known to be a number.
fn small(text: &str) -> Option<(i64, i64)> {
    if text.len() > MAX_SMALL_DIGITS {
        return None;
    }
    let (mut number, mut scale, mut fraction) = (0_i64, 0, 0);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => {
                number = number * 10 + i64::from(byte - b'0');
                scale += fraction;
            }
            b'.' => fraction = 1,
            b'+' | b'-' => {}
            _ => return None,
        }
    }
    Some((if text.starts_with('-') { -number } else { number }, scale))
}

impl Decimal {
    /// Reads a number that Sluice has written: a sum of numbers that were read may be longer than
    /// any of them.
    ///
    /// # Errors
    /// Where the text is not a decimal number.
    pub fn of_any_length(text: &str) -> Result<Self, NotDecimal> {
        read(text, usize::MAX)
    }

    /// Whether it has no fraction.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.0.is_integer()
    }

    /// How many digits it takes to write it, zeros at both ends not counted.
    #[must_use]
    pub fn significant_digits(&self) -> u64 {
        self.0.normalized().digits()
    }

    /// The power of ten of its first digit: 2 for 345, -2 for 0.034.
    #[must_use]
    pub fn magnitude(&self) -> i64 {
        let normal = self.0.normalized();
        let (_, scale) = normal.as_bigint_and_exponent();
        i64::try_from(normal.digits()).unwrap_or(i64::MAX) - 1 - scale
    }
}

impl fmt::Display for Decimal {
    /// In plain notation, without zeros that mean nothing: the canonical form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (digits, scale) = self.0.as_bigint_and_scale();
        match (i64::try_from(digits.as_ref()), u8::try_from(scale)) {
            (Ok(digits), Ok(scale)) if usize::from(scale) <= MAX_SMALL_DIGITS => write_small(f, digits, scale),
            _ => f.write_str(&self.0.normalized().to_plain_string()),
        }
    }
}

/// Writes a number of 64 bits with so many digits after the point, without zeros at its end.
fn write_small(f: &mut fmt::Formatter<'_>, mut digits: i64, mut scale: u8) -> fmt::Result {
    while scale > 0 && digits % 10 == 0 {
        digits /= 10;
        scale -= 1;
    }
    let sign = if digits < 0 { "-" } else { "" };
    let unit = 10_u64.pow(scale.into());
    let (whole, fraction) = (digits.unsigned_abs() / unit, digits.unsigned_abs() % unit);
    match usize::from(scale) {
        0 => write!(f, "{sign}{whole}"),
        scale => write!(f, "{sign}{whole}.{fraction:0scale$}"),
    }
}

impl From<u64> for Decimal {
    fn from(number: u64) -> Self {
        Self(BigDecimal::from(number))
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
            prop_assert_eq!(&number.0, &slow);
            prop_assert_eq!(number.to_string(), slow.normalized().to_plain_string());
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
            // Written out in full, it could not be read again.
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
