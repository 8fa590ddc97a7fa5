//! Sorted blocks of entries, and their merge as streams: any number of entries and blocks, in bounded memory.
//!
//! A writer sorts as many entries as fit into its memory, and writes them as a block ([`BlockWriter`]). An object has
//! one or more blocks. A reader merges many blocks ([`Merge`]), and has only a window of each in memory. Every block
//! has a checksum; reading it to its end fails if the checksum differs.

mod block;
mod entry;
mod merge;
mod windows;
mod writer;

pub use block::Block;
pub use entry::{Entry, Length};
pub use merge::Merge;
pub use writer::BlockWriter;
