//! Assembles the outputs of a run: the parts of its chunks, one after another, below one header.
//!
//! The bucket assembles them, and merge reads no row. The exception is a chunk with rejects of both phases: merge reads them and
//! merges them by record number ([`interleave`]).

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use sluice_contract::documents::{Manifest, Part};
use sluice_contract::{ByteRange, keys};
use sluice_engine::checksum::Checksum;
use sluice_engine::record::Rows;
use sluice_engine::reject;
use sluice_platform::Fault;
use sluice_platform::documents::read_all;
use sluice_platform::objects::{ContentType, Existing, Objects, Piece};
use sluice_platform::part::confirm;
use sluice_platform::run::Run;

use crate::interleave::interleave;
use crate::{ChunkOutcome, Error};

/// Parts that are confirmed at the same time: enough to hide the latency of each.
const LOOKED_AT_ONCE: usize = 32;
/// Chunks whose rejects are interleaved at the same time.
const INTERLEAVED_AT_ONCE: usize = 8;

/// Parts that together have at most so many bytes are read and written in one piece: that takes fewer requests than to
/// have the bucket confirm and copy them, and S3 copies no part below 5 MiB anyway.
const SMALL_BYTES: u64 = 1024 * 1024;

/// Assembles `imported.csv`.
pub(crate) async fn imported(objects: &dyn Objects, run: &Run, outcomes: &[ChunkOutcome]) -> Result<Part, Error> {
    let mut rows = Rows::default();
    rows.row(run.plan.leading().iter().copied().chain(run.plan.fields.iter().map(|field| field.name.as_str())));
    let imported = outcomes.iter().filter_map(|outcome| outcome.import.as_ref()).flat_map(|import| &import.imported);
    let imported: Vec<&Part> = imported.collect();
    put_together(objects, run, keys::IMPORTED_CSV, &rows, &imported).await
}

/// Assembles `overtaken.csv`, if there is a winner that the sink does not hold.
pub(crate) async fn overtaken(objects: &dyn Objects, run: &Run, outcomes: &[ChunkOutcome]) -> Result<Part, Error> {
    let overtaken = outcomes.iter().filter_map(|outcome| outcome.import.as_ref()).flat_map(|import| &import.overtaken);
    let overtaken: Vec<&Part> = overtaken.collect();
    if overtaken.iter().all(|part| part.records == 0) {
        return Ok(Part::default());
    }
    let mut rows = Rows::default();
    let labels = run.plan.leading().iter().copied().chain(run.plan.fields.iter().map(|field| field.name.as_str()));
    rows.row(labels.chain([keys::OUTCOME]));
    put_together(objects, run, keys::OVERTAKEN_CSV, &rows, &overtaken).await
}

/// Assembles `rejects.csv`. If both phases have rejected records of a chunk, merges these by record number.
pub(crate) async fn rejects(
    objects: &dyn Objects,
    run: &Run,
    manifest: &Manifest,
    outcomes: &[ChunkOutcome],
) -> Result<Part, Error> {
    let mut rows = Rows::default();
    // A file with an unusable header has no rejects, so `rejects.csv` gets only the columns of Sluice.
    let labels =
        if manifest.problems.is_empty() { run.binding(objects, manifest.header).await?.labels } else { Vec::new() };
    reject::header(&mut rows, &labels, run.plan.group.is_some());
    let (columns, header) = (labels.len(), rows.as_bytes());
    let of_chunk = |index: usize| async move {
        let outcome = &outcomes[index];
        let checked = &outcome.check.rejects;
        let refused = outcome.import.as_ref().map_or(&[][..], |import| &import.rejects);
        Ok::<_, Error>(if checked.records == 0 || refused.iter().all(|part| part.records == 0) {
            [checked].into_iter().chain(refused).cloned().collect()
        } else {
            let key = keys::interleaved(&run.document.run_id, outcome.check.chunk);
            vec![interleave(objects, key, header, columns, checked, refused).await?]
        })
    };
    let parts = stream::iter(0..outcomes.len()).map(of_chunk).buffered(INTERLEAVED_AT_ONCE);
    let parts: Vec<Vec<Part>> = parts.try_collect().await?;
    put_together(objects, run, keys::REJECTS_CSV, &rows, &parts.iter().flatten().collect::<Vec<_>>()).await
}

/// Compares each part in the bucket with what its outcome says. Parts without records are not copied, so they are not compared.
async fn confirm_all(objects: &dyn Objects, parts: &[&Part]) -> Result<(), Error> {
    let asked = stream::iter(parts.iter().filter(|part| part.records > 0));
    Ok(asked.map(|part| confirm(objects, part)).buffer_unordered(LOOKED_AT_ONCE).try_collect().await?)
}

/// Assembles an output: a header, and the rows of its parts. Each part is compared with what its outcome says.
async fn put_together(
    objects: &dyn Objects,
    run: &Run,
    file: &str,
    header: &Rows,
    parts: &[&Part],
) -> Result<Part, Error> {
    let key = keys::output(&run.document.feed, &run.document.run_id, file);
    if parts.iter().map(|part| part.bytes).sum::<u64>() <= SMALL_BYTES {
        return write_small(objects, key, header, parts).await;
    }
    confirm_all(objects, parts).await?;
    let mut pieces = vec![Piece::Bytes(Bytes::copy_from_slice(header.as_bytes()))];
    let mut records = 0;
    for part in parts {
        records += part.records;
        let range = ByteRange { start: part.header_bytes, end: part.bytes };
        if !range.is_empty() {
            pieces.push(Piece::Range { key: part.key.clone(), range });
        }
    }
    let scratch = keys::assembled(&run.document.run_id, file);
    let bytes = objects.concat(&key, ContentType::Csv, &scratch, pieces).await?;
    // The bucket assembled the object, so merge has not seen its bytes and has no checksum of its own to declare.
    Ok(Part { key, header_bytes: header.as_bytes().len() as u64, bytes, records, crc64nvme: String::new() })
}

/// Writes an output whose parts are small: reads them, and writes their rows below the header.
async fn write_small(objects: &dyn Objects, key: String, header: &Rows, parts: &[&Part]) -> Result<Part, Error> {
    let mut bytes = header.as_bytes().to_vec();
    let mut records = 0;
    for part in parts.iter().filter(|part| part.records > 0) {
        let read = read_all(objects, &part.key, None).await?;
        let header_bytes = usize::try_from(part.header_bytes).unwrap_or(usize::MAX);
        let rows = match part.differs(Checksum::of(&read)) {
            None => read.get(header_bytes..).unwrap_or_default(),
            Some(found) => return Err(Fault::Corrupt { what: format!("object {}", part.key), found }.into()),
        };
        bytes.extend_from_slice(rows);
        records += part.records;
    }
    let length = bytes.len() as u64;
    let crc64nvme = Checksum::of(&bytes).to_base64();
    objects.put(&key, ContentType::Csv, bytes.into(), Existing::Replace).await?;
    Ok(Part { key, header_bytes: header.as_bytes().len() as u64, bytes: length, records, crc64nvme })
}
