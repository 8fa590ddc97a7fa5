//! The decision of a conditional write, for sinks without a database.

use sluice_engine::sink::ContentHash;
use sluice_engine::spec::Mode;

use super::{Stamp, Written};

/// What is known of an existing item: its `_run`, `_order` and `_hash`, whether its `_was` is the same hash, and whether it is only
/// the mark of a deleted one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    pub(super) run: &'a str,
    pub(super) order: &'a str,
    pub(super) hash: ContentHash,
    pub(super) unchanged: bool,
    pub(super) deleted: bool,
}

/// What a write would do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) hash: ContentHash,
    /// Whether it deletes the item.
    pub(super) deletes: bool,
    pub(super) mode: Mode,
}

/// Decides about a write over an existing item: whether to write, and the result.
pub(super) fn decide(old: Option<Known<'_>>, wanted: Wanted, stamp: &Stamp<'_>) -> (bool, Written) {
    match old {
        Some(old) if old.run == stamp.run.as_str() => (false, result(old.unchanged, old.deleted)),
        Some(old) if old.order >= stamp.order.as_str() => (false, Written::Stale),
        _ if wanted.mode.leaves(old.is_some_and(|old| !old.deleted)) => (false, Written::Left),
        earlier => (true, result(earlier.is_some_and(|old| old.hash == wanted.hash), wanted.deletes)),
    }
}

/// The result of a write. A deletion has one result, whether there was an item or not.
pub(super) fn result(unchanged: bool, deleted: bool) -> Written {
    match (deleted, unchanged) {
        (true, _) => Written::Deleted,
        (false, true) => Written::Unchanged,
        (false, false) => Written::Imported,
    }
}

/// The runs that wrote the items of a table, with their orders. There are few of them, and each wrote many items, so an item
/// has only the index of its writer.
#[derive(Debug, Default)]
pub(crate) struct Writers(Vec<(String, String)>);

impl Writers {
    /// The index of a run with this order, which is added if it is new.
    pub(crate) fn index(&mut self, run: &str, order: &str) -> u32 {
        // The last writer is the most likely one.
        let known = self.0.iter().rposition(|(known, of)| known == run && of == order);
        let index = known.unwrap_or_else(|| {
            self.0.push((run.to_owned(), order.to_owned()));
            self.0.len() - 1
        });
        // No table has four billion runs.
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    /// The run and the order of a writer.
    pub(crate) fn get(&self, index: u32) -> Option<(&str, &str)> {
        self.0.get(index as usize).map(|(run, order)| (run.as_str(), order.as_str()))
    }
}

/// Two runs with their orders, for tests: an early one and a late one.
#[cfg(test)]
pub(super) fn two_runs() -> [(sluice_contract::RunId, sluice_contract::Order); 2] {
    [1, 2].map(|number| {
        let run = format!("p-{number:024}").parse().unwrap();
        let order = sluice_contract::Order::new("2026-11-21T02:33:00Z", "", &run);
        (run, order)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by<'a>(stamp: &Stamp<'a>, hash: ContentHash, unchanged: bool, deleted: bool) -> Known<'a> {
        Known { run: stamp.run.as_str(), order: stamp.order.as_str(), hash, unchanged, deleted }
    }

    const A: u128 = 10;
    const B: u128 = 11;

    fn upsert(hash: u128) -> Wanted {
        Wanted { hash: ContentHash::from(hash), deletes: false, mode: Mode::Upsert }
    }

    #[test]
    fn the_item_that_is_there_decides() {
        let [early, late] = two_runs();
        let [early, late] = [&early, &late].map(|(run, order)| Stamp { run, order });
        let [a, b] = [A, B].map(ContentHash::from);

        assert_eq!(decide(None, upsert(A), &early), (true, Written::Imported));
        let first = Some(by(&early, a, false, false));
        assert_eq!(decide(first, upsert(A), &early), (false, Written::Imported));

        assert_eq!(decide(first, upsert(A), &late), (true, Written::Unchanged));
        let same = Some(by(&late, a, true, false));
        assert_eq!(decide(same, upsert(A), &late), (false, Written::Unchanged));
        assert_eq!(decide(same, upsert(A), &early), (false, Written::Stale));

        assert_eq!(decide(first, upsert(B), &late), (true, Written::Imported));
        let changed = Some(by(&late, b, false, false));
        assert_eq!(decide(changed, upsert(B), &late), (false, Written::Imported));
    }

    #[test]
    fn a_mode_decides_after_the_orders_and_a_mark_is_no_item() {
        let [early, late] = two_runs();
        let [early, late] = [&early, &late].map(|(run, order)| Stamp { run, order });
        let wanted = |mode| Wanted { mode, ..upsert(A) };
        let of = |stamp, deleted| Some(by(stamp, ContentHash::from(B), false, deleted));
        for (mode, absent, live, deleted) in [
            (Mode::Upsert, Written::Imported, Written::Imported, Written::Imported),
            (Mode::InsertOnly, Written::Imported, Written::Left, Written::Imported),
            (Mode::UpdateOnly, Written::Left, Written::Imported, Written::Left),
        ] {
            for (old, expected) in [(None, absent), (of(&early, false), live), (of(&early, true), deleted)] {
                let writes = expected == Written::Imported;
                assert_eq!(decide(old, wanted(mode), &late), (writes, expected), "{mode:?} {old:?}");
            }
            assert_eq!(decide(of(&late, false), wanted(mode), &early), (false, Written::Stale), "{mode:?}");
            assert_eq!(decide(of(&late, false), wanted(mode), &late), (false, Written::Imported), "{mode:?}");
        }
    }

    #[test]
    fn a_deletion_repeats_its_answer() {
        let [early, late] = two_runs();
        let [early, late] = [&early, &late].map(|(run, order)| Stamp { run, order });
        let mark = ContentHash::of_deletion();
        let deletes = Wanted { hash: mark, deletes: true, mode: Mode::Upsert };
        assert_eq!(decide(None, deletes, &early), (true, Written::Deleted));
        let gone = Some(by(&early, mark, false, true));
        assert_eq!(decide(gone, deletes, &early), (false, Written::Deleted));
        assert_eq!(decide(gone, deletes, &late), (true, Written::Deleted), "the mark has a later order now");
        assert_eq!(decide(Some(by(&late, mark, true, true)), deletes, &late), (false, Written::Deleted));
        assert_eq!(decide(Some(by(&late, mark, true, true)), upsert(A), &early), (false, Written::Stale));
        assert_eq!(decide(gone, upsert(A), &late), (true, Written::Imported));
        assert_eq!(decide(gone, Wanted { mode: Mode::UpdateOnly, ..deletes }, &late), (false, Written::Left));
    }
}
