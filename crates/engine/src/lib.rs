//! The pure core: what a feed does to bytes, without AWS, async, clock or environment.
//!
//! [`feed`] compiles a feed, [`unpack`] turns an upload into text, [`record`] finds records and cells,
//! [`scan`] cuts the file into chunks, [`restructure`] makes target records, and [`validate`] judges them.
//! Everything that is wrong with a file or a record is a [`Problem`].

mod advice;
pub mod archive;
mod causes;
pub mod checksum;
mod clean;
pub mod connection;
mod currency;
pub mod dataset;
pub mod dates;
pub mod decimal;
pub mod dialect;
pub mod display;
pub mod encoding;
pub mod expand;
mod expression;
mod fast;
pub mod feed;
mod findings;
mod first_rejects;
pub mod fixed;
pub mod footer;
pub mod group;
mod hash;
pub mod header;
pub mod infer;
pub mod json;
pub mod mapping;
pub mod mask;
mod omitted;
pub mod problem;
mod range;
pub mod record;
pub mod reject;
pub mod repair;
pub mod report;
pub mod restructure;
pub mod row;
pub mod row_reader;
pub mod rules;
mod run;
pub mod scan;
pub mod schema;
mod severity;
pub mod sink;
pub mod spec;
mod suggest;
pub mod summary;
mod tally;
pub mod target;
pub mod unique;
pub mod unpack;
pub mod validate;
mod verdict;
pub mod workbook;

pub use causes::{Cause, Causes, Example};
pub use findings::{Finding, Findings, Sample};
pub use first_rejects::{FirstRejects, RejectLine};
pub use omitted::{Omitted, OmittedRecords, Place};
pub use problem::{Code, Problem, Stage};
pub use range::ByteRange;
pub use run::{InvalidTime, RunContext};
pub use severity::Severity;
pub use tally::Tally;
pub use verdict::Verdict;

/// The version of Sluice: that of the workspace, which all crates share.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
