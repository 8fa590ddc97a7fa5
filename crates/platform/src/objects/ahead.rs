//! Reads an object as ranges, several at once, and passes them on in order.
//!
//! One connection to S3 gives a function 85 to 90 MB/s, and a core processes more than that. So while one range is
//! processed, the next ones are under way ([`RANGES_AHEAD`]), each in a request and a task of its own. A small object
//! takes one request. Memory is bounded, whatever the length: see [`RANGE_BYTES`].
//!
//! If a body breaks, only the rest of its range is requested again. All ranges are of one version of the object. If the
//! object is replaced in the meantime, that is a transient fault, because a caller that starts again reads the new one
//! from its start.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{TryStreamExt, stream};
use sluice_contract::ByteRange;
use tokio::task::JoinHandle;

use super::Body;
use crate::Fault;
use crate::aws::jitter;

/// The length of a range: 24 ms of one connection at 85 MB/s, beside some 20 ms that a request takes to begin. Memory:
/// 2 MiB x (3 under way + 1 being processed) = 8 MiB for each object that is read. S3 takes 5,500 requests per second
/// and prefix: those of 200 functions that process 50 MB/s each. Ranges of twice the length would need half the
/// requests.
const RANGE_BYTES: u64 = 2 * 1024 * 1024;

/// Ranges under way at once: 3 x 2 MiB in 44 ms are 140 MB/s.
const RANGES_AHEAD: usize = 3;

/// The length to which small pieces of a range are gathered.
const PIECE_BYTES: usize = 256 * 1024;

/// How often a range is requested if its body breaks.
const ATTEMPTS: u32 = 4;

/// The longest wait before the second attempt. Each further wait may be longer by this much.
const PAUSE: Duration = Duration::from_millis(100);

/// A bucket that can read several ranges of one version of an object.
#[async_trait]
pub(super) trait Ranges: Send + Sync + 'static {
    /// Requests a range and returns its body, which ends where the object ends. `None` as the version stands for the
    /// current one.
    ///
    /// # Errors
    /// `Missing` if there is no such object; `Corrupt` if the range begins after its end; `Transient` if the object has
    /// another version now ([`replaced`]).
    async fn open_range(&self, key: &str, range: ByteRange, version: Option<&str>) -> Result<OpenRange, Fault>;
}

/// A range of an object whose body can be read.
pub(super) struct OpenRange {
    /// The bytes of the range, up to the end of the object.
    pub(super) body: Body,
    /// The length of the whole object in bytes.
    pub(super) length: u64,
    /// Changes when the object is replaced: in S3 the entity tag.
    pub(super) version: String,
}

/// Reads an object or a range of it.
pub(super) async fn read(objects: impl Ranges, key: &str, range: Option<ByteRange>) -> Result<Body, Fault> {
    let whole = ByteRange { start: 0, end: u64::MAX };
    let asked = range.unwrap_or(whole);
    if range.is_some_and(ByteRange::is_empty) {
        return Ok(Box::pin(stream::empty()));
    }
    let first = ByteRange { start: asked.start, end: asked.end.min(asked.start.saturating_add(RANGE_BYTES)) };
    let OpenRange { body, length, version } = objects.open_range(key, first, None).await?;
    if range.is_some() && asked.end > length {
        return Err(short(key, asked, length));
    }
    let source = Arc::new(Source { objects, key: key.to_owned(), version });
    let end = asked.end.min(length);
    let first = ByteRange { end: first.end.min(end), ..first };
    let fetch = Fetch::begin(&source, first, Some(body));
    let ahead = Ahead { source, next: first.end, end, fetches: VecDeque::from([fetch]), pieces: VecDeque::new() };
    Ok(Box::pin(stream::try_unfold(
        ahead,
        |mut ahead| async move { Ok(ahead.piece().await?.map(|piece| (piece, ahead))) },
    )))
}

/// One version of one object.
struct Source<R> {
    objects: R,
    key: String,
    version: String,
}

/// An object that is being read.
struct Ahead<R> {
    source: Arc<Source<R>>,
    /// Where the next range to request begins.
    next: u64,
    /// Where the last range ends.
    end: u64,
    /// The ranges under way, in order.
    fetches: VecDeque<Fetch>,
    /// The rest of the range that is being processed.
    pieces: VecDeque<Bytes>,
}

impl<R: Ranges> Ahead<R> {
    /// The next bytes.
    async fn piece(&mut self) -> Result<Option<Bytes>, Fault> {
        while self.pieces.is_empty() {
            self.fill();
            let Some(fetch) = self.fetches.front_mut() else { return Ok(None) };
            self.pieces = fetch.finish(&self.source.key).await?;
            self.fetches.pop_front();
            self.fill();
        }
        // A function has one thread, which the requests under way need to make progress.
        tokio::task::yield_now().await;
        Ok(self.pieces.pop_front())
    }

