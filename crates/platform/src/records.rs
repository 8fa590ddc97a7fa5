//! The records of an object, as they come.

use futures::TryStreamExt;
use sluice_contract::ByteRange;
use sluice_engine::dialect::Dialect;
use sluice_engine::record::{LARGEST_MAX_RECORD, Position, Reader, Record};

use crate::Fault;
use crate::objects::{Body, Objects};

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
}

impl Records {
    /// Opens the range of an object that begins at a position.
    ///
    /// # Errors
    /// As [`Objects::read_ahead`].
    pub async fn open(
        objects: &dyn Objects,
        key: &str,
        range: Option<ByteRange>,
        dialect: Dialect,
        position: Position,
    ) -> Result<Self, Fault> {
        let body = objects.read_ahead(key, range).await?;
        let reader = Reader::new(dialect, position).max_record(LARGEST_MAX_RECORD);
        Ok(Self { what: key.to_owned(), body, reader, ended: false })
    }

    /// Opens an object of canonical CSV. Its first record is its header.
    ///
    /// # Errors
    /// As [`Objects::read_ahead`].
    pub async fn canonical(objects: &dyn Objects, key: &str) -> Result<Self, Fault> {
        Self::open(objects, key, None, Dialect::CANONICAL, Position::START).await
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
    /// Where the object cannot be read on; `Corrupt` where it is no CSV.
    pub async fn advance(&mut self) -> Result<bool, Fault> {
        loop {
            let found = self.advance_at_hand()?;
            if found || self.ended {
                return Ok(found);
            }
            match self.body.try_next().await? {
                Some(piece) => self.reader.push(&piece),
                None => {
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
    /// `Corrupt` where the object is no CSV.
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
