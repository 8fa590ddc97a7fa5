//! The JSON documents of a run, each with a version from its first day.

mod gate;
mod manifest;
mod outcome;
mod run;
mod scan;
mod source;
mod tally;
mod version;

pub use gate::GateDocument;
pub use manifest::Manifest;
pub use outcome::{CheckOutcome, ImportCounts, ImportOutcome, Part, Progress, Usage};
pub use run::{MAX_RECORD_BYTES, RunDocument, Upload};
pub use scan::{ScanDocument, ScannedDocument};
pub use source::SourceDocument;
pub use tally::TallyDocument;
pub use version::Version;
