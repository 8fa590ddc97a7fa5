//! The place of a sorted block.

use std::sync::Arc;

use sluice_contract::ByteRange;
use sluice_engine::checksum::Checksum;

/// A sequence of sorted entries: an object, or a part of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Key of the object.
    pub key: Arc<str>,
    /// The range of its bytes in the object.
    pub range: ByteRange,
    /// The checksum of its bytes, as its writer computed it.
    pub sum: Checksum,
}

impl Block {
    /// The blocks of an object, one after the other, by the checksums that its writer returned.
    pub fn of<'s>(key: &str, sums: &'s [Checksum]) -> impl Iterator<Item = Self> + use<'s> {
        let key = Arc::<str>::from(key);
        let mut start = 0;
        sums.iter().filter(|sum| sum.bytes() > 0).map(move |sum| {
            let range = ByteRange { start, end: start + sum.bytes() };
            start = range.end;
            Self { key: Arc::clone(&key), range, sum: *sum }
        })
    }
}
