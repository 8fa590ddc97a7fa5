//! JSON as a source: values by pointers, records in lines, and arrays that become lines.
//!
//! # What it does
//!
//! The source of a feed for JSON is JSON Lines: a value on each line, which `scan` cuts at line breaks like any
//! other file ([`Dialect::LINES`](crate::dialect::Dialect::LINES)). [`LineReader`] makes a record of a line: its
//! cells are the texts that the pointers of the feed find ([`Pointer`]). An array becomes JSON Lines first, as a
//! stream ([`Rewriter`]).
//!
//! # Why it is so
//!
//! One grammar ([`grammar`]) reads both, so a value is JSON in an array if and only if it is JSON on a line. A
//! number is never read as one: its text goes into the cell.
//!
//! # If you change it
//!
//! The tests here compare both with `serde_json`, and with the list of `JSONTestSuite`, for any cut of the input.

mod column;
mod error;
mod grammar;
mod pointer;
mod reader;
mod rewrite;
mod text;
mod tree;
mod walk;

pub use error::JsonError;
pub use grammar::MAX_DEPTH;
pub use pointer::Pointer;
pub use reader::LineReader;
pub use rewrite::Rewriter;

pub(crate) use walk::walk;

#[cfg(test)]
mod tests;
