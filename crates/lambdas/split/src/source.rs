//! Reads and scans the ranges of a source, several at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::TryStreamExt;
use sluice_contract::ByteRange;
use sluice_engine::checksum::{Checksum, Crc64Nvme};
use sluice_engine::encoding::SourceText;
use sluice_engine::feed::FeedPlan;
use sluice_engine::header::{self, HEAD_BYTES, LOCATE_BYTES, Located};
use sluice_engine::scan::{FilePlan, Origin, ScanError, Scanner, Summary};
use sluice_platform::Fault;
use sluice_platform::documents::read_all;
use sluice_platform::objects::{Objects, Reading};
use tokio::task::JoinSet;

/// Ranges that are read at the same time. One connection to S3 gives at most about 90 MB/s; the network of a function about six
/// times that.
const IN_FLIGHT: usize = 8;

/// Bytes that one request reads to find the first record: a preamble is seldom longer.
const PREAMBLE: u64 = 64 * 1024;

/// A source and its scanner.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) objects: Arc<dyn Objects>,
    pub(crate) key: Arc<str>,
    pub(crate) bytes: u64,
    pub(crate) scanner: Arc<Scanner>,
    /// The header, if it had to be located.
    pub(crate) located: Option<Located>,
    /// Bytes that one request reads.
    pub(crate) read_bytes: u64,
}

/// The chunks of a file, or why it has none, and the checksum of the bytes that were read.
pub(crate) struct Planned {
    /// The start of the source, at most [`HEAD_BYTES`], if all of it was read in one request.
    pub(crate) head: Option<Vec<u8>>,
    pub(crate) plan: Result<FilePlan, ScanError>,
    pub(crate) checksum: Checksum,
    /// The header, if it had to be located.
    pub(crate) located: Option<Located>,
}

/// The result of scanning a range.
pub(crate) struct Scanned {
    pub(crate) summary: Summary,
    pub(crate) checksum: Checksum,
}

impl Scanned {
    /// The part before the first record: only its checksum counts.
    pub(crate) fn before(origin: Origin, checksum: Checksum) -> Self {
        Self { summary: Summary::start(origin.offset), checksum }
    }

    /// Combines this range with the one right behind it.
    pub(crate) fn then(self, next: &Self, scanner: &Scanner) -> Self {
        Self { summary: self.summary.then(&next.summary, scanner.sizes()), checksum: self.checksum.then(next.checksum) }
    }
}

impl Source {
    /// Finds a header that is not the first record, or that has several, and lets the scan begin behind it.
    pub(crate) async fn locate(mut self, feed: &FeedPlan, text: SourceText) -> Result<Self, Fault> {
        let head = self.read(ByteRange { start: 0, end: self.bytes.min(LOCATE_BYTES) }).await?;
        self.located = header::locate(feed, text, &head);
        if let Some(located) = &self.located {
            let layout = feed.source.layout(self.bytes).from_data(located.data);
            self.scanner = Arc::new(Scanner::new(feed.dialect, layout, self.scanner.sizes()));
        }
        Ok(self)
    }

    /// The plan of the whole file, with its header.
    fn planned(&self, plan: Result<FilePlan, ScanError>, checksum: Checksum, head: Option<Vec<u8>>) -> Planned {
        let located = self.located.clone();
        let plan = plan.map(|plan| match &located {
            Some(located) => located.complete(plan),
            None => plan,
        });
        Planned { head, plan, checksum, located }
    }

    /// Splits the source in one pass.
    pub(crate) async fn plan(&self) -> Result<Planned, Fault> {
        if self.bytes <= self.read_bytes {
            let bytes = self.read(ByteRange { start: 0, end: self.bytes }).await?;
            let (plan, checksum) = (self.scanner.plan(&bytes), Checksum::of(&bytes));
            let head = bytes[..bytes.len().min(usize::try_from(HEAD_BYTES).unwrap_or(usize::MAX))].to_vec();
            return Ok(self.planned(plan, checksum, Some(head)));
        }
        let (origin, before) = self.origin().await?;
        let rest = self.scan(ByteRange { start: origin.offset, end: self.bytes }).await?;
        self.finish(origin, Scanned::before(origin, before).then(&rest, &self.scanner)).await
    }

    /// Finds where the records begin, and the checksum of the bytes before.
    pub(crate) async fn origin(&self) -> Result<(Origin, Checksum), Fault> {
        let mut preamble = self.scanner.preamble();
        let mut sum = Crc64Nvme::new();
        for range in tiles(ByteRange { start: 0, end: self.bytes }, PREAMBLE) {
            let bytes = self.read(range).await?;
            if let Some(origin) = preamble.push(&bytes) {
                let before = usize::try_from(origin.offset.saturating_sub(range.start)).unwrap_or(bytes.len());
                sum.update(&bytes[..before.min(bytes.len())]);
                return Ok((origin, sum.checksum()));
            }
            sum.update(&bytes);
        }
        Ok((preamble.end(), sum.checksum()))
    }

    /// Scans a range in parts, several at a time. Each part under way keeps one piece of its body in memory.
    pub(crate) async fn scan(&self, range: ByteRange) -> Result<Scanned, Fault> {
        let mut parts = tiles(range, self.read_bytes);
        let mut tasks = JoinSet::new();
        let mut found = BTreeMap::new();
        let mut whole = Scanned { summary: Summary::empty(range.start), checksum: Checksum::default() };
        loop {
            while tasks.len() < IN_FLIGHT
                && let Some(part) = parts.next()
            {
                tasks.spawn(self.clone().scan_part(part));
            }
            let Some(done) = tasks.join_next().await else { return Ok(whole) };
            // Tasks are cancelled only together with this one, so an error here is a panic.
            let part = done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
            found.insert(part.summary.range().start, part);
            while let Some(next) = found.remove(&whole.summary.range().end) {
                whole = whole.then(&next, &self.scanner);
            }
        }
    }

    async fn scan_part(self, part: ByteRange) -> Result<Scanned, Fault> {
        let mut body = self.objects.read(&self.key, Some(part), Reading::Plain).await?;
        let mut scan = self.scanner.range(part.start);
        let mut sum = Crc64Nvme::new();
        while let Some(piece) = body.try_next().await? {
            scan.push(&piece);
            sum.update(&piece);
        }
        Ok(Scanned { summary: scan.finish(), checksum: sum.checksum() })
    }

    /// Makes the plan from the scan of the whole source.
    pub(crate) async fn finish(&self, origin: Origin, whole: Scanned) -> Result<Planned, Fault> {
        let checksum = whole.checksum;
        let outline = match self.scanner.outline(origin, &whole.summary, self.bytes) {
            Ok(outline) => outline,
            Err(error) => return Ok(self.planned(Err(error), checksum, None)),
        };
        let header = self.read(outline.header().unwrap_or_default()).await?;
        let tail = self.read(outline.tail().unwrap_or_default()).await?;
        Ok(self.planned(outline.plan(&self.scanner, &header, &tail), checksum, None))
    }

    async fn read(&self, range: ByteRange) -> Result<Vec<u8>, Fault> {
        if range.is_empty() { Ok(Vec::new()) } else { read_all(&*self.objects, &self.key, Some(range)).await }
    }
}

/// Cuts a range into parts of `length` bytes; the last may be shorter.
pub(crate) fn tiles(range: ByteRange, length: u64) -> impl Iterator<Item = ByteRange> {
    let length = length.max(1);
    let mut start = range.start;
    std::iter::from_fn(move || {
        let end = start.saturating_add(length).min(range.end);
        let part = ByteRange { start, end };
        start = end;
        (!part.is_empty()).then_some(part)
    })
}
