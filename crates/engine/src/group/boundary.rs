//! Where a chunk may begin.

use super::ReadRecord;

/// Finds the first record, behind one from which it starts, that does not belong to the item of the record before it.
///
/// This is a function of the records alone. So chunks that are cut elsewhere hold the same items.
#[derive(Debug, Default)]
pub struct Boundary {
    before: Option<Before>,
}

/// The record before, if its key is known.
#[derive(Debug)]
struct Before {
    key: Option<String>,
    first: Option<u64>,
}

impl Boundary {
    /// Takes the next record, and returns whether a chunk may begin with it. It never begins with an omitted record.
    pub fn take(&mut self, read: &ReadRecord) -> bool {
        if read.omitted.is_some() {
            return false;
        }
        let first = read.place.map(|place| place.first);
        let before = self.before.replace(Before { key: read.key.clone(), first });
        before.is_some_and(|before| !belongs((before.key.as_deref(), before.first), (read.key.as_deref(), first)))
    }
}

/// Whether a record belongs to those before it. Each has its key, if it is known, and the first record of those with which it was
/// rejected, if it comes from `rejects.csv`.
pub(super) fn belongs(before: (Option<&str>, Option<u64>), next: (Option<&str>, Option<u64>)) -> bool {
    match (before.1, next.1) {
        // Two items of the same key are neighbours in `rejects.csv` if what was between them is imported.
        (Some(before), Some(next)) => before == next,
        _ => before.0.zip(next.0).is_none_or(|(before, next)| before == next),
    }
}
