//! Rows of any length, sorted by a key, in blocks that lie in partitions; and their merge as streams, in bounded memory.
//!
//! The sorted blocks of [`sluice_platform::sorted`] have entries of a bounded length. A row can be as long as a record, so here memory is
//! bounded by the longest row and not by the longest possible one.
//!
//! A row is its key and its data, each after its length in four bytes. Rows with equal keys have equal bytes or come in no order.

use futures::future::try_join_all;
use sluice_contract::ByteRange;
use sluice_contract::documents::Spill;
use sluice_engine::checksum::{Checksum, Crc64Nvme};
use sluice_platform::Fault;
use sluice_platform::documents::read_all;
use sluice_platform::objects::{ContentType, Objects};

/// Objects are written in pieces of this size, in bytes.
const FLUSH_BYTES: usize = 1024 * 1024;
/// The most blocks that are merged at once.
const FAN_IN: usize = 32;
/// Memory for the windows of all blocks of a merge, in bytes.
const WINDOWS: u64 = 64 * 1024 * 1024;
/// The longest window of a block in bytes: at 25 ms for each, 160 MB/s.
const MAX_WINDOW: u64 = 4 * 1024 * 1024;
/// The bytes of a length.
const LENGTH: usize = size_of::<u32>();

/// Returns the key of an object for its number, from 1.
type KeyOf<'a> = Box<dyn Fn(usize) -> String + Send + Sync + 'a>;

/// Returns the partition of a key.
type PartitionOf<'a> = Box<dyn Fn(&[u8]) -> u32 + Send + Sync + 'a>;

/// Takes rows in any order, and writes them sorted, in blocks of partitions.
pub(crate) struct SpillWriter<'a> {
    objects: &'a dyn Objects,
    key: KeyOf<'a>,
    /// The number of partitions, and the one of a key. It must not decrease with the key.
    partitions: u32,
    partition: PartitionOf<'a>,
    buffer: usize,
    rows: Vec<u8>,
    /// The first bytes of the key of each row, and where it begins in `rows`.
    index: Vec<(u128, usize)>,
    written: Vec<Spill>,
}

impl<'a> SpillWriter<'a> {
    /// A writer without rows, which sorts about `buffer` bytes at once. `key` returns the key of an object for its number, from 1.
    pub(crate) fn new(
        objects: &'a dyn Objects,
        buffer: usize,
        key: impl Fn(usize) -> String + Send + Sync + 'a,
        partitions: u32,
        partition: impl Fn(&[u8]) -> u32 + Send + Sync + 'a,
    ) -> Self {
        let (key, partition) = (Box::new(key), Box::new(partition));
        Self { objects, key, partitions, partition, buffer, rows: Vec::new(), index: Vec::new(), written: Vec::new() }
    }

    /// Adds a row, whose data comes in parts. The caller must soon call [`SpillWriter::make_room`].
    pub(crate) fn push(&mut self, key: &[u8], data: &[&[u8]]) {
        self.index.push((prefix(key), self.rows.len()));
        push_length(&mut self.rows, key.len());
        push_length(&mut self.rows, data.iter().map(|part| part.len()).sum());
        self.rows.extend_from_slice(key);
        for part in data {
            self.rows.extend_from_slice(part);
        }
    }

    /// Writes the rows in memory if they take too much of it.
    pub(crate) async fn make_room(&mut self) -> Result<(), Fault> {
        if self.rows.len() < self.buffer { Ok(()) } else { self.write().await }
    }

