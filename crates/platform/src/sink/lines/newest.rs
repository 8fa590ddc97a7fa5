//! The newest state of each key of a table, in little memory.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};

use sluice_engine::sink::ContentHash;
use twox_hash::XxHash3_128;

use crate::sink::decision::{Known, Writers, decide};
use crate::sink::{Stamp, Written};

/// A hash of the text of a key, which stands for the key. Two of 10^9 keys share one with a probability of about 10^-21.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyHash([u64; 2]);

/// Makes the hashes of the keys of a table. Its seed is another one in each process, so that nobody can choose keys that share
/// a hash.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyHasher(u64);

impl KeyHasher {
    pub(super) fn new() -> Self {
        Self(RandomState::new().hash_one("a seed"))
    }

    /// The hash of a key.
    pub(super) fn of(self, key: &str) -> KeyHash {
        let hash = XxHash3_128::oneshot_with_seed(self.0, key.as_bytes());
        #[expect(clippy::cast_possible_truncation, reason = "the two halves of the number")]
        KeyHash([hash as u64, (hash >> 64) as u64])
    }
}

/// The newest state of each key: 40 bytes each.
#[derive(Debug, Default)]
pub(super) struct Newest {
    items: HashMap<KeyHash, State, BuildHasherDefault<FirstHalf>>,
    writers: Writers,
}

/// Who wrote an item, and what.
#[derive(Clone, Copy, Debug)]
struct State {
    hash: ContentHash,
    writer: u32,
    /// Whether the previous hash was the same. Nobody needs the previous hash itself.
    unchanged: bool,
}

/// The decision about a write.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is to be written over an item with this hash, if there is one.
    Write { was: Option<ContentHash>, written: Written },
    /// The existing item stays.
    Keep(Written),
}

impl Newest {
    /// The number of keys.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether this run with its order wrote the newest state of a key. A run writes a key at most once.
    pub(super) fn is_by(&self, key: KeyHash, run: &str, order: &str) -> bool {
        self.items.get(&key).and_then(|state| self.writers.get(state.writer)) == Some((run, order))
    }

    /// Sets the state of a key as it was read.
    pub(super) fn set(&mut self, key: KeyHash, known: Known<'_>) {
        let Known { run, order, hash, unchanged } = known;
        self.items.insert(key, State { hash, writer: self.writers.index(run, order), unchanged });
    }

    /// Decides about the writes of a batch: the answer takes the hash of a key and that of its new content, and the new state
    /// of the key is set if the item is to be written.
    pub(super) fn decide(&mut self, stamp: &Stamp<'_>) -> impl FnMut(KeyHash, ContentHash) -> Decision {
        let writer = self.writers.index(stamp.run.as_str(), stamp.order.as_str());
        let (items, writers) = (&mut self.items, &self.writers);
        move |key, hash| {
            let place = items.entry(key);
            let old = match &place {
                Entry::Occupied(old) => Some(*old.get()),
                Entry::Vacant(_) => None,
            };
            let known = old.and_then(|State { hash, writer, unchanged }| {
                let (run, order) = writers.get(writer)?;
                Some(Known { run, order, hash, unchanged })
            });
            let (writes, written) = decide(known, hash, stamp);
            if !writes {
                return Decision::Keep(written);
            }
            place.insert_entry(State { hash, writer, unchanged: written == Written::Unchanged });
            Decision::Write { was: old.map(|old| old.hash), written }
        }
    }
}

impl Hash for KeyHash {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.0[0]);
    }
}

/// Takes the first half of a [`KeyHash`] as it is, because it is a hash already.
#[derive(Debug, Default)]
struct FirstHalf(u64);

impl Hasher for FirstHalf {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, half: u64) {
        self.0 = half;
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::decision::two_runs;

    #[test]
    fn what_was_decided_or_read_decides_about_the_next_write() {
        let keys = KeyHasher::new();
        let [early, late] = two_runs();
        let [early, late] = [&early, &late].map(|(run, order)| Stamp { run, order });
        let (a, b) = (ContentHash::from(10), ContentHash::from(11));
        let imported = |was| Decision::Write { was, written: Written::Imported };

        let mut newest = Newest::default();
        assert_eq!(newest.decide(&early)(keys.of("a"), a), imported(None));
        assert_eq!(newest.decide(&early)(keys.of("b"), a), imported(None));
        assert_eq!(newest.decide(&early)(keys.of("a"), a), Decision::Keep(Written::Imported));
        let unchanged = Decision::Write { was: Some(a), written: Written::Unchanged };
        assert_eq!(newest.decide(&late)(keys.of("a"), a), unchanged);
        assert_eq!(newest.decide(&late)(keys.of("a"), a), Decision::Keep(Written::Unchanged));
        assert_eq!(newest.decide(&late)(keys.of("b"), b), imported(Some(a)));
        assert_eq!(newest.decide(&early)(keys.of("b"), a), Decision::Keep(Written::Stale));
        assert_eq!(newest.len(), 2);
        let (run, order) = (late.run.as_str(), late.order.as_str());
        assert!(newest.is_by(keys.of("a"), run, order) && !newest.is_by(keys.of("c"), run, order));

        for (hash, unchanged, written) in [(a, true, Written::Unchanged), (b, false, Written::Imported)] {
            newest.set(keys.of("c"), Known { run, order, hash, unchanged });
            assert_eq!(newest.decide(&late)(keys.of("c"), a), Decision::Keep(written));
        }
    }
}
