//! Remembers what short texts come to, for fields that have few different ones.

use std::ops::Range;

/// The number of texts that are remembered. The numbers of so many texts fill 1 KiB.
const SLOTS: usize = 64;
/// How many slots a text may be in.
const TRIES: usize = 4;
/// The length of the longest text that is remembered: a number of 16 bytes holds it and its length.
const LONGEST: usize = 15;

/// For each length, the bits of the bytes of a text.
const MASKS: [u128; LONGEST + 1] = {
    let mut masks = [0; LONGEST + 1];
    let mut length = 1;
    while length <= LONGEST {
        masks[length] = (masks[length - 1] << 8) | 0xFF;
        length += 1;
    }
    masks
};

/// What was remembered of texts. The first ones stay; later ones are not remembered if there is no room for them.
#[derive(Clone, Debug)]
pub(crate) struct Memo<T> {
    /// The text of each slot as a number; 0 if the slot is free.
    texts: Box<[u128; SLOTS]>,
    kept: Vec<Option<T>>,
}

/// A short text as a number that no other text has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Short(u128);

impl Short {
    /// A part of a record, if it is short.
    #[inline]
    pub(crate) fn of(record: &[u8], place: Range<usize>) -> Option<Self> {
        let length = place.end.checked_sub(place.start)?;
        if length > LONGEST {
            return None;
        }
        // Sixteen bytes are read at once, and the others are masked. Those before the end of a record may not suffice.
        let bytes = match (record.get(place.start..)?.first_chunk(), record.last_chunk()) {
            (Some(bytes), _) => u128::from_le_bytes(*bytes),
            (None, Some(bytes)) => u128::from_le_bytes(*bytes) >> ((8 * (place.start + 16 - record.len())) & 127),
            (None, None) => {
                let mut bytes = [0; 16];
                bytes.get_mut(..length)?.copy_from_slice(record.get(place)?);
                u128::from_le_bytes(bytes)
            }
        };
        Some(Self((bytes & MASKS.get(length)?) | ((length as u128 + 1) << (8 * LONGEST))))
    }

    /// The slots in which the text may be.
    #[inline]
    fn slots(self) -> impl Iterator<Item = usize> {
        #[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
        let half = (self.0 as u64 ^ (self.0 >> 64) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let first = (half >> 58) as usize;
        (first..first + TRIES).map(|slot| slot % SLOTS)
    }
}

impl<T> Memo<T> {
    /// Remembers nothing yet.
    pub(crate) fn new() -> Self {
        Self { texts: Box::new([0; SLOTS]), kept: std::iter::repeat_with(|| None).take(SLOTS).collect() }
    }

    /// What is remembered of a text.
    #[inline]
    pub(crate) fn get(&self, text: Short) -> Option<&T> {
        let slot = text.slots().find(|slot| self.texts[*slot] == text.0)?;
        self.kept.get(slot)?.as_ref()
    }

    /// Remembers a text, if there is room.
    pub(crate) fn keep(&mut self, text: Short, what: T) {
        if let Some(slot) = text.slots().find(|slot| self.texts[*slot] == 0) {
            self.texts[slot] = text.0;
            self.kept[slot] = Some(what);
        }
    }

    /// Whether there may be room for a text.
    pub(crate) fn has_room(&self, text: Short) -> bool {
        text.slots().any(|slot| self.texts[slot] == 0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Texts of any length, wherever they are in a record.
        #[test]
        fn what_is_remembered_is_what_was_kept(
            texts in prop::collection::vec(("[ab\0]{0,17}", "[a\0]{0,18}", "[a\0]{0,18}"), 0..200),
        ) {
            let (mut memo, mut map) = (Memo::new(), HashMap::new());
            for (number, (text, before, after)) in texts.iter().enumerate() {
                let record = format!("{before}{text}{after}");
                let short = Short::of(record.as_bytes(), before.len()..before.len() + text.len());
                prop_assert_eq!(short, Short::of(text.as_bytes(), 0..text.len()));
                prop_assert_eq!(short.is_some(), text.len() <= LONGEST);
                let Some(short) = short else { continue };
                prop_assert_eq!(memo.get(short), map.get(text));
                if memo.get(short).is_none() && memo.has_room(short) {
                    memo.keep(short, number);
                    map.insert(text, number);
                }
            }
        }
    }
}
