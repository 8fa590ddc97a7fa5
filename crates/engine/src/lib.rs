//! What a feed does to bytes: pure, without AWS, async, clock or environment.
//!
//! A feed is read ([`feed`]), its dialect finds records ([`record`]), which are cut into chunks
//! ([`scan`]), turned into target records ([`restructure`]) and judged ([`validate`]). Whatever is
//! wrong with a file or a record is a [`Problem`].

pub mod decimal;
pub mod dialect;
pub mod feed;
pub mod header;
pub mod import;
mod problem;
mod range;
pub mod record;
pub mod reject;
pub mod report;
pub mod restructure;
pub mod scan;
pub mod schema;
mod suggest;
mod tally;
pub mod validate;
mod verdict;

pub use problem::{Code, Problem, Stage};
pub use range::ByteRange;
pub use tally::Tally;
pub use verdict::Verdict;
