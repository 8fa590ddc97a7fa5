//! How a run ends.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a run ended. The verdict appears in the ledger, in the report and in the subject of the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// Every record is accounted for, and every valid one is in the sink.
    Imported,
    /// A dry run that the gate would have allowed: nothing was written.
    Passed,
    /// The gate rejected the file: nothing was written.
    Rejected,
    /// An earlier run has imported the same content, and the feed skips repeated content: nothing was checked
    /// or written.
    Skipped,
    /// The file was not accepted and stays in the inbox: nothing was started.
    Refused,
    /// The numbers do not add up.
    Inconsistent,
    /// The execution failed, timed out or was aborted.
    Failed,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Imported => "IMPORTED",
            Self::Passed => "PASSED",
            Self::Rejected => "REJECTED",
            Self::Skipped => "SKIPPED",
            Self::Refused => "REFUSED",
            Self::Inconsistent => "INCONSISTENT",
            Self::Failed => "FAILED",
        })
    }
}