    async fn write(&mut self) -> Result<(), Fault> {
        let rows = &self.rows;
        self.index.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| key_at(rows, a.1).cmp(key_at(rows, b.1))));
        let key = (self.key)(self.written.len() + 1);
        let mut object = self.objects.create(&key, ContentType::Binary).await?;
        let mut blocks = Vec::with_capacity(self.partitions as usize);
        let (mut piece, mut sum) = (Vec::with_capacity(FLUSH_BYTES), Crc64Nvme::new());
        // The sum takes pieces and not rows, which are short. It has those of the piece up to here.
        let mut summed = 0;
        for (_, at) in &self.index {
            let (row_key, row) = (key_at(rows, *at), row_at(rows, *at));
            let partition = (self.partition)(row_key).min(self.partitions.saturating_sub(1));
            if blocks.len() < partition as usize {
                sum.update(piece.get(summed..).unwrap_or_default());
                summed = piece.len();
                blocks.resize_with(partition as usize, || std::mem::take(&mut sum).checksum());
            }
            piece.extend_from_slice(row);
            if piece.len() >= FLUSH_BYTES {
                sum.update(piece.get(summed..).unwrap_or_default());
                object.write(&piece).await?;
                piece.clear();
                summed = 0;
            }
        }
        sum.update(piece.get(summed..).unwrap_or_default());
        while blocks.len() < self.partitions as usize {
            blocks.push(std::mem::take(&mut sum).checksum());
        }
        object.write(&piece).await?;
        object.finish().await?;
        self.written.push(Spill { key, blocks });
        self.rows.clear();
        self.index.clear();
        Ok(())
    }

    /// Writes the rest, and describes what was written.
    pub(crate) async fn finish(mut self) -> Result<Vec<Spill>, Fault> {
        if !self.index.is_empty() {
            self.write().await?;
        }
        Ok(self.written)
    }
}

/// The first bytes of a key as a number that compares as they do.
fn prefix(key: &[u8]) -> u128 {
    match key.first_chunk() {
        Some(bytes) => u128::from_be_bytes(*bytes),
        None => key.iter().enumerate().fold(0, |number, (at, byte)| number | u128::from(*byte) << (120 - 8 * at)),
    }
}

fn push_length(rows: &mut Vec<u8>, length: usize) {
    // Rows are as long as records, of at most 64 MiB, with what JSON adds.
    rows.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

/// The lengths at this place: of the key, and of the data.
fn lengths(rows: &[u8], at: usize) -> Option<(usize, usize)> {
    let key = rows.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))?;
    let data = rows.get(at + LENGTH..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))?;
    Some((key as usize, data as usize))
}

fn key_at(rows: &[u8], at: usize) -> &[u8] {
    let (key, _) = lengths(rows, at).unwrap_or_default();
    rows.get(at + 2 * LENGTH..at + 2 * LENGTH + key).unwrap_or_default()
}

fn row_at(rows: &[u8], at: usize) -> &[u8] {
    let (key, data) = lengths(rows, at).unwrap_or_default();
    rows.get(at..at + 2 * LENGTH + key + data).unwrap_or_default()
}

/// A block that is read.
struct Block {
    key: String,
    /// The range that was not read yet.
    rest: ByteRange,
    window: Vec<u8>,
    /// Where the current row begins in the window.
    at: usize,
    /// The lengths of key and data of the current row.
    row: Option<(usize, usize)>,
    /// The first bytes of the key of the current row.
    prefix: u128,
    read: Crc64Nvme,
    written: Checksum,
}

/// The rows of a partition of many objects, in the order of their keys.
pub(crate) struct SpillReader<'a> {
    objects: &'a dyn Objects,
    window: u64,
    blocks: Vec<Block>,
    current: Option<usize>,
}

impl<'a> SpillReader<'a> {
    /// Opens a partition of these objects. `scratch` returns the key of an intermediate object for its number, from 1; it is needed if
    /// there are too many blocks to merge at once.
    pub(crate) async fn open(
        objects: &'a dyn Objects,
        spills: &[Spill],
        partition: u32,
        scratch: impl Fn(usize) -> String + Send + Sync,
    ) -> Result<Self, Fault> {
        Self::with(objects, spills, partition, scratch, FAN_IN).await
    }

