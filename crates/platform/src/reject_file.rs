//! A file of rejects, made from positions in the source and what is wrong there.

use sluice_contract::documents::Part;
use sluice_engine::record::{Position, Rows};
use sluice_engine::{Problem, reject};

use crate::Fault;
use crate::objects::{ContentType, ObjectWriter, Objects};
use crate::records::Records;
use crate::run::Run;

/// Rows are handed on in pieces of this size.
const FLUSH_BYTES: usize = 256 * 1024;

/// Writes rejects as they came. The source is opened again at the first reject and read along with
/// the others; a chunk without rejects does not read it twice.
pub struct RejectFile {
    object: Box<dyn ObjectWriter>,
    source: Option<Records>,
    rows: Rows,
    part: Part,
}

impl RejectFile {
    /// Begins a file for rejects of a source with these columns.
    ///
    /// # Errors
    /// Where it cannot be begun.
    pub async fn create(objects: &dyn Objects, key: String, labels: &[String]) -> Result<Self, Fault> {
        let object = objects.create(&key, ContentType::Csv).await?;
        let mut rows = Rows::default();
        reject::header(&mut rows, labels);
        let header_bytes = rows.as_bytes().len() as u64;
        Ok(Self { object, source: None, rows, part: Part { key, header_bytes, bytes: 0, records: 0 } })
    }

    /// Adds a record of the source, and answers where it stands. Records come in the order of the
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
        problems: &[Problem],
    ) -> Result<Position, Fault> {
        let source = match &mut self.source {
            Some(source) => source,
            none => none.insert(run.records_from(objects, from, end).await?),
        };
        loop {
            if !source.advance().await? {
                let what = run.source()?.key.clone();
                return Err(Fault::Corrupt { what, found: format!("no record {record} in its chunk") });
            }
            if source.record().position.record >= record {
                break;
            }
        }
        reject::row(&mut self.rows, labels, run.text()?, &source.record(), problems);
        self.part.records += 1;
        if self.rows.as_bytes().len() >= FLUSH_BYTES {
            self.object.write(self.rows.as_bytes()).await?;
            self.rows.clear();
        }
        Ok(source.record().position)
    }

    /// Completes the file, and answers where it lies and what is in it.
    ///
    /// # Errors
    /// Where it cannot be completed.
    pub async fn finish(mut self) -> Result<Part, Fault> {
        self.object.write(self.rows.as_bytes()).await?;
        self.part.bytes = self.object.finish().await?;
        Ok(self.part)
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
