//! A first feed for a file that nobody has described yet.
//!
//! [`guess_source`] looks at the beginning of a file and says how its records and cells are told
//! apart; a [`Survey`] looks at every record, in memory that does not grow with the file;
//! [`Draft::yaml`] writes what was found as a feed with comments. What holds for every record goes in
//! as type or constraint; what is a guess goes in as a comment.

mod column;
mod date;
mod draft;
mod name;
mod number;
mod records;
mod source;
mod survey;
mod words;
mod yaml;

pub use draft::Draft;
pub use records::Records;
pub use source::{SourceGuess, guess_source};
pub use survey::Survey;

#[cfg(test)]
mod tests;
