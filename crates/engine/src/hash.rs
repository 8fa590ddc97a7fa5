//! Hashes of texts: equal texts have equal hashes.

use twox_hash::XxHash3_128;

/// How many bytes are hashed without an allocation: those of most keys.
const SHORT: usize = 128;

/// A hash of several texts. Two of 10^9 different lists share one with a probability of about 10^-21.
pub(crate) fn hash<'a>(parts: impl Iterator<Item = &'a str>) -> u128 {
    let (mut short, mut used, mut long) = ([0; SHORT], 0, Vec::new());
    for part in parts {
        // The length before each part distinguishes ("ab", "c") from ("a", "bc").
        for bytes in [&(part.len() as u64).to_le_bytes()[..], part.as_bytes()] {
            match short.get_mut(used..used + bytes.len()) {
                Some(room) if long.is_empty() => {
                    room.copy_from_slice(bytes);
                    used += bytes.len();
                }
                _ => {
                    if long.is_empty() {
                        long.extend_from_slice(&short[..used]);
                    }
                    long.extend_from_slice(bytes);
                }
            }
        }
    }
    XxHash3_128::oneshot(if long.is_empty() { &short[..used] } else { &long })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_hashed_as_short_ones_are() {
        for length in [0, 1, 100, 111, 112, 113, 119, 120, 121, 300] {
            let texts = ["x".repeat(length), "y".repeat(7)];
            let mut bytes = Vec::new();
            for text in &texts {
                bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
                bytes.extend_from_slice(text.as_bytes());
            }
            assert_eq!(hash(texts.iter().map(String::as_str)), XxHash3_128::oneshot(&bytes), "{length}");
        }
    }
}
