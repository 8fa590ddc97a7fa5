//! A set of records, as bits.

use std::collections::BTreeMap;

/// Records per page.
const PAGE: u64 = 64 * 1024;
/// Bits per word.
const WORD: u64 = 64;

/// A set of records: a bit for each record of every page with a marked record, so at most 12.5 MB for 100 million records.
#[derive(Default)]
pub(crate) struct Marks(BTreeMap<u64, Box<[u64; (PAGE / WORD) as usize]>>);

impl Marks {
    /// Marks a record.
    pub(crate) fn set(&mut self, record: u64) {
        let (page, word, bit) = place(record);
        self.0.entry(page).or_insert_with(|| Box::new([0; (PAGE / WORD) as usize]))[word] |= bit;
    }

    /// Whether a record is marked.
    pub(crate) fn has(&self, record: u64) -> bool {
        let (page, word, bit) = place(record);
        !self.0.is_empty() && self.0.get(&page).is_some_and(|words| words[word] & bit != 0)
    }
}

fn place(record: u64) -> (u64, usize, u64) {
    (record / PAGE, (record % PAGE / WORD) as usize, 1 << (record % WORD))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn marks_are_where_they_were_set_and_nowhere_else() {
        let marked = BTreeSet::from([0, 1, 63, 64, 65_535, 65_536, 10_000_000, u64::MAX]);
        let mut marks = Marks::default();
        assert!(!marks.has(1));
        for record in &marked {
            marks.set(*record);
        }
        for record in marked.iter().flat_map(|record| [record.saturating_sub(1), *record, record.saturating_add(1)]) {
            assert_eq!(marks.has(record), marked.contains(&record), "{record}");
        }
    }
}
