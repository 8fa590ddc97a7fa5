//! Lets code that blocks read an object at any position, and write bytes, while this side asks the bucket for them.
//!
//! A ZIP archive has its directory at its end, and those who read one want a reader that seeks. The blocking code runs in a
//! thread of its own and asks for bytes through a channel. Here, one task answers: it holds the body that continues where the
//! last answer ended, so that reading on takes no new request, and opens another one where the reader jumps to.
//! Memory: a body that reads ahead ([`Reading::Ahead`]), and a few pieces in the channel.

use std::io::{Error, ErrorKind, Read, Seek, SeekFrom, Write};

use bytes::Bytes;
use futures::TryStreamExt;
use sluice_contract::ByteRange;
use sluice_engine::checksum::Crc64Nvme;
use tokio::sync::{mpsc, oneshot};

use crate::Fault;
use crate::documents::read_all;
use crate::objects::{Body, ObjectWriter, Objects, Reading, SMALL};

/// How many requests may wait: one piece is written while the next one is made.
const WAITING: usize = 2;

/// The object that blocking code writes, and the checksum of what it has written.
pub struct Written {
    /// The object.
    pub object: Box<dyn ObjectWriter>,
    /// The checksum of its bytes so far.
    pub crc: Crc64Nvme,
}

/// What blocking code asks for.
enum Request {
    /// Bytes from a position on.
    Read { at: u64, answer: oneshot::Sender<(u64, Bytes)> },
    /// These bytes are to be written.
    Write(Bytes),
}

/// Runs blocking work that reads an object of this length and writes to another one. Without one, its bytes are dropped.
///
/// # Errors
/// The first fault of the bucket, whatever the work makes of it: its reads and writes fail from then on, so it ends.
pub async fn blocking<T: Send + 'static>(
    objects: &dyn Objects,
    key: &str,
    length: u64,
    mut written: Option<&mut Written>,
    work: impl FnOnce(ObjectReader, ObjectOutput) -> T + Send + 'static,
) -> Result<T, Fault> {
    let (sender, mut requests) = mpsc::channel(WAITING);
    let reader = ObjectReader { requests: sender.clone(), length, at: 0, start: 0, piece: Bytes::new() };
    let output = ObjectOutput { requests: sender };
    let worker = tokio::task::spawn_blocking(move || work(reader, output));
    let mut source = Source { objects, key, length, open: None };
    // When this ends early, the channel closes, and so the work ends too.
    while let Some(request) = requests.recv().await {
        match request {
            Request::Read { at, answer } => {
                let piece = source.read(at).await?;
                // The work may have ended in the meantime.
                drop(answer.send(piece));
            }
            Request::Write(bytes) => {
                if let Some(Written { object, crc }) = written.as_deref_mut() {
                    crc.update(&bytes);
                    object.write(&bytes).await?;
                }
            }
        }
    }
    worker.await.map_err(|error| match error.try_into_panic() {
        // As if the work had run here.
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(error) => Fault::Transient { what: format!("read object {key}"), source: Box::new(error) },
    })
}

/// The object that is read.
struct Source<'a> {
    objects: &'a dyn Objects,
    key: &'a str,
    length: u64,
    /// The body that goes on at a position.
    open: Option<(u64, Body)>,
}

impl Source<'_> {
    /// Some bytes that hold the one at a position, and where they begin. No bytes at the end of the object.
    async fn read(&mut self, at: u64) -> Result<(u64, Bytes), Fault> {
        if at >= self.length {
            return Ok((at, Bytes::new()));
        }
        if self.length <= SMALL {
            return Ok((0, read_all(self.objects, self.key, None).await?.into()));
        }
        if self.open.as_ref().is_none_or(|(position, _)| *position != at) {
            let range = ByteRange { start: at, end: self.length };
            self.open = Some((at, self.objects.read(self.key, Some(range), Reading::Ahead).await?));
        }
        let Some((position, body)) = &mut self.open else { return Ok((at, Bytes::new())) };
        loop {
            match body.try_next().await? {
                Some(piece) if piece.is_empty() => {}
                Some(piece) => {
                    *position += piece.len() as u64;
                    return Ok((at, piece));
                }
                None => {
                    return Err(Fault::Corrupt {
                        what: format!("object {}", self.key),
                        found: format!("it ends after {position} bytes, and should have {}", self.length),
                    });
                }
            }
        }
    }
}

/// An object that is read from blocking code.
pub struct ObjectReader {
    requests: mpsc::Sender<Request>,
    length: u64,
    at: u64,
    /// The bytes that were received last, and where they begin.
    start: u64,
    piece: Bytes,
}

