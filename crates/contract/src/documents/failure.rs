//! `failures/<attempt>/<phase>/<chunk>.json`: why a step failed on a chunk.

use serde::{Deserialize, Serialize};

use crate::documents::Version;
use crate::{ChunkNo, Phase, RunId};

/// Why a step failed on a chunk. The step writes it before it returns; a step that is killed or times out
/// writes none. A later failure of a retry replaces it. It contains no cell content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailureDocument {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// The attempt at the run, from 1.
    pub attempt: u32,
    /// The phase.
    pub phase: Phase,
    /// The chunk.
    pub chunk: ChunkNo,
    /// The step: `restructure`, `validate` or `import`.
    pub step: String,
    /// The name of the error: one of [`ErrorName`](crate::ErrorName).
    pub error: String,
    /// The error message with its causes: `a: b: c`.
    pub message: String,
    /// When the step failed: RFC 3339, UTC.
    pub at: String,
    /// The id of the call that failed.
    pub call: String,
}
