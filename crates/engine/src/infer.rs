//! Drafts a first feed for a file without one.
//!
//! [`guess_json`] recognizes JSON with records, and [`no_table`] texts that are not tables; [`SheetGuess`] looks at a
//! sheet of a workbook. [`guess_source`] looks at the beginning of a file and
//! guesses its dialect and the line of its labels. A [`Survey`] reads every record in bounded memory.
//! [`Draft::yaml`] writes the findings as a feed with comments. A [`Trial`] reads the same file with that
//! feed, so that the comments can say how many records it rejects.
//!
//! A first feed loses nothing: what nearly all records have in common becomes a type or constraint, and
//! records that differ are rejected with a reason. Mere guesses become comments.

mod column;
mod date;
mod draft;
mod fixed;
mod footer;
mod group;
mod head;
mod json;
mod key;
mod label_kind;
mod name;
mod named;
mod number;
mod records;
mod remarks;
mod sheet;
mod source;
mod survey;
mod table;
mod text;
mod trial;
mod words;
mod yaml;

pub use draft::Draft;
pub use fixed::FixedGuess;
pub use json::{JsonGuess, JsonRecords, Member, Members, guess_json};
pub use records::Records;
pub use sheet::SheetGuess;
pub use source::{Below, SourceGuess, Trailing, guess_source};
pub use survey::Survey;
pub use table::no_table;
pub use trial::{Bound, Outcome, Trial};

#[cfg(test)]
mod tests;