/// The bucket has failed, so this side of the channel is alone.
fn alone() -> Error {
    Error::new(ErrorKind::BrokenPipe, "the object cannot be read or written any more")
}

impl ObjectReader {
    /// The bytes received from the current position on.
    fn rest(&self) -> &[u8] {
        let from = self.at.checked_sub(self.start).and_then(|from| usize::try_from(from).ok());
        from.and_then(|from| self.piece.get(from..)).unwrap_or_default()
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if buffer.is_empty() || self.at >= self.length {
            return Ok(0);
        }
        if self.rest().is_empty() {
            let (answer, received) = oneshot::channel();
            self.requests.blocking_send(Request::Read { at: self.at, answer }).map_err(|_| alone())?;
            (self.start, self.piece) = received.blocking_recv().map_err(|_| alone())?;
        }
        let rest = self.rest();
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for ObjectReader {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let to = match to {
            SeekFrom::Start(to) => Some(to),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = to.ok_or_else(|| Error::new(ErrorKind::InvalidInput, "a position before the start"))?;
        Ok(self.at)
    }
}

/// Bytes that are written from blocking code. An error may show only at a later write.
pub struct ObjectOutput {
    requests: mpsc::Sender<Request>,
}

impl Write for ObjectOutput {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if !bytes.is_empty() {
            self.requests.blocking_send(Request::Write(Bytes::copy_from_slice(bytes))).map_err(|_| alone())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sluice_engine::checksum::Checksum;

    use super::*;
    use crate::objects::{ContentType, Existing, MemoryObjects};

    async fn objects(length: usize) -> (MemoryObjects, Vec<u8>) {
        let objects = MemoryObjects::new();
        let bytes: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
        objects.put("in", ContentType::Binary, bytes.clone().into(), Existing::Replace).await.unwrap();
        (objects, bytes)
    }

    #[tokio::test]
    async fn any_part_is_read_from_anywhere_and_what_is_written_arrives() {
        let small = usize::try_from(SMALL).unwrap();
        for length in [0, 1, 1000, small, small + 1, 3 * small] {
            let (objects, bytes) = objects(length).await;
            let object = objects.create("out", ContentType::Binary).await.unwrap();
            let mut written = Written { object, crc: Crc64Nvme::new() };
            let expected = bytes.clone();
            let work = move |mut reader: ObjectReader, mut output: ObjectOutput| {
                for at in [length, length / 2, 0, length.saturating_sub(7), length / 3] {
                    assert_eq!(reader.seek(SeekFrom::Start(at as u64)).unwrap(), at as u64);
                    let mut part = Vec::new();
                    (&mut reader).take(300_000).read_to_end(&mut part).unwrap();
                    assert!(part == expected[at..(at + 300_000).min(length)], "{at} of {length}");
                }
                assert_eq!(reader.seek(SeekFrom::End(5)).unwrap(), length as u64 + 5);
                assert_eq!(reader.read(&mut [0; 9]).unwrap(), 0);
                assert!(reader.seek(SeekFrom::Current(-(i64::MAX))).is_err());
                reader.seek(SeekFrom::Start(0)).unwrap();
                std::io::copy(&mut reader, &mut output).unwrap()
            };
            let bytes_of = u64::try_from(length).unwrap();
            assert_eq!(blocking(&objects, "in", bytes_of, Some(&mut written), work).await.unwrap(), bytes_of);
            assert_eq!(written.crc.checksum(), Checksum::of(&bytes));
            written.object.finish().await.unwrap();
            assert!(objects.bytes("out").unwrap() == bytes);
        }
    }

    #[tokio::test]
    async fn a_fault_of_the_bucket_ends_the_work() {
        let (objects, _) = objects(10).await;
        let read = |mut reader: ObjectReader, _| reader.read(&mut [0; 4]).is_err();
        assert!(matches!(blocking(&objects, "gone", 10, None, read).await, Err(Fault::Missing { .. })));
        // An object that is shorter than it should be is no object that ends.
        let long = usize::try_from(SMALL).unwrap() + 10;
        assert!(matches!(blocking(&objects, "in", long as u64, None, read).await, Err(Fault::Corrupt { .. })));
    }

    #[tokio::test]
    #[should_panic(expected = "as it was")]
    async fn a_panic_of_the_work_goes_on_here() {
        let (objects, _) = objects(10).await;
        let _ = blocking(&objects, "in", 10, None, |_, _| panic!("as it was")).await;
    }
}
