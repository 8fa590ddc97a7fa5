//! Repair files: `rejects.csv` or a part of it, corrected, and uploaded as a file of its own.
//!
//! Such a file is known by its columns `_run` and `_record` ([`look`]), wherever they stand. It is CSV in UTF-8 (or
//! UTF-16 with a byte order mark), separated by commas, semicolons or tabs ([`Saved`]), whatever the feed says of the files
//! of its producer ([`FeedPlan::for_repairs`](crate::feed::FeedPlan::for_repairs)).
//! The columns of the source are found by their names, as in any file; ours are not of the source ([`Sheet`]).
//! A row becomes a record of the source again ([`RepairReader`]): its cells without what keeps a spreadsheet from taking them
//! for formulas; or, where they are all empty and `_raw` is not, the record that `_raw` is in the producer's own
//! dialect.
//!
//! A row is rejected again, whatever is in it, that belongs to another run (its order is another one), or that does not
//! say which record it was. What could not be decoded, and still stands in the row as its mark `{\x81}`, becomes again what
//! cannot be decoded ([`unmark`](crate::encoding::unmark)): a cell that the feed reads then rejects the record, as it did the
//! first time. The mark alone decides, whatever stands in `_errors`.

mod look;
mod parts;
mod reader;
mod saved;
mod sheet;

pub use look::{Look, look};
pub use parts::Parts;
pub use reader::{Parent, RepairReader, RepairRow};
pub use saved::{Saved, Separator};
pub use sheet::Sheet;

#[cfg(test)]
mod tests;
