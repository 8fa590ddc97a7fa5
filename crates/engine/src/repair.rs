//! Repair files: `rejects.csv` or a part of it, corrected and uploaded again.
//!
//! [`detect`] recognizes a repair file by its columns `_run` and `_record`, wherever they stand. A repair
//! file is CSV in UTF-8 (or UTF-16 with a byte order mark), separated by commas, semicolons or tabs
//! ([`SavedFormat`]), whatever dialect the feed declares for its producer
//! ([`FeedPlan::for_repairs`](crate::feed::FeedPlan::for_repairs)). [`Sheet`] separates the columns of the
//! source, which are found by name as in any file, from the columns that Sluice added. [`RepairReader`] turns
//! each row back into a record of the source: it takes the cells and removes the apostrophes that protect
//! against formulas. If all these cells are empty and `_raw` is not, it parses `_raw` as the producer
//! writes its records instead: in its dialect, or as JSON.
//!
//! A row is rejected again, whatever its cells, if it belongs to another run than the first row or does not
//! say which record it was. A mark for an undecodable byte such as `{\x81}` becomes that byte again
//! ([`unmark`](crate::encoding::unmark)), so a feed that reads the cell rejects the record as it did the
//! first time. Only the mark decides; `_errors` is ignored.

mod detect;
mod format;
mod raw_splitter;
mod reader;
mod sheet;

pub use detect::{Detection, detect};
pub use format::{SavedFormat, Separator};
pub use raw_splitter::RawSplitter;
pub use reader::{Parent, Producer, RawForm, RepairReader};
pub use sheet::Sheet;

#[cfg(test)]
mod tests;
