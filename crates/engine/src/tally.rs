//! The numbers of a run, which must add up.

use serde::{Deserialize, Serialize};

/// What became of the records of a run, from the set of its outcomes. Each number is counted where
/// it happens; none is a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Records read.
    pub read: u64,
    /// No records of the data, each under a name: left out.
    pub omitted: u64,
    /// Written to the sink.
    pub imported: u64,
    /// The sink already held them, exactly.
    pub unchanged: u64,
    /// Lost their key to another record of the file.
    pub duplicate: u64,
    /// Their key was already written by a run of a later order.
    pub stale: u64,
    /// Did not make it, each with its reason.
    pub rejected: u64,
    /// Valid, but not imported because the gate said no.
    pub withheld: u64,
}

impl Tally {
    /// What the records became, summed: equals `read`, or the run is INCONSISTENT.
    #[must_use]
    pub fn accounted(&self) -> u64 {
        self.omitted + self.imported + self.unchanged + self.duplicate + self.stale + self.rejected + self.withheld
    }

    /// The records that are not omitted.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.read.saturating_sub(self.omitted)
    }

    /// Whether the numbers add up.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.read == self.accounted()
    }
}
