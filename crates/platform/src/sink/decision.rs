//! The decision of a conditional write, for sinks without a database.

use sluice_engine::sink::ContentHash;

use super::{Stamp, Written};

/// What is known of an existing item: its `_run`, `_order` and `_hash`, and whether its `_was` is the same hash.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    pub(super) run: &'a str,
    pub(super) order: &'a str,
    pub(super) hash: ContentHash,
    pub(super) unchanged: bool,
}

/// Decides about a write over an existing item: whether to write, and the result.
pub(super) fn decide(old: Option<Known<'_>>, hash: ContentHash, stamp: &Stamp<'_>) -> (bool, Written) {
    let written = |unchanged| if unchanged { Written::Unchanged } else { Written::Imported };
    match old {
        Some(old) if old.run == stamp.run.as_str() => (false, written(old.unchanged)),
        Some(old) if old.order >= stamp.order.as_str() => (false, Written::Stale),
        earlier => (true, written(earlier.is_some_and(|old| old.hash == hash))),
    }
}

/// The runs that wrote the items of a table, with their orders. There are few of them, and each wrote many items, so an item
/// has only the index of its writer.
#[derive(Debug, Default)]
pub(super) struct Writers(Vec<(String, String)>);

impl Writers {
    /// The index of a run with this order, which is added if it is new.
    pub(super) fn index(&mut self, run: &str, order: &str) -> u32 {
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
    pub(super) fn get(&self, index: u32) -> Option<(&str, &str)> {
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

    fn by<'a>(stamp: &Stamp<'a>, hash: ContentHash, unchanged: bool) -> Known<'a> {
        Known { run: stamp.run.as_str(), order: stamp.order.as_str(), hash, unchanged }
    }

    #[test]
    fn the_item_that_is_there_decides() {
        let [early, late] = two_runs();
        let [early, late] = [&early, &late].map(|(run, order)| Stamp { run, order });
        let (a, b) = (ContentHash::from(10), ContentHash::from(11));

        assert_eq!(decide(None, a, &early), (true, Written::Imported));
        let first = Some(by(&early, a, false));
        assert_eq!(decide(first, a, &early), (false, Written::Imported));

        assert_eq!(decide(first, a, &late), (true, Written::Unchanged));
        let same = Some(by(&late, a, true));
        assert_eq!(decide(same, a, &late), (false, Written::Unchanged));
        assert_eq!(decide(same, a, &early), (false, Written::Stale));

        assert_eq!(decide(first, b, &late), (true, Written::Imported));
        let changed = Some(by(&late, b, false));
        assert_eq!(decide(changed, b, &late), (false, Written::Imported));
    }
}
