//! The inputs and outputs of `dataset`, and of the state machine `join`.

use serde::{Deserialize, Serialize};

use crate::RunId;
use crate::documents::{Generation, JoinEnd};

/// The input of `dataset`, which has several roles: `{"ended": {"run_id": …}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum DatasetInput {
    /// Notes that a run has ended, in the sets to which its file belongs, and starts the join of a complete one.
    Ended {
        /// The run.
        run_id: RunId,
    },
    /// Pins what is joined.
    Plan(Generation),
    /// Sorts the rows of a member.
    Sort {
        /// The generation.
        of: Generation,
        /// The index of the member.
        member: u32,
    },
    /// Finds the places of the rows of a partition of a member, by the keys of its parent.
    Link {
        /// The generation.
        of: Generation,
        /// The index of the member.
        member: u32,
        /// The partition, from 0.
        partition: u32,
    },
    /// Assembles the joined records of a partition.
    Merge {
        /// The generation.
        of: Generation,
        /// The partition, from 0.
        partition: u32,
    },
    /// Puts the joined file into the inboxes, and reports.
    Publish(Generation),
}

/// The output of `dataset` after noting that a run has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunNoted {
    /// The sets that the run belongs to: `<dataset>/<set>`.
    pub sets: Vec<String>,
    /// The executions of joins that this call started.
    pub started: Vec<String>,
}

/// The output of `dataset` after planning: the items of the Maps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinPlanned {
    /// Whether the generation is not the current one any more.
    pub superseded: bool,
    /// A call for each member.
    pub sorts: Vec<DatasetInput>,
    /// The levels below the root: each with a call for each partition of each of its members.
    pub levels: Vec<JoinLevel>,
    /// A call for each partition of the output.
    pub merges: Vec<DatasetInput>,
}

/// A level of the members below the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinLevel {
    /// A call for each partition of each member of the level.
    pub links: Vec<DatasetInput>,
}

/// The output of `dataset` after sorting, linking or merging.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinStepDone {
    /// The number of rows.
    pub rows: u64,
}

/// The output of `dataset` after publishing, which is also the output of the execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinPublished {
    /// How the join ended.
    pub ended: JoinEnd,
    /// The keys of the files that were put into the inbox.
    #[serde(default)]
    pub offered: Vec<String>,
}
