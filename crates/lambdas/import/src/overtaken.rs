//! The winners of a chunk that the sink does not hold: a later run has their keys, or the feed's mode leaves them alone.
//!
//! `imported.csv` has what the sink holds. A join needs all winners of a file, whatever the sink answered, so the others are written
//! here, if there are any. Together they are the winners, and none is written twice.

use sluice_contract::documents::Part;
use sluice_contract::keys::OUTCOME;
use sluice_engine::record::Rows;
use sluice_platform::Fault;
use sluice_platform::objects::Objects;
use sluice_platform::part::PartWriter;

/// Rows are written in pieces of this size, in bytes.
const FLUSH_BYTES: usize = 256 * 1024;

/// Writes the rows of overtaken winners. Without a row there is no object.
pub(crate) struct Overtaken<'a> {
    objects: &'a dyn Objects,
    key: String,
    header_bytes: u64,
    rows: Vec<u8>,
    records: u64,
    /// Boxed, because it is large and seldom needed.
    object: Option<Box<PartWriter>>,
}

impl<'a> Overtaken<'a> {
    /// Begins rows below the labels of the valid records.
    pub(crate) fn new<'l>(objects: &'a dyn Objects, key: String, labels: impl Iterator<Item = &'l str>) -> Self {
        let mut header = Rows::default();
        header.row(labels.chain([OUTCOME]));
        let rows = header.as_bytes().to_vec();
        Self { objects, key, header_bytes: rows.len() as u64, rows, records: 0, object: None }
    }

    /// Adds a row, which ends with its line break.
    pub(crate) fn add(&mut self, line: &[u8], outcome: &str) {
        self.rows.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
        self.rows.push(b',');
        self.rows.extend_from_slice(outcome.as_bytes());
        self.rows.push(b'\n');
        self.records += 1;
    }

    /// Writes the rows if there are enough of them.
    pub(crate) async fn make_room(&mut self) -> Result<(), Fault> {
        if self.rows.len() >= FLUSH_BYTES { self.write().await } else { Ok(()) }
    }

    async fn write(&mut self) -> Result<(), Fault> {
        let object = match &mut self.object {
            Some(object) => object,
            none => none.insert(Box::new(PartWriter::create(self.objects, self.key.clone()).await?)),
        };
        object.write(&self.rows).await?;
        self.rows.clear();
        Ok(())
    }

    /// Completes the object and describes it; `None` if there was no row.
    pub(crate) async fn finish(mut self) -> Result<Option<Part>, Fault> {
        if self.records == 0 {
            return Ok(None);
        }
        self.write().await?;
        match self.object {
            Some(object) => object.finish(self.header_bytes, self.records).await.map(Some),
            None => Ok(None),
        }
    }
}