    async fn with(
        objects: &'a dyn Objects,
        spills: &[Spill],
        partition: u32,
        scratch: impl Fn(usize) -> String + Send + Sync,
        fan_in: usize,
    ) -> Result<Self, Fault> {
        let mut blocks: Vec<Block> = spills.iter().filter_map(|spill| Block::of(spill, partition as usize)).collect();
        let mut number = 0;
        while blocks.len() > fan_in {
            let some = blocks.drain(..fan_in).collect();
            number += 1;
            let key = scratch(number);
            let mut merged = Self::begin(objects, some).await?;
            let mut object = objects.create(&key, ContentType::Binary).await?;
            let (mut piece, mut sum) = (Vec::new(), Crc64Nvme::new());
            while let Some((row_key, data)) = merged.next().await? {
                push_length(&mut piece, row_key.len());
                push_length(&mut piece, data.len());
                piece.extend_from_slice(row_key);
                piece.extend_from_slice(data);
                if piece.len() >= FLUSH_BYTES {
                    sum.update(&piece);
                    object.write(&piece).await?;
                    piece.clear();
                }
            }
            sum.update(&piece);
            object.write(&piece).await?;
            object.finish().await?;
            blocks.extend(Block::of(&Spill { key, blocks: vec![sum.checksum()] }, 0));
        }
        Self::begin(objects, blocks).await
    }

    async fn begin(objects: &'a dyn Objects, mut blocks: Vec<Block>) -> Result<Self, Fault> {
        let window = (WINDOWS / blocks.len().max(1) as u64).clamp(1, MAX_WINDOW);
        try_join_all(blocks.iter_mut().map(|block| block.advance(objects, window))).await?;
        Ok(Self { objects, window, blocks, current: None })
    }

    /// Goes to the next row, and returns its key and its data; `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<(&[u8], &[u8])>, Fault> {
        if let Some(block) = self.current.and_then(|current| self.blocks.get_mut(current))
            && !block.advance_at_hand()
        {
            block.advance(self.objects, self.window).await?;
        }
        let rows = self.blocks.iter().enumerate().filter(|(_, block)| block.row.is_some());
        let first = rows.min_by(|(_, a), (_, b)| a.prefix.cmp(&b.prefix).then_with(|| a.key().cmp(b.key())));
        self.current = first.map(|(index, _)| index);
        Ok(self.current.and_then(|current| self.blocks.get(current)).map(|block| (block.key(), block.data())))
    }
}

impl Block {
    /// The block of a partition; `None` if it is empty.
    fn of(spill: &Spill, partition: usize) -> Option<Self> {
        let written = *spill.blocks.get(partition).filter(|block| block.bytes() > 0)?;
        let start = spill.blocks.iter().take(partition).map(|block| block.bytes()).sum();
        let rest = ByteRange { start, end: start + written.bytes() };
        let (key, read) = (spill.key.clone(), Crc64Nvme::new());
        Some(Self { key, rest, window: Vec::new(), at: 0, row: None, prefix: 0, read, written })
    }

    fn key(&self) -> &[u8] {
        let (key, _) = self.row.unwrap_or_default();
        self.window.get(self.at + 2 * LENGTH..self.at + 2 * LENGTH + key).unwrap_or_default()
    }

    fn data(&self) -> &[u8] {
        let (key, data) = self.row.unwrap_or_default();
        self.window.get(self.at + 2 * LENGTH + key..self.at + 2 * LENGTH + key + data).unwrap_or_default()
    }

    /// Goes to the next row if the window has it as a whole.
    fn advance_at_hand(&mut self) -> bool {
        if let Some((key, data)) = self.row.take() {
            self.at += 2 * LENGTH + key + data;
        }
        let whole =
            lengths(&self.window, self.at).filter(|(key, data)| self.window.len() >= self.at + 2 * LENGTH + key + data);
        self.row = whole;
        self.prefix = prefix(self.key());
        whole.is_some()
    }

