//! Decides what the records of a run are read from.
//!
//! Most files are read from the archive copy itself. A compressed or packed file, one in an encoding without safe byte ranges, an array of
//! JSON or a workbook is decoded once, as a stream, to `runs/<run>/source.csv`, and every later step reads that. `source.json` says which
//! of both it is.
//!
//! All of this is a function of the archive copy and `run.json`, which are fixed before: even the encoding that `auto` finds, and
//! whether the file is damaged. So a second call, after a crash or at the same time, writes the same bytes. `source.csv` becomes
//! visible only when it is complete, so a later call does not write it again. (It reads an archive or a workbook again, because only
//! that shows what is noted about it.) `source.json` is written last, and pin deletes the upload only after that.

use std::sync::Arc;

use futures::TryStreamExt;
use sluice_contract::documents::{RunDocument, SourceDocument, Version};
use sluice_contract::{ByteRange, keys};
use sluice_engine::archive::is_archive;
use sluice_engine::checksum::{Checksum, Crc64Nvme};
use sluice_engine::encoding::{SAMPLE_BYTES, SourceText};
use sluice_engine::feed::FeedPlan;
use sluice_engine::unpack::{ArchiveReading, UnpackError, Unpacker, foreign, inspect, no_workbook, unpack_archive};
use sluice_engine::{Code, Problem, Stage};
use sluice_platform::Fault;
use sluice_platform::blocking::{Written, blocking};
use sluice_platform::documents::{find_json, put_json_once, read_all};
use sluice_platform::objects::{ContentType, Known, Objects, Reading};
use sluice_platform::run::{compile, confirm};

use crate::{Error, parts};

/// Inspects the archived file, decodes it if necessary, and writes `source.json`. A file that cannot be decoded is no error: the
/// document says what is wrong with it.
pub(crate) async fn make(
    objects: &dyn Objects,
    document: RunDocument,
    archived: Known,
) -> Result<SourceDocument, Error> {
    let run = &document;
    let plan = compile(run)?;
    let length = run.upload.bytes;
    let sample = length.min(SAMPLE_BYTES as u64);
    let head = read_all(objects, &run.archive, Some(ByteRange { start: 0, end: sample })).await?;
    let inspection = inspect(plan.encoding, &head, sample == length);
    let records = plan.json.as_ref().and_then(|json| json.records.as_ref());
    let text = if records.is_some() { inspection.text.rewritten() } else { inspection.text };
    let mut source = SourceDocument {
        version: Version,
        run: document.clone(),
        key: run.archive.clone(),
        bytes: length,
        crc64nvme: None,
        text,
        problems: Vec::new(),
        notes: Vec::new(),
    };
    let problem = |code, message: String| Problem::new(Stage::Split, code, message);
    let mut notes = inspection.notes();
    notes.extend(text.note().map(|message| problem(Code::SourceDecoded, message)));
    if is_archive(&head) {
        source.key = keys::source_text(&run.run_id);
        match unpacked(objects, run, &plan, &source.key).await? {
            Ok(Unpacked { bytes, crc64nvme, text, notes: found }) => {
                (source.bytes, source.crc64nvme, source.text, notes) = (bytes, crc64nvme, text, found);
            }
            Err(error) => {
                source.key.clone_from(&run.archive);
                source.problems.push(error.problem());
            }
        }
    } else if plan.workbook.is_some() {
        let message = format!("the file is {}", no_workbook(&head));
        source.problems.push(problem(Code::SourceError, message));
    } else if let Some(what) = foreign(&head) {
        let expected = if plan.json.is_some() { "JSON" } else { "CSV" };
        let message =
            format!("the file is {what}. Expected: {expected}, plain or compressed with gzip, Zstandard or ZIP");
        source.problems.push(problem(Code::SourceError, message));
    } else if text.is_made() {
        source.key = keys::source_text(&run.run_id);
        match unpack(objects, run, &plan, text, &source.key).await? {
            Ok(made) => (source.bytes, source.crc64nvme) = made,
            Err(error) => {
                source.key.clone_from(&run.archive);
                source.problems.push(error.problem());
            }
        }
    }
    parts::apart(objects, run, &plan, &mut source).await?;
    if source.key == run.archive {
        source.crc64nvme = archived.crc64nvme;
    } else if source.crc64nvme.is_none() {
        source.crc64nvme = objects.head(&source.key).await?.and_then(|known| known.crc64nvme);
    }
    if source.problems.is_empty() {
        source.notes.extend(notes);
    }
    let key = keys::source_document(&run.run_id);
    if put_json_once(objects, &key, &source).await? {
        return Ok(source);
    }
    find_json(objects, &key).await?.ok_or_else(|| Fault::Missing { what: key }.into())
}

