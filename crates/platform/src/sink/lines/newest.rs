//! The newest state of each key of a table, in little memory.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};

use sluice_engine::sink::ContentHash;
use twox_hash::XxHash3_128;

use crate::sink::decision::{Known, Wanted, Writers, decide};
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

/// The newest state of each key of a table.
#[derive(Debug)]
pub(super) struct Newest {
    items: Items,
    writers: Writers,
}

/// What is known of the items of a table.
#[derive(Debug)]
enum Items {
    /// One run has written all of them, into an empty table. Each was new, so their keys say everything: 16 bytes each.
    OfOne(Shards<()>),
    /// The states of items that any run may have written: 40 bytes each.
    OfMany(Shards<State>),
}

/// Who wrote an item, and what.
#[derive(Clone, Copy, Debug)]
struct State {
    hash: ContentHash,
    writer: u32,
    /// Whether the previous hash was the same. Nobody needs the previous hash itself.
    unchanged: bool,
    /// Whether it is only the mark of a deleted item.
    deleted: bool,
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
    /// The state of an empty table.
    pub(super) fn of_nothing() -> Self {
        Self { items: Items::OfOne(Shards::default()), writers: Writers::default() }
    }

    /// The state of a table whose items are yet to be read with [`Newest::set`].
    pub(super) fn of_items() -> Self {
        Self { items: Items::OfMany(Shards::default()), writers: Writers::default() }
    }

    /// The number of keys.
    pub(super) fn len(&self) -> usize {
        match &self.items {
            Items::OfOne(keys) => keys.len(),
            Items::OfMany(items) => items.len(),
        }
    }

    /// Whether this run with its order wrote the newest state of a key. A run writes a key at most once.
    pub(super) fn is_by(&self, key: KeyHash, run: &str, order: &str) -> bool {
        let writer = match &self.items {
            Items::OfOne(keys) => keys.of(key).contains_key(&key).then_some(0),
            Items::OfMany(items) => items.of(key).get(&key).map(|state| state.writer),
        };
        writer.and_then(|writer| self.writers.get(writer)) == Some((run, order))
    }

    /// Sets the state of a key as it was read.
    pub(super) fn set(&mut self, key: KeyHash, known: Known<'_>) {
        let Known { run, order, hash, unchanged, deleted } = known;
        if let Items::OfMany(items) = &mut self.items {
            items.of_mut(key).insert(key, State { hash, writer: self.writers.index(run, order), unchanged, deleted });
        }
    }

    /// Whether the writes of this run can be decided. They cannot if another run wrote into the empty table, because nobody
    /// knows what its items hold. Then they are to be read. So they are if the writes are not plain: if they delete items, or leave
    /// some alone.
    pub(super) fn suffices(&self, stamp: &Stamp<'_>, is_plain: bool) -> bool {
        match &self.items {
            Items::OfOne(_) => {
                is_plain
                    && self.writers.get(0).is_none_or(|writer| writer == (stamp.run.as_str(), stamp.order.as_str()))
            }
            Items::OfMany(_) => true,
        }
    }

    /// Decides about the writes of a batch of a run for which this [`Newest::suffices`]: the answer takes the hash of a key and
    /// what is wanted of it, and the new state of the key is set if the item is to be written.
    pub(super) fn decide(&mut self, stamp: &Stamp<'_>) -> impl FnMut(KeyHash, Wanted) -> Decision {
        let writer = self.writers.index(stamp.run.as_str(), stamp.order.as_str());
        let (items, writers) = (&mut self.items, &self.writers);
        move |key, wanted| match items {
            Items::OfOne(keys) => match keys.of_mut(key).insert(key, ()) {
                None => Decision::Write { was: None, written: Written::Imported },
                Some(()) => Decision::Keep(Written::Imported),
            },
            Items::OfMany(items) => {
                let place = items.of_mut(key).entry(key);
                let old = match &place {
                    Entry::Occupied(old) => Some(*old.get()),
                    Entry::Vacant(_) => None,
                };
                let known = old.and_then(|State { hash, writer, unchanged, deleted }| {
                    let (run, order) = writers.get(writer)?;
                    Some(Known { run, order, hash, unchanged, deleted })
                });
                let (writes, written) = decide(known, wanted, stamp);
                if !writes {
                    return Decision::Keep(written);
                }
                let Wanted { hash, deletes: deleted, .. } = wanted;
                place.insert_entry(State { hash, writer, unchanged: written == Written::Unchanged, deleted });
                Decision::Write { was: old.map(|old| old.hash), written }
            }
        }
    }
}

/// The number of shards.
const SHARDS: u64 = 64;

/// A map by keys, in parts that grow one after the other: while a map grows, memory holds its old and its new table.
#[derive(Debug)]
struct Shards<V>(Vec<Shard<V>>);

