//! Moves the chunks of a feed with groups, so that no chunk begins within an item.
//!
//! Each chunk begins with the first record, behind the one with which it would begin, that belongs to another item than the record
//! before it. That takes one read for each chunk, of hardly more than an item. Where a chunk begins depends on the bytes of the file,
//! the feed and the size of chunks alone.

use futures::{StreamExt, TryStreamExt, stream};
use sluice_contract::ByteRange;
use sluice_engine::feed::GroupPlan;
use sluice_engine::group::{Boundary, RecordReader};
use sluice_engine::record::Position;
use sluice_engine::scan::{ChunkSpan, FilePlan};
use sluice_platform::objects::Objects;
use sluice_platform::run::{Bound, Run};

use crate::Error;

/// How far beyond the size of the largest item the beginning of a chunk is looked for, in bytes: 4 MiB.
const FAR: u64 = 4 * 1024 * 1024;

/// Chunks whose beginnings are looked for at the same time.
const IN_FLIGHT: usize = 8;

/// Moves the chunks of a file.
pub(crate) async fn align(objects: &dyn Objects, run: &Run, plan: &mut FilePlan) -> Result<(), Error> {
    let (Some(group), Some(end)) = (&run.plan.group, plan.chunks.last().map(|chunk| chunk.range.end)) else {
        return Ok(());
    };
    let header = plan.header;
    let start =
        |chunk: &ChunkSpan| Position { offset: chunk.range.start, line: chunk.first_line, record: chunk.first_record };
    let starts: Vec<Position> = plan.chunks.iter().skip(1).map(start).collect();
    let found = stream::iter(starts).map(|start| begin(objects, run, group, header, start, end));
    let found: Vec<Option<Position>> = found.buffered(IN_FLIGHT).try_collect().await?;
    let mut begins: Vec<Position> = Vec::new();
    for at in found.into_iter().flatten() {
        if begins.last().is_none_or(|last| last.record < at.record) {
            begins.push(at);
        }
    }
    plan.cut_at(&begins);
    Ok(())
}

/// Finds where the chunk that would begin at `start` begins; `None` if it begins nowhere, so that the one before it goes on.
async fn begin(
    objects: &dyn Objects,
    run: &Run,
    group: &GroupPlan,
    header: ByteRange,
    start: Position,
    end: u64,
) -> Result<Option<Position>, Error> {
    let Bound { binding, omit, mut row_reader } = run.bind(objects, header).await?;
    let text = row_reader.as_ref().map_or_else(|| run.text(), |reader| Ok(reader.text()))?;
    // Behind that, either an item is too large, which `restructure` finds, or records are omitted.
    let most = start.offset.saturating_add(group.most).saturating_add(FAR);
    // A record that begins before that is read to its end.
    let last = end.min(most.saturating_add(run.document.max_record_bytes));
    let mut records = run.records_from(objects, start, last).await?;
    let mut reader = RecordReader::new(group, &binding, text, &run.context);
    let mut boundary = Boundary::default();
    while records.advance_at_hand()? || records.advance().await? {
        let record = records.record();
        let at = record.position;
        if at.offset > most {
            break;
        }
        if omit.name(&record).is_some() {
            continue;
        }
        if boundary.take(&reader.read(row_reader.as_mut(), &record)) {
            return Ok(Some(at));
        }
    }
    Ok(None)
}
