//! Sorted blocks of entries, and their merge as streams: any number of entries and blocks, in memory of one size.
//!
//! A writer sorts as many entries as fit its memory and writes them as a block ([`BlockWriter`]); an object holds one
//! block or several. A reader merges many blocks ([`Merge`]), whole ones or parts of them, and never holds more than a
//! window of each. Every block has a checksum, and its end is reached only where it matches.

mod block;
mod entry;
mod merge;
mod windows;
mod writer;

pub use block::Block;
pub use entry::{Entry, Length};
pub use merge::Merge;
pub use writer::BlockWriter;