    /// Goes to the next row, and reads on where the window ends; there is none after the last.
    async fn advance(&mut self, objects: &dyn Objects, window: u64) -> Result<(), Fault> {
        while !self.advance_at_hand() {
            let corrupt =
                |found: &str| Err(Fault::Corrupt { what: format!("object {}", self.key), found: found.to_owned() });
            if self.rest.is_empty() {
                if self.at < self.window.len() {
                    return corrupt("a block of it ends within a row");
                }
                return if self.read.checksum() == self.written {
                    Ok(())
                } else {
                    corrupt("the checksum of a block of it is not that of what was written")
                };
            }
            // A row that is longer than a window gets as much as it needs.
            let have = self.window.len() - self.at;
            let needs = lengths(&self.window, self.at).map_or(0, |(key, data)| 2 * LENGTH + key + data);
            let more = window.max(needs.saturating_sub(have) as u64);
            let range = ByteRange { start: self.rest.start, end: self.rest.end.min(self.rest.start + more) };
            let bytes = read_all(objects, &self.key, Some(range)).await?;
            self.rest.start = range.end;
            self.read.update(&bytes);
            self.window.drain(..self.at);
            self.at = 0;
            self.window.extend_from_slice(&bytes);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sluice_platform::objects::MemoryObjects;

    use super::*;

    async fn read(objects: &MemoryObjects, spills: &[Spill], partition: u32, fan_in: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        let scratch = |number| format!("scratch/{partition}-{number}");
        let mut reader = SpillReader::with(objects, spills, partition, scratch, fan_in).await.unwrap();
        let mut found = Vec::new();
        while let Some((key, data)) = reader.next().await.unwrap() {
            found.push((key.to_vec(), data.to_vec()));
        }
        found
    }

    #[tokio::test]
    async fn rows_of_any_length_come_back_sorted_in_their_partitions() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut rows: Vec<(Vec<u8>, Vec<u8>)> = (0..3000)
            .map(|_| {
                let key = (0..random.usize(1..30)).map(|_| random.u8(0..4) * 80).collect();
                let long = if random.u8(..) == 0 { 9000 } else { 40 };
                (key, (0..random.usize(0..long)).map(|_| random.u8(..)).collect())
            })
            .collect();
        let mut sorted = rows.clone();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        random.shuffle(&mut rows);
        let partition = |key: &[u8]| u32::from(key[0]) / 80;
        for (buffer, fan_in) in [(1, 3), (500, 2), (20_000, 32), (10_000_000, 32)] {
            let objects = MemoryObjects::new();
            let mut writer = SpillWriter::new(&objects, buffer, |number| format!("spill/{number}"), 5, partition);
            for (key, data) in &rows {
                let (start, end) = data.split_at(data.len() / 2);
                writer.push(key, &[start, end]);
                writer.make_room().await.unwrap();
            }
            let spills = writer.finish().await.unwrap();
            let mut found = Vec::new();
            for partition in 0..5 {
                found.extend(read(&objects, &spills, partition, fan_in).await);
            }
            let keys = |rows: &[(Vec<u8>, Vec<u8>)]| rows.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
            assert!(keys(&found) == keys(&sorted), "{buffer}");
            let (mut found, mut sorted) = (found, sorted.clone());
            found.sort();
            sorted.sort();
            assert!(found == sorted, "{buffer}");
        }
    }

    #[tokio::test]
    async fn what_is_not_what_was_written_is_an_error() {
        let objects = MemoryObjects::new();
        let mut writer = SpillWriter::new(&objects, 1000, |number| format!("spill/{number}"), 1, |_| 0);
        writer.push(b"a", &[b"1"]);
        writer.push(b"b", &[b"2"]);
        let spills = writer.finish().await.unwrap();
        let good = objects.bytes("spill/1").unwrap().to_vec();
        for at in [good.len() - 1, 3] {
            let mut bad = good.clone();
            bad[at] ^= 3;
            objects.insert("spill/1", bad);
            let mut result = Ok(());
            match SpillReader::open(&objects, &spills, 0, |_| String::new()).await {
                Err(fault) => result = Err(fault),
                Ok(mut reader) => loop {
                    match reader.next().await {
                        Ok(Some(_)) => {}
                        Ok(None) => break,
                        Err(fault) => {
                            result = Err(fault);
                            break;
                        }
                    }
                },
            }
            assert!(matches!(result, Err(Fault::Corrupt { .. })), "{at}: {result:?}");
        }
    }
}
