//! Makes rows of one record each, where a row of repaired rejects holds several in `_raw`.
//!
//! Most repair files have no such row, and are read from where they lie. The rows are a function of the file and the run,
//! like everything that `pin` makes.

use sluice_contract::documents::{RunDocument, SourceDocument};
use sluice_contract::keys;
use sluice_engine::checksum::Crc64Nvme;
use sluice_engine::feed::FeedPlan;
use sluice_engine::record::Position;
use sluice_engine::repair::{RawSplitter, Sheet};
use sluice_engine::{Code, Problem, Stage};
use sluice_platform::Fault;
use sluice_platform::objects::{ContentType, ObjectWriter, Objects};
use sluice_platform::records::Records;
use sluice_platform::run::producer;

use crate::Error;
use crate::source::confirm_written;

/// Rows are handed on in pieces of this size.
const FLUSH_BYTES: usize = 256 * 1024;

/// How many rows hold several records, and how many these are.
#[derive(Clone, Copy, Default)]
struct Found {
    rows: usize,
    records: usize,
}

/// Has the records of a run read from rows of one record each, where its file has rows of several.
///
/// # Errors
/// Where something outside fails. A file that cannot be read stays as it is: `split` says what is wrong with it.
pub(crate) async fn apart(
    objects: &dyn Objects,
    run: &RunDocument,
    plan: &FeedPlan,
    source: &mut SourceDocument,
) -> Result<(), Error> {
    if run.repairs.is_none() || !source.problems.is_empty() {
        return Ok(());
    }
    let found = match each(objects, run, plan, &source.key, None).await {
        Ok(found) if found.rows > 0 => found,
        Ok(_) | Err(Error::Fault(Fault::Corrupt { .. })) => return Ok(()),
        Err(error) => return Err(error),
    };
    let key = keys::repair_rows(&run.run_id);
    (source.bytes, source.crc64nvme) = match objects.head(&key).await? {
        Some(known) => (known.bytes, known.crc64nvme),
        None => write(objects, run, plan, &source.key, &key).await?,
    };
    source.key = key;
    let Found { rows, records } = found;
    let rows = if rows == 1 { "1 row holds".to_owned() } else { format!("{rows} rows hold") };
    let message =
        format!("{rows} several records in _raw, {records} in all; each is read and counted as one of its own");
    source.notes.push(Problem::new(Stage::Split, Code::SourceDecoded, message));
    Ok(())
}

/// Writes the rows, and answers their length and checksum.
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

/// Goes through the rows of a file, and writes them one record each where there is something to write to.
async fn each(
    objects: &dyn Objects,
    run: &RunDocument,
    plan: &FeedPlan,
    from: &str,
    mut out: Option<&mut Out>,
) -> Result<Found, Error> {
    let longest = usize::try_from(run.max_record_bytes).unwrap_or(usize::MAX);
    let mut records = Records::open(objects, from, None, plan.dialect, Position::START).await?.max_record(longest);
    let mut found = Found::default();
    // The line before the header, where there is one (`sep=;`), has no quotes and is a record like any other here.
    for _ in 0..=plan.source.skip_lines {
        if !records.advance().await? {
            return Ok(found);
        }
        if let Some(out) = &mut out {
            out.row(records.record().raw);
        }
    }
    let Some(sheet) = Sheet::of(records.record().iter()) else { return Ok(found) };
    let splitter = RawSplitter::new(sheet, plan.dialect.delimiter, producer(run)?);
    while records.advance().await? {
        let row = records.record();
        let several = splitter.split(&row);
        found.rows += usize::from(several.is_some());
        found.records += several.as_ref().map_or(0, Vec::len);
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
    Ok(found)
}

/// The object that is written.
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