    /// Begins to fetch until as many ranges are under way as may be.
    fn fill(&mut self) {
        while self.fetches.len() < RANGES_AHEAD && self.next < self.end {
            let range = ByteRange { start: self.next, end: self.end.min(self.next + RANGE_BYTES) };
            self.fetches.push_back(Fetch::begin(&self.source, range, None));
            self.next = range.end;
        }
    }
}

/// The task that fetches a range. Dropping it aborts the task.
struct Fetch(JoinHandle<Result<VecDeque<Bytes>, Fault>>);

impl Fetch {
    /// Begins to fetch a range, from its body if that is open already.
    fn begin<R: Ranges>(source: &Arc<Source<R>>, range: ByteRange, body: Option<Body>) -> Self {
        Self(tokio::spawn(fetch(Arc::clone(source), range, body)))
    }

    async fn finish(&mut self, key: &str) -> Result<VecDeque<Bytes>, Fault> {
        match (&mut self.0).await {
            Ok(fetched) => fetched,
            Err(error) => Err(Fault::Transient { what: format!("read object {key}"), source: Box::new(error) }),
        }
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Reads a whole range, in at most [`ATTEMPTS`].
async fn fetch<R: Ranges>(
    source: Arc<Source<R>>,
    range: ByteRange,
    body: Option<Body>,
) -> Result<VecDeque<Bytes>, Fault> {
    let mut pieces = Pieces::default();
    let mut rest = range;
    let mut body = body;
    let mut attempt = 1;
    loop {
        let (key, version) = (&source.key, Some(source.version.as_str()));
        let mut opened = match body.take() {
            Some(body) => body,
            None => source.objects.open_range(key, rest, version).await?.body,
        };
        let broken = loop {
            match opened.try_next().await {
                Ok(Some(piece)) if piece.len() as u64 <= rest.len() => {
                    let before = rest.len();
                    rest.start += piece.len() as u64;
                    pieces.add(piece, before);
                }
                Ok(None) if rest.is_empty() => return Ok(pieces.done()),
                Ok(None) => {
                    break Fault::Transient {
                        what: format!("read object {key}"),
                        source: "its body ended early".into(),
                    };
                }
                Ok(Some(_)) => {
                    let what = format!("the range {}..{} of object {key}", range.start, range.end);
                    return Err(Fault::Corrupt { what, found: "more bytes than that".to_owned() });
                }
                Err(fault) => break fault,
            }
        };
        if rest.is_empty() {
            // It broke after the last byte. No request can ask for an empty range.
            return Ok(pieces.done());
        }
        if attempt == ATTEMPTS || !matches!(broken, Fault::Transient { .. }) {
            return Err(broken);
        }
        tokio::time::sleep(jitter(PAUSE * attempt)).await;
        attempt += 1;
    }
}

/// The pieces of a range as they arrive. Small ones are gathered: an HTTP client cuts them from buffers of its own, and
/// each would keep the whole buffer in memory.
#[derive(Default)]
struct Pieces {
    whole: VecDeque<Bytes>,
    /// Small pieces, in a buffer of exactly [`PIECE_BYTES`] or what is left of the range.
    gathered: Vec<u8>,
}

impl Pieces {
    /// Adds a piece, when `rest` bytes of the range are still to come, including this piece.
    fn add(&mut self, mut piece: Bytes, rest: u64) {
        if self.gathered.is_empty() && piece.len() >= PIECE_BYTES {
            return self.whole.push_back(piece);
        }
        let mut rest = usize::try_from(rest).unwrap_or(usize::MAX);
        while !piece.is_empty() {
            if self.gathered.is_empty() {
                self.gathered.reserve_exact(PIECE_BYTES.min(rest));
            }
            let now = piece.split_to(piece.len().min(PIECE_BYTES - self.gathered.len()));
            self.gathered.extend_from_slice(&now);
            rest -= now.len();
            if self.gathered.len() == PIECE_BYTES {
                self.whole.push_back(std::mem::take(&mut self.gathered).into());
            }
        }
    }

    /// All pieces of the range.
    fn done(mut self) -> VecDeque<Bytes> {
        if !self.gathered.is_empty() {
            self.whole.push_back(self.gathered.into());
        }
        self.whole
    }
}

/// The fault of a read during which the object was replaced.
pub(super) fn replaced(what: &str) -> Fault {
    Fault::Transient { what: format!("read {what}"), source: "it was replaced while it was read".into() }
}

/// The fault of a range that ends after the end of the object.
pub(crate) fn short(key: &str, range: ByteRange, length: u64) -> Fault {
    Fault::Corrupt {
        what: format!("the range {}..{} of object {key}", range.start, range.end),
        found: format!("the object has {length} bytes"),
    }
}

#[cfg(test)]
mod tests;