type Shard<V> = HashMap<KeyHash, V, BuildHasherDefault<FirstHalf>>;

impl<V> Default for Shards<V> {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Shard::default()).collect())
    }
}

impl<V> Shards<V> {
    /// The part of a key.
    fn of(&self, key: KeyHash) -> &Shard<V> {
        &self.0[key.shard()]
    }

    /// The part of a key, to be changed.
    fn of_mut(&mut self, key: KeyHash) -> &mut Shard<V> {
        &mut self.0[key.shard()]
    }

    /// The number of keys.
    fn len(&self) -> usize {
        self.0.iter().map(HashMap::len).sum()
    }
}

impl KeyHash {
    /// The number of its shard: from the second half, because the first one decides about its place in the shard.
    fn shard(self) -> usize {
        (self.0[1] % SHARDS) as usize
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
    use proptest::prelude::*;

    use super::*;
    use sluice_engine::spec::Mode;

    use crate::sink::decision::two_runs;

    fn plain(hash: ContentHash) -> Wanted {
        Wanted { hash, deletes: false, mode: Mode::Upsert }
    }

    #[test]
    fn what_was_decided_or_read_decides_about_the_next_write() {
        let keys = KeyHasher::new();
        let [early, late] = two_runs();
        let [early, late] = [&early, &late].map(|(run, order)| Stamp { run, order });
        let (a, b) = (ContentHash::from(10), ContentHash::from(11));
        let imported = |was| Decision::Write { was, written: Written::Imported };

        let mut newest = Newest::of_items();
        assert_eq!(newest.decide(&early)(keys.of("a"), plain(a)), imported(None));
        assert_eq!(newest.decide(&early)(keys.of("b"), plain(a)), imported(None));
        assert_eq!(newest.decide(&early)(keys.of("a"), plain(a)), Decision::Keep(Written::Imported));
        let unchanged = Decision::Write { was: Some(a), written: Written::Unchanged };
        assert_eq!(newest.decide(&late)(keys.of("a"), plain(a)), unchanged);
        assert_eq!(newest.decide(&late)(keys.of("a"), plain(a)), Decision::Keep(Written::Unchanged));
        assert_eq!(newest.decide(&late)(keys.of("b"), plain(b)), imported(Some(a)));
        assert_eq!(newest.decide(&early)(keys.of("b"), plain(a)), Decision::Keep(Written::Stale));
        assert_eq!(newest.len(), 2);
        let (run, order) = (late.run.as_str(), late.order.as_str());
        assert!(newest.is_by(keys.of("a"), run, order) && !newest.is_by(keys.of("c"), run, order));

        let gone = Wanted { hash: ContentHash::of_deletion(), deletes: true, mode: Mode::Upsert };
        let first = newest.decide(&late)(keys.of("d"), gone);
        assert_eq!(first, Decision::Write { was: None, written: Written::Deleted });
        assert_eq!(newest.decide(&late)(keys.of("d"), gone), Decision::Keep(Written::Deleted));
        let left = Wanted { mode: Mode::UpdateOnly, ..plain(a) };
        assert_eq!(newest.decide(&late)(keys.of("e"), left), Decision::Keep(Written::Left));
        assert_eq!(newest.decide(&early)(keys.of("e"), plain(a)), imported(None), "what was left is not there");

        for (hash, unchanged, written) in [(a, true, Written::Unchanged), (b, false, Written::Imported)] {
            newest.set(keys.of("c"), Known { run, order, hash, unchanged, deleted: false });
            assert_eq!(newest.decide(&late)(keys.of("c"), plain(a)), Decision::Keep(written));
        }
    }

    proptest! {
        #[test]
        fn the_first_run_of_a_table_needs_nothing_but_keys(writes in prop::collection::vec((0..20_u8, 0..3_u8), 0..60)) {
            let keys = KeyHasher::new();
            let [first, second] = two_runs();
            let [first, second] = [&first, &second].map(|(run, order)| Stamp { run, order });
            let (mut few, mut all) = (Newest::of_nothing(), Newest::of_items());
            prop_assert!(few.suffices(&first, true) && few.suffices(&second, true) && !few.suffices(&first, false));
            for (key, content) in writes {
                let (key, hash) = (keys.of(&key.to_string()), ContentHash::from(u128::from(content)));
                prop_assert_eq!(few.decide(&first)(key, plain(hash)), all.decide(&first)(key, plain(hash)));
                prop_assert!(few.suffices(&first, true) && !few.suffices(&second, true) && all.suffices(&second, false));
                for Stamp { run, order } in [first, second] {
                    let by = |newest: &Newest| newest.is_by(key, run.as_str(), order.as_str());
                    prop_assert_eq!(by(&few), by(&all));
                }
            }
            prop_assert_eq!(few.len(), all.len());
        }
    }
}
