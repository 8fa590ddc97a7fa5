//! Writes sorted blocks.

use sluice_engine::checksum::{Checksum, Crc64Nvme};

use super::Entry;
use crate::Fault;
use crate::objects::{ContentType, ObjectWriter, Objects};

/// The size of the pieces in which entries are written, in bytes. A writer has one piece in memory.
const PIECE_BYTES: usize = 100 * 1024;

/// Writes an object of sorted blocks, one after the other.
pub struct BlockWriter {
    object: Box<dyn ObjectWriter>,
    piece: Vec<u8>,
    /// The checksum of the block that is being written.
    sum: Crc64Nvme,
    /// The checksums of the previous blocks.
    sums: Vec<Checksum>,
}

impl BlockWriter {
    /// Begins an object.
    ///
    /// # Errors
    /// As [`Objects::create`].
    pub async fn create(objects: &dyn Objects, key: &str) -> Result<Self, Fault> {
        let object = objects.create(key, ContentType::Binary).await?;
        Ok(Self { object, piece: Vec::new(), sum: Crc64Nvme::new(), sums: Vec::new() })
    }

    /// Appends sorted entries to the block. They must come after the entries that are already in it.
    ///
    /// # Errors
    /// If they cannot be written.
    pub async fn write<E: Entry>(&mut self, entries: &[E]) -> Result<(), Fault> {
        for entry in entries {
            entry.encode(&mut self.piece);
            if self.piece.len() >= PIECE_BYTES {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// Ends the block. Further entries form the next block.
    ///
    /// # Errors
    /// If it cannot be written.
    pub async fn end_block(&mut self) -> Result<(), Fault> {
        self.flush().await?;
        self.sums.push(std::mem::take(&mut self.sum).checksum());
        Ok(())
    }

    /// Completes the object, and returns the checksums of its blocks.
    ///
    /// # Errors
    /// If it cannot be completed.
    pub async fn finish(self) -> Result<Vec<Checksum>, Fault> {
        self.object.finish().await?;
        Ok(self.sums)
    }

    async fn flush(&mut self) -> Result<(), Fault> {
        self.sum.update(&self.piece);
        self.object.write(&self.piece).await?;
        self.piece.clear();
        Ok(())
    }
}
