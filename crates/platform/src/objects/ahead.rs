//! Reads an object in parts, several at once, and passes them on in order.
//!
//! One connection to S3 gives a function 85 to 90 MB/s, and a core processes more than that. So while one part is processed,
//! the next
//! ones are under way ([`PARTS_AHEAD`]), each in a request and a task of its own. A small object takes one request. Memory
//! is bounded,
//! whatever the length: see [`PART_BYTES`].
//!
//! If a body breaks, only the rest of its part is requested again. All parts are of one version of the object. If the object
//! is
//! replaced in the meantime, that is a transient fault, because a caller that starts again reads the new one from its start.

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

/// The length of a part: 24 ms of one connection at 85 MB/s, beside some 20 ms that a request takes to begin. Memory:
/// 2 MiB x (3 on their way + 1 that is worked on) = 8 MiB for each object that is read. Twice the length would take half
/// the requests, of which S3 takes 5,500 per second and prefix: those of 200 functions that work on 50 MB/s each.
const PART_BYTES: u64 = 2 * 1024 * 1024;

/// Parts on their way: 3 x 2 MiB in 44 ms are 140 MB/s.
const PARTS_AHEAD: usize = 3;

/// How often a part is asked for whose body breaks.
const ATTEMPTS: u32 = 4;

/// How long to wait before the second attempt, at most; then so much longer each time.
const PAUSE: Duration = Duration::from_millis(100);

/// Objects of which parts can be read that belong together.
#[async_trait]
pub(super) trait Parts: Send + Sync + 'static {
    /// Reads a range, as far as the object goes; of this version, or of the one that there is.
    ///
    /// # Errors
    /// `Missing` where there is no such object; `Corrupt` where the range begins after its end; `Transient` where it is
    /// another version ([`replaced`]).
    async fn part(&self, key: &str, range: ByteRange, version: Option<&str>) -> Result<Part, Fault>;
}

/// A part of an object.
pub(super) struct Part {
    /// The bytes of the range, as far as the object goes.
    pub(super) body: Body,
    /// The length of the whole object.
    pub(super) length: u64,
    /// What is another when the object is replaced.
    pub(super) version: String,
}

/// Reads an object or a range of it.
pub(super) async fn read(objects: impl Parts, key: &str, range: Option<ByteRange>) -> Result<Body, Fault> {
    let whole = ByteRange { start: 0, end: u64::MAX };
    let asked = range.unwrap_or(whole);
    if range.is_some_and(ByteRange::is_empty) {
        return Ok(Box::pin(stream::empty()));
    }
    let first = ByteRange { start: asked.start, end: asked.end.min(asked.start.saturating_add(PART_BYTES)) };
    let Part { body, length, version } = objects.part(key, first, None).await?;
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
struct Source<P> {
    objects: P,
    key: String,
    version: String,
}

/// An object that is being read.
struct Ahead<P> {
    source: Arc<Source<P>>,
    /// Where the next part begins that nobody has asked for, and where the last one ends.
    next: u64,
    end: u64,
    /// Parts on their way, in order.
    fetches: VecDeque<Fetch>,
    /// What is left of the part that is worked on.
    pieces: VecDeque<Bytes>,
}

impl<P: Parts> Ahead<P> {
    /// The next bytes.
    async fn piece(&mut self) -> Result<Option<Bytes>, Fault> {
        while self.pieces.is_empty() {
            self.fill();
            let Some(fetch) = self.fetches.front_mut() else { return Ok(None) };
            self.pieces = fetch.finish(&self.source.key).await?;
            self.fetches.pop_front();
            self.fill();
        }
        // A function has one thread: those on their way get on while it is given up.
        tokio::task::yield_now().await;
        Ok(self.pieces.pop_front())
    }

    /// Sets out for as many parts as may be on their way.
    fn fill(&mut self) {
        while self.fetches.len() < PARTS_AHEAD && self.next < self.end {
            let part = ByteRange { start: self.next, end: self.end.min(self.next + PART_BYTES) };
            self.fetches.push_back(Fetch::begin(&self.source, part, None));
            self.next = part.end;
        }
    }
}

/// A part on its way. Dropped, it is given up.
struct Fetch(JoinHandle<Result<VecDeque<Bytes>, Fault>>);

impl Fetch {
    /// Sets out for a part, of which the body may be there.
    fn begin<P: Parts>(source: &Arc<Source<P>>, part: ByteRange, body: Option<Body>) -> Self {
        Self(tokio::spawn(fetch(Arc::clone(source), part, body)))
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

/// Reads all of a part, in as many attempts as it takes and there are.
async fn fetch<P: Parts>(
    source: Arc<Source<P>>,
    part: ByteRange,
    body: Option<Body>,
) -> Result<VecDeque<Bytes>, Fault> {
    let mut pieces = VecDeque::new();
    let mut rest = part;
    let mut body = body;
    let mut attempt = 1;
    loop {
        let (key, version) = (&source.key, Some(source.version.as_str()));
        let mut opened = match body.take() {
            Some(body) => body,
            None => source.objects.part(key, rest, version).await?.body,
        };
        let broken = loop {
            match opened.try_next().await {
                Ok(Some(piece)) if piece.len() as u64 <= rest.len() => {
                    rest.start += piece.len() as u64;
                    pieces.push_back(piece);
                }
                Ok(None) if rest.is_empty() => return Ok(pieces),
                Ok(None) => {
                    break Fault::Transient {
                        what: format!("read object {key}"),
                        source: "its body ended early".into(),
                    };
                }
                Ok(Some(_)) => {
                    let what = format!("the range {}..{} of object {key}", part.start, part.end);
                    return Err(Fault::Corrupt { what, found: "more bytes than that".to_owned() });
                }
                Err(fault) => break fault,
            }
        };
        if rest.is_empty() {
            // It broke behind the last byte, and there is no way to ask for none.
            return Ok(pieces);
        }
        if attempt == ATTEMPTS || !matches!(broken, Fault::Transient { .. }) {
            return Err(broken);
        }
        tokio::time::sleep(jitter(PAUSE * attempt)).await;
        attempt += 1;
    }
}

/// The fault that an object is which is not the one that was begun with.
pub(super) fn replaced(what: &str) -> Fault {
    Fault::Transient { what: format!("read {what}"), source: "it was replaced while it was read".into() }
}

/// The fault that a range is which goes on after the end.
pub(super) fn short(key: &str, range: ByteRange, length: u64) -> Fault {
    Fault::Corrupt {
        what: format!("the range {}..{} of object {key}", range.start, range.end),
        found: format!("the object has {length} bytes"),
    }
}

#[cfg(test)]
mod tests;
