//! Decimal numbers of 64 bits.

use std::cmp::Ordering;
use std::fmt;

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;

/// The largest number of digits that always fits into 64 bits.
const MAX_DIGITS: u8 = 18;

/// The powers of ten for aligning a number with fewer decimal places to one with more.
const POWERS: [i128; MAX_DIGITS as usize + 1] = {
    let mut powers = [1; MAX_DIGITS as usize + 1];
    let mut index = 1;
    while index < powers.len() {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// A decimal number of 64 bits, with at most 18 digits after the point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Small {
    digits: i64,
    /// The number of decimal places.
    scale: u8,
}

impl Small {
    /// A number with this many decimal places; `None` if there are too many.
    pub(crate) fn new(digits: i64, scale: u8) -> Option<Self> {
        (scale <= MAX_DIGITS).then_some(Self { digits, scale })
    }

    /// Reads a number of up to 18 digits without an exponent. Other texts may still be numbers.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let negative = bytes.first() == Some(&b'-');
        let unsigned = if negative { bytes.get(1..) } else { bytes.strip_prefix(b"+") }.unwrap_or(bytes);
        if unsigned.len() > usize::from(MAX_DIGITS) + 1 {
            return None;
        }
        let (mut digits, mut count, mut point) = (0_i64, 0_u8, None);
        for byte in unsigned {
            if byte.is_ascii_digit() {
                // One more would not fit.
                if count == MAX_DIGITS {
                    return None;
                }
                digits = digits * 10 + i64::from(byte - b'0');
                count += 1;
            } else if *byte == b'.' && point.is_none() {
                point = Some(count);
            } else {
                return None;
            }
        }
        let scale = point.map_or(0, |point| count - point);
        (count > 0).then_some(Self { digits: if negative { -digits } else { digits }, scale })
    }

    /// Reads a number of up to 18 digits from its canonical text only. Other texts may still be canonical
    /// numbers with more digits.
    #[inline]
    pub(crate) fn of_canonical(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (negative, unsigned) = match bytes {
            [b'-', unsigned @ ..] => (true, unsigned),
            unsigned => (false, unsigned),
        };
        if unsigned.len() > usize::from(MAX_DIGITS) + 1 {
            return None;
        }
        let (mut digits, mut whole) = (0_i64, unsigned.len());
        for (at, byte) in unsigned.iter().enumerate() {
            let digit = byte.wrapping_sub(b'0');
            if digit < 10 {
                digits = digits.wrapping_mul(10).wrapping_add(i64::from(digit));
            } else if *byte == b'.' && whole == unsigned.len() {
                whole = at;
            } else {
                return None;
            }
        }
        let fraction = (unsigned.len() - whole).saturating_sub(1);
        let begins_well = match unsigned {
            // Zero has no sign.
            [b'0'] => !negative,
            [b'0', after, ..] => *after == b'.',
            _ => whole > 0,
        };
        let ends_well = whole == unsigned.len() || (fraction > 0 && unsigned.last() != Some(&b'0'));
        // No digit was lost only up to this length.
        let fits = whole + fraction <= usize::from(MAX_DIGITS);
        let scale = u8::try_from(fraction).ok().filter(|_| begins_well && ends_well && fits)?;
        Some(Self { digits: if negative { -digits } else { digits }, scale })
    }

    /// The number of decimal places.
    pub(crate) fn scale(self) -> u8 {
        self.scale
    }

    /// The same number without trailing zeros in its fraction.
    pub(crate) fn normalized(mut self) -> Self {
        while self.scale > 0 && self.digits % 10 == 0 {
            self.digits /= 10;
            self.scale -= 1;
        }
        self
    }

    /// The digits without trailing zeros, and the number of these zeros.
    fn bare(self) -> (u64, i64) {
        let (mut digits, mut zeros) = (self.digits.unsigned_abs(), 0);
        while digits != 0 && digits.is_multiple_of(10) {
            digits /= 10;
            zeros += 1;
        }
        (digits, zeros)
    }

    /// The number of digits without leading and trailing zeros.
    pub(crate) fn significant_digits(self) -> u64 {
        u64::from(self.bare().0.checked_ilog10().unwrap_or_default()) + 1
    }

    /// The power of ten of its first digit.
    pub(crate) fn magnitude(self) -> i64 {
        match self.digits.unsigned_abs().checked_ilog10() {
            Some(power) => i64::from(power) - i64::from(self.scale),
            None => 0,
        }
    }

    /// The same number with this many decimal places, at least as many as it has. The result fits: 19 digits
    /// and 18.
    fn at(self, scale: u8) -> i128 {
        i128::from(self.digits) * POWERS[usize::from(scale - self.scale)]
    }

    /// Both numbers with the same number of decimal places, and that number.
    fn beside(self, other: Self) -> (i128, i128, u8) {
        let scale = self.scale.max(other.scale);
        (self.at(scale), other.at(scale), scale)
    }

    /// The sum.
    pub(crate) fn plus(self, other: Self) -> Result<Self, BigDecimal> {
        let (a, b, scale) = self.beside(other);
        fit(a + b, scale)
    }

    /// The product.
    pub(crate) fn times(self, other: Self) -> Result<Self, BigDecimal> {
        fit(i128::from(self.digits) * i128::from(other.digits), self.scale + other.scale)
    }

    /// The number with the opposite sign.
    pub(crate) fn negated(self) -> Result<Self, BigDecimal> {
        fit(-i128::from(self.digits), self.scale)
    }

    /// Whether it is below zero.
    pub(crate) fn is_negative(self) -> bool {
        self.digits < 0
    }

    /// Its whole part.
    pub(crate) fn whole(self) -> i64 {
        self.digits / 10_i64.pow(self.scale.into())
    }

    /// The same number in the library's type.
    pub(crate) fn to_big(self) -> BigDecimal {
        BigDecimal::new(self.digits.into(), self.scale.into())
    }
}

/// A result as a small number if it fits, otherwise in the library's type.
fn fit(digits: i128, scale: u8) -> Result<Small, BigDecimal> {
    let small = i64::try_from(digits).ok().and_then(|digits| Small::new(digits, scale));
    small.ok_or_else(|| BigDecimal::new(BigInt::from(digits), scale.into()))
}

impl PartialEq for Small {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Small {}

impl PartialOrd for Small {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Small {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        if self.scale == other.scale {
            return self.digits.cmp(&other.digits);
        }
        let (a, b, _) = self.beside(*other);
        a.cmp(&b)
    }
}

impl fmt::Display for Small {
    /// Plain notation without insignificant zeros.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { digits, scale } = self.normalized();
        let sign = if digits < 0 { "-" } else { "" };
        let unit = 10_u64.pow(scale.into());
        let (whole, fraction) = (digits.unsigned_abs() / unit, digits.unsigned_abs() % unit);
        match usize::from(scale) {
            0 => write!(f, "{sign}{whole}"),
            scale => write!(f, "{sign}{whole}.{fraction:0scale$}"),
        }
    }
}
