//! A file in an archive, expanded as a stream.

use std::cell::Cell;
use std::io::{BufReader, Error, Read, Seek};

use flate2::bufread::DeflateDecoder;
use rawzip::{ZipEntry, ZipReader, ZipVerifier};

use super::error::ArchiveError;
use super::positions::Positions;
use crate::expand::ExpansionLimit;

/// How much of an archive is read at once, in bytes.
const PIECE: usize = 64 * 1024;

type Packed<'a, R> = BufReader<ZipReader<&'a Positions<R>>>;

/// A file in an archive while it is read. Its size and its checksum are verified at its end. An error of reading holds an
/// [`ArchiveError`] if the limit is exceeded; any other means that the archive is damaged.
pub struct Member<'a, R> {
    content: Content<'a, R>,
    expanded: &'a Cell<u64>,
    limit: ExpansionLimit,
}

enum Content<'a, R> {
    Stored(ZipVerifier<Packed<'a, R>>),
    Deflated(Box<ZipVerifier<DeflateDecoder<Packed<'a, R>>>>),
}

impl<'a, R: Read + Seek> Member<'a, R> {
    pub(super) fn new(
        entry: &ZipEntry<'a, Positions<R>>,
        is_stored: bool,
        expanded: &'a Cell<u64>,
        limit: ExpansionLimit,
    ) -> Self {
        let packed = BufReader::with_capacity(PIECE, entry.reader());
        let content = if is_stored {
            Content::Stored(entry.verifying_reader(packed))
        } else {
            Content::Deflated(Box::new(entry.verifying_reader(DeflateDecoder::new(packed))))
        };
        Self { content, expanded, limit }
    }
}

impl<R: Read + Seek> Read for Member<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = match &mut self.content {
            Content::Stored(content) => content.read(buffer)?,
            Content::Deflated(content) => content.read(buffer)?,
        };
        let expanded = self.expanded.get() + read as u64;
        self.expanded.set(expanded);
        if expanded > self.limit.bytes() {
            return Err(Error::other(ArchiveError::TooLarge { limit: self.limit }));
        }
        Ok(read)
    }
}
