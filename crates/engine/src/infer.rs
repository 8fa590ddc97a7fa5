//! A first feed for a file that nobody has described yet.
//!
//! [`no_table`] says what a text is that is no table. [`guess_source`] looks at the beginning of a file and says how
//! its records and cells are told apart, and where its labels stand. A [`Survey`] looks at every record, in memory that
//! does not grow with the file. [`Draft::yaml`] writes what was found as a feed with comments. A [`Trial`] reads the
//! same file by that feed, so that the comments say what becomes of its records.
//!
//! A first feed loses nothing: what nearly all records have goes in as type or constraint, and the records that differ are
//! rejected with their reason; what is only a guess goes in as a comment.

mod called;
mod column;
mod date;
mod draft;
mod head;
mod key;
mod name;
mod number;
mod records;
mod remarks;
mod source;
mod survey;
mod table;
mod text;
mod trial;
mod words;
mod yaml;

pub use draft::Draft;
pub use records::Records;
pub use source::{SourceGuess, Trailing, guess_source};
pub use survey::Survey;
pub use table::no_table;
pub use trial::{Bound, Outcome, Trial};

#[cfg(test)]
mod tests;
