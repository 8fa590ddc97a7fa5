//! Exact decimal numbers.

use std::fmt;
use std::str::FromStr;

use bigdecimal::BigDecimal;

/// Largest exponent, of either sign, that is read: a number is written out in full, so this bounds
/// its length. Wider than any sink of ours (DynamoDB ends at 10^126).
const MAX_EXPONENT: i64 = 400;
/// Most digits that are read.
const MAX_DIGITS: usize = 400;

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
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let readable = digits(whole)
            && digits(fraction)
            && (1..=MAX_DIGITS).contains(&(whole.len() + fraction.len()))
            && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
            && exponent.parse::<i64>().is_ok_and(|exponent| exponent.abs() <= MAX_EXPONENT);
        if !readable {
            return Err(NotDecimal);
        }
        BigDecimal::from_str(text).map(Self).map_err(|_| NotDecimal)
    }
}

impl Decimal {
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
        f.write_str(&self.0.normalized().to_plain_string())
    }
}

impl From<u64> for Decimal {
    fn from(number: u64) -> Self {
        Self(BigDecimal::from(number))
    }
}

impl std::ops::Mul for &Decimal {
    type Output = Decimal;

    fn mul(self, other: Self) -> Decimal {
        Decimal(&self.0 * &other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
