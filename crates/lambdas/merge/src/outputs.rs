//! Assembles the outputs of a run: the parts of its chunks, one after another, below one header.
//!
//! The bucket assembles them, and merge reads no row. The exception is a chunk with rejects of both phases: merge reads them and
//! merges them by record number ([`interleave`]).

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use sluice_contract::documents::{Manifest, Part};
use sluice_contract::{ByteRange, keys};
use sluice_engine::record::Rows;
use sluice_engine::reject;
use sluice_platform::objects::{ContentType, Objects, Piece};
use sluice_platform::part::confirm;
use sluice_platform::run::Run;

use crate::interleave::interleave;
use crate::{ChunkOutcome, Error};

/// Parts that are confirmed at the same time: enough to hide the latency of each.
const LOOKED_AT_ONCE: usize = 32;
/// Chunks whose rejects are interleaved at the same time.
const INTERLEAVED_AT_ONCE: usize = 8;

/// Assembles `imported.csv`.
pub(crate) async fn imported(objects: &dyn Objects, run: &Run, outcomes: &[ChunkOutcome]) -> Result<Part, Error> {
    let mut rows = Rows::default();
    rows.row(["_record"].into_iter().chain(run.plan.fields.iter().map(|field| field.name.as_str())));
    let imported = outcomes.iter().filter_map(|outcome| outcome.import.as_ref()).flat_map(|import| &import.imported);
    let imported: Vec<&Part> = imported.collect();
    confirm_all(objects, &imported).await?;
    put_together(objects, run, keys::IMPORTED_CSV, &rows, imported).await
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
    reject::header(&mut rows, &labels);
    let (columns, header) = (labels.len(), rows.as_bytes());
    let phases = outcomes.iter().flat_map(|ChunkOutcome { check, import }| {
        [&check.rejects].into_iter().chain(import.iter().flat_map(|import| &import.rejects))
    });
    confirm_all(objects, &phases.collect::<Vec<_>>()).await?;
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
    put_together(objects, run, keys::REJECTS_CSV, &rows, parts.iter().flatten()).await
}

/// Compares each part in the bucket with what its outcome says. Parts without records are not copied, so they are not compared.
async fn confirm_all(objects: &dyn Objects, parts: &[&Part]) -> Result<(), Error> {
    let asked = stream::iter(parts.iter().filter(|part| part.records > 0));
    Ok(asked.map(|part| confirm(objects, part)).buffer_unordered(LOOKED_AT_ONCE).try_collect().await?)
}

/// Assembles an output: a header, and the rows of its parts.
async fn put_together(
    objects: &dyn Objects,
    run: &Run,
    file: &str,
    header: &Rows,
    parts: impl IntoIterator<Item = &Part>,
) -> Result<Part, Error> {
    let mut pieces = vec![Piece::Bytes(Bytes::copy_from_slice(header.as_bytes()))];
    let mut records = 0;
    for part in parts {
        records += part.records;
        let range = ByteRange { start: part.header_bytes, end: part.bytes };
        if !range.is_empty() {
            pieces.push(Piece::Range { key: part.key.clone(), range });
        }
    }
    let key = keys::output(&run.document.feed, &run.document.run_id, file);
    let scratch = keys::assembled(&run.document.run_id, file);
    let bytes = objects.concat(&key, ContentType::Csv, &scratch, pieces).await?;
    // The bucket assembled the object, so merge has not seen its bytes and has no checksum of its own to declare.
    Ok(Part { key, header_bytes: header.as_bytes().len() as u64, bytes, records, crc64nvme: String::new() })
}
