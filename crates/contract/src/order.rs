//! The order of runs: a later run wins.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::RunId;

/// Width to which an S3 event sequencer is padded. AWS documents no maximum and says to pad the shorter one
/// with zeros on the right; 16 to 18 digits have been observed.
const SEQUENCER_WIDTH: usize = 32;

/// The order of a run, fixed once: (Last-Modified of the source version, event sequencer, run id).
///
/// A text whose alphabetical order is the order of runs, so that a conditional write can compare it:
/// `2026-11-21T02:33:00Z#0055aed6dcd90281e500000000000000#products-…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Order(String);

impl Order {
    /// Builds the order of a run. `last_modified` is RFC 3339 in UTC with whole seconds, as in S3;
    /// `sequencer` is that of the event, empty if a file was found without an event.
    #[must_use]
    pub fn new(last_modified: &str, sequencer: &str, run: &RunId) -> Self {
        let sequencer = sequencer.to_ascii_lowercase();
        Self(format!("{last_modified}#{sequencer:0<SEQUENCER_WIDTH$}#{run}"))
    }

    /// The order of a rerun of this run: right after this order, and before any later one. Of several reruns,
    /// the one that started later is later.
    #[must_use]
    pub fn after(&self, started_at: &str, run: &RunId) -> Self {
        // Every order ends in a run id of fixed length, so only the order of a rerun can begin with another
        // order.
        Self(format!("{self}+{started_at}#{run}"))
    }

    /// The order of a run that imports a joined file: by the place of the set among others, then by the newest order
    /// of its members, then by the generation.
    #[must_use]
    pub fn of_join(place: &str, newest: &Self, generation: u64, run: &RunId) -> Self {
        // A rerun of the newest member comes after its first run, because `+` comes after `#`.
        Self(format!("{place}#{newest}#{generation:020}#{run}"))
    }

    /// An order before all others: that of nothing.
    #[must_use]
    pub fn earliest() -> Self {
        Self(String::new())
    }

    /// The order as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_time_then_sequencer_then_run() {
        let a: RunId = "products-000000000000000000000000".parse().unwrap();
        let b: RunId = "products-000000000000000000000001".parse().unwrap();
        let sorted = [
            Order::new("2026-11-21T02:33:00Z", "", &a),
            Order::new("2026-11-21T02:33:00Z", "0055", &a),
            Order::new("2026-11-21T02:33:00Z", "0055AE", &a),
            Order::new("2026-11-21T02:33:00Z", "0055ae", &b),
            Order::new("2026-11-21T02:33:01Z", "", &a),
        ];
        assert!(sorted.is_sorted());
        assert!(sorted[2] < sorted[3]);
    }

    #[test]
    fn a_join_is_ordered_by_its_set_then_by_its_newest_member_then_by_its_generation() {
        let [a, b]: [RunId; 2] = ["1", "2"].map(|digit| format!("products-{}", digit.repeat(24)).parse().unwrap());
        let old = Order::new("2026-11-21T02:33:00Z", "", &a);
        let rerun = old.after("2026-12-01T00:00:00Z", &a);
        let new = Order::new("2026-11-22T02:33:00Z", "", &a);
        let sorted = [
            Order::of_join("2026-11-20", &new, 9, &a),
            Order::of_join("2026-11-21", &old, 2, &b),
            Order::of_join("2026-11-21", &old, 10, &a),
            Order::of_join("2026-11-21", &rerun, 3, &a),
            Order::of_join("2026-11-21", &new, 1, &a),
            // An upload by somebody else on the day of the set comes after the set.
            Order::new("2026-11-21T00:00:00Z", "", &a),
            Order::of_join("2026-11-22T00:00:00Z", &old, 1, &a),
        ];
        assert!(sorted.windows(2).all(|pair| pair[0] < pair[1]), "{sorted:?}");
    }

    #[test]
    fn a_rerun_comes_right_after_its_run() {
        let [a, b, c]: [RunId; 3] =
            ["1", "2", "3"].map(|digit| format!("products-{}", digit.repeat(24)).parse().unwrap());
        let first = Order::new("2026-11-21T02:33:00Z", "", &a);
        let rerun = first.after("2026-12-01T00:00:00Z", &c);
        let sorted = [
            first.clone(),
            rerun.clone(),
            rerun.after("2026-12-03T00:00:00Z", &b),
            first.after("2026-12-02T00:00:00Z", &a),
            Order::new("2026-11-21T02:33:00Z", "", &b),
        ];
        assert!(sorted.windows(2).all(|pair| pair[0] < pair[1]), "{sorted:?}");
    }
}
