//! R14: memory does not grow with the chunk. Every step of a chunk runs with a chunk of 8 MiB and with one of
//! 24 MiB, over files, in a process with a counting allocator. A sheet is rewritten with five times as many rows.
//!
//! A single test in a process of its own, because allocations of other tests would be counted too.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::alloc::System;
use std::fmt::Write as _;
use std::future::Future;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use peakmem_alloc::{INSTRUMENTED_SYSTEM, PeakMemAlloc, PeakMemAllocTrait};
use sluice_contract::documents::{Manifest, Origin, RunDocument, SourceDocument, Upload, Version};
use sluice_contract::steps::{ChunkInput, GateInput, RunInput, ValidateInput};
use sluice_contract::{Order, Phase, RunId, Verdict, keys};
use sluice_engine::checksum::Crc64Nvme;
use sluice_engine::encoding::SourceText;
use sluice_engine::feed::FeedPlan;
use sluice_engine::unpack::{ArchiveReading, unpack_archive};
use sluice_platform::blocking;
use sluice_platform::documents::{put_json, read_json};
use sluice_platform::ledger::{Ledger, MemoryLedger, RunEntry};
use sluice_platform::objects::{ContentType, Existing, FileObjects, Objects};
use sluice_platform::run::Runs;
use sluice_platform::sink::{BatchLimits, Item, Sink, Stamp, Target, Written, only};
use sluice_platform::world::MemoryWorld;
use sluice_platform::{Call, Fault};

#[path = "../../crates/engine/src/workbook/tests/make.rs"]
#[allow(dead_code, reason = "the tests of the engine use all of it")]
mod make;

#[global_allocator]
static ALLOCATOR: &PeakMemAlloc<System> = &INSTRUMENTED_SYSTEM;

const MIB: usize = 1024 * 1024;
const AS_OF: &str = "2026-11-21T02:33:00Z";
const FEED: &str = "
version: 1
name: notes
restructure:
  id: {from: Id, clean: [trim, upper]}
  note: {from: Note, clean: [trim, collapse_whitespace]}
schema:
  fields:
    - {name: id, constraints: {required: true, unique: true}}
    - {name: price, type: number}
    - {name: note}
import: {table: notes, key: [id]}
";

/// Accepts everything and keeps nothing.
struct Nowhere;

#[async_trait]
impl Sink for Nowhere {
    async fn check(&self, _: &Target) -> Result<Vec<String>, Fault> {
        Ok(Vec::new())
    }

    fn batch(&self) -> BatchLimits {
        BatchLimits::ONE
    }

