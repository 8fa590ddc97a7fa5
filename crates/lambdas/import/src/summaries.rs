//! What the records of a chunk add to the summaries of the feed.
//!
//! It is taken from a record before the record is written, so that a record of which it cannot be said is rejected, and kept once
//! the sink has answered. What does not fit into memory is written as a sorted block.

use std::collections::HashMap;

use sluice_contract::documents::SummaryEntries;
use sluice_contract::keys;
use sluice_contract::steps::ChunkInput;
use sluice_engine::feed::FeedPlan;
use sluice_engine::summary::{Group, Measure, Summarizer, Taken, Visit, add_all};
use sluice_engine::{Code, Problem, Stage};
use sluice_platform::objects::Objects;
use sluice_platform::run::Run;
use sluice_platform::sorted::{BlockWriter, Entry};
use sluice_platform::{Call, Fault};

/// What a record adds: the index of a summary, and what it is.
pub(crate) type Added = (usize, Taken);

/// Takes the records of a chunk for all summaries of a run.
pub(crate) struct Takers<'r> {
    plan: &'r FeedPlan,
    summarizers: Vec<Summarizer<'r>>,
    taken: Vec<Taken>,
}

impl<'r> Takers<'r> {
    /// For a run. A repair has no summaries: the run that it repairs has them.
    pub(crate) fn new(run: &'r Run) -> Self {
        let plans = if run.document.repairs.is_some() { &[][..] } else { &run.plan.summaries };
        let summarizers = plans.iter().map(|plan| Summarizer::new(plan, &run.plan.fields, &run.context)).collect();
        Self { plan: &run.plan, summarizers, taken: Vec::new() }
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.summarizers.is_empty()
    }

    /// Appends what a record with these texts adds.
    ///
    /// # Errors
    /// The problem of a record of which that cannot be said.
    pub(crate) fn take(&mut self, record: u64, texts: &[&str], added: &mut Vec<Added>) -> Result<(), Problem> {
        let before = added.len();
        for (index, summarizer) in self.summarizers.iter_mut().enumerate() {
            let text = |field: usize| texts.get(field).copied().unwrap_or_default();
            if let Err(why) = summarizer.take(record, &text, &mut self.taken) {
                added.truncate(before);
                self.taken.clear();
                let plan = self.plan.summaries.get(index);
                let file = plan.map_or("", |plan| plan.file.written());
                // The message of an expression may quote the value of any field that it reads.
                let why = match plan {
                    Some(plan) if plan.is_sensitive => "why is not shown, because a field is sensitive".to_owned(),
                    _ => why,
                };
                let message = format!("what it adds to the summary {file} cannot be said: {why}");
                return Err(Problem::new(Stage::Import, Code::ExpressionError, message));
            }
            added.extend(self.taken.drain(..).map(|taken| (index, taken)));
        }
        Ok(())
    }
}

/// What the records of an invocation have added so far.
#[derive(Default)]
pub(crate) struct Summaries {
    summaries: Vec<Summary>,
}

/// What they have added to a summary.
struct Summary {
    key: String,
    visits: Vec<Visit>,
    groups: HashMap<Box<[u8]>, Vec<Measure>>,
    /// What both take in memory, in bytes.
    bytes: usize,
    object: Option<BlockWriter>,
}

impl Summaries {
    /// For an invocation on a chunk.
    pub(crate) fn new(run: &Run, input: &ChunkInput, call: &Call) -> Self {
        let key = |number| keys::summary_entries(&input.run_id, number, input.chunk.chunk, call.id());
        let count = if run.document.repairs.is_some() { 0 } else { run.plan.summaries.len() };
        let summary =
            |number| Summary { key: key(number), visits: Vec::new(), groups: HashMap::new(), bytes: 0, object: None };
        Self { summaries: (1..=count).map(summary).collect() }
    }

    /// Keeps what a record adds.
    pub(crate) fn add(&mut self, (index, taken): Added) {
        let Some(summary) = self.summaries.get_mut(index) else { return };
        match taken {
            Taken::Visit(visit) => {
                summary.bytes += visit.bytes_in_memory();
                summary.visits.push(visit);
            }
            Taken::Group(group) => match summary.groups.get_mut(&group.key) {
                Some(numbers) => add_all(numbers, &group.numbers),
                None => {
                    summary.bytes += group.bytes_in_memory();
                    summary.groups.insert(group.key, group.numbers);
                }
            },
        }
    }

    /// Writes what takes as much memory as this, in bytes, or more.
    pub(crate) async fn make_room(&mut self, objects: &dyn Objects, buffer: usize) -> Result<(), Fault> {
        for summary in self.summaries.iter_mut().filter(|summary| summary.bytes >= buffer) {
            summary.write(objects).await?;
        }
        Ok(())
    }

    /// Writes the rest, and returns the objects.
    pub(crate) async fn finish(self, objects: &dyn Objects) -> Result<Vec<SummaryEntries>, Fault> {
        let mut written = Vec::new();
        for (number, mut summary) in (1..).zip(self.summaries) {
            summary.write(objects).await?;
            if let Some(object) = summary.object {
                written.push(SummaryEntries { summary: number, key: summary.key, blocks: object.finish().await? });
            }
        }
        Ok(written)
    }
}

impl Summary {
    /// Writes what is in memory as a block. A summary has visits or groups, and never both.
    async fn write(&mut self, objects: &dyn Objects) -> Result<(), Fault> {
        if self.visits.is_empty() && self.groups.is_empty() {
            return Ok(());
        }
        self.visits.sort_unstable();
        let mut groups: Vec<Group> = self.groups.drain().map(|(key, numbers)| Group { key, numbers }).collect();
        groups.sort_unstable();
        let object = match &mut self.object {
            Some(object) => object,
            none => none.insert(BlockWriter::create(objects, &self.key).await?),
        };
        object.write(&self.visits).await?;
        object.write(&groups).await?;
        object.end_block().await?;
        self.visits.clear();
        self.bytes = 0;
        Ok(())
    }
}
