//! One thing over several records: consecutive records with the same value of a field become one item.
//!
//! [`RecordReader`] reads a record: its key, and the texts of its fields with what they inherit from the record above.
//! [`Assembler`] makes items of records, in order. [`Boundary`] finds the next record at which a chunk may begin, so that no chunk
//! ends within an item.
//!
//! # Which records belong together
//!
//! A record belongs to the item of the record before it if both have the same key. Omitted records stand outside of all items. A
//! record whose key cannot be read may belong to the item before it or to the item behind it, so all three are rejected together:
//! an item is complete or not imported.
//!
//! In a repair, the column `_group` says which rows of `rejects.csv` were rejected together, and all of them must be there.

mod assembler;
mod boundary;
mod found;
mod item;
mod numbers;
mod reader;

pub use assembler::{Assembled, Assembler};
pub use boundary::Boundary;
pub use found::Found;
pub use item::{Item, ItemRecords};
pub use numbers::{InvalidNumbers, RecordNumbers};
pub use reader::{ReadRecord, RecordReader};
