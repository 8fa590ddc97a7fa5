//! What a feed does to bytes: pure, without AWS, async, clock or environment.
//!
//! A feed is read ([`feed`]), an upload becomes a text ([`unpack`]), its dialect finds records
//! ([`record`]), which are cut into chunks ([`scan`]), turned into target records ([`restructure`])
//! and judged ([`validate`]). Whatever is wrong with a file or a record is a [`Problem`].

mod advice;
mod causes;
pub mod checksum;
mod clean;
mod currency;
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
mod hash;
pub mod header;
pub mod infer;
pub mod mapping;
pub mod mask;
mod omitted;
mod problem;
mod range;
pub mod record;
pub mod reject;
pub mod repair;
pub mod report;
pub mod restructure;
pub mod rules;
mod run;
pub mod scan;
pub mod schema;
mod severity;
pub mod sink;
pub mod spec;
mod suggest;
mod tally;
pub mod target;
pub mod unique;
pub mod unpack;
pub mod validate;
mod verdict;

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
