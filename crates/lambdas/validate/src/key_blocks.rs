//! Writes the hashes of what the valid records of a chunk must not share, block by block.

use sluice_contract::key_entry::BLOCK_ENTRIES;
use sluice_contract::{ChunkNo, KeyEntry, RunId, keys};
use sluice_platform::Fault;
use sluice_platform::objects::{ContentType, ObjectWriter, Objects};

/// The hashes of a chunk as they are found. Memory holds a block, whatever the number of sets.
pub(crate) struct KeyBlocks {
    block: Vec<[u8; KeyEntry::BYTES]>,
    object: Box<dyn ObjectWriter>,
}

impl KeyBlocks {
    pub(crate) async fn create(objects: &dyn Objects, run: &RunId, chunk: ChunkNo) -> Result<Self, Fault> {
        let object = objects.create(&keys::key_hashes(run, chunk), ContentType::Binary).await?;
        Ok(Self { block: Vec::new(), object })
    }

    pub(crate) async fn add(&mut self, entry: KeyEntry) -> Result<(), Fault> {
        self.block.push(entry.to_bytes());
        if self.block.len() == BLOCK_ENTRIES { self.flush().await } else { Ok(()) }
    }

    pub(crate) async fn finish(mut self) -> Result<(), Fault> {
        self.flush().await?;
        self.object.finish().await?;
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Fault> {
        self.block.sort_unstable();
        self.object.write(self.block.as_flattened()).await?;
        self.block.clear();
        Ok(())
    }
}
