//! What is known of all texts of a kind before any of them is seen.
//!
//! A cleaning step that touches none of the bytes that a number has leaves every number as it is. So where the schema
//! accepts only such texts, one look at a text answers for the schema and for the step.

use super::glance::Glance;

/// The bytes that texts of a kind may have, and what a glance may see in them.
#[derive(Clone, Debug)]
pub(crate) struct Alphabet {
    /// By byte.
    bytes: [bool; 256],
    /// The bits of all glances.
    bits: u64,
    /// Whether all of them are numbers in plain notation.
    pub(crate) of_numbers: bool,
}

impl Alphabet {
    /// The alphabet of the texts with these bytes and these bits of a glance.
    pub(crate) fn new(bytes: [bool; 256], bits: u64) -> Self {
        Self { bytes, bits, of_numbers: false }
    }

    /// The alphabet of the texts that are like one of the samples, with other digits in place of the digits.
    pub(crate) fn like(samples: &[&str]) -> Self {
        let mut alphabet = Self::new([false; 256], 0);
        for sample in samples {
            alphabet.bits |= Glance::at(sample.as_bytes()).bits();
            for byte in sample.bytes() {
                let same = if byte.is_ascii_digit() { b'0'..=b'9' } else { byte..=byte };
                for byte in same {
                    alphabet.bytes[usize::from(byte)] = true;
                }
            }
        }
        alphabet
    }

    /// The alphabet of canonical numbers, with or without a sign and a fraction. The fraction may end in zeros.
    pub(crate) fn of_numbers(with_sign: bool, with_fraction: bool) -> Self {
        let samples: &[&str] = match (with_sign, with_fraction) {
            (false, false) => &["0", "00"],
            (false, true) => &["0", "00", "0.0", "00.00"],
            (true, false) => &["0", "00", "-0", "-00"],
            (true, true) => &["0", "00", "0.0", "00.00", "-0", "-00", "-0.0", "-00.00"],
        };
        Self { of_numbers: true, ..Self::like(samples) }
    }

    /// Whether one of the texts may have a byte.
    pub(crate) fn may_have(&self, byte: u8) -> bool {
        self.bytes[usize::from(byte)]
    }

    /// Whether one of the texts may have one of these bits of a glance.
    pub(crate) fn may_show(&self, bits: u64) -> bool {
        self.bits & bits != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fast::glance::{ALL, DIGIT, SIGN, begins, doubles, ends};

    #[test]
    fn a_digit_stands_for_every_digit() {
        let dates = Alphabet::like(&["00.00.0000"]);
        let bytes: Vec<u8> = (0..=u8::MAX).filter(|byte| dates.may_have(*byte)).collect();
        assert_eq!(bytes, b".0123456789");
        assert!(dates.may_show(doubles(DIGIT)) && !dates.may_show(doubles(SIGN) | begins(SIGN) | ends(SIGN)));
    }

    #[test]
    fn numbers_have_a_sign_only_at_their_beginning() {
        for (with_sign, with_fraction) in [(false, false), (false, true), (true, false), (true, true)] {
            let numbers = Alphabet::of_numbers(with_sign, with_fraction);
            assert_eq!(numbers.may_show(begins(SIGN)), with_sign);
            assert_eq!((numbers.may_have(b'-'), numbers.may_have(b'.')), (with_sign, with_fraction));
            assert!(numbers.of_numbers && !numbers.may_show(ends(ALL & !DIGIT)));
        }
    }
}
