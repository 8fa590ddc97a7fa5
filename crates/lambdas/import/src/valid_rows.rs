//! The valid records of a chunk, from the two objects that hold them, in the order of the file.

use sluice_contract::documents::Part;
use sluice_engine::checksum::Checksum;
use sluice_engine::record::Record;
use sluice_platform::objects::Objects;
use sluice_platform::records::Records;

use crate::Error;

/// The valid records of a chunk: those that `restructure` settled, and those that `validate` judged.
pub struct ValidRows<'a> {
    /// The objects that have records.
    objects: Vec<Half<'a>>,
    /// The one of the current record.
    at: usize,
    begun: bool,
    done: [Checksum; 2],
}

/// The rows of one of the objects.
struct Half<'a> {
    /// Its place in [`CheckOutcome::valid_parts`](sluice_contract::documents::CheckOutcome::valid_parts).
    part: usize,
    key: &'a str,
    rows: Records,
    /// The number of the current record; `None` after the last.
    number: Option<u64>,
}

impl<'a> ValidRows<'a> {
    /// Opens the rest of both objects, after the bytes that are `done`. An object without records is not opened.
    ///
    /// # Errors
    /// As [`Records::rest`], and if a row does not begin with a number.
    pub async fn open(
        objects: &dyn Objects,
        parts: [&'a Part; 2],
        mut done: [Checksum; 2],
    ) -> Result<ValidRows<'a>, Error> {
        let mut opened = Vec::with_capacity(parts.len());
        for (part, (written, done)) in parts.into_iter().zip(&mut done).enumerate() {
            if written.records == 0 {
                continue;
            }
            let mut rows = Records::rest(objects, written, *done).await?;
            if done.bytes() == 0 && rows.advance().await? {
                *done = Checksum::of(rows.record().raw).then(Checksum::of(b"\n"));
            }
            let mut half = Half { part, key: &written.key, rows, number: None };
            half.advance().await?;
            opened.push(half);
        }
        Ok(Self { objects: opened, at: 0, begun: false, done })
    }

    /// The checksums of both objects up to the first record, including the headers.
    #[must_use]
    pub fn done(&self) -> [Checksum; 2] {
        self.done
    }

    /// Goes to the next record; `false` after the last.
    ///
    /// # Errors
    /// If an object cannot be read, or differs from what was written, and if a row does not begin with a number.
    pub async fn advance(&mut self) -> Result<bool, Error> {
        if let Some(current) = self.objects.get_mut(self.at).filter(|_| self.begun) {
            current.advance().await?;
        }
        self.begun = true;
        Ok(self.choose())
    }

    /// Goes to the next record if it is in memory, without waiting; `false` if it is not. Then [`ValidRows::advance`] reads more.
    ///
    /// # Errors
    /// As [`ValidRows::advance`].
    pub fn advance_at_hand(&mut self) -> Result<bool, Error> {
        let current = self.objects.get_mut(self.at).filter(|_| self.begun);
        let found = current.map_or(Ok(false), Half::advance_at_hand)?;
        Ok(found && self.choose())
    }

    /// Makes the first of the records at which the objects are the current one; `false` if all are at their ends.
    fn choose(&mut self) -> bool {
        let next = self.objects.iter().enumerate().filter_map(|(at, half)| Some((half.number?, at))).min();
        self.at = next.map_or(self.at, |(_, at)| at);
        next.is_some()
    }

    /// The row of the current record; `None` if there is none.
    #[must_use]
    pub fn row(&self) -> Option<Record<'_>> {
        self.objects.get(self.at).filter(|half| half.number.is_some()).map(|half| half.rows.record())
    }

    /// Which object has the current record, as an index.
    #[must_use]
    pub fn part(&self) -> usize {
        self.objects.get(self.at).map_or(0, |half| half.part)
    }

    /// The key of that object.
    #[must_use]
    pub fn key(&self) -> &str {
        self.objects.get(self.at).map_or("", |half| half.key)
    }
}

impl Half<'_> {
    /// Goes to the next record, or past the last.
    async fn advance(&mut self) -> Result<(), Error> {
        if !self.advance_at_hand()? {
            self.number = if self.rows.advance().await? { Some(self.read_number()?) } else { None };
        }
        Ok(())
    }

    /// Goes to the next record if it is in memory.
    fn advance_at_hand(&mut self) -> Result<bool, Error> {
        let found = self.rows.advance_at_hand()?;
        if found {
            self.number = Some(self.read_number()?);
        }
        Ok(found)
    }

    fn read_number(&self) -> Result<u64, Error> {
        let number = self.rows.record().get(0).and_then(|cell| std::str::from_utf8(cell).ok()?.parse().ok());
        // The message must not show the cell: in a broken row it may hold any data.
        let why = "a row does not begin with the number of a record";
        number.ok_or_else(|| Error::Row { key: self.key.to_owned(), why: why.to_owned() })
    }
}
