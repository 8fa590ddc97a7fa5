//! A file of rejects, made from positions in the source and what is wrong there.

use sluice_contract::documents::Part;
use sluice_engine::encoding::SourceText;
use sluice_engine::record::{Position, Rows};
use sluice_engine::repair::RepairReader;
use sluice_engine::{Problem, reject};

use crate::Fault;
use crate::objects::Objects;
use crate::part::PartWriter;
use crate::records::Records;
use crate::run::Run;

/// Rows are handed on in pieces of this size.
const FLUSH_BYTES: usize = 256 * 1024;

/// Writes rejects as they came. The source is opened again at the first reject and read along with
/// the others; a chunk without rejects does not read it twice.
pub struct RejectFile {
    object: PartWriter,
    source: Option<Records>,
    /// Where the source is a file of repaired rejects.
    mender: Option<Box<RepairReader>>,
    rows: Rows,
    header_bytes: u64,
    records: u64,
}

/// A record that was added.
pub struct Rejected {
    /// Where it stands.
    pub position: Position,
    /// What is wrong with it. Where it was repaired, each says which record of the run before it was.
    pub problems: Vec<Problem>,
    /// How often it was retried so far.
    pub attempts: u32,
}

impl RejectFile {
    /// Begins a file for rejects of a source with these columns; of repaired rejects with what reads these.
    ///
    /// # Errors
    /// Where it cannot be begun.
    pub async fn create(
        objects: &dyn Objects,
        key: String,
        labels: &[String],
        mender: Option<Box<RepairReader>>,
    ) -> Result<Self, Fault> {
        let object = PartWriter::create(objects, key).await?;
        let mut rows = Rows::default();
        reject::header(&mut rows, labels);
        let header_bytes = rows.as_bytes().len() as u64;
        Ok(Self { object, source: None, mender, rows, header_bytes, records: 0 })
    }

    /// Adds a record of the source, and answers what is known of it then. Records come in the order of the
    /// source. `from` is a position at or before the first of them, from which the source is read;
    /// `end` is where the chunk ends.
    ///
    /// # Errors
    /// Where the source cannot be read or the file not written.
    #[expect(clippy::too_many_arguments, reason = "the file keeps only what is its own; the rest belongs to the run")]
    pub async fn add(
        &mut self,
        objects: &dyn Objects,
        run: &Run,
        from: Position,
        record: u64,
        end: u64,
        labels: &[String],
        mut problems: Vec<Problem>,
    ) -> Result<Rejected, Fault> {
        let source = match &mut self.source {
            Some(source) => source,
            none => none.insert(run.records_from(objects, from, end).await?),
        };
        loop {
            if !source.advance().await? {
                let what = run.source()?.key.clone();
                return Err(Fault::Corrupt { what, found: format!("no record {record} in its chunk") });
            }
            match source.record().position.record {
                found if found < record => {}
                found if found == record => break,
                found => {
                    let (what, found) =
                        (run.source()?.key.clone(), format!("record {found}, but not {record} before it"));
                    return Err(Fault::Corrupt { what, found });
                }
            }
        }
        let (row, rows, id) = (source.record(), &mut self.rows, run.document.run_id.as_str());
        let position = row.position;
        let mut attempts = 0;
        if let Some(mender) = &mut self.mender {
            let mended = mender.read(&row);
            attempts = mended.attempt;
            if let (Some(of), Some(parent)) = (mended.of, run.repairs()) {
                for problem in &mut problems {
                    problem.message += &format!(" (record {of} of {parent})");
                }
            }
            match &mended.record {
                Ok(record) => reject::row(rows, id, labels, SourceText::REPAIRED, record, &problems),
                Err(raw) => reject::raw_row(rows, id, labels, position, raw, &problems),
            }
        } else {
            reject::row(rows, id, labels, run.text()?, &row, &problems);
        }
        self.records += 1;
        if self.rows.as_bytes().len() >= FLUSH_BYTES {
            self.object.write(self.rows.as_bytes()).await?;
            self.rows.clear();
        }
        Ok(Rejected { position, problems, attempts })
    }

    /// Completes the file, and answers where it lies and what is in it.
    ///
    /// # Errors
    /// Where it cannot be completed.
    pub async fn finish(mut self) -> Result<Part, Fault> {
        self.object.write(self.rows.as_bytes()).await?;
        self.object.finish(self.header_bytes, self.records).await
    }
}

/// When entries of the index may go: so many days after the run's clock, in seconds since the epoch.
///
/// # Errors
/// `Corrupt` where the run's clock is no time.
pub fn expires(as_of: &str, days: u32) -> Result<i64, Fault> {
    let at: jiff::Timestamp =
        as_of.parse().map_err(|_| Fault::Corrupt { what: "as_of of the run".into(), found: as_of.to_owned() })?;
    Ok(at.as_second() + i64::from(days) * 24 * 60 * 60)
}
