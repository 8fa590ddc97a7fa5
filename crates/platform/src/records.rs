//! The records of an object, as they come.

use futures::TryStreamExt;
use sluice_contract::ByteRange;
use sluice_contract::documents::Part;
use sluice_engine::checksum::{Checksum, Crc64Nvme};
use sluice_engine::dialect::Dialect;
use sluice_engine::record::{LARGEST_MAX_RECORD, Position, Reader, Record};

use crate::Fault;
use crate::objects::{Body, Objects, Reading};

/// The records of an object or of a range of it, in memory bounded by the longest record.
///
/// How long one may be is limited where the object is a source ([`Records::max_record`]). What the steps
/// write for each other is not limited: such a row is made of a record that was, by a feed that can name a
/// column more than once, with quotes doubled and problems added; whoever wrote it had it in memory.
pub struct Records {
    what: String,
    body: Body,
    reader: Reader,
    ended: bool,
    /// What the object must be, where that was told.
    told: Option<Told>,
}

/// What an object must be, and what was read of it.
struct Told {
    part: Part,
    /// The bytes before those that are read here.
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
        let reader = Reader::new(dialect, position).max_record(LARGEST_MAX_RECORD);
        Ok(Self { what: key.to_owned(), body, reader, ended: false, told: None })
    }

    /// Opens an object of canonical CSV. Its first record is its header.
    ///
    /// # Errors
    /// As [`Objects::read`].
    pub async fn canonical(objects: &dyn Objects, key: &str) -> Result<Self, Fault> {
        Self::open(objects, key, None, Dialect::CANONICAL, Position::START).await
    }

    /// Opens an object of canonical CSV that a step has written, and holds it against what that step told: the end is reached
    /// only where every byte was as it was written. So what is cut off between two records cannot look like a short chunk.
    /// Its first record is its header.
    ///
    /// # Errors
    /// As [`Objects::read`].
    pub async fn written(objects: &dyn Objects, part: &Part) -> Result<Self, Fault> {
        Ok(Self::canonical(objects, &part.key).await?.told(part, Checksum::default()))
    }

    /// Opens the rest of such an object, behind what was read of it before. Where that is nothing, its first record
    /// is its header.
    ///
    /// # Errors
    /// As [`Objects::read`]; `Corrupt` if there is less of it.
    pub async fn rest(objects: &dyn Objects, part: &Part, before: Checksum) -> Result<Self, Fault> {
        if before.bytes() > part.bytes {
            let found = format!("{} bytes of it were read, but {} were written", before.bytes(), part.bytes);
            return Err(Fault::Corrupt { what: format!("object {}", part.key), found });
        }
        let range = ByteRange { start: before.bytes(), end: part.bytes };
        // Lines and numbers of these rows are of no interest: `_record` says which record one is.
        let position = Position { offset: range.start, line: 0, record: 0 };
        Ok(Self::open(objects, &part.key, Some(range), Dialect::CANONICAL, position).await?.told(part, before))
    }

    fn told(mut self, part: &Part, before: Checksum) -> Self {
        self.told = Some(Told { part: part.clone(), before, read: Crc64Nvme::new() });
        self
    }

    /// Limits records to so many bytes.
    #[must_use]
    pub fn max_record(mut self, bytes: usize) -> Self {
        self.reader = self.reader.max_record(bytes);
        self
    }

    /// Goes to the next record; `false` after the last.
    ///
    /// # Errors
    /// If the object cannot be read on; `Corrupt` if it is no CSV, or at its end, where it is not what was told.
    pub async fn advance(&mut self) -> Result<bool, Fault> {
        loop {
            let found = self.advance_at_hand()?;
            if found || self.ended {
                return Ok(found);
            }
            match self.body.try_next().await? {
                Some(piece) => {
                    if let Some(told) = &mut self.told {
                        told.read.update(&piece);
                    }
                    self.reader.push(&piece);
                }
                None => {
                    self.told.as_ref().map_or(Ok(()), Told::holds)?;
                    self.ended = true;
                    self.reader.end();
                }
            }
        }
    }

    /// Goes to the next record of those in memory, without waiting; `false` after the last one of them: then
    /// [`Records::advance`] knows whether there is another.
    ///
    /// # Errors
    /// `Corrupt` if the object is no CSV.
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

impl Told {
    /// Holds what was read against what was told.
    fn holds(&self) -> Result<(), Fault> {
        match self.part.differs(self.before.then(self.read.checksum())) {
            None => Ok(()),
            Some(found) => Err(Fault::Corrupt { what: format!("object {}", self.part.key), found }),
        }
    }
}

#[cfg(test)]
mod tests;
