//! The JSON documents of a run. Each has a version.

mod contradiction;
mod dataset;
mod failure;
mod gate;
mod manifest;
mod origin;
mod outcome;
mod part;
mod retry;
mod run;
mod scan;
mod source;
mod summaries;
mod sweep;
mod tally;
mod version;

pub use dataset::{
    Generation, JoinCounts, JoinDocument, JoinEnd, JoinMember, JoinReport, JoinedFile, JoinedRows, MemberDocument,
    OfferDocument, Spill,
};
pub use failure::FailureDocument;
pub use gate::{GateAnswers, GateDocument};
pub use manifest::Manifest;
pub use origin::Origin;
pub use outcome::{
    CheckOutcome, ImportCounts, ImportOutcome, KeyHashes, Progress, Requests, SummaryEntries, Usage, ValidRecords,
};
pub use part::Part;
pub use retry::{DueRecord, RetryDocument};
pub use run::{MAX_RECORD_BYTES, Repairs, RunDocument, Upload};
pub use scan::{ScanDocument, ScannedDocument};
pub use source::SourceDocument;
pub use summaries::SummariesDocument;
pub use sweep::{SweepDocument, Wait, WaitsDocument};
pub use tally::TallyDocument;
pub use version::Version;
