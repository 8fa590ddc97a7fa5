//! The records of an object, as they come.

use futures::TryStreamExt;
use sluice_contract::ByteRange;
use sluice_engine::dialect::Dialect;
use sluice_engine::record::{Position, Reader, Record};

use crate::Fault;
use crate::objects::{Body, Objects};

/// The records of an object or of a range of it, in memory bounded by the longest record.
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
    /// As [`Objects::read`].
    pub async fn open(
        objects: &dyn Objects,
        key: &str,
        range: Option<ByteRange>,
        dialect: Dialect,
        position: Position,
    ) -> Result<Self, Fault> {
        let body = objects.read(key, range).await?;
        Ok(Self { what: key.to_owned(), body, reader: Reader::new(dialect, position), ended: false })
    }

    /// Opens an object of canonical CSV. Its first record is its header.
    ///
    /// # Errors
    /// As [`Objects::read`].
    pub async fn canonical(objects: &dyn Objects, key: &str) -> Result<Self, Fault> {
        Self::open(objects, key, None, Dialect::CANONICAL, Position::START).await
    }

    /// Goes to the next record; `false` after the last.
    ///
    /// # Errors
    /// Where the object cannot be read on; `Corrupt` where it is no CSV.
    pub async fn advance(&mut self) -> Result<bool, Fault> {
        loop {
            let found = self.reader.advance();
            let found = found.map_err(|error| Fault::Corrupt { what: self.what.clone(), found: error.to_string() })?;
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
