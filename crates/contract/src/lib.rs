//! The interface between state machines, functions and buckets: step inputs and outputs, error names, object keys, and
//! the JSON documents under these keys.
//!
//! A change of a name or a field here changes what a running execution, a definition in `statemachine/` or a document
//! in the bucket means. Documents carry a version.

pub mod chunk;
pub mod documents;
pub mod error_name;
pub mod key_entry;
pub mod keys;
pub mod loser;
pub mod order;
pub mod run_id;
pub mod steps;

pub use chunk::{ByteRange, Chunk, ChunkNo, Phase, ScanRange};
pub use error_name::ErrorName;
pub use key_entry::KeyEntry;
pub use loser::{Loser, Reason};
pub use order::Order;
pub use run_id::RunId;
pub use sluice_engine::{Tally, Verdict};
