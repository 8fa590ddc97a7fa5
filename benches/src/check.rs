//! Restructuring and validating, on one core: the deployed steps, with objects in memory.

use bytes::Bytes;
use serde_json::Value;
use sluice_contract::documents::{Origin, RunDocument, SourceDocument, Upload, Version};
use sluice_contract::steps::{ChunkInput, ValidateInput};
use sluice_contract::{Chunk, ChunkNo, Order, Phase, RunId, keys};
use sluice_engine::dialect::Dialect;
use sluice_engine::encoding::SourceText;
use sluice_engine::feed::FeedName;
use sluice_engine::record::{MAX_RECORD, Position, Reader};
use sluice_platform::objects::{ContentType, Existing, MemoryObjects, Objects};
use sluice_platform::world::MemoryWorld;
use sluice_platform::{Call, clock};

use crate::Error;
use crate::rounds::{Contender, run};

const AS_OF: &str = "2026-11-21T12:00:00Z";

/// Measures on a file in memory, with the text of its feed.
///
/// # Errors
/// If a step fails.
pub fn measure(file: &Bytes, feed: &str, rounds: usize) -> Result<Value, Error> {
    let world = World::new(file, feed)?;
    let mut contenders = [
        Contender::new("sluice, restructure + validate", || world.check()),
        Contender::new("sluice, restructure", || world.restructure()),
        Contender::new("sluice, reading only", || read_with_sluice(file)),
        Contender::new("csv crate, reading only", || read_with_csv(file)),
    ];
    run(&mut contenders, rounds, file.len() as u64)
}

/// Reads all records with the csv crate.
///
/// # Errors
/// If the file cannot be read.
pub fn read_with_csv(file: &[u8]) -> Result<u64, Error> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let mut record = csv::ByteRecord::new();
    let mut records = 0;
    while reader.read_byte_record(&mut record)? {
        records += 1;
    }
    Ok(records)
}

/// Reads all records with our own reader.
fn read_with_sluice(file: &[u8]) -> Result<u64, Error> {
    let mut reader = Reader::new(Dialect::CANONICAL, Position::START);
    let mut records = 0;
    for piece in file.chunks(256 * 1024) {
        reader.push(piece);
        while reader.advance()? {
            records += 1;
        }
    }
    reader.end();
    while reader.advance()? {
        records += 1;
    }
    // The first record is the header, which the csv crate does not count.
    Ok(records - 1)
}

/// A run whose only chunk is the whole file.
struct World {
    runtime: tokio::runtime::Runtime,
    restructure: sluice_restructure::Deps,
    validate: sluice_validate::Deps,
    /// The call id, which is the same in every round, so that each round overwrites the objects of the previous one.
    call: Call,
    objects: MemoryObjects,
    input: ChunkInput,
}

impl World {
    fn new(file: &Bytes, feed: &str) -> Result<Self, Error> {
        let plan = crate::scan::scanner(u64::MAX).plan(file)?;
        let chunk = plan.chunks.first().ok_or("the file has no records")?;
        let feed_name: FeedName = "products".parse()?;
        let upload = Upload {
            bucket: "inbox".into(),
            key: "inbox/products/bench.csv".into(),
            version_id: "v1".into(),
            etag: "etag".into(),
            bytes: file.len() as u64,
            last_modified: AS_OF.into(),
            sequencer: String::new(),
        };
        let run_id = RunId::derive(&feed_name, &upload.bucket, &upload.key, &upload.version_id);
        let archive = keys::archive(&feed_name, AS_OF, &run_id, &upload.key);
        let document = RunDocument {
            version: Version,
            run_id: run_id.clone(),
            order: Order::new(AS_OF, "", &run_id),
            feed: feed_name,
            feed_yaml: feed.into(),
            feed_files: sluice_engine::feed::FeedFiles::default(),
            origin: Origin::Upload,
            upload,
            archive: archive.clone(),
            as_of: AS_OF.into(),
            chunk_bytes: u64::MAX,
            max_record_bytes: MAX_RECORD as u64,
            dry_run: false,
            repairs: None,
        };
        let source = SourceDocument {
            version: Version,
            run: document.clone(),
            key: archive.clone(),
            bytes: file.len() as u64,
            crc64nvme: None,
            text: SourceText::UTF_8,
            problems: Vec::new(),
            notes: Vec::new(),
        };
        let input = ChunkInput {
            run_id: run_id.clone(),
            attempt: 1,
            phase: Phase::Check,
            header: plan.header,
            chunk: Chunk {
                chunk: ChunkNo(1),
                start: chunk.range.start,
                end: chunk.range.end,
                first_record: chunk.first_record,
                first_line: chunk.first_line,
                records: chunk.records,
            },
        };
        let world = MemoryWorld::new(clock::system);
        let memory = &world.objects;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let source = serde_json::to_vec(&source)?;
            memory.put(&keys::source_document(&run_id), ContentType::Json, source.into(), Existing::Replace).await?;
            memory.put(&archive, ContentType::Csv, file.clone(), Existing::Replace).await?;
            Ok::<_, Error>(())
        })?;
        Ok(Self {
            runtime,
            restructure: sluice_restructure::Deps::new(&world),
            call: Call::local(),
            validate: sluice_validate::Deps::new(&world),
            objects: world.objects,
            input,
        })
    }

    fn restructure(&self) -> Result<u64, Error> {
        self.forget();
        let input = self.input.clone();
        let restructured = self.runtime.block_on(sluice_restructure::run(&self.restructure, input, &self.call))?;
        Ok(restructured.rows.records + restructured.settled.rows.records)
    }

    fn check(&self) -> Result<u64, Error> {
        self.forget();
        let input = self.input.clone();
        self.runtime.block_on(async {
            let restructured = sluice_restructure::run(&self.restructure, input.clone(), &self.call).await?;
            let ChunkInput { run_id, attempt, phase, header, chunk } = input;
            let input = ValidateInput { run_id, attempt, phase, header, chunk, restructured };
            let checked = sluice_validate::run(&self.validate, input, &self.call).await?;
            Ok(checked.read)
        })
    }

    /// Removes the outcome of the chunk, so that the next round processes it again.
    fn forget(&self) {
        self.objects.remove(&keys::outcome(&self.input.run_id, Phase::Check, self.input.chunk.chunk));
    }
}
