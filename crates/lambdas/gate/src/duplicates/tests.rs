//! The losers do not depend on how many of them fit into memory.

use futures::executor::block_on;
use sluice_contract::ChunkNo;
use sluice_engine::checksum::Checksum;
use sluice_platform::objects::MemoryObjects;

use super::*;
use crate::losers::BUFFER;

const RECORDS: u64 = 9_000;
const RECORDS_OF_CHUNK: u64 = 1_000;

fn plan(rule: &str) -> FeedPlan {
    FeedPlan::from_yaml(&format!(
        "
version: 1
name: p
schema: {{fields: [{{name: id}}, {{name: code, constraints: {{unique: true}}}}], primaryKey: id}}
import: {{table: p, key: [id], duplicates: {rule}}}
"
    ))
    .map_err(|problems| format!("{problems:?}"))
    .unwrap()
}

/// Chunks whose records share keys and unique values with others, and the hashes of their records.
fn chunks(objects: &MemoryObjects, run: &RunId) -> (Vec<Chunk>, Vec<KeyHashes>) {
    let chunks: Vec<Chunk> = (0..RECORDS / RECORDS_OF_CHUNK)
        .map(|index| Chunk {
            chunk: ChunkNo(u32::try_from(index + 1).unwrap()),
            start: 0,
            end: 0,
            first_record: index * RECORDS_OF_CHUNK + 1,
            first_line: 1,
            records: RECORDS_OF_CHUNK,
        })
        .collect();
    let mut hashes = Vec::new();
    for chunk in &chunks {
        let mut entries = Vec::new();
        for record in chunk.first_record..chunk.first_record + chunk.records {
            entries.push(KeyEntry { set: KeyEntry::KEY, hash: u128::from(record % 3_500), record });
            entries.push(KeyEntry { set: 1, hash: u128::from(record * 7 % 8_000), record });
        }
        entries.sort_unstable();
        let mut bytes = Vec::new();
        for entry in &entries {
            bytes.extend_from_slice(&entry.to_bytes());
        }
        let key = keys::key_hashes(run, chunk.chunk, "call");
        hashes.push(KeyHashes { key: key.clone(), blocks: vec![Checksum::of(&bytes)] });
        objects.insert(&key, bytes);
    }
    (chunks, hashes)
}

#[test]
fn lots_make_no_difference() {
    let run: RunId = "p-000000000000000000000001".parse().unwrap();
    for (rule, duplicates) in [("last", 4_500), ("first", 4_500), ("reject", 0)] {
        let plan = plan(rule);
        let mut results = Vec::new();
        for losers in [BUFFER, 4_000, 1] {
            let objects = MemoryObjects::new();
            let (chunks, hashes) = chunks(&objects, &run);
            let room = Room { windows: crate::WINDOWS, losers };
            let counts = block_on(find(&objects, &run, &chunks, &hashes, &plan, room)).unwrap();
            assert_eq!(counts.keys, RECORDS);
            assert_eq!(counts.by_code[&Code::UniqueError], 1_000);
            assert_eq!(counts.duplicates, duplicates);
            assert_eq!(counts.rejected, counts.by_code.values().sum::<u64>());
            let losers: Vec<_> = objects
                .keys("runs/p-000000000000000000000001/losers/")
                .into_iter()
                .map(|key| objects.bytes(&key))
                .collect();
            assert!(!losers.is_empty());
            results.push((counts, losers));
        }
        assert_eq!(results[0], results[1]);
        assert_eq!(results[0], results[2]);
    }
}
