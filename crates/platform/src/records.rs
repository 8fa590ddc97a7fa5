//! The records of an object, as they come.

use bytes::Bytes;
use futures::TryStreamExt;
use sluice_contract::ByteRange;
use sluice_contract::documents::Part;
use sluice_engine::checksum::{Checksum, Crc64Nvme};
use sluice_engine::dialect::Dialect;
use sluice_engine::record::{LARGEST_MAX_RECORD, Position, Reader, Record};

use crate::Fault;
use crate::documents::read_all;
use crate::objects::{Body, Objects, Reading, SMALL, body_of};
use crate::part::confirm;

/// The records of an object or of a range of it. Memory is bounded by the longest record.
///
/// Records of a source have a maximum length ([`Records::max_record`]). Rows that steps write for each other have none:
/// a feed can use a column more than once, quotes are doubled and problems are added, so a row can be longer than its
/// record. The step that wrote the row had it in memory.
pub struct Records {
    what: String,
    body: Body,
    reader: Reader,
    ended: bool,
    /// What the object must be, if a step has written it.
    expected: Option<Expected>,
}

/// What an object must be, and the checksum of what was read of it.
struct Expected {
    part: Part,
    /// The checksum of the bytes before those that are read here.
    before: Checksum,
    read: Crc64Nvme,
}

impl Records {
    /// Opens the range of an object that begins at a position.
    ///
    /// # Errors
    /// As [`Objects::read`].
    pub async fn open(
        objects: &dyn Objects,
        key: &str,
        range: Option<ByteRange>,
        dialect: Dialect,
        position: Position,
    ) -> Result<Self, Fault> {
        let body = objects.read(key, range, Reading::Ahead).await?;
        Ok(Self::of(key.to_owned(), body, dialect, position))
    }

    /// The records of bytes that begin at a position of an object. `key` is the object's, for messages.
    #[must_use]
    pub fn of(key: String, body: Body, dialect: Dialect, position: Position) -> Self {
        let reader = Reader::new(dialect, position).max_record(LARGEST_MAX_RECORD);
        Self { what: key, body, reader, ended: false, expected: None }
    }

    /// Opens an object of canonical CSV. Its first record is its header.
    ///
    /// # Errors
    /// As [`Objects::read`].
    pub async fn canonical(objects: &dyn Objects, key: &str) -> Result<Self, Fault> {
        Self::open(objects, key, None, Dialect::CANONICAL, Position::START).await
    }

    /// Opens an object of canonical CSV that a step has written. Its first record is its header. At its end, length and
    /// checksum are compared with those that the step recorded. So an object that was cut between two records cannot
    /// look like a short chunk.
    ///
    /// # Errors
    /// As [`Objects::read`].
    pub async fn written(objects: &dyn Objects, part: &Part) -> Result<Self, Fault> {
        Ok(Self::canonical(objects, &part.key).await?.expecting(part, Checksum::default()))
    }

    /// Opens the rest of such an object, after the bytes that were read `before`. If there are none, the first record
    /// is the header.
    ///
    /// Before the first record is used, the whole object is compared with what was written. A small object is read at once. Of a
    /// large one, the bucket knows length and checksum, and the bytes are compared at the end.
    ///
    /// # Errors
    /// As [`Objects::read`]; `Corrupt` if the object differs, or is shorter than what was read before.
    pub async fn rest(objects: &dyn Objects, part: &Part, before: Checksum) -> Result<Self, Fault> {
        let corrupt = |found| Fault::Corrupt { what: format!("object {}", part.key), found };
        if before.bytes() > part.bytes {
            return Err(corrupt(format!("{} bytes of it were read, but {} were written", before.bytes(), part.bytes)));
        }
        let range = ByteRange { start: before.bytes(), end: part.bytes };
        let body = if part.bytes > SMALL {
            confirm(objects, part).await?;
            objects.read(&part.key, Some(range), Reading::Ahead).await?
        } else {
            let bytes = Bytes::from(read_all(objects, &part.key, None).await?);
            if let Some(found) = part.differs(Checksum::of(&bytes)) {
                return Err(corrupt(found));
            }
            let start = usize::try_from(range.start).unwrap_or(usize::MAX).min(bytes.len());
            body_of(bytes.slice(start..))
        };
        // Nobody uses the line and the number of these rows: their `_record` is the number of the record.
        let position = Position { offset: range.start, line: 0, record: 0 };
        Ok(Self::of(part.key.clone(), body, Dialect::CANONICAL, position).expecting(part, before))
    }

    fn expecting(mut self, part: &Part, before: Checksum) -> Self {
        self.expected = Some(Expected { part: part.clone(), before, read: Crc64Nvme::new() });
        self
    }

    /// Limits the length of a record, in bytes.
    #[must_use]
    pub fn max_record(mut self, bytes: usize) -> Self {
        self.reader = self.reader.max_record(bytes);
        self
    }

    /// Goes to the next record; `false` after the last.
    ///
    /// # Errors
    /// If the object cannot be read; `Corrupt` if it is not CSV or, at its end, if it is not what the step wrote.
    pub async fn advance(&mut self) -> Result<bool, Fault> {
        loop {
            let found = self.advance_at_hand()?;
            if found || self.ended {
                return Ok(found);
            }
            self.read_on().await?;
        }
    }

    /// Goes to the record that begins at a later position, without reading those before it; `false` if the object ends
    /// before it, or none begins there.
    ///
    /// # Errors
    /// As [`Records::advance`].
    pub async fn advance_to(&mut self, at: Position) -> Result<bool, Fault> {
        while !self.reader.skip_to(at) {
            if self.ended || at.offset < self.position().offset {
                return Ok(false);
            }
            self.read_on().await?;
        }
        Ok(self.advance().await? && self.record().position == at)
    }

    /// Reads the next bytes of the object, or notes its end.
    async fn read_on(&mut self) -> Result<(), Fault> {
        match self.body.try_next().await? {
            Some(piece) => {
                if let Some(expected) = &mut self.expected {
                    expected.read.update(&piece);
                }
                self.reader.push(&piece);
            }
            None => {
                self.expected.as_ref().map_or(Ok(()), Expected::confirm)?;
                self.ended = true;
                self.reader.end();
            }
        }
        Ok(())
    }

    /// Goes to the next record that is in memory, without waiting; `false` after the last of these. Then
    /// [`Records::advance`] reads more.
    ///
    /// # Errors
    /// `Corrupt` if the object is not CSV.
    #[inline]
    pub fn advance_at_hand(&mut self) -> Result<bool, Fault> {
        match self.reader.advance() {
            Ok(found) => Ok(found),
            Err(error) => Err(Fault::Corrupt { what: self.what.clone(), found: error.to_string() }),
        }
    }

    /// The record that [`Records::advance`] went to.
    #[must_use]
    pub fn record(&self) -> Record<'_> {
        self.reader.record()
    }

    /// The position after that record.
    #[must_use]
    pub fn position(&self) -> Position {
        self.reader.position()
    }
}

impl Expected {
    /// Compares what was read with what the step wrote.
    fn confirm(&self) -> Result<(), Fault> {
        match self.part.differs(self.before.then(self.read.checksum())) {
            None => Ok(()),
            Some(found) => Err(Fault::Corrupt { what: format!("object {}", self.part.key), found }),
        }
    }
}

#[cfg(test)]
mod tests;
