//! Measures the time and memory of `import` itself per item: `cargo run --release -p sluice-import --example items -- 200000 memory`.
//!
//! Arguments: the number of records; the sink, `memory` or `lines` (a file of JSON lines); and optionally the number of items per
//! batch, instead of the sink's. The sinks answer at once, so that the result is processor time: the minimum of several rounds.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement, which ends where something is wrong")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::json;
use sluice_contract::steps::ChunkInput;
use sluice_contract::{ByteRange, Chunk, ChunkNo, Phase, RunId, keys};
use sluice_engine::checksum::Checksum;
use sluice_platform::objects::MemoryObjects;
use sluice_platform::sink::{BatchLimits, Item, JsonLinesSink, MemorySink, Sink, Stamp, Target, Written, only};
use sluice_platform::world::MemoryWorld;
use sluice_platform::{Call, Fault, clock};

const FEED: &str = "
version: 1
name: p
schema:
  fields:
    - {name: sku, constraints: {required: true}}
    - {name: name}
    - {name: brand}
    - {name: price, type: number}
    - {name: stock, type: integer}
    - {name: active, type: boolean}
    - {name: updated, type: date}
    - {name: description}
    - {name: category}
    - {name: ean}
import: {table: p, key: [sku]}
";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [records, kind, batch @ ..] = &arguments[..] else { panic!("records, and memory or lines") };
    let records: u64 = records.parse().unwrap();
    let batch: Option<usize> = batch.first().map(|items| items.parse().unwrap());
    let mut best = Duration::MAX;
    let mut memory: u64 = 0;
    for _ in 0..5 {
        let (took, grown) = round(records, kind == "lines", batch).await;
        best = best.min(took);
        memory = grown.max(memory);
    }
    let items = f64::from(u32::try_from(records).unwrap());
    let each = best.as_secs_f64() * 1e6 / items;
    println!("{kind}: {each:.2} µs and at most {} bytes of memory per item", memory * 1024 / records);
}

async fn round(records: u64, lines: bool, batch: Option<usize>) -> (Duration, u64) {
    let folder = tempfile::tempdir().unwrap();
    let objects = MemoryObjects::new();
    let run: RunId = "p-000000000000000000000001".parse().unwrap();
    let document = json!({
        "version": 1, "run_id": run, "archive": "archive/p", "order": format!("2026-11-21T02:33:00Z##{run}"),
        "as_of": "2026-11-21T02:33:00Z", "chunk_bytes": 1, "max_record_bytes": 1024, "dry_run": false, "feed": "p", "feed_yaml": FEED,
        "feed_files": {},
        "upload": {
            "bucket": "b", "key": "inbox/p/a.csv", "version_id": "v", "etag": "e", "bytes": records,
            "last_modified": "2026-11-21T02:33:00Z", "sequencer": "",
        },
    });
    objects.insert(&keys::run_document(&run), document.to_string().into_bytes());
    let mut valid = "_record,sku,name,brand,price,stock,active,updated,description,category,ean\n".to_owned();
    for record in 1..=records {
        valid.push_str(&format!(
            "{record},SKU-{record:07},\"Shirt, blue\",Acme,{}.5,{},true,2026-11-21,A shirt of cotton,shirts,40{record:011}\n",
            record % 90,
            record % 7
        ));
    }
    let chunk = Chunk { chunk: ChunkNo(1), start: 0, end: 1, first_record: 1, first_line: 1, records };
    let key = keys::valid(&run, chunk.chunk, "example");
    let part = |records| json!({"key": "", "header_bytes": 0, "bytes": 0, "records": records, "crc64nvme": ""});
    let sum = Checksum::of(valid.as_bytes());
    let outcome = json!({
        "version": 1, "run_id": run, "chunk": 1, "first_record": 1, "read": records, "valid": records, "rejected": 0,
        "by_code": {}, "keys": {"key": "", "blocks": []}, "rejects": part(0),
        "accepted": {
            "key": key, "header_bytes": 0, "bytes": sum.bytes(), "records": records, "crc64nvme": sum.to_base64(),
        },
        "usage": {"invocations": 1, "mb_ms": 1, "writes": 0},
    });
    objects.insert(&keys::outcome(&run, Phase::Check, chunk.chunk), outcome.to_string().into_bytes());
    let losers = keys::losers(&run, chunk.chunk);
    objects.insert(&losers, sluice_contract::loser::seal(&losers, Checksum::default()).to_vec());
    objects.insert(&key, valid.into_bytes());
    let sink: Arc<dyn Sink> =
        if lines { Arc::new(JsonLinesSink::open(folder.path()).unwrap()) } else { Arc::new(MemorySink::new()) };
    let items = batch.unwrap_or(sink.batch().items);
    let sink = Arc::new(Limited { limits: BatchLimits { items, ..sink.batch() }, sink });
    let world = MemoryWorld { objects, ..MemoryWorld::new(clock::system) };
    let config = sluice_import::Config { in_flight: 64, margin: Duration::ZERO };
    let deps = sluice_import::Deps { sinks: only(sink), ..sluice_import::Deps::new(&world, config) };
    let input =
        ChunkInput { run_id: run, attempt: 1, phase: Phase::Import, header: ByteRange { start: 0, end: 0 }, chunk };
    let (before, begun) = (resident(), Instant::now());
    let output = sluice_import::run(&deps, input, &Call::local()).await.unwrap();
    let took = begun.elapsed();
    assert!(output.done);
    (took, resident().saturating_sub(before))
}

/// A sink with batches of another size.
struct Limited {
    sink: Arc<dyn Sink>,
    limits: BatchLimits,
}

#[async_trait]
impl Sink for Limited {
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault> {
        self.sink.check(target).await
    }

    fn batch(&self) -> BatchLimits {
        self.limits
    }

    async fn write(
        &self,
        target: &Target,
        items: &[Item<'_>],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        self.sink.write(target, items, stamp, written).await
    }

    async fn flush(&self) -> Result<(), Fault> {
        self.sink.flush().await
    }
}

/// Memory of this process in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
}
