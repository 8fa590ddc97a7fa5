//! Searches 64 bytes at once: one mask for each wanted byte, the lowest bit for the first byte.
//!
//! Comparing 64 bytes with one takes a few vector instructions on every machine, whatever the bytes are.

use wide::u8x16;

/// The number of bytes in a block: one for each bit of a mask.
pub(crate) const BLOCK: usize = 64;

/// A block as vectors.
pub(crate) type Lanes = [u8x16; 4];

/// A block as vectors.
#[inline]
pub(crate) fn lanes(bytes: &[u8; BLOCK]) -> Lanes {
    let (lanes, _) = bytes.as_chunks::<16>();
    [0, 1, 2, 3].map(|lane| u8x16::new(lanes[lane]))
}

/// A mask of the bytes that equal the wanted one.
#[inline]
pub(crate) fn mask(bytes: &Lanes, wanted: u8x16) -> u64 {
    let lane = |lane: usize| u64::from(bytes[lane].simd_eq(wanted).to_bitmask());
    lane(0) | lane(1) << 16 | lane(2) << 32 | lane(3) << 48
}

/// For each bit, whether the number of set bits up to it, inclusive, is odd.
#[inline]
pub(crate) fn parity(mut bits: u64) -> u64 {
    for distance in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << distance;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_found_in_every_place() {
        for byte in 0..=u8::MAX {
            for place in 0..BLOCK {
                let mut bytes = [byte.wrapping_add(1); BLOCK];
                bytes[place] = byte;
                let found = |byte| mask(&lanes(&bytes), u8x16::splat(byte));
                assert_eq!(found(byte), 1 << place, "{byte} in place {place}");
                assert_eq!(found(byte.wrapping_add(1)), !(1 << place));
            }
        }
    }

    #[test]
    fn table_of_parities() {
        for (bits, expected) in [(0, 0), (1, u64::MAX), (0b1001, 0b0111), (0b11011, 0b01001), (1 << 63, 1 << 63)] {
            assert_eq!(parity(bits), expected, "{bits:b}");
        }
    }
}
