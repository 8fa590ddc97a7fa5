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

    /// Reads a number of up to 18 digits from a text that is canonical but for zeros at the end of its fraction. Also
    /// returns the length of the canonical text, with which the given one begins. Other texts may still be numbers.
    #[inline]
    pub(crate) fn with_zeros(text: &[u8]) -> Option<(Self, usize)> {
        let (negative, unsigned) = match text {
            [b'-', unsigned @ ..] => (true, unsigned),
            unsigned => (false, unsigned),
        };
        // Zeros before another digit are not canonical.
        let begins_well = match unsigned {
            [b'0', after, ..] => *after == b'.',
            [first, ..] => *first != b'.',
            [] => false,
        };
        if !begins_well || unsigned.len() > usize::from(MAX_DIGITS) + 1 {
            return None;
        }
        let (mut digits, whole) = if unsigned.len() <= 8 { short(unsigned) } else { long(unsigned) }?;
        let (mut scale, mut length) = (0, text.len());
        if whole < unsigned.len() {
            scale = unsigned.len() - whole - 1;
            if scale == 0 {
                return None;
            }
            if unsigned.last() == Some(&b'0') {
                while scale > 0 && digits % 10 == 0 {
                    digits /= 10;
                    scale -= 1;
                    length -= 1;
                }
                // A whole number has no point.
                length -= usize::from(scale == 0);
            }
        } else if unsigned.len() > usize::from(MAX_DIGITS) {
            // A digit may have been lost.
            return None;
        }
        // Zero has no sign.
        if negative && digits == 0 {
            return None;
        }
        let scale = u8::try_from(scale).ok()?;
        Some((Self { digits: if negative { -digits } else { digits }, scale }, length))
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

/// The digits of a number and the length of its whole part, byte by byte.
fn long(text: &[u8]) -> Option<(i64, usize)> {
    let (mut digits, mut whole) = (0_i64, text.len());
    for (at, byte) in text.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            digits = digits.wrapping_mul(10).wrapping_add(i64::from(digit));
        } else if *byte == b'.' && whole == text.len() {
            whole = at;
        } else {
            return None;
        }
    }
    Some((digits, whole))
}

/// The same for one to eight bytes at once.
#[inline]
fn short(text: &[u8]) -> Option<(i64, usize)> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let length = text.len();
    // The first byte is the lowest one.
    let mut bytes = match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | (u64::from(u32::from_le_bytes(*last)) << (8 * (length - 4)))
        }
        _ => text.iter().rev().fold(0, |bytes, byte| (bytes << 8) | u64::from(*byte)),
    };
    // A point becomes zero. Subtracting 1 from each byte borrows into an unset highest bit only if one of them is
    // zero, and the lowest such bit is that of the first point.
    let differs = bytes ^ (ONES * u64::from(b'.'));
    let points = differs.wrapping_sub(ONES) & !differs & (ONES << 7);
    let (mut whole, mut count) = (length, length);
    if points != 0 {
        whole = points.trailing_zeros() as usize / 8;
        count = length - 1;
        let before = (1 << (8 * whole)) - 1;
        bytes = (bytes & before) | ((bytes >> 8) & !before);
    }
    // The digits move to the highest bytes; those before them count as zeros.
    let shift = 8 * (8 - count);
    let digits = (bytes << shift) ^ ((ONES * u64::from(b'0')) << shift);
    // Adding 118 to a byte above 9 sets its highest bit.
    if (digits.wrapping_add(ONES * 118) | digits) & (ONES << 7) != 0 {
        return None;
    }
    // Each step joins two neighbours: 10, 100 and 10,000 times the first, plus the second.
    let pairs = (digits.wrapping_mul((10 << 8) | 1) >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs.wrapping_mul((100 << 16) | 1) >> 16) & 0x0000_FFFF_0000_FFFF;
    let all = fours.wrapping_mul((10_000 << 32) | 1) >> 32;
    i64::try_from(all).ok().map(|all| (all, whole))
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
