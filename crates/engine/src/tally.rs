//! The numbers of a run, which must add up.

use serde::{Deserialize, Serialize};

/// The outcomes of the records of a run, from the set of outcome files. Each number is counted where it
/// occurs; none is computed as a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Records read.
    pub read: u64,
    /// Omitted under a name, because they are not data records.
    pub omitted: u64,
    /// Written to the sink.
    pub imported: u64,
    /// The sink already held them with the same content.
    pub unchanged: u64,
    /// Another record of the file with the same key was used instead.
    pub duplicate: u64,
    /// A later run has already written their key.
    pub stale: u64,
    /// The feed's mode leaves their key alone.
    #[serde(default)]
    pub left: u64,
    /// They deleted the item of their key.
    #[serde(default)]
    pub deleted: u64,
    /// Rejected, each with its reasons.
    pub rejected: u64,
    /// Valid, but not imported because the gate rejected the file.
    pub withheld: u64,
}

impl Tally {
    /// The sum of all outcomes. If it differs from `read`, the run is INCONSISTENT.
    #[must_use]
    pub fn accounted(&self) -> u64 {
        let held = self.imported + self.unchanged + self.left + self.deleted;
        self.omitted + held + self.duplicate + self.stale + self.rejected + self.withheld
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
