//! Merges the rejects of a chunk from both phases by record number.

use sluice_contract::documents::Part;
use sluice_engine::record::{Record, Rows};
use sluice_platform::Fault;
use sluice_platform::objects::Objects;
use sluice_platform::part::PartWriter;
use sluice_platform::records::Records;

use crate::Error;

/// Rows are written in pieces of this size, in bytes.
const FLUSH_BYTES: usize = 256 * 1024;

/// Merges the rejects of a chunk into one reject file below `header`. `columns` is the number of the source's columns in it.
pub(crate) async fn interleave(
    objects: &dyn Objects,
    key: String,
    header: &[u8],
    columns: usize,
    checked: &Part,
    refused: &[Part],
) -> Result<Part, Error> {
    let mut object = PartWriter::create(objects, key).await?;
    object.write(header).await?;
    let mut output = Output { object, rows: Rows::default(), records: 0 };
    let mut checked = Rejects::open(objects, checked, columns).await?;
    for part in refused {
        let mut refused = Rejects::open(objects, part, columns).await?;
        while let Some(number) = refused.number {
            while checked.number.is_some_and(|other| other < number) {
                output.row(&checked.records.record()).await?;
                checked.advance().await?;
            }
            output.row(&refused.records.record()).await?;
            refused.advance().await?;
        }
    }
    while checked.number.is_some() {
        output.row(&checked.records.record()).await?;
        checked.advance().await?;
    }
    Ok(output.finish(header.len() as u64).await?)
}

/// A reject file, row by row.
struct Rejects {
    key: String,
    records: Records,
    /// The index of the column `_record`: after the columns of the source and `_run`.
    column: usize,
    /// The record number of the current row; `None` after the last row.
    number: Option<u64>,
}

impl Rejects {
    async fn open(objects: &dyn Objects, part: &Part, columns: usize) -> Result<Self, Error> {
        let mut records = Records::written(objects, part).await?;
        records.advance().await?;
        let mut rejects = Self { key: part.key.clone(), records, column: columns + 1, number: None };
        rejects.advance().await?;
        Ok(rejects)
    }

    async fn advance(&mut self) -> Result<(), Error> {
        self.number = None;
        if self.records.advance().await? {
            let cell = self.records.record().get(self.column).and_then(|cell| std::str::from_utf8(cell).ok());
            let number = cell.and_then(|cell| cell.parse().ok());
            self.number = Some(number.ok_or_else(|| Error::RejectRow(self.key.clone()))?);
        }
        Ok(())
    }
}

/// The merged reject file while it is written.
struct Output {
    object: PartWriter,
    rows: Rows,
    records: u64,
}

impl Output {
    async fn row(&mut self, record: &Record<'_>) -> Result<(), Fault> {
        self.rows.row(record.iter());
        self.records += 1;
        if self.rows.as_bytes().len() < FLUSH_BYTES {
            return Ok(());
        }
        self.object.write(self.rows.as_bytes()).await?;
        self.rows.clear();
        Ok(())
    }

    async fn finish(mut self, header_bytes: u64) -> Result<Part, Fault> {
        self.object.write(self.rows.as_bytes()).await?;
        self.object.finish(header_bytes, self.records).await
    }
}
