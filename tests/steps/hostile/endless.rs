//! A file of one line without an end.
//!
//! The test generates it while it is read. 24 MiB are enough: 24 times the longest record, and a debug build is slow.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream};
use sluice_contract::documents::{Manifest, ScanDocument, SourceDocument};
use sluice_contract::{ByteRange, Verdict, keys};
use sluice_engine::Code;
use sluice_platform::Fault;
use sluice_platform::objects::{
    Body, ContentType, Existing, Known, MemoryObjects, ObjectWriter, Objects, Piece, Reading,
};

use super::CANARY;
use crate::world::World;

const KEY: &str = "inbox/prices/a.csv";
const LENGTH: u64 = 24 << 20;
/// The content before the line.
const HEAD: &[u8] = b"id,price\n1,2\n";
/// Bytes that one request reads.
const READ_BYTES: u64 = 1 << 20;

/// Most bytes that split may read: the file, its start a few times, and the longest record again, to say why it is too long.
const MOST: u64 = LENGTH + 4 * 64 * 1024 + (1 << 20);

/// Objects, one of which is generated while it is read.
#[derive(Clone)]
struct Endless {
    objects: MemoryObjects,
    key: String,
    /// The start of the object.
    head: Bytes,
    /// The rest of it, repeated.
    line: Bytes,
    read: Arc<AtomicU64>,
}

impl Endless {
    fn bytes(&self, range: ByteRange) -> Body {
        let this = self.clone();
        let pieces = (range.start..range.end).step_by(1 << 18).map(move |start| {
            let end = range.end.min(start + (1 << 18));
            let mut piece = Vec::with_capacity(1 << 18);
            let mut at = start;
            while at < end {
                let rest = match at.checked_sub(this.head.len() as u64) {
                    None => &this.head[usize::try_from(at).unwrap()..],
                    Some(at) => &this.line[usize::try_from(at % this.line.len() as u64).unwrap()..],
                };
                let taken = rest.len().min(usize::try_from(end - at).unwrap());
                piece.extend_from_slice(&rest[..taken]);
                at += taken as u64;
            }
            this.read.fetch_add(piece.len() as u64, Ordering::Relaxed);
            Ok(Bytes::from(piece))
        });
        stream::iter(pieces).boxed()
    }
}

#[async_trait]
impl Objects for Endless {
    async fn head(&self, key: &str) -> Result<Option<Known>, Fault> {
        if key == self.key { Ok(Some(Known { bytes: LENGTH, crc64nvme: None })) } else { self.objects.head(key).await }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Fault> {
        self.objects.list(prefix).await
    }

    async fn read(&self, key: &str, range: Option<ByteRange>, reading: Reading) -> Result<Body, Fault> {
        if key != self.key {
            return self.objects.read(key, range, reading).await;
        }
        Ok(self.bytes(range.unwrap_or(ByteRange { start: 0, end: LENGTH })))
    }

    async fn put(&self, key: &str, content_type: ContentType, bytes: Bytes, existing: Existing) -> Result<bool, Fault> {
        self.objects.put(key, content_type, bytes, existing).await
    }

    async fn create(&self, key: &str, content_type: ContentType) -> Result<Box<dyn ObjectWriter>, Fault> {
        self.objects.create(key, content_type).await
    }

    async fn concat(
        &self,
        key: &str,
        content_type: ContentType,
        scratch: &str,
        pieces: Vec<Piece>,
    ) -> Result<u64, Fault> {
        self.objects.concat(key, content_type, scratch, pieces).await
    }
}

/// Splits such a line. Returns the world, its manifest, and the number of bytes that were read.
async fn split([begin, line]: [&[u8]; 2], one_pass_bytes: u64) -> (World, Manifest, u64) {
    let mut world = World::new();
    (world.chunk_bytes, world.one_pass_bytes, world.read_bytes) = (32 << 20, one_pass_bytes, READ_BYTES);
    let upload = world.upload(KEY, HEAD);
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    world.try_pin(&run, run.as_str()).await.unwrap();
    // Only the start was pinned. The rest exists nowhere.
    let mut source: SourceDocument = world.document(&keys::source_document(&run));
    (source.bytes, source.crc64nvme, source.run.upload.bytes) = (LENGTH, None, LENGTH);
    world.objects.insert(&keys::source_document(&run), serde_json::to_vec(&source).unwrap());

    let read = Arc::new(AtomicU64::new(0));
    let head = Bytes::from([HEAD, begin].concat());
    let line = Bytes::from(line.repeat((1 << 18) / line.len()));
    let objects = Endless { objects: world.objects.clone(), key: source.key, head, line, read: Arc::clone(&read) };
    let deps = sluice_split::Deps {
        runs: sluice_platform::run::Runs::new(Arc::new(objects.clone())),
        objects: Arc::new(objects),
        ..world.split()
    };
    let split = sluice_split::plan(&deps, &run, 1).await.unwrap();
    if split.ranges > 0 {
        for range in world.document::<ScanDocument>(&keys::scan(&run)).ranges {
            sluice_split::scan(&deps, &run, range).await.unwrap();
        }
        sluice_split::fold(&deps, &run).await.unwrap();
    }
    assert!(!world.gate(&run).await);
    assert_eq!(world.finish(&run).await, Verdict::Rejected);
    let manifest = world.document(&keys::manifest(&run));
    (world, manifest, read.load(Ordering::Relaxed))
}

fn assert_reported(world: &World, manifest: &Manifest) {
    let [problem] = &manifest.problems[..] else { panic!("{:?}", manifest.problems) };
    assert_eq!(problem.code, Code::SourceError);
    for part in ["record 2", "line 3", "byte 13", "1048576"] {
        assert!(problem.message.contains(part), "{part} is missing: {problem}");
    }
    assert_eq!(manifest.chunks, []);
    for mail in world.mailer.sent() {
        assert!(!format!("{mail:?}").contains(CANARY), "a line that is no record is not shown");
    }
}

#[tokio::test]
async fn a_line_without_an_end_is_reported_with_its_start() {
    // One cell; one quoted cell with line breaks that is never closed; and many cells.
    for line in [[&b""[..], b"C4N4RY "], [b"\"", b"C4N4RY\n\"\" \n"], [b"", b"C4N4RY,"]] {
        let ((world, manifest, read), log) = super::logged(Box::pin(split(line, u64::MAX))).await;
        assert!(!log.contains(CANARY), "{log}");
        assert_reported(&world, &manifest);
        assert!(read <= MOST, "{read} bytes were read");
    }
}

#[tokio::test]
async fn ranges_of_such_a_line_give_up_each_on_its_own() {
    let (world, manifest, read) = split([b"", b"C4N4RY "], 8 << 20).await;
    assert_reported(&world, &manifest);
    assert!(read <= MOST, "{read} bytes were read");
}
