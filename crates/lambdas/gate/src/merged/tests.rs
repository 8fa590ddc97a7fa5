//! Merging against sorting, whatever the number of blocks and the length of their windows.

use futures::executor::block_on;
use proptest::prelude::*;
use sluice_contract::KeyEntry;
use sluice_engine::checksum::Checksum;
use sluice_platform::objects::MemoryObjects;

use super::*;

fn put(objects: &MemoryObjects, number: usize, entries: &[KeyEntry]) -> Block {
    let key = format!("block-{number}");
    let mut bytes = Vec::new();
    for entry in entries {
        entry.encode(&mut bytes);
    }
    let (range, sum) = (ByteRange { start: 0, end: bytes.len() as u64 }, Checksum::of(&bytes));
    objects.insert(&key, bytes);
    Block { key: key.into(), range, sum }
}

async fn collect(mut merged: Merged<'_, KeyEntry>) -> Vec<KeyEntry> {
    let (mut all, mut batch) = (Vec::new(), Vec::new());
    while merged.next(&mut batch).await.unwrap() {
        all.extend_from_slice(&batch);
    }
    all
}

/// Merges through windows of this many bytes.
async fn through(objects: &MemoryObjects, blocks: &[Block], bytes: u64) -> Vec<KeyEntry> {
    let mut views = Views::open(objects, blocks, bytes).await.unwrap();
    let first = (0..views.len()).filter_map(|index| views.next(index).map(|entry| Reverse((entry, index))));
    collect(Merged { heap: first.collect(), views }).await
}

proptest! {
    #[test]
    fn merging_is_sorting(
        blocks in prop::collection::vec(prop::collection::vec((0..3_u16, 0..50_u128), 1..60), 0..90),
        entries_of_window in 1..9_u64,
        fan_in in 2..20_usize,
    ) {
        let objects = MemoryObjects::new();
        let mut all = Vec::new();
        let mut record = 0;
        let mut stored = Vec::new();
        for (number, block) in blocks.iter().enumerate() {
            let mut entries: Vec<KeyEntry> = block
                .iter()
                .map(|(set, hash)| {
                    record += 1;
                    KeyEntry { set: *set, hash: *hash, record }
                })
                .collect();
            entries.sort_unstable();
            all.extend_from_slice(&entries);
            stored.push(put(&objects, number, &entries));
        }
        all.sort_unstable();
        let scratch = |number| format!("scratch-{number}");
        let reduced = block_on(reduce::<KeyEntry>(&objects, stored.clone(), scratch, fan_in)).unwrap();
        prop_assert!(reduced.len() <= fan_in);
        for blocks in [stored, reduced] {
            prop_assert_eq!(&block_on(through(&objects, &blocks, entries_of_window * 26)), &all);
            let scratch = |number| format!("again-{number}");
            prop_assert_eq!(&block_on(async { collect(Merged::open(&objects, blocks, scratch).await.unwrap()).await }), &all);
        }
    }
}

#[test]
fn a_block_that_is_not_what_was_written_is_told() {
    let entries: Vec<KeyEntry> =
        (0..5_u64).map(|record| KeyEntry { set: KeyEntry::KEY, hash: u128::from(record), record }).collect();
    let objects = MemoryObjects::new();
    let block = put(&objects, 0, &entries);
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
        // Through windows of one entry, and of all.
        for window in [26, 1000] {
            let read = block_on(async {
                let mut views = Views::<KeyEntry>::open(&objects, std::slice::from_ref(&block), window).await?;
                while views.next(0).is_some() || views.turn(0).await? {}
                Ok(())
            });
            let fault: Fault = read.expect_err(damage);
            let expected = if bytes.is_some() { "Corrupt" } else { "Incomplete" };
            assert_eq!(fault.name().as_str(), expected, "{damage}: {fault}");
            assert!(fault.to_string().contains("object block-0"), "{damage}: {fault}");
        }
    }
}

#[test]
fn what_is_no_whole_entry_is_told() {
    let objects = MemoryObjects::new();
    objects.insert("block", vec![0; 27]);
    let block = Block { key: "block".into(), range: ByteRange { start: 0, end: 27 }, sum: Checksum::of(&[0; 27]) };
    let opened = block_on(Merged::<KeyEntry>::open(&objects, vec![block], |_| String::new()));
    let fault = opened.err().unwrap();
    assert_eq!(fault.to_string(), "object block is not what was expected: 27 bytes, which are no whole entries");
}
