//! Merging gives the same as sorting, whatever the number of blocks and the length of their windows.

use futures::executor::block_on;
use proptest::prelude::*;
use sluice_contract::{ByteRange, KeyEntry};
use sluice_engine::checksum::Checksum;

use super::super::Length;
use super::*;
use crate::objects::MemoryObjects;

/// The memory budget for all windows of a merge, in bytes.
const BUDGET: u64 = 128 * 1024 * 1024;

/// An entry of variable length: a text after its length.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Text(Vec<u8>);

impl Entry for Text {
    const LENGTH: Length = Length::AtMost(9);

    fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        let (length, rest) = bytes.split_first()?;
        let length = usize::from(*length);
        (length <= 8).then_some(())?;
        Some((Self(rest.get(..length)?.to_vec()), 1 + length))
    }

    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::try_from(self.0.len()).unwrap());
        bytes.extend_from_slice(&self.0);
    }
}

/// Writes an object with one block.
async fn put<E: Entry>(objects: &MemoryObjects, number: usize, entries: &[E]) -> Block {
    let key = format!("block-{number}");
    let mut object = BlockWriter::create(objects, &key).await.unwrap();
    object.write(entries).await.unwrap();
    object.end_block().await.unwrap();
    let mut blocks = Block::of(&key, &object.finish().await.unwrap()).collect::<Vec<_>>();
    assert_eq!(blocks.len(), 1);
    blocks.remove(0)
}

async fn collect<E: Entry>(mut merge: Merge<'_, E>) -> Vec<E> {
    let (mut all, mut batch) = (Vec::new(), Vec::new());
    while merge.next(&mut batch).await.unwrap() {
        all.append(&mut batch);
    }
    all
}

/// Sorts the entries of each block and merges the blocks: with windows of this many bytes, all blocks at once and after
/// reducing them to `fan_in`; and with a budget only.
async fn check<E: Entry + std::fmt::Debug>(blocks: Vec<Vec<E>>, window: u64, fan_in: usize) {
    let objects = MemoryObjects::new();
    let (mut all, mut stored) = (Vec::new(), Vec::new());
    for (number, mut entries) in blocks.into_iter().enumerate() {
        entries.sort();
        stored.push(put(&objects, number, &entries).await);
        all.append(&mut entries);
    }
    all.sort();
    let scratch = |number| format!("scratch-{number}");
    let reduced = reduce::<E>(&objects, stored.clone(), BUDGET, scratch, fan_in).await.unwrap();
    assert!(reduced.len() <= fan_in);
    for blocks in [stored, reduced] {
        assert_eq!(collect(Merge::<E>::through(&objects, &blocks, window).await.unwrap()).await, all);
        let scratch = |number| format!("again-{number}");
        assert_eq!(collect(Merge::<E>::open(&objects, blocks, BUDGET, scratch).await.unwrap()).await, all);
    }
}

proptest! {
    #[test]
    fn merging_is_sorting(
        blocks in prop::collection::vec(prop::collection::vec((0..3_u16, 0..50_u128), 1..60), 0..90),
        entries_of_window in 1..9_u64,
        fan_in in 2..20_usize,
    ) {
        let mut record = 0;
        let mut entry = |(set, hash)| {
            record += 1;
            KeyEntry { set, hash, record }
        };
        let blocks = blocks.into_iter().map(|block| block.into_iter().map(&mut entry).collect()).collect();
        block_on(check::<KeyEntry>(blocks, entries_of_window * 26, fan_in));
    }

    #[test]
    fn entries_of_any_length_reach_from_window_to_window(
        blocks in prop::collection::vec(prop::collection::vec("[a-c]{0,8}", 1..60), 0..40),
        window in 1..40_u64,
        fan_in in 2..20_usize,
    ) {
        let text = |text: String| Text(text.into_bytes());
        let blocks = blocks.into_iter().map(|block| block.into_iter().map(text).collect()).collect();
        block_on(check::<Text>(blocks, window, fan_in));
    }
}

/// Reads a whole block with windows of this many bytes.
fn read<E: Entry>(objects: &MemoryObjects, block: &Block, window: u64) -> Result<(), Fault> {
    block_on(async {
        let mut windows = Windows::<E>::open(objects, std::slice::from_ref(block), window).await?;
        while windows.next(0).is_some() || windows.turn(0).await? {}
        Ok(())
    })
}

#[test]
fn a_block_that_is_not_what_was_written_is_corrupt() {
    let entries: Vec<KeyEntry> =
        (0..5_u64).map(|record| KeyEntry { set: KeyEntry::KEY, hash: u128::from(record), record }).collect();
    let objects = MemoryObjects::new();
    let block = block_on(put(&objects, 0, &entries));
    let whole = objects.bytes("block-0").unwrap().to_vec();
    let mut replaced = whole.clone();
    replaced[3 * KeyEntry::BYTES - 1] = 9;
    for (damage, bytes) in [
        ("cut between two entries", Some(&whole[..4 * KeyEntry::BYTES])),
        ("cut in an entry", Some(&whole[..4 * KeyEntry::BYTES + 13])),
        ("one entry replaced", Some(&replaced[..])),
        ("empty", Some(&[])),
        ("missing", None),
    ] {
        match bytes {
            Some(bytes) => objects.insert("block-0", bytes.to_vec()),
            None => assert!(objects.remove("block-0")),
        }
        // With windows of one entry, and with a window of all entries.
        for window in [26, 1000] {
            let fault = read::<KeyEntry>(&objects, &block, window).expect_err(damage);
            let expected = if bytes.is_some() { "Corrupt" } else { "Incomplete" };
            assert_eq!(fault.name().as_str(), expected, "{damage}: {fault}");
            assert!(fault.to_string().contains("object block-0"), "{damage}: {fault}");
        }
    }
}

#[test]
fn bytes_that_are_not_whole_entries_are_corrupt() {
    let objects = MemoryObjects::new();
    let block = |bytes: &[u8]| {
        objects.insert("block", bytes.to_vec());
        Block { key: "block".into(), range: ByteRange { start: 0, end: bytes.len() as u64 }, sum: Checksum::of(bytes) }
    };
    let message = |fault: Fault| fault.to_string();
    let expected =
        |bytes: usize| format!("object block is not what was expected: {bytes} bytes, which are not whole entries");
    assert_eq!(message(read::<KeyEntry>(&objects, &block(&[0; 27]), 1000).unwrap_err()), expected(27));
    for window in [1, 1000] {
        assert_eq!(message(read::<Text>(&objects, &block(b"\x01a\x05bcd"), window).unwrap_err()), expected(6));
    }
    // A length that no entry has.
    assert_eq!(message(read::<Text>(&objects, &block(&[200; 300]), 1000).unwrap_err()), expected(300));
    assert!(read::<Text>(&objects, &block(b"\x01a\x03bcd"), 1).is_ok());
}
