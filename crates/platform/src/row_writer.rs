//! Rows of canonical CSV that become an object of the run.

use sluice_contract::documents::Part;
use sluice_engine::record::Rows;

use crate::Fault;
use crate::objects::Objects;
use crate::part::PartWriter;

/// Rows are written in pieces of this size, in bytes: a few thousand rows, a small part of a multipart upload.
const FLUSH_BYTES: usize = 256 * 1024;

/// Writes rows as an object. Without a row there is no object: a request less to write it, and nothing to read.
pub struct RowWriter<'a> {
    objects: &'a dyn Objects,
    key: String,
    /// The rows since the last write; at first the header.
    rows: Rows,
    header_bytes: u64,
    records: u64,
    object: Option<PartWriter>,
}

impl<'a> RowWriter<'a> {
    /// Begins rows with this header.
    pub fn new<I>(objects: &'a dyn Objects, key: String, header: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<[u8]>,
    {
        let mut rows = Rows::default();
        rows.row(header);
        let header_bytes = rows.as_bytes().len() as u64;
        Self { objects, key, rows, header_bytes, records: 0, object: None }
    }

    /// Appends a row, whose cells `cells` writes. When the buffer is full, the caller must soon call [`RowWriter::flush`], or
    /// memory grows.
    #[inline]
    pub fn row(&mut self, cells: impl FnOnce(&mut Rows)) {
        cells(&mut self.rows);
        self.rows.end();
        self.records += 1;
    }

    /// Whether the buffer is full.
    #[inline]
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.rows.as_bytes().len() >= FLUSH_BYTES
    }

    /// Writes the rows in the buffer.
    ///
    /// # Errors
    /// If they cannot be written.
    pub async fn flush(&mut self) -> Result<(), Fault> {
        let object = match &mut self.object {
            Some(object) => object,
            none => none.insert(PartWriter::create(self.objects, self.key.clone()).await?),
        };
        object.write(self.rows.as_bytes()).await?;
        self.rows.clear();
        Ok(())
    }

    /// Completes the object and describes it; [`Part::default`] if there was no row.
    ///
    /// # Errors
    /// If it cannot be completed.
    pub async fn finish(mut self) -> Result<Part, Fault> {
        if self.records == 0 {
            return Ok(Part::default());
        }
        self.flush().await?;
        match self.object {
            Some(object) => object.finish(self.header_bytes, self.records).await,
            None => Ok(Part::default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::objects::MemoryObjects;

    #[test]
    fn an_object_begins_with_its_header_and_has_every_row() {
        let objects = MemoryObjects::new();
        let mut writer = RowWriter::new(&objects, "k".to_owned(), ["id", "text"]);
        let part = block_on(async {
            let mut flushed = 0;
            for number in 0..10_000 {
                writer.row(|row| {
                    row.number(number);
                    row.cell("a text, and some more of it, so that the buffer fills");
                });
                if writer.is_full() {
                    writer.flush().await.unwrap();
                    flushed += 1;
                }
            }
            assert!(flushed > 1, "{flushed}");
            writer.finish().await.unwrap()
        });
        let text = String::from_utf8(objects.bytes("k").unwrap().to_vec()).unwrap();
        assert_eq!(text.lines().count(), 10_001);
        assert!(text.starts_with("id,text\n0,\"a text,") && text.ends_with("fills\"\n"));
        assert_eq!((part.key.as_str(), part.header_bytes, part.records), ("k", 8, 10_000));
        assert_eq!(part.differs(sluice_engine::checksum::Checksum::of(text.as_bytes())), None);
    }

    #[test]
    fn without_a_row_there_is_no_object() {
        let objects = MemoryObjects::new();
        let part = block_on(RowWriter::new(&objects, "k".to_owned(), ["id"]).finish()).unwrap();
        assert_eq!(part, Part::default());
        assert!(objects.keys("").is_empty());
    }
}
