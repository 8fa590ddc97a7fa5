//! The order of the entries of a block.

use super::Packed;

/// There are 2^16 buckets: two entries of a full block fall into each.
const BITS: u32 = 16;

/// Sorts the entries of a block without moving them.
///
/// Hashes are evenly distributed, so their first bits say nearly where an entry belongs. Entries are put into buckets by
/// their set and these bits, and then each bucket is sorted. This takes a sixth of the instructions of sorting the whole
/// block. Many entries with the same hash fall into the same bucket, which then takes the time of sorting it.
#[derive(Default)]
pub(super) struct Order {
    /// The places of the entries in the block, in their order.
    places: Vec<u32>,
    /// For each bucket, where its next entry goes; in the end, where it ends.
    ends: Vec<u32>,
}

impl Order {
    /// The places of the entries of a block in their order. A block has fewer than 2^32 entries.
    pub(super) fn of(&mut self, block: &[Packed]) -> &[u32] {
        let Self { places, ends } = self;
        let buckets = Buckets::of(block);
        ends.clear();
        ends.resize(buckets.number(), 0);
        for entry in block {
            ends[buckets.index(*entry)] += 1;
        }
        let mut start = 0;
        for end in ends.iter_mut() {
            start += std::mem::replace(end, start);
        }
        places.clear();
        places.resize(block.len(), 0);
        for (place, entry) in (0..).zip(block) {
            let next = &mut ends[buckets.index(*entry)];
            places[*next as usize] = place;
            *next += 1;
        }
        let mut start = 0;
        for end in ends.iter().map(|end| *end as usize) {
            places[start..end].sort_unstable_by_key(|place| block[*place as usize]);
            start = end;
        }
        places
    }
}

/// How entries are put into buckets: those of each set into as many, in the order of sets and hashes.
struct Buckets {
    /// The sink's key counts as this set, the one after the last of the block.
    last: usize,
    /// The number of bits of a hash that count.
    bits: u32,
}

impl Buckets {
    fn of(block: &[Packed]) -> Self {
        let last = block.iter().map(|entry| set_of(*entry)).filter(|set| *set < KEY).max().map_or(0, |set| set + 1);
        let bits = BITS - last.checked_ilog2().map_or(0, |bits| bits + 1);
        Self { last, bits }
    }

    fn number(&self) -> usize {
        (self.last + 1) << self.bits
    }

    #[expect(clippy::cast_possible_truncation, reason = "the first bits of the hash are taken by themselves")]
    fn index(&self, entry: Packed) -> usize {
        let bits = u64::from((entry.0 >> 80) as u32) >> (u32::BITS - self.bits);
        (set_of(entry).min(self.last) << self.bits) | bits as usize
    }
}

/// The set of the sink's key.
const KEY: usize = sluice_contract::KeyEntry::KEY as usize;

fn set_of(entry: Packed) -> usize {
    (entry.0 >> 112) as usize
}

#[cfg(test)]
mod tests {
    use sluice_contract::KeyEntry;

    use super::super::as_numbers;
    use super::*;

    /// Entries of `sets` sets and of the key, with few or many different hashes.
    fn block(length: u64, sets: u16, hash: impl Fn(u64) -> u128) -> Vec<Packed> {
        let entry = |record: u64| {
            let set = match record % (u64::from(sets) + 1) {
                0 => KeyEntry::KEY,
                set => u16::try_from(set - 1).unwrap(),
            };
            as_numbers(KeyEntry { set, hash: hash(record), record })
        };
        (0..length).map(entry).collect()
    }

    #[test]
    fn the_order_is_that_of_sorting() {
        let spread = |record: u64| u128::from(record).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let hashes: [&dyn Fn(u64) -> u128; 5] =
            [&spread, &|_| 7, &|record| spread(record % 10), &|record| u128::from(record), &|record| !spread(record)];
        let mut order = Order::default();
        for (length, sets) in
            [(0, 0), (1, 0), (1000, 0), (1000, 1), (1000, 2), (1000, 3), (70_000, 9), (70_000, 65_535)]
        {
            for hash in hashes {
                let block = block(length, sets, hash);
                let mut sorted = block.clone();
                sorted.sort_unstable();
                let ordered: Vec<_> = order.of(&block).iter().map(|place| block[*place as usize]).collect();
                assert!(ordered == sorted, "{length} entries, {sets} sets");
            }
        }
    }
}
