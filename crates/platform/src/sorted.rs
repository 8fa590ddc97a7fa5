//! Sorted blocks of entries, and their merge as streams: any number of entries and blocks, in bounded memory.
//!
//! [`Sorter`] does all of it for entries that one caller takes and returns.
//!
//! A writer sorts as many entries as fit into its memory, and writes them as a block ([`BlockWriter`]). An object has
//! one or more blocks. A reader merges many blocks ([`Merge`]), and has only a window of each in memory. Every block
//! has a checksum; reading it to its end fails if the checksum differs.

mod block;
mod entry;
mod merge;
mod sorter;
mod windows;
mod writer;

pub use block::Block;
pub use entry::{Entry, Length};
pub use merge::Merge;
pub use sorter::{Room, Sorted, Sorter};
pub use writer::BlockWriter;
