//! The decision of a conditional write, for sinks without a database.

use super::{Stamp, Written};

/// The attributes that Sluice adds to an item: `_run`, `_order`, `_hash` and `_was`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) run: String,
    pub(super) order: String,
    pub(super) hash: String,
    /// The hash that the item had before, if it existed.
    pub(super) was: Option<String>,
}

impl Mark {
    /// The result of the write that set this mark.
    fn written(&self) -> Written {
        if self.was.as_ref() == Some(&self.hash) { Written::Unchanged } else { Written::Imported }
    }
}

/// Decides about a write over an existing item: the mark to write, if it may be written, and the result.
pub(super) fn decide(old: Option<&Mark>, hash: &str, stamp: &Stamp<'_>) -> (Option<Mark>, Written) {
    match old {
        Some(old) if old.run == stamp.run.as_str() => (None, old.written()),
        Some(old) if old.order.as_str() >= stamp.order.as_str() => (None, Written::Stale),
        earlier => {
            let mark = Mark {
                run: stamp.run.to_string(),
                order: stamp.order.to_string(),
                hash: hash.to_owned(),
                was: earlier.map(|old| old.hash.clone()),
            };
            let written = mark.written();
            (Some(mark), written)
        }
    }
}

#[cfg(test)]
mod tests {
    use sluice_contract::{Order, RunId};

    use super::*;

    #[test]
    fn the_item_that_is_there_decides() {
        let (early, late): (RunId, RunId) =
            ("p-000000000000000000000001".parse().unwrap(), "p-000000000000000000000002".parse().unwrap());
        let order = |run| Order::new("2026-11-21T02:33:00Z", "", run);
        let (early_order, late_order) = (order(&early), order(&late));
        let early = Stamp { run: &early, order: &early_order };
        let late = Stamp { run: &late, order: &late_order };

        let (first, written) = decide(None, "a", &early);
        assert_eq!(written, Written::Imported);
        assert_eq!(decide(first.as_ref(), "a", &early), (None, Written::Imported));

        let (same, written) = decide(first.as_ref(), "a", &late);
        assert_eq!(written, Written::Unchanged);
        assert_eq!(decide(same.as_ref(), "a", &late), (None, Written::Unchanged));
        assert_eq!(decide(same.as_ref(), "a", &early), (None, Written::Stale));

        let (changed, written) = decide(first.as_ref(), "b", &late);
        assert_eq!(written, Written::Imported);
        assert_eq!(decide(changed.as_ref(), "b", &late), (None, Written::Imported));
    }
}
