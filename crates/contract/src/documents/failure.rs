//! `failures/<attempt>/<phase>/<chunk>.json`: why a step failed on a chunk.

use serde::{Deserialize, Serialize};

use crate::documents::Version;
use crate::{ChunkNo, Phase, RunId};

/// Why a step failed on a chunk. The step writes it on its way out; a step that is killed or runs out of time writes none.
/// A step that is tried again and fails again replaces it. It says nothing of what a cell holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailureDocument {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// The attempt at the run, from 1.
    pub attempt: u32,
    /// What was being done.
    pub phase: Phase,
    /// The chunk.
    pub chunk: ChunkNo,
    /// The step: `restructure`, `validate` or `import`.
    pub step: String,
    /// The name of the error: one of [`ErrorName`](crate::ErrorName).
    pub error: String,
    /// What it said, with its causes: `a: b: c`.
    pub message: String,
    /// When the step failed: RFC 3339, UTC.
    pub at: String,
    /// The id of the call that failed.
    pub call: String,
}
