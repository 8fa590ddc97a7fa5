//! One chunk, row by row: many writes in flight, their answers taken in the order of the file.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesOrdered;
use sluice_contract::documents::Progress;
use sluice_contract::steps::{ChunkInput, ImportOutput};
use sluice_contract::{ByteRange, keys};
use sluice_engine::dialect::Dialect;
use sluice_engine::feed::FeedPlan;
use sluice_engine::import::{attributes, content_hash};
use sluice_engine::record::{Position, Record};
use sluice_platform::Fault;
use sluice_platform::documents::find_json;
use sluice_platform::objects::Objects;
use sluice_platform::records::Records;
use sluice_platform::rejects::Rejects;
use sluice_platform::run::Runs;
use sluice_platform::runtime::Deadline;
use sluice_platform::sink::{Item, Sink, Stamp, Target};

use crate::Error;
use crate::losers::{Fate, Losers};
use crate::pace::Pace;
use crate::work::Work;

/// What `import` knows of the world.
pub struct Deps {
    /// The data bucket.
    pub objects: Arc<dyn Objects>,
    /// Loads runs.
    pub runs: Runs,
    /// The sink.
    pub sink: Arc<dyn Sink>,
    /// The index of rejects.
    pub rejects: Arc<dyn Rejects>,
    /// How many days an entry of the index is kept.
    pub rejects_days: u32,
    /// Most writes in flight. How many there are is a matter of what the sink takes.
    pub in_flight: usize,
    /// How long before its deadline the function stops to write, and keeps its progress.
    pub margin: Duration,
    /// Memory of the function in MB, for the cost estimate.
    pub memory_mb: u64,
}

/// Imports a chunk from where the last progress is.
pub(crate) async fn import(deps: &Deps, input: &ChunkInput, deadline: Deadline) -> Result<ImportOutput, Error> {
    let objects = &*deps.objects;
    let run = deps.runs.load(&input.run_id).await?;
    let progress: Option<Progress> = find_json(objects, &keys::progress(&input.run_id, input.chunk.chunk)).await?;
    let valid = keys::valid(&input.run_id, input.chunk.chunk);
    let mut rows = open(objects, &valid, progress.as_ref().map(|progress| progress.offset)).await?;
    let losers = Losers::read(objects, input).await?;
    let mut work = Work::create(deps, &run, input, progress.map(|progress| progress.outcome)).await?;
    let target = Target::of(&run.plan);
    let stamp = Stamp { run: &input.run_id, order: &run.document.order };

    let pace = Pace::new(deps.in_flight);
    let mut in_flight = FuturesOrdered::new();
    let mut more = true;
    let mut in_time = true;
    let mut begun = false;
    loop {
        while more && in_time && pace.has_room(in_flight.len()) {
            // Each invocation does at least one record, so that being called again always ends.
            in_time = !begun || !deadline.over(deps.margin);
            begun = true;
            let offset = rows.position().offset;
            more = in_time && rows.advance().await?;
            if !more {
                break;
            }
            let read = Row::read(&run.plan, &losers, &rows.record(), offset);
            let row = read.map_err(|why| Error::Row { key: valid.clone(), why })?;
            let (row, fate) = row;
            let (sink, target, pace) = (&*deps.sink, &target, &pace);
            // What is not written is not in flight either.
            let write = (fate == Fate::Wins).then(|| pace.begin());
            in_flight.push_back(async move {
                let written = match write {
                    Some(writing) => Some(writing.write(sink, target, &row.item, &stamp, row.record).await),
                    None => None,
                };
                (row, fate, written)
            });
        }
        // Answers are taken in the order of the file; but any that has come makes room for another write.
        let next = poll_fn(|context| match in_flight.poll_next_unpin(context) {
            Poll::Pending if more && in_time && pace.has_room(in_flight.len()) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
        });
        let Some(answer) = next.await else { continue };
        match answer {
            Some((row, Fate::Rejected(problems), _)) => work.rejected_by_gate(&row, problems).await?,
            Some((row, _, None)) => work.duplicate(&row),
            Some((row, _, Some(Ok(written)))) => work.written(&row, written).await?,
            Some((row, _, Some(Err(fault)))) => {
                // What is done is kept, so that the next attempt comes further than this one. What is
                // in flight behind this record is not counted yet: it will be found as it was written.
                work.interrupt(row.offset).await?;
                return Err(fault.into());
            }
            None if in_time => return work.complete().await,
            None => return work.interrupt(rows.position().offset).await,
        }
    }
}

/// Opens the valid records, at the start or where progress has come to.
async fn open(objects: &dyn Objects, key: &str, from: Option<u64>) -> Result<Records, Fault> {
    let Some(start) = from else {
        let mut rows = Records::canonical(objects, key).await?;
        rows.advance().await?;
        return Ok(rows);
    };
    let end = objects.size(key).await?.ok_or_else(|| Fault::Missing { what: key.to_owned() })?;
    // Lines and numbers of these rows are of no interest: `_record` says which record one is.
    let position = Position { offset: start, line: 0, record: 0 };
    Records::open(objects, key, Some(ByteRange { start, end }), Dialect::CANONICAL, position).await
}

/// A row of the valid object.
pub(crate) struct Row {
    /// Number of the record.
    pub(crate) record: u64,
    /// The row as it stands in the valid object: it is written out as it was read.
    pub(crate) raw: Box<[u8]>,
    /// Where it begins in the valid object.
    offset: u64,
    item: Item,
}

impl Row {
    /// Reads a row, and finds its fate.
    fn read(plan: &FeedPlan, losers: &Losers, record: &Record<'_>, offset: u64) -> Result<(Self, Fate), String> {
        let cells: Result<Vec<&str>, _> = record.iter().map(std::str::from_utf8).collect();
        let cells = cells.map_err(|error| error.to_string())?;
        let [number, texts @ ..] = &cells[..] else { return Err("a row has no cells".into()) };
        if texts.len() != plan.fields.len() {
            return Err(format!("a row has {} fields, the feed {}", texts.len(), plan.fields.len()));
        }
        // What stands in the cell is not told: in a broken row it may be anybody's data.
        let number = number.parse().map_err(|_| "a row does not begin with the number of a record")?;
        let fields = attributes(plan, texts).map_err(|error| format!("a value {error}"))?;
        let item = Item { fields, hash: content_hash(plan, texts) };
        let fate = losers.fate(plan, number, texts);
        Ok((Self { record: number, raw: record.raw.into(), offset, item }, fate))
    }
}
