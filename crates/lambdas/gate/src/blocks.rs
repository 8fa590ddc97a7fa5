//! The sorted blocks of key hashes that the chunks have left.

use std::sync::Arc;

use sluice_contract::ByteRange;
use sluice_contract::documents::KeyHashes;

use crate::window::Block;

/// The blocks of all chunks, as their outcomes tell of them.
pub(crate) fn of(chunks: &[KeyHashes]) -> Vec<Block> {
    let mut blocks = Vec::new();
    for KeyHashes { key, blocks: told } in chunks {
        let key = Arc::<str>::from(key.as_str());
        let mut start = 0;
        for sum in told.iter().filter(|sum| sum.bytes() > 0) {
            let range = ByteRange { start, end: start + sum.bytes() };
            blocks.push(Block { key: Arc::clone(&key), range, sum: *sum });
            start = range.end;
        }
    }
    blocks
}
