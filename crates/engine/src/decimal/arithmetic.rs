//! Exact arithmetic on decimal numbers.

use std::num::NonZeroU64;

use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::num_traits::{CheckedDiv, Pow};
use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive, Zero};

use super::{Decimal, Repr};
use crate::fast::small::Small;

/// The number of digits of an infinite quotient: those of IEEE 754 decimal128.
const QUOTIENT_DIGITS: NonZeroU64 = NonZeroU64::new(34).unwrap();
/// The largest power of ten for aligning two numbers. Numbers of expressions stay far below, because they are
/// as long as texts.
const MAX_POWER: u64 = 1_000_000;
/// Maximum number of digits after the point.
pub const MAX_SCALE: i64 = 100;

impl Decimal {
    /// An integer as a decimal.
    #[must_use]
    pub fn whole(number: i64) -> Self {
        Small::new(number, 0).map_or_else(|| Self::of_big(BigDecimal::from(number)), |small| Self(Repr::Small(small)))
    }

    /// The quotient to 34 significant digits, the last one rounded half to even; `None` for division by zero.
    #[must_use]
    pub fn divide(&self, by: &Self) -> Option<Self> {
        let ((a, a_scale), (b, b_scale)) =
            (self.to_big().into_owned().into_bigint_and_scale(), by.to_big().into_owned().into_bigint_and_scale());
        let more = (QUOTIENT_DIGITS.get() + 4).saturating_add(digits(&b)).saturating_sub(digits(&a));
        let a = a * power_of_ten(more)?;
        let mut scale = a_scale.checked_sub(b_scale)?.checked_add(i64::try_from(more).ok()?)?;
        let mut quotient = a.checked_div(&b)?;
        // If the remainder matters for rounding, an extra digit stands for it.
        if !(a % &b).is_zero() {
            let one = if quotient.sign() == Sign::Minus { -1 } else { 1 };
            quotient = quotient * 10 + one;
            scale += 1;
        }
        let quotient = BigDecimal::new(quotient, scale);
        Some(Self::of_big(quotient.with_precision_round(QUOTIENT_DIGITS, RoundingMode::HalfEven)))
    }

    /// The quotient with this many digits after the point, rounded once, half away from zero; `None` for
    /// division by zero, or for more than 100 digits.
    #[must_use]
    pub fn divide_round(&self, by: &Self, scale: i64) -> Option<Self> {
        let ((a, a_scale), (b, b_scale)) =
            (self.to_big().into_owned().into_bigint_and_scale(), by.to_big().into_owned().into_bigint_and_scale());
        let power = (0..=MAX_SCALE).contains(&scale).then(|| scale - a_scale + b_scale)?;
        let factor = power_of_ten(power.unsigned_abs())?;
        let (a, b) = if power >= 0 { (a * factor, b) } else { (a, b * factor) };
        let negative = (a.sign() == Sign::Minus) != (b.sign() == Sign::Minus);
        let (a, b) = (a.magnitude() * 2_u8, b.magnitude().clone());
        let rounded = (&a + &b).checked_div(&(b * 2_u8))?;
        Some(Self::of_big(BigDecimal::new(
            BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, rounded),
            scale,
        )))
    }

    /// The number with this many digits after the point, rounded half away from zero, as prices are; `None`
    /// for more than 100 digits.
    #[must_use]
    pub fn round(&self, scale: i64) -> Option<Self> {
        let rounded = || Self::of_big(self.to_big().with_scale_round(scale, RoundingMode::HalfUp));
        (0..=MAX_SCALE).contains(&scale).then(rounded)
    }

    /// The absolute value.
    #[must_use]
    pub fn abs(&self) -> Self {
        match &self.0 {
            Repr::Small(small) if !small.is_negative() => self.clone(),
            Repr::Small(_) => -self,
            Repr::Big(big) => Self::of_big(big.abs()),
        }
    }

    /// The integer part; `None` if it does not fit.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(small) => Some(small.whole()),
            Repr::Big(big) => big.to_i64(),
        }
    }

    /// Computes with small numbers if both are small, otherwise with the library.
    fn with(
        &self,
        other: &Self,
        short: impl Fn(Small, Small) -> Result<Small, BigDecimal>,
        long: impl Fn(&BigDecimal, &BigDecimal) -> BigDecimal,
    ) -> Self {
        match (&self.0, &other.0) {
            (Repr::Small(a), Repr::Small(b)) => Self::fit(short(*a, *b)),
            _ => Self::of_big(long(&self.to_big(), &other.to_big())),
        }
    }

    fn fit(result: Result<Small, BigDecimal>) -> Self {
        result.map_or_else(Self::of_big, |small| Self(Repr::Small(small)))
    }
}

/// The number of decimal digits, or one more.
fn digits(number: &BigInt) -> u64 {
    // log10(2) is less than 0.30103.
    number.bits() * 30_103 / 100_000 + 1
}

/// A power of ten; `None` beyond the largest allowed.
fn power_of_ten(power: u64) -> Option<BigInt> {
    (power <= MAX_POWER).then(|| BigInt::from(10).pow(power))
}

impl std::ops::Add for &Decimal {
    type Output = Decimal;

    fn add(self, other: Self) -> Decimal {
        self.with(other, Small::plus, |a, b| a + b)
    }
}

impl std::ops::Sub for &Decimal {
    type Output = Decimal;

    fn sub(self, other: Self) -> Decimal {
        self + &-other
    }
}

impl std::ops::Mul for &Decimal {
    type Output = Decimal;

    fn mul(self, other: Self) -> Decimal {
        self.with(other, Small::times, |a, b| a * b)
    }
}

impl std::ops::AddAssign<&Decimal> for Decimal {
    fn add_assign(&mut self, other: &Self) {
        *self = &*self + other;
    }
}

impl std::ops::Neg for &Decimal {
    type Output = Decimal;

    fn neg(self) -> Decimal {
        match &self.0 {
            Repr::Small(small) => Decimal::fit(small.negated()),
            Repr::Big(big) => Decimal::of_big(-big.as_ref()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn table_of_sums_and_quotients() {
        assert_eq!((&number("0.1") + &number("0.2")).to_string(), "0.3");
        assert_eq!((&number("1") - &number("1.10")).to_string(), "-0.1");
        assert_eq!((-&number("2.50")).to_string(), "-2.5");
        assert_eq!(number("-2.5").abs().to_string(), "2.5");
        assert_eq!(number("1").divide(&number("8")).unwrap().to_string(), "0.125");
        assert_eq!(number("2").divide(&number("3")).unwrap().to_string(), "0.6666666666666666666666666666666667");
        assert_eq!(number("1").divide(&number("0.00")), None);
    }

    #[test]
    fn table_of_roundings() {
        for (text, scale, rounded) in [
            ("1.005", 2, Some("1.01")),
            ("-1.005", 2, Some("-1.01")),
            ("1.004", 2, Some("1")),
            ("2.5", 0, Some("3")),
            ("7", 100, Some("7")),
            ("7", 101, None),
            ("7", -1, None),
        ] {
            assert_eq!(number(text).round(scale).map(|n| n.to_string()).as_deref(), rounded, "{text} {scale}");
        }
    }

    #[test]
    fn whole_parts_that_fit() {
        for (text, whole) in [("12.9", Some(12)), ("-12.9", Some(-12)), ("1e30", None)] {
            assert_eq!(number(text).to_i64(), whole, "{text}");
        }
    }
}