/// Writes the decoded text of the file, unless that is done already. Returns its length in bytes, and its checksum: the bucket's,
/// or the one of the bytes written now, after the bucket has confirmed it.
async fn unpack(
    objects: &dyn Objects,
    run: &RunDocument,
    plan: &FeedPlan,
    text: SourceText,
    key: &str,
) -> Result<Result<(u64, Option<String>), UnpackError>, Fault> {
    if let Some(known) = objects.head(key).await? {
        return Ok(Ok((known.bytes, known.crc64nvme)));
    }
    let content_type = if text.is_utf8() { ContentType::Csv } else { ContentType::Binary };
    let mut object = objects.create(key, content_type).await?;
    let records = plan.json.as_ref().and_then(|json| json.records.as_ref());
    let mut unpacker = Unpacker::new(text, run.upload.bytes, plan.max_expansion).rewriting(records);
    let mut out = Vec::new();
    let mut crc = Crc64Nvme::new();
    let mut body = objects.read(&run.archive, None, Reading::Plain).await?;
    while let Some(piece) = body.try_next().await? {
        let mut rest = &piece[..];
        loop {
            match unpacker.advance(&mut rest, &mut out) {
                Ok(true) => {
                    crc.update(&out);
                    object.write(&out).await?;
                }
                Ok(false) => break,
                Err(error) => return Ok(Err(error)),
            }
            out.clear();
        }
    }
    if let Err(error) = unpacker.finish(&mut out) {
        return Ok(Err(error));
    }
    crc.update(&out);
    object.write(&out).await?;
    let bytes = object.finish().await?;
    let checksum = crc.checksum();
    confirm_written(objects, key, checksum).await?;
    Ok(Ok((bytes, Some(checksum.to_base64()))))
}

/// What was made of an archive.
struct Unpacked {
    bytes: u64,
    crc64nvme: Option<String>,
    text: SourceText,
    notes: Vec<Problem>,
}

/// Writes the text of a ZIP archive or of a workbook. If that is done already, it is only read again.
async fn unpacked(
    objects: &dyn Objects,
    run: &RunDocument,
    plan: &Arc<FeedPlan>,
    key: &str,
) -> Result<Result<Unpacked, UnpackError>, Fault> {
    let known = objects.head(key).await?;
    let mut written = match known {
        Some(_) => None,
        None => Some(Written { object: objects.create(key, ContentType::Csv).await?, crc: Crc64Nvme::new() }),
    };
    let (plan, length) = (Arc::clone(plan), run.upload.bytes);
    let work = move |archive, mut out| unpack_archive(archive, length, ArchiveReading::of(&plan), &mut out);
    let (text, notes) = match blocking(objects, &run.archive, length, written.as_mut(), work).await? {
        Ok(made) => made,
        Err(error) => return Ok(Err(error)),
    };
    let (bytes, crc64nvme) = match (known, written) {
        (Some(known), _) => (known.bytes, known.crc64nvme),
        (None, Some(Written { object, crc })) => {
            let (bytes, checksum) = (object.finish().await?, crc.checksum());
            confirm_written(objects, key, checksum).await?;
            (bytes, Some(checksum.to_base64()))
        }
        (None, None) => return Err(Fault::Missing { what: key.to_owned() }),
    };
    Ok(Ok(Unpacked { bytes, crc64nvme, text, notes }))
}

/// Compares the checksum of the written bytes with the bucket's checksum of the object, if the bucket has one.
///
/// # Errors
/// `Corrupt` if they differ, and faults of the bucket.
pub(crate) async fn confirm_written(objects: &dyn Objects, key: &str, written: Checksum) -> Result<(), Fault> {
    let known = objects.head(key).await?.and_then(|known| known.crc64nvme);
    confirm(key, known.as_deref(), written)
}
