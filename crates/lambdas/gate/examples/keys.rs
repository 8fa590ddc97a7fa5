//! How long the gate takes for many keys, and how much memory: `cargo run --release -p sluice-gate --example keys`.
//!
//! Arguments: records, chunks, and the percentage of distinct keys. The keys are in files, so that the measured memory is the
//! gate's own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement, which ends where something is wrong")]

use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use sluice_contract::steps::GateInput;
use sluice_contract::{KeyEntry, Phase, RunId, keys};
use sluice_engine::checksum::Checksum;
use sluice_platform::clock;
use sluice_platform::objects::{ContentType, Existing, FileObjects, Objects};
use sluice_platform::run::Runs;
use sluice_platform::world::MemoryWorld;

const FEED: &str =
    "{version: 1, name: p, schema: {fields: [{name: id}], primaryKey: id}, import: {table: p, key: [id]}}";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<u64> = std::env::args().skip(1).map(|text| text.parse().unwrap()).collect();
    let [records, chunks, distinct] = arguments[..] else { panic!("records, chunks, percent of distinct keys") };
    let folder = tempfile::tempdir().unwrap();
    let objects = FileObjects::open(folder.path()).unwrap();
    let run: RunId = "p-000000000000000000000001".parse().unwrap();
    write_run(&objects, &run, records, chunks, distinct).await;
    let objects: Arc<dyn Objects> = Arc::new(objects);
    let deps = sluice_gate::Deps {
        runs: Runs::new(Arc::clone(&objects)),
        objects,
        ..sluice_gate::Deps::new(&MemoryWorld::new(clock::system))
    };
    let before = Instant::now();
    // The ledger does not know the run, so the call fails, but only after it has written the decision.
    let _ = sluice_gate::run(&deps, GateInput { run_id: run.clone(), attempt: 1 }).await;
    let took = before.elapsed();
    let gate = std::fs::read_to_string(folder.path().join(keys::gate(&run))).unwrap();
    let losers = gate.lines().find(|line| line.contains("\"losers\"")).unwrap_or_default().trim();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    println!("{records} records in {chunks} chunks, {distinct} % distinct: {took:.2?}, {losers} {peak}");
}

async fn write_run(objects: &FileObjects, run: &RunId, records: u64, chunks: u64, distinct: u64) {
    let write = async |key: String, bytes: Vec<u8>| {
        assert!(objects.put(&key, ContentType::Json, bytes.into(), Existing::Replace).await.unwrap());
    };
    let different = (records * distinct / 100).max(1);
    let mut listed = Vec::new();
    for chunk in 0..chunks {
        let (first, next) = (records * chunk / chunks, records * (chunk + 1) / chunks);
        let number = u32::try_from(chunk + 1).unwrap();
        listed.push(json!({
            "chunk": number, "start": first, "end": next, "first_record": first + 1, "first_line": first + 1,
            "records": next - first,
        }));
        let number = sluice_contract::ChunkNo(number);
        let (mut bytes, mut blocks) = (Vec::new(), Vec::new());
        let of_chunk: Vec<u64> = (first + 1..=next).collect();
        for block in of_chunk.chunks(sluice_contract::key_entry::BLOCK_ENTRIES) {
            let mut entries: Vec<KeyEntry> = block
                .iter()
                .map(|record| KeyEntry { set: KeyEntry::KEY, hash: spread(record % different), record: *record })
                .collect();
            entries.sort_unstable();
            let start = bytes.len();
            for entry in &entries {
                bytes.extend_from_slice(&entry.to_bytes());
            }
            blocks.push(Checksum::of(&bytes[start..]));
        }
        let key = keys::key_hashes(run, number, "example");
        let part = |records| json!({"key": "", "header_bytes": 0, "bytes": 0, "records": records, "crc64nvme": ""});
        let outcome = json!({
            "version": 1, "run_id": run, "chunk": number, "first_record": first + 1, "read": next - first,
            "valid": next - first, "rejected": 0, "by_code": {},
            "accepted": part(next - first), "keys": {"key": key, "blocks": blocks}, "rejects": part(0),
            "usage": {"invocations": 1, "mb_ms": 1, "writes": 0},
        });
        write(keys::outcome(run, Phase::Check, number), outcome.to_string().into()).await;
        write(key, bytes).await;
    }
    let manifest = json!({
        "version": 1, "run_id": run, "header": {"start": 0, "end": 0}, "records": records, "problems": [], "notes": [],
        "chunks": listed,
    });
    write(keys::manifest(run), manifest.to_string().into()).await;
    let document = json!({
        "version": 1, "run_id": run, "archive": "archive/p", "order": format!("2026-11-21T02:33:00Z##{run}"),
        "as_of": "2026-11-21T02:33:00Z", "chunk_bytes": 1, "max_record_bytes": 1024, "dry_run": false, "feed": "p", "feed_yaml": FEED,
        "feed_files": {},
        "upload": {
            "bucket": "b", "key": "inbox/p/a.csv", "version_id": "v", "etag": "e", "bytes": records,
            "last_modified": "2026-11-21T02:33:00Z", "sequencer": "",
        },
    });
    write(keys::run_document(run), document.to_string().into()).await;
}

/// A hash of a number, spread over all 128 bits.
fn spread(number: u64) -> u128 {
    let mix = |seed: u64| {
        let mut mixed = number.wrapping_add(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    u128::from(mix(1)) << 64 | u128::from(mix(2))
}
