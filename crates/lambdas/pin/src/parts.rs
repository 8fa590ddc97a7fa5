//! Splits the rows of a repair that hold several records in `_raw` into rows of one record each.
//!
//! Most repairs have no such row, and the run reads them as they are. The rows are a function of the file and the run, like
//! everything that pin writes.

use sluice_contract::documents::{RunDocument, SourceDocument};
use sluice_contract::keys;
use sluice_engine::checksum::Crc64Nvme;
use sluice_engine::feed::FeedPlan;
use sluice_engine::record::Position;
use sluice_engine::repair::{RawForm, RawSplitter, Sheet};
use sluice_engine::{Code, Problem, Stage};
use sluice_platform::Fault;
use sluice_platform::objects::{ContentType, ObjectWriter, Objects};
use sluice_platform::records::Records;
use sluice_platform::run::producer;

use crate::Error;
use crate::source::confirm_written;

/// Rows are written in pieces of this size, in bytes.
const FLUSH_BYTES: usize = 256 * 1024;

/// The rows that hold several records, and the number of these records.
#[derive(Clone, Copy, Default)]
struct SharedRows {
    rows: usize,
    records: usize,
}

/// If the file of a repair has rows that hold several records, writes `rows.csv` with one record per row, and lets the run read that.
///
/// # Errors
/// If something outside fails. A file that cannot be read stays as it is: split reports what is wrong with it.
pub(crate) async fn apart(
    objects: &dyn Objects,
    run: &RunDocument,
    plan: &FeedPlan,
    source: &mut SourceDocument,
) -> Result<(), Error> {
    // A record of JSON or of fixed width swallows no other, so its `_raw` holds one.
    if run.repairs.is_none() || !source.problems.is_empty() || producer(run)?.form != RawForm::Separated {
        return Ok(());
    }
    let shared = match each(objects, run, plan, &source.key, None).await {
        Ok(shared) if shared.rows > 0 => shared,
        Ok(_) | Err(Error::Fault(Fault::Corrupt { .. })) => return Ok(()),
        Err(error) => return Err(error),
    };
    let key = keys::repair_rows(&run.run_id);
    (source.bytes, source.crc64nvme) = match objects.head(&key).await? {
        Some(known) => (known.bytes, known.crc64nvme),
        None => write(objects, run, plan, &source.key, &key).await?,
    };
    source.key = key;
    let SharedRows { rows, records } = shared;
    let rows = if rows == 1 { "1 row holds".to_owned() } else { format!("{rows} rows hold") };
    let message =
        format!("{rows} several records in _raw, {records} in all; each is read and counted as one of its own");
    source.notes.push(Problem::new(Stage::Split, Code::SourceDecoded, message));
    Ok(())
}

/// Writes the rows, and returns their length in bytes and their checksum.
async fn write(
    objects: &dyn Objects,
    run: &RunDocument,
    plan: &FeedPlan,
    from: &str,
    key: &str,
) -> Result<(u64, Option<String>), Error> {
    let mut out =
        Out { object: objects.create(key, ContentType::Csv).await?, crc: Crc64Nvme::new(), bytes: Vec::new() };
    each(objects, run, plan, from, Some(&mut out)).await?;
    out.flush().await?;
    let bytes = out.object.finish().await?;
    let checksum = out.crc.checksum();
    confirm_written(objects, key, checksum).await?;
    Ok((bytes, Some(checksum.to_base64())))
}

/// Reads the rows of a file, counts those that hold several records, and writes one row per record to `out`, if it is given.
async fn each(
    objects: &dyn Objects,
    run: &RunDocument,
    plan: &FeedPlan,
    from: &str,
    mut out: Option<&mut Out>,
) -> Result<SharedRows, Error> {
    let longest = usize::try_from(run.max_record_bytes).unwrap_or(usize::MAX);
    let mut records = Records::open(objects, from, None, plan.dialect, Position::START).await?.max_record(longest);
    let mut shared = SharedRows::default();
    // A line before the header (`sep=;`) has no quotes, so it reads as one record.
    for _ in 0..=plan.source.skip_lines {
        if !records.advance().await? {
            return Ok(shared);
        }
        if let Some(out) = &mut out {
            out.row(records.record().raw);
        }
    }
    let Some(sheet) = Sheet::of(records.record().iter()) else { return Ok(shared) };
    let splitter = RawSplitter::new(sheet, plan.dialect.delimiter.first(), producer(run)?.dialect);
    while records.advance().await? {
        let row = records.record();
        let several = splitter.split(&row);
        shared.rows += usize::from(several.is_some());
        shared.records += several.as_ref().map_or(0, Vec::len);
        if let Some(out) = &mut out {
            match several {
                Some(several) => splitter.write(&row, &several, &mut out.bytes),
                None => out.row(row.raw),
            }
            if out.bytes.len() >= FLUSH_BYTES {
                out.flush().await?;
            }
        }
    }
    Ok(shared)
}

/// The object `rows.csv` while it is written.
struct Out {
    object: Box<dyn ObjectWriter>,
    crc: Crc64Nvme,
    bytes: Vec<u8>,
}

impl Out {
    /// Appends a row as it is.
    fn row(&mut self, raw: &[u8]) {
        self.bytes.extend_from_slice(raw);
        self.bytes.push(b'\n');
    }

    async fn flush(&mut self) -> Result<(), Fault> {
        self.crc.update(&self.bytes);
        self.object.write(&self.bytes).await?;
        self.bytes.clear();
        Ok(())
    }
}
