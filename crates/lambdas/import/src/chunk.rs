//! Imports one chunk, batch by batch. Many writes are in flight; their answers are counted in the order of the file.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesOrdered;
use sluice_contract::documents::{CheckOutcome, Progress};
use sluice_contract::steps::{ChunkInput, ImportOutput};
use sluice_contract::{Phase, keys};
use sluice_engine::sink::Columns;
use sluice_platform::documents::{find_json, read_json};
use sluice_platform::meter::Meter;
use sluice_platform::objects::Objects;
use sluice_platform::rejects::Rejects;
use sluice_platform::run::Runs;
use sluice_platform::sink::{Deletion, Sinks, Stamp, Target};
use sluice_platform::{Call, Fault, Settings, World};

use crate::Error;
use crate::batch::{Batch, Batches, Goal, Numbers, Reading};
use crate::losers::Losers;
use crate::pace::{Pace, Time};
use crate::valid_rows::ValidRows;
use crate::work::Work;

/// What each summary may hold in memory, in bytes. A feed has up to 20 of them: 320 MiB.
const SUMMARY_BUFFER: usize = 16 * 1024 * 1024;

/// What `import` knows of the world.
pub struct Deps {
    /// The data bucket.
    pub objects: Arc<dyn Objects>,
    /// Loads runs.
    pub runs: Runs,
    /// Opens the sink of a feed.
    pub sinks: Arc<dyn Sinks>,
    /// The index of rejects.
    pub rejects: Arc<dyn Rejects>,
    /// How many days an entry of the index is kept.
    pub rejects_days: u32,
    /// Measures what a call uses, for the cost estimate.
    pub meter: Meter,
    /// What each summary may hold in memory before it is written as a block, in bytes.
    pub summary_buffer: usize,
    /// The settings of `import`.
    pub config: Config,
}

/// The settings of `import`.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Most items in flight; at least one batch is. If the sink throttles, there are fewer.
    pub in_flight: usize,
    /// How long before its deadline the function stops writing and saves its progress.
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
    pub fn new(world: &(impl World + ?Sized), config: Config) -> Self {
        Self::with_sinks(world, world.sinks(), config)
    }

    /// Takes what `import` needs from a world, but for the sinks, which are these.
    #[must_use]
    pub fn with_sinks(world: &(impl World + ?Sized), sinks: Arc<dyn Sinks>, config: Config) -> Self {
        Self {
            objects: world.objects(),
            runs: world.runs(),
            sinks,
            rejects: world.rejects(),
            rejects_days: world.rejects_days(),
            meter: world.meter(),
            summary_buffer: SUMMARY_BUFFER,
            config,
        }
    }
}

/// Imports a chunk, from the last progress on.
pub(crate) async fn import(deps: &Deps, input: &ChunkInput, call: &Call) -> Result<ImportOutput, Error> {
    let reading = deps.meter.start();
    let (objects, chunk) = (&*deps.objects, &input.chunk);
    let Config { in_flight: most, margin } = deps.config;
    let time = Time { deadline: call.deadline(), margin };
    let run = deps.runs.load(&input.run_id).await?;
    let checked = keys::outcome(&input.run_id, Phase::Check, chunk.chunk);
    let checked: CheckOutcome = read_json(objects, &checked).await?;
    let valid = checked.valid_parts();
    let progress: Option<Progress> = find_json(objects, &keys::progress(&input.run_id, chunk.chunk)).await?;
    let losers = Losers::read(objects, input).await?;
    let target = &Target::of(&run.plan);
    let sink = &*deps.sinks.open(target);
    let mut work = Work::create(deps, &run, sink, input, call, progress, reading).await?;
    let rows = ValidRows::open(objects, valid, work.done()).await?;
    work.begin(rows.done());
    let numbers = Numbers { next: work.next_record(), end: chunk.first_record + chunk.records };
    let stamp = &Stamp { run: &input.run_id, order: &run.document.order };

    let columns = &Columns::new(run.plan.sink, run.plan.shape());
    let kept = run.plan.import.delete.as_ref().and_then(|delete| delete.expires);
    let deletion = Deletion { expires: kept.map(|seconds| run.context.as_of.as_second().saturating_add(seconds)) };
    let goal = Goal { sink, target, stamp, columns, deletion, valid };

    let limits = sink.batch();
    let mut batches = Batches::new(&run, &losers, rows, numbers, limits, time);
    let pace = &Pace::new(most / limits.items.max(1), time);
    let mut in_flight = FuturesOrdered::new();
    let mut spare: Vec<Batch> = Vec::new();
    loop {
        while batches.state() == Reading::More && pace.has_room(in_flight.len()) {
            let mut batch = spare.pop().unwrap_or_default();
            batches.fill(&mut batch).await?;
            if batch.is_empty() {
                break;
            }
            // A batch without a winner is not in flight.
            let writing = batch.has_winners().then(|| pace.begin());
            in_flight.push_back(async move {
                let written = match writing {
                    Some(writing) => batch.write(writing, goal).await,
                    None => Ok(()),
                };
                (batch, written)
            });
        }
        // Answers are counted in the order of the file, but any answer makes room for another write.
        let more = batches.state() == Reading::More;
        let next = poll_fn(|context| match in_flight.poll_next_unpin(context) {
            Poll::Pending if more && pace.has_room(in_flight.len()) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
        });
        let Some(answer) = next.await else { continue };
        let Some((mut batch, written)) = answer else {
            return if batches.state() == Reading::Ended { work.complete(valid).await } else { work.interrupt().await };
        };
        let is_settled = batch.settle(&mut work).await?;
        if let Err(error) = written {
            let Error::Fault(fault) = error else { return Err(error) };
            // Save the progress, so that the next attempt gets further. Writes in flight behind this record are not counted yet: the
            // next attempt sends them again, and meets the items that this one wrote.
            return work.interrupt_by(fault).await;
        }
        if !is_settled {
            let (what, found) = ("the answer of the sink".to_owned(), "it has fewer items than the batch".to_owned());
            return work.interrupt_by(Fault::Corrupt { what, found }).await;
        }
        spare.push(batch);
    }
}
