//! The source as ranges: read and scanned several at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::TryStreamExt;
use sluice_contract::ByteRange;
use sluice_engine::checksum::{Checksum, Crc64Nvme};
use sluice_engine::scan::{FilePlan, Origin, ScanError, Scanner, Summary};
use sluice_platform::Fault;
use sluice_platform::documents::read_all;
use sluice_platform::objects::{Objects, Reading};
use tokio::task::JoinSet;

/// How many ranges are read at once. One connection to S3 gives some 90 MB/s at most, a function's network some
/// six times that.
const IN_FLIGHT: usize = 8;

/// Read at a time in search of the first record: a preamble is seldom longer.
const PREAMBLE: u64 = 64 * 1024;

/// A source, and how it is scanned.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) objects: Arc<dyn Objects>,
    pub(crate) key: Arc<str>,
    pub(crate) bytes: u64,
    pub(crate) scanner: Arc<Scanner>,
    /// How much of it is read by one request.
    pub(crate) read_bytes: u64,
}

/// A file that was cut, or why it cannot be; and the checksum of the bytes of which that is true.
pub(crate) struct Planned {
    pub(crate) plan: Result<FilePlan, ScanError>,
    pub(crate) checksum: Checksum,
}

/// A stretch that was scanned.
pub(crate) struct Scanned {
    pub(crate) summary: Summary,
    pub(crate) checksum: Checksum,
}

impl Scanned {
    /// What lies before the first record, of which nothing but the checksum counts.
    pub(crate) fn before(origin: Origin, checksum: Checksum) -> Self {
        Self { summary: Summary::start(origin.offset), checksum }
    }

    /// Both, of which the other is right behind.
    pub(crate) fn then(self, next: &Self, scanner: &Scanner) -> Self {
        Self { summary: self.summary.then(&next.summary, scanner.sizes()), checksum: self.checksum.then(next.checksum) }
    }
}

impl Source {
    /// Cuts it in one pass.
    pub(crate) async fn plan(&self) -> Result<Planned, Fault> {
        if self.bytes <= self.read_bytes {
            let bytes = self.read(ByteRange { start: 0, end: self.bytes }).await?;
            return Ok(Planned { plan: self.scanner.plan(&bytes), checksum: Checksum::of(&bytes) });
        }
        let (origin, before) = self.origin().await?;
        let rest = self.scan(ByteRange { start: origin.offset, end: self.bytes }).await?;
        self.finish(origin, Scanned::before(origin, before).then(&rest, &self.scanner)).await
    }

    /// Where its records may begin, and the checksum of what lies before.
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

    /// Scans a range, by parts that are read at once. In memory are as many pieces of their bodies as there are
    /// parts under way.
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
            // A task is cancelled only where this one is.
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

    /// The plan, by what was found in all of it.
    pub(crate) async fn finish(&self, origin: Origin, whole: Scanned) -> Result<Planned, Fault> {
        let checksum = whole.checksum;
        let outline = match self.scanner.outline(origin, &whole.summary, self.bytes) {
            Ok(outline) => outline,
            Err(error) => return Ok(Planned { plan: Err(error), checksum }),
        };
        let header = self.read(outline.header().unwrap_or_default()).await?;
        let trailer = self.read(outline.trailer().unwrap_or_default()).await?;
        Ok(Planned { plan: outline.plan(&self.scanner, &header, &trailer), checksum })
    }

    async fn read(&self, range: ByteRange) -> Result<Vec<u8>, Fault> {
        if range.is_empty() { Ok(Vec::new()) } else { read_all(&*self.objects, &self.key, Some(range)).await }
    }
}

/// Cuts a range into parts of some length; the last may be shorter.
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
