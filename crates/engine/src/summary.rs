//! Summaries: tables that are computed from the valid records of a file.
//!
//! A summary is computed in three passes, each of which a caller can do in parts and in bounded memory:
//!
//! 1. [`Summarizer`] takes each record. Without credit it returns the record's [`Group`] with its numbers; with credit, the [`Visit`]
//!    of a visitor.
//! 2. [`Credit`] takes all visits in their order, and returns a group for each record that is credited to a touch.
//! 3. All groups are added up. [`SummaryPlan::ranked`] says in which order they stand in the file, [`Lines`] writes them.
//!
//! Visits and groups have an order of their own, so that any number of them can be sorted and merged. Adding up is exact and in any order
//! the same, so the file does not depend on how the records were divided.

mod credit;
mod group;
mod lines;
mod measure;
mod name;
mod ordered;
mod plan;
mod ranked;
mod summarizer;
mod visit;

pub use credit::{Credit, Unattributed};
pub use group::Group;
pub use lines::Lines;
pub use measure::{Kind, Measure, add_all};
pub use name::{FileName, InvalidFileName};
pub use plan::{Column, ColumnOf, CreditPlan, MAX_COLUMNS, SummaryPlan};
pub use ranked::Ranked;
pub use summarizer::{Summarizer, Taken};
pub use visit::{Role, Visit};

/// The longest text of a group or of a touch, encoded, in bytes. A record with a longer one is rejected.
pub const MAX_TEXTS: usize = 16 * 1024;
/// The longest entry of a sorted block, in bytes: the texts, and at most [`MAX_COLUMNS`] numbers of some hundred digits, each twice in an
/// entry that is sorted by them.
pub const MAX_ENTRY: usize = 128 * 1024;

/// Appends a length, in one byte for short ones.
fn push_length(length: usize, bytes: &mut Vec<u8>) {
    match u8::try_from(length) {
        Ok(short) if short < u8::MAX => bytes.push(short),
        _ => {
            bytes.push(u8::MAX);
            bytes.extend(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        }
    }
}

/// Reads a length; the rest stays.
fn take_length(bytes: &mut &[u8]) -> Option<usize> {
    let first = *bytes.split_off_first()?;
    if first < u8::MAX {
        return Some(usize::from(first));
    }
    let (length, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    usize::try_from(u32::from_be_bytes(*length)).ok()
}

#[cfg(test)]
mod tests;
