//! One chunk, row by row: many writes in flight, their answers taken in the order of the file.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesOrdered;
use sluice_contract::documents::{CheckOutcome, Progress};
use sluice_contract::steps::{ChunkInput, ImportOutput};
use sluice_contract::{Phase, keys};
use sluice_engine::feed::FeedPlan;
use sluice_engine::record::Record;
use sluice_engine::sink::attributes;
use sluice_platform::documents::{find_json, read_json};
use sluice_platform::objects::Objects;
use sluice_platform::part::confirm;
use sluice_platform::records::Records;
use sluice_platform::rejects::Rejects;
use sluice_platform::run::Runs;
use sluice_platform::sink::{Item, Sink, Stamp, Target};
use sluice_platform::{Call, Settings, World};

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
    /// Memory of the function in MB, for the cost estimate.
    pub memory_mb: u64,
    /// Its own settings.
    pub config: Config,
}

/// The settings of `import`.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Most writes in flight. Fewer are, where the sink takes no more.
    pub in_flight: usize,
    /// How long before its deadline the function stops to write, and keeps its progress.
    pub margin: Duration,
}

impl Config {
    /// Reads the settings of `import`.
    pub fn from_env(settings: &mut Settings) -> Self {
        Self {
            in_flight: settings.number("IMPORT_IN_FLIGHT"),
            margin: Duration::from_millis(settings.number("DEADLINE_MARGIN_MS")),
        }
    }
}

impl Deps {
    /// Takes what `import` needs from a world.
    #[must_use]
    pub fn new(world: &dyn World, config: Config) -> Self {
        Self {
            objects: world.objects(),
            runs: world.runs(),
            sink: world.sink(),
            rejects: world.rejects(),
            rejects_days: world.rejects_days(),
            memory_mb: world.memory_mb(),
            config,
        }
    }
}

/// Imports a chunk from where the last progress is.
pub(crate) async fn import(deps: &Deps, input: &ChunkInput, call: &Call) -> Result<ImportOutput, Error> {
    let (objects, chunk, deadline) = (&*deps.objects, &input.chunk, call.deadline());
    let run = deps.runs.load(&input.run_id).await?;
    let checked = keys::outcome(&input.run_id, Phase::Check, chunk.chunk);
    let valid = read_json::<CheckOutcome>(objects, &checked).await?.accepted;
    let progress: Option<Progress> = find_json(objects, &keys::progress(&input.run_id, chunk.chunk)).await?;
    // Whatever can be known to be wrong is known before the first write. The rest is known at the end, before the outcome.
    confirm(objects, &valid).await?;
    let losers = Losers::read(objects, input).await?;
    let mut work = Work::create(deps, &run, input, call, progress).await?;
    let mut rows = Records::rest(objects, &valid, work.done()).await?;
    if work.done().bytes() == 0 && rows.advance().await? {
        work.header(rows.record().raw);
    }
    let mut order = InOrder { next: work.next_record(), end: chunk.first_record + chunk.records };
    let target = Target::of(&run.plan);
    let stamp = Stamp { run: &input.run_id, order: &run.document.order };

    let Config { in_flight: most, margin } = deps.config;
    let pace = Pace::new(most, deadline, margin);
    let mut in_flight = FuturesOrdered::new();
    let mut more = true;
    let mut in_time = true;
    let mut begun = false;
    loop {
        while more && in_time && pace.has_room(in_flight.len()) {
            // Each invocation does at least one record, so that being called again always ends.
            in_time = !begun || !deadline.over(margin);
            begun = true;
            more = in_time && rows.advance().await?;
            if !more {
                break;
            }
            let read = Row::read(&run.plan, &losers, &rows.record(), &mut order);
            let (row, fate) = read.map_err(|why| Error::Row { key: valid.key.clone(), why })?;
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
            Some((_, _, Some(Err(fault)))) => {
                // What is done is kept, so that the next attempt comes further than this one. What is
                // in flight behind this record is not counted yet: it will be found as it was written.
                return work.interrupt_by(fault).await;
            }
            None if in_time => return work.complete(&valid).await,
            None => return work.interrupt().await,
        }
    }
}

/// The numbers of the records of a chunk that are still to come, each at most once.
pub(crate) struct InOrder {
    next: u64,
    end: u64,
}

impl InOrder {
    /// Takes the number of the next record.
    fn take(&mut self, record: u64) -> Result<(), String> {
        if !(self.next..self.end).contains(&record) {
            return Err(format!(
                "record {record} comes where one of {} to {} is to come",
                self.next,
                self.end.saturating_sub(1)
            ));
        }
        self.next = record + 1;
        Ok(())
    }
}

/// A row of the valid object.
pub(crate) struct Row {
    /// Number of the record.
    pub(crate) record: u64,
    /// The row as it stands in the valid object: it is written out as it was read.
    pub(crate) raw: Box<[u8]>,
    item: Item,
}

impl Row {
    /// Reads a row, and finds its fate.
    fn read(
        plan: &FeedPlan,
        losers: &Losers,
        record: &Record<'_>,
        order: &mut InOrder,
    ) -> Result<(Self, Fate), String> {
        let cells: Result<Vec<&str>, _> = record.iter().map(std::str::from_utf8).collect();
        let cells = cells.map_err(|error| error.to_string())?;
        let [number, texts @ ..] = &cells[..] else { return Err("a row has no cells".into()) };
        if texts.len() != plan.fields.len() {
            return Err(format!("a row has {} fields, the feed {}", texts.len(), plan.fields.len()));
        }
        // What stands in the cell is not told: in a broken row it may be anybody's data.
        let number = number.parse().map_err(|_| "a row does not begin with the number of a record")?;
        order.take(number)?;
        let fields = attributes(plan.sink, &plan.fields, texts).map_err(|error| format!("a value {error}"))?;
        let item = Item { fields, hash: plan.content_hash(texts) };
        let fate = losers.fate(plan, number, texts);
        Ok((Self { record: number, raw: record.raw.into(), item }, fate))
    }
}
