//! The file of the rejects of a chunk: records of the source, each with its problems.

use std::sync::Arc;

use sluice_contract::ByteRange;
use sluice_contract::documents::Part;
use sluice_engine::Problem;
use sluice_engine::header::Binding;
use sluice_engine::record::{Record, Rows};
use sluice_engine::reject::{self, Place, Reject};
use sluice_engine::row_reader::RowReader;

use crate::Fault;
use crate::objects::Objects;
use crate::part::PartWriter;
use crate::run::{Bound, LoadError, Run};

/// Rows are written in pieces of this size, in bytes.
const FLUSH_BYTES: usize = 256 * 1024;

/// A file of rejects.
pub(super) struct RejectFile {
    run: Arc<Run>,
    binding: Binding,
    /// Makes records from what the file holds; `None` if it holds them as they are.
    row_reader: Option<RowReader>,
    object: PartWriter,
    rows: Rows,
    header_bytes: u64,
    records: u64,
}

impl RejectFile {
    /// Begins a file for rejects of the run's source. `header` is the range of the header in the source.
    pub(super) async fn create(
        objects: &dyn Objects,
        key: String,
        run: &Arc<Run>,
        header: ByteRange,
    ) -> Result<Self, LoadError> {
        let Bound { binding, row_reader, .. } = run.bind(objects, header).await?;
        let object = PartWriter::create(objects, key).await?;
        let mut rows = Rows::default();
        reject::header(&mut rows, &binding.labels, run.plan.group.is_some());
        let header_bytes = rows.as_bytes().len() as u64;
        Ok(Self { run: Arc::clone(run), binding, row_reader, object, rows, header_bytes, records: 0 })
    }

    /// Adds a record of the source. It adds to each problem the column of its field and, in a repair, the record that
    /// is repaired. `place` is that of the record among those that are rejected together; `None` if it keeps the one with which it came,
    /// because others of these are missing. Returns how often the record was retried
    /// so far.
    pub(super) async fn add(
        &mut self,
        row: &Record<'_>,
        place: Option<Place>,
        problems: &mut [Problem],
    ) -> Result<u32, Fault> {
        for problem in problems.iter_mut() {
            problem.column = problem.column.take().or_else(|| self.column_of(problem.field.as_deref()?));
        }
        let (rows, run, labels) = (&mut self.rows, self.run.document.run_id.as_str(), &self.binding.labels);
        let has_groups = self.run.plan.group.is_some();
        let mut attempts = 0;
        if let Some(row_reader) = &mut self.row_reader {
            let text = row_reader.text();
            let read = row_reader.read(row);
            attempts = read.attempt;
            let place = place.or(read.place).or(Some(Place::ALONE)).filter(|_| has_groups);
            if let (Some(number), Some(parent)) = (read.number, self.run.repairs()) {
                for problem in problems.iter_mut() {
                    problem.message += &format!(" (record {number} of {parent})");
                }
            }
            let reject = Reject { run, problems, place };
            match &read.record {
                Ok(record) => reject::row(rows, labels, text, record, reject),
                Err(raw) => reject::raw_row(rows, labels, row.position, raw, reject),
            }
        } else {
            let ignores_trailing = self.run.plan.source.ignores_trailing;
            let row = if ignores_trailing { row.without_trailing(labels.len()) } else { *row };
            reject::row(
                rows,
                labels,
                self.run.text()?,
                &row,
                Reject { run, problems, place: place.filter(|_| has_groups) },
            );
        }
        self.records += 1;
        if self.rows.as_bytes().len() >= FLUSH_BYTES {
            self.object.write(self.rows.as_bytes()).await?;
            self.rows.clear();
        }
        Ok(attempts)
    }

    /// Completes the file and describes it.
    pub(super) async fn finish(mut self) -> Result<Part, Fault> {
        self.object.write(self.rows.as_bytes()).await?;
        self.object.finish(self.header_bytes, self.records).await
    }

    /// The column of the source that a field is read from.
    fn column_of(&self, field: &str) -> Option<String> {
        let index = self.run.plan.rows().fields.iter().position(|other| other.name == field)?;
        self.binding.column(index).map(str::to_owned)
    }
}