    async fn write(
        &self,
        _: &Target,
        items: &[Item<'_>],
        _: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        tokio::task::yield_now().await;
        written.extend(items.iter().map(|_| Written::Imported));
        Ok(())
    }

    async fn flush(&self) -> Result<(), Fault> {
        Ok(())
    }
}

/// Writes a file of about this many bytes, in which every ten-thousandth record is invalid.
fn write_file(path: &Path, bytes: usize) -> u64 {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut written = file.write(b"Id,price,Note\n").unwrap();
    let (mut record, mut line) = (0, String::new());
    while written < bytes {
        record += 1;
        line.clear();
        let price = if record % 10_000 == 0 { "none" } else { "12.50" };
        writeln!(line, " a-{record} ,{price},\"{}\"", "so it is, \"\"they\"\" said;  ".repeat(2)).unwrap();
        file.write_all(line.as_bytes()).unwrap();
        written += line.len();
    }
    file.flush().unwrap();
    written as u64
}

/// The peak memory of a step, beyond what was allocated before it.
async fn measured<T>(peaks: &mut Vec<(&'static str, usize)>, step: &'static str, work: impl Future<Output = T>) -> T {
    ALLOCATOR.reset_peak_memory();
    let answer = work.await;
    peaks.push((step, ALLOCATOR.get_peak_memory()));
    answer
}

/// Writes what `pin` would leave for a file of about this many bytes.
async fn pinned(files: &FileObjects, bytes: usize) -> (RunId, MemoryLedger) {
    let feed = "notes".parse().unwrap();
    let upload = Upload {
        bucket: "inbox".into(),
        key: "inbox/notes/a.csv".into(),
        version_id: "v".into(),
        etag: "etag".into(),
        bytes: 0,
        last_modified: AS_OF.into(),
        sequencer: String::new(),
    };
    let run = RunId::derive(&feed, &upload.bucket, &upload.key, &upload.version_id);
    let archive = keys::archive(&feed, AS_OF, &run, &upload.key);
    let path = files.path(&archive).unwrap();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let length = write_file(&path, bytes);
    let ledger = MemoryLedger::new();
    ledger.register(&RunEntry::new(run.clone(), "notes", upload.clone(), Origin::Upload, AS_OF)).await.unwrap();
    let document = RunDocument {
        version: Version,
        run_id: run.clone(),
        order: Order::new(AS_OF, "", &run),
        feed,
        feed_yaml: FEED.into(),
        feed_files: sluice_engine::feed::FeedFiles::default(),
        origin: Origin::Upload,
        upload,
        archive: archive.clone(),
        as_of: AS_OF.into(),
        chunk_bytes: u64::MAX,
        max_record_bytes: MIB as u64,
        dry_run: false,
        repairs: None,
    };
    let source = SourceDocument {
        version: Version,
        run: document.clone(),
        key: archive,
        bytes: length,
        crc64nvme: None,
        text: SourceText::UTF_8,
        problems: Vec::new(),
        notes: Vec::new(),
    };
    put_json(files, &keys::run_document(&run), &document).await.unwrap();
    put_json(files, &keys::source_document(&run), &source).await.unwrap();
    (run, ledger)
}

/// Imports a file of one chunk, and returns the peak memory of each step.
async fn import(bytes: usize) -> Vec<(&'static str, usize)> {
    let folder = tempfile::tempdir().unwrap();
    let files = FileObjects::open(folder.path()).unwrap();
    let (run, ledger) = pinned(&files, bytes).await;
    let objects: Arc<dyn Objects> = Arc::new(files);
    let runs = Runs::new(Arc::clone(&objects));
    // The objects are in files, because the test counts memory.
    let memory = MemoryWorld { ledger, ..MemoryWorld::new(|| jiff::Timestamp::constant(1_795_228_380, 0)) };
    // Data read once for all steps belongs to none of them.
    runs.load(&run).await.unwrap();
    let mut peaks = Vec::new();
    let config = sluice_split::Config { one_pass_bytes: u64::MAX, read_bytes: 256 * 1024 };
    let deps = sluice_split::Deps {
        objects: Arc::clone(&objects),
        runs: runs.clone(),
        ..sluice_split::Deps::new(&memory, config)
    };
    let split = measured(&mut peaks, "split", sluice_split::plan(&deps, &run, 1)).await.unwrap();
    let manifest: Manifest = read_json(&*objects, &keys::manifest(&run)).await.unwrap();
    let [chunk] = manifest.chunks[..] else { panic!("{} chunks", manifest.chunks.len()) };
    let (run_id, header) = (run.clone(), split.header);

    let deps = sluice_restructure::Deps {
        objects: Arc::clone(&objects),
        runs: runs.clone(),
        ..sluice_restructure::Deps::new(&memory)
    };
    let input = ChunkInput { run_id: run_id.clone(), attempt: 1, phase: Phase::Check, header, chunk };
    let call = Call::local();
    let work = sluice_restructure::run(&deps, input, &call);
    let restructured = measured(&mut peaks, "restructure", Box::pin(work)).await.unwrap();

    let deps = sluice_validate::Deps {
        objects: Arc::clone(&objects),
        runs: runs.clone(),
        ..sluice_validate::Deps::new(&memory)
    };
    let input = ValidateInput { run_id: run_id.clone(), attempt: 1, phase: Phase::Check, header, chunk, restructured };
    measured(&mut peaks, "validate", Box::pin(sluice_validate::run(&deps, input, &call))).await.unwrap();

    // The gate has a memory budget for keys, which this few keys do not fill.
    let deps =
        sluice_gate::Deps { objects: Arc::clone(&objects), runs: runs.clone(), ..sluice_gate::Deps::new(&memory) };
    assert!(sluice_gate::run(&deps, GateInput { run_id: run_id.clone(), attempt: 1 }).await.unwrap().go);

    let config = sluice_import::Config { in_flight: 256, margin: Duration::ZERO };
    let deps = sluice_import::Deps {
        objects: Arc::clone(&objects),
        runs: runs.clone(),
        sinks: only(Arc::new(Nowhere)),
        ..sluice_import::Deps::new(&memory, config)
    };
    let input = ChunkInput { run_id: run_id.clone(), attempt: 1, phase: Phase::Import, header, chunk };
    assert!(measured(&mut peaks, "import", Box::pin(sluice_import::run(&deps, input, &call))).await.unwrap().done);

    let deps =
        sluice_merge::Deps { objects: Arc::clone(&objects), runs: runs.clone(), ..sluice_merge::Deps::new(&memory) };
    let merged = measured(&mut peaks, "merge", Box::pin(sluice_merge::run(&deps, RunInput { run_id }))).await.unwrap();
    assert_eq!(merged.verdict, Verdict::Imported);
    peaks
}

/// What `pin` takes to rewrite a sheet with this many rows into CSV.
async fn sheet(rows: usize) -> Vec<(&'static str, usize)> {
    let folder = tempfile::tempdir().unwrap();
    let objects = FileObjects::open(folder.path()).unwrap();
    let table: Vec<Vec<String>> =
        (0..rows).map(|row| vec![row.to_string(), format!("{:x}", row * 0x9E37_79B9)]).collect();
    let file = make::table(&table);
    let bytes = file.len() as u64;
    objects.put("a.xlsx", ContentType::Binary, file.into(), Existing::Replace).await.unwrap();
    drop(table);
    let plan = FeedPlan::from_yaml(&FEED.replace("restructure:", "source: {format: xlsx}\nrestructure:")).unwrap();
    let object = objects.create("a.csv", ContentType::Csv).await.unwrap();
    let mut written = blocking::Written { object, crc: Crc64Nvme::new() };
    let mut peaks = Vec::new();
    let work = move |archive, mut out| unpack_archive(archive, bytes, ArchiveReading::of(&plan), &mut out).map(|_| ());
    let read = blocking::blocking(&objects, "a.xlsx", bytes, Some(&mut written), work);
    measured(&mut peaks, "sheet", Box::pin(read)).await.unwrap().unwrap();
    written.object.finish().await.unwrap();
    peaks
}

#[tokio::test]
async fn memory_does_not_grow_with_the_chunk() {
    let small = [import(8 * MIB).await, sheet(20_000).await].concat();
    let large = [import(24 * MIB).await, sheet(100_000).await].concat();
    println!("peaks in bytes: 8 MiB {small:?}, 24 MiB {large:?}");
    for ((step, small), (_, large)) in small.into_iter().zip(large) {
        let moment = match step {
            // The number of ranges that split has in flight varies: at most 8 of 256 KiB.
            "split" => 8 * 256 * 1024,
            // Merge writes a small output itself, and so holds these rejects: a few hundred bytes each, thirty at most.
            "merge" => 30 * 1024,
            // The file is read in pieces, of which some wait in the channel.
            "sheet" => 4 * 256 * 1024,
            _ => 0,
        };
        assert!(large < 12 * MIB && large <= small + small / 10 + moment, "{step}: {small} bytes, then {large}");
    }
}
