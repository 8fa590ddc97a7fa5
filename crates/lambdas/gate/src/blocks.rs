//! The sorted blocks of key hashes that the chunks have left.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use sluice_contract::key_entry::BLOCK_ENTRIES;
use sluice_contract::{ByteRange, Chunk, KeyEntry, RunId, keys};
use sluice_platform::Fault;
use sluice_platform::objects::Objects;

use crate::window::{AHEAD, Block};

/// Length of a block in bytes, but for the last of a chunk.
const BLOCK_BYTES: u64 = BLOCK_ENTRIES as u64 * KeyEntry::BYTES as u64;

/// Finds the blocks of all chunks.
pub(crate) async fn find(objects: &dyn Objects, run: &RunId, chunks: &[Chunk]) -> Result<Vec<Block>, Fault> {
    let look = |chunk: Chunk| async move {
        let key = keys::key_hashes(run, chunk.chunk);
        match objects.size(&key).await? {
            Some(size) => Ok((Arc::<str>::from(key), size)),
            None => Err(Fault::Missing { what: key }),
        }
    };
    let found = stream::iter(chunks.iter().copied()).map(look).buffered(AHEAD);
    let blocks = found.try_fold(Vec::new(), |mut blocks, (key, size)| async move {
        let mut start = 0;
        while start < size {
            let end = size.min(start + BLOCK_BYTES);
            blocks.push(Block { key: Arc::clone(&key), range: ByteRange { start, end } });
            start = end;
        }
        Ok(blocks)
    });
    blocks.await
}
