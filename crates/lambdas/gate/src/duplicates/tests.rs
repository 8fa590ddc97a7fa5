//! The losers do not depend on how many of them fit into memory.

use std::collections::BTreeSet;

use futures::executor::block_on;
use proptest::prelude::*;
use sluice_contract::ChunkNo;
use sluice_contract::documents::Part;
use sluice_engine::checksum::Checksum;
use sluice_platform::key_blocks::KeyBlocks;
use sluice_platform::objects::MemoryObjects;
use sluice_platform::references::References;
use sluice_platform::row_writer::RowWriter;
use sluice_platform::sink::Target;

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
        for buffer in [BUFFER, 4_000 * size_of::<Loser>(), 1] {
            let objects = MemoryObjects::new();
            let (chunks, hashes) = chunks(&objects, &run);
            let room = Room { windows: crate::WINDOWS, buffer };
            let (chunks, hashes) = (&chunks[..], &hashes[..]);
            let source = Source { objects: &objects, run: &run, plan: &plan, chunks, hashes, room };
            let counts = block_on(find(&source, None)).unwrap();
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

/// A record of the model: its key, the key that it refers to, its unique value, and whether it deletes.
#[derive(Clone, Copy, Debug)]
struct Modelled {
    key: u8,
    parent: Option<u8>,
    code: Option<u8>,
    deletes: bool,
}

fn modelled() -> impl Strategy<Value = Modelled> {
    let parts =
        (0..24_u8, prop::option::of(0..32_u8), prop::option::weighted(0.3, 0..20_u8), prop::bool::weighted(0.1));
    parts.prop_map(|(key, parent, code, deletes)| {
        let (parent, code) = if deletes { (None, None) } else { (parent, code) };
        Modelled { key, parent, code, deletes }
    })
}

/// Keys from 28 on are in the table, and no record of the model has them.
struct FromTwentyEight;

#[async_trait::async_trait]
impl References for FromTwentyEight {
    async fn existing(&self, _: &Target, keys: &[Vec<String>]) -> Result<Vec<bool>, Fault> {
        Ok(keys.iter().map(|key| key[0].parse::<u8>().unwrap() >= 28).collect())
    }
}

/// The fates of the records, and how many of them are left behind: `None` wins, `Some(true)` is rejected.
fn expected(records: &[Modelled], rule: Duplicates) -> (Vec<Option<bool>>, u64) {
    let (mut seen, mut rejected) = (BTreeSet::new(), vec![false; records.len()]);
    for (at, record) in records.iter().enumerate() {
        rejected[at] |= record.code.is_some_and(|code| !seen.insert(code));
    }
    let of = |key: u8| records.iter().enumerate().filter(move |(_, record)| record.key == key);
    for (at, record) in records.iter().enumerate() {
        let Some(parent) = record.parent else { continue };
        let is_live = of(parent).any(|(_, record)| !record.deletes);
        let is_there = is_live || of(parent).next().is_none() && parent >= 28;
        rejected[at] |= !is_there;
    }
    let before = rejected.clone();
    let mut fates: Vec<Option<bool>> = rejected.iter().map(|rejected| rejected.then_some(true)).collect();
    for key in 0..24 {
        let left: Vec<usize> = of(key).map(|(at, _)| at).filter(|at| !before[*at]).collect();
        for at in &left {
            fates[*at] = match rule {
                Duplicates::Reject if left.len() > 1 => Some(true),
                Duplicates::Last if left.last() != Some(at) => Some(false),
                Duplicates::First if left.first() != Some(at) => Some(false),
                _ => None,
            };
        }
    }
    let is_orphan = |(at, record): &(usize, &Modelled)| {
        let parent = record.parent.filter(|parent| of(*parent).next().is_some() && !before[*at]);
        parent.is_some_and(|parent| of(parent).all(|(at, _)| fates[at].is_some()))
    };
    let orphans = records.iter().enumerate().filter(is_orphan).count() as u64;
    (fates, orphans)
}

/// Writes the hashes and the references of records as restructure does, in chunks of seven.
async fn written(
    objects: &MemoryObjects,
    run: &RunId,
    plan: &FeedPlan,
    records: &[Modelled],
) -> (Vec<Chunk>, Vec<KeyHashes>, Vec<[Part; 2]>) {
    let (mut chunks, mut hashes, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    let mut first_record = 1;
    for (at, of_chunk) in (1..).zip(records.chunks(7)) {
        let chunk = ChunkNo(at);
        let mut blocks = KeyBlocks::new(objects, keys::settled_hashes(run, chunk, "call"));
        let mut rows = RowWriter::new(objects, keys::settled_references(run, chunk, "call"), ["_record", "1"]);
        for (record, of) in (first_record..).zip(of_chunk) {
            let text = of.key.to_string();
            let hash = plan.key_hash(|_| &text);
            blocks.add(KeyEntry { set: KeyEntry::KEY, hash, record });
            if of.deletes {
                blocks.add(KeyEntry::deletion(hash, record));
            }
            if let Some(code) = of.code {
                blocks.add(KeyEntry { set: 0, hash: u128::from(code), record });
            }
            if let Some(parent) = of.parent {
                let text = parent.to_string();
                blocks.add(KeyEntry::reference(0, plan.own_references[0].hash(|_| &text).unwrap(), record));
                rows.row(|row| {
                    row.number(record);
                    row.cell(&text);
                });
            }
        }
        hashes.push(blocks.finish().await.unwrap());
        parts.push([rows.finish().await.unwrap(), Part::default()]);
        let records = of_chunk.len() as u64;
        chunks.push(Chunk { chunk, start: 0, end: 0, first_record, first_line: 1, records });
        first_record += records;
    }
    (chunks, hashes, parts)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn references_to_the_file_itself_are_decided_as_a_model_says(
        records in prop::collection::vec(modelled(), 1..60),
        rule in prop::sample::select(vec![("last", Duplicates::Last), ("first", Duplicates::First), ("reject", Duplicates::Reject)]),
        buffer in prop::sample::select(vec![BUFFER, 1]),
    ) {
        let run: RunId = "p-000000000000000000000001".parse().unwrap();
        let plan = FeedPlan::from_yaml(&format!(
            "version: 1\nname: p\nschema:\n  fields:\n    - {{name: id, constraints: {{required: true}}}}\n    - {{name: parent}}\n    \
             - {{name: code, constraints: {{unique: true}}}}\nvalidate: {{rules: [reference: {{field: parent, to: self}}]}}\n\
             import: {{table: p, key: [id], duplicates: {}}}\n", rule.0
        ));
        let plan = plan.map_err(|problems| format!("{problems:?}")).unwrap();
        let objects = MemoryObjects::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (chunks, hashes, parts) = written(&objects, &run, &plan, &records).await;
            let (chunks, hashes) = (&chunks[..], &hashes[..]);
            let room = Room { windows: crate::WINDOWS, buffer };
            let source = Source { objects: &objects, run: &run, plan: &plan, chunks, hashes, room };
            let own = Own { references: &FromTwentyEight, parts: &parts };
            let counts = find(&source, Some(own)).await.unwrap();
            let mut found = vec![None; records.len()];
            for chunk in chunks {
                let key = keys::losers(&run, chunk.chunk);
                let bytes = objects.bytes(&key).unwrap();
                for loser in sluice_contract::loser::unseal(&key, &bytes).unwrap().iter().map(Loser::from_bytes) {
                    let fate = &mut found[usize::try_from(loser.record).unwrap() - 1];
                    *fate = Some(fate.unwrap_or_default() || loser.reason.rejects());
                }
            }
            let (fates, orphans) = expected(&records, rule.1);
            assert_eq!((&found, counts.orphans), (&fates, orphans), "{records:?}");
            assert_eq!(counts.keys, records.len() as u64);
            let of = |rejected| fates.iter().filter(|fate| **fate == Some(rejected)).count() as u64;
            assert_eq!((counts.rejected, counts.duplicates), (of(true), of(false)));
        });
    }
}
