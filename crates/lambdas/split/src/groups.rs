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
use sluice_engine::row::Row;
use sluice_engine::scan::FilePlan;
use sluice_engine::{Code, Problem, Stage};
use sluice_platform::objects::Objects;
use sluice_platform::run::{Bound, Run};

use crate::Error;

/// Chunks whose beginnings are looked for at the same time.
const IN_FLIGHT: usize = 8;

/// Where a chunk begins.
enum Begin {
    At(Position),
    /// Nowhere: the records up to the end of the data belong to one item.
    Nowhere,
    TooLarge(Position),
}

/// Moves the chunks of a file. The problem of an item that is too large stops the file.
pub(crate) async fn align(objects: &dyn Objects, run: &Run, plan: &mut FilePlan) -> Result<Option<Problem>, Error> {
    let (Some(group), Some(end)) = (&run.plan.group, plan.chunks.last().map(|chunk| chunk.range.end)) else {
        return Ok(None);
    };
    let header = plan.header;
    let starts: Vec<Position> = plan
        .chunks
        .iter()
        .skip(1)
        .map(|chunk| Position { offset: chunk.range.start, line: chunk.first_line, record: chunk.first_record })
        .collect();
    let found = stream::iter(starts).map(|start| begin(objects, run, group, header, start, end));
    let found: Vec<Begin> = found.buffered(IN_FLIGHT).try_collect().await?;
    let mut begins: Vec<Position> = Vec::new();
    for begin in found {
        match begin {
            Begin::At(at) if begins.last().is_none_or(|last| last.record < at.record) => begins.push(at),
            Begin::At(_) | Begin::Nowhere => {}
            Begin::TooLarge(Position { record, line, .. }) => {
                let message = format!(
                    "the records of one item, from before record {record} (line {line}) on, have more than {} bytes \
                     (group.maxGroup)",
                    group.most
                );
                return Ok(Some(Problem::new(Stage::Split, Code::GroupTooLarge, message)));
            }
        }
    }
    plan.cut_at(&begins);
    Ok(None)
}

/// Finds where the chunk that would begin at `start` begins.
async fn begin(
    objects: &dyn Objects,
    run: &Run,
    group: &GroupPlan,
    header: ByteRange,
    start: Position,
    end: u64,
) -> Result<Begin, Error> {
    let Bound { binding, omit, mut row_reader } = run.bind(objects, header).await?;
    let text = row_reader.as_ref().map_or_else(|| run.text(), |reader| Ok(reader.text()))?;
    let most = start.offset.saturating_add(group.most);
    // A record that begins within the largest item is read to its end.
    let last = end.min(most.saturating_add(run.document.max_record_bytes));
    let mut records = run.records_from(objects, start, last).await?;
    let mut reader = RecordReader::new(group, &binding, text, &run.context);
    let mut boundary = Boundary::default();
    while records.advance_at_hand()? || records.advance().await? {
        let record = records.record();
        let at = record.position;
        if at.offset > most {
            return Ok(Begin::TooLarge(start));
        }
        if omit.name(&record).is_some() {
            continue;
        }
        let (read, place) = match row_reader.as_mut().map(|row_reader| row_reader.read(&record)) {
            Some(Row { problem: Some(problem), place, .. }) => (reader.unreadable(problem), place),
            Some(Row { record: Ok(made), place, .. }) => (reader.read(&made, place), place),
            _ => (reader.read(&record, None), None),
        };
        if read.omitted.is_none() && boundary.take(&read, place) {
            return Ok(Begin::At(at));
        }
    }
    Ok(if last < end { Begin::TooLarge(start) } else { Begin::Nowhere })
}
