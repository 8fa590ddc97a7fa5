//! The outputs of a run: the parts of its chunks, one after another, below one header.

use futures::TryStreamExt;
use sluice_contract::documents::{Manifest, Part};
use sluice_contract::{ByteRange, keys};
use sluice_engine::record::{Record, Rows};
use sluice_engine::reject;
use sluice_platform::Fault;
use sluice_platform::objects::{ContentType, ObjectWriter, Objects};
use sluice_platform::records::Records;
use sluice_platform::run::Run;

use crate::{ChunkOutcome, Error};

/// Merges `imported.csv`. The parts of a chunk follow each other, and their bytes are copied.
pub(crate) async fn imported(objects: &dyn Objects, run: &Run, outcomes: &[ChunkOutcome]) -> Result<Part, Error> {
    let mut rows = Rows::default();
    rows.row(["_record"].into_iter().chain(run.plan.fields.iter().map(|field| field.name.as_str())));
    let mut output = Output::create(objects, run, keys::IMPORTED_CSV, rows.as_bytes()).await?;
    for part in outcomes.iter().filter_map(|outcome| outcome.import.as_ref()).flat_map(|import| &import.imported) {
        output.append(objects, part).await?;
    }
    Ok(output.finish().await?)
}

/// Merges `rejects.csv`. Where both phases have rejected records of a chunk, they are merged by
/// their numbers.
pub(crate) async fn rejects(
    objects: &dyn Objects,
    run: &Run,
    manifest: &Manifest,
    outcomes: &[ChunkOutcome],
) -> Result<Part, Error> {
    let mut rows = Rows::default();
    // A file whose header was not accepted has no chunks, and its rejects no columns but our own.
    let labels =
        if manifest.problems.is_empty() { run.binding(objects, manifest.header).await?.labels } else { Vec::new() };
    reject::header(&mut rows, &labels);
    let mut output = Output::create(objects, run, keys::REJECTS_CSV, rows.as_bytes()).await?;
    for outcome in outcomes {
        let checked = &outcome.check.rejects;
        let refused = outcome.import.as_ref().map_or(&[][..], |import| &import.rejects);
        if refused.is_empty() {
            output.append(objects, checked).await?;
        } else {
            interleave(objects, &mut output, labels.len(), checked, refused).await?;
        }
    }
    Ok(output.finish().await?)
}

/// Merges the rejects of a chunk from both phases by the numbers of their records.
async fn interleave(
    objects: &dyn Objects,
    output: &mut Output,
    columns: usize,
    checked: &Part,
    refused: &[Part],
) -> Result<(), Error> {
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
    Ok(())
}

/// A reject file, row by row.
struct Rejects {
    key: String,
    records: Records,
    /// Where `_record` stands: right after the columns of the source.
    column: usize,
    /// The number of the record that the current row is about; `None` after the last.
    number: Option<u64>,
}

impl Rejects {
    async fn open(objects: &dyn Objects, part: &Part, columns: usize) -> Result<Self, Error> {
        let mut records = Records::canonical(objects, &part.key).await?;
        records.advance().await?;
        let mut rejects = Self { key: part.key.clone(), records, column: columns, number: None };
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

/// An output that is being written.
struct Output {
    object: Box<dyn ObjectWriter>,
    part: Part,
    rows: Rows,
}

impl Output {
    async fn create(objects: &dyn Objects, run: &Run, file: &str, header: &[u8]) -> Result<Self, Fault> {
        let key = keys::output(&run.document.feed, &run.document.run_id, file);
        let mut object = objects.create(&key, ContentType::Csv).await?;
        object.write(header).await?;
        let part = Part { key, header_bytes: header.len() as u64, bytes: 0, records: 0 };
        Ok(Self { object, part, rows: Rows::default() })
    }

    /// Copies the rows of a part.
    async fn append(&mut self, objects: &dyn Objects, part: &Part) -> Result<(), Fault> {
        let rows = ByteRange { start: part.header_bytes, end: part.bytes };
        self.part.records += part.records;
        if rows.is_empty() {
            return Ok(());
        }
        let mut body = objects.read(&part.key, Some(rows)).await?;
        while let Some(piece) = body.try_next().await? {
            self.object.write(&piece).await?;
        }
        Ok(())
    }

    async fn row(&mut self, record: &Record<'_>) -> Result<(), Fault> {
        self.rows.clear();
        self.rows.row(record.iter());
        self.part.records += 1;
        self.object.write(self.rows.as_bytes()).await
    }

    async fn finish(mut self) -> Result<Part, Fault> {
        self.part.bytes = self.object.finish().await?;
        Ok(self.part)
    }
}
