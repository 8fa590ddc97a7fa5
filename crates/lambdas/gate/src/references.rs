//! References of a file to itself that none of its records satisfies: whether the table has what they refer to.
//!
//! The hashes do not say what a record refers to. The steps that found the records valid have written that, in the order of the file, and
//! it is read again for the few that are open. Their keys are asked of the table, many at a time and each once in a window.
//!
//! The answers of a window are written down once, so that a repeated call decides the same although the table may have changed.

use std::collections::HashMap;

use futures::{StreamExt, TryStreamExt, stream};
use sluice_contract::documents::{GateAnswers, Part, Version};
use sluice_contract::{Chunk, Loser, Reason, RunId, keys};
use sluice_engine::feed::FeedPlan;
use sluice_engine::rules::Reference;
use sluice_platform::Fault;
use sluice_platform::documents::{find_json, settle_json};
use sluice_platform::objects::Objects;
use sluice_platform::records::Records;
use sluice_platform::references::References;
use sluice_platform::sink::Target;

use crate::duplicates::{DELETED, Source};
use crate::losers::Lots;
use crate::marks::Marks;

/// Keys in a request: as many as DynamoDB takes.
const REQUEST: usize = 100;
/// Requests at the same time. At 10 ms each, that is 160,000 keys a second.
const AT_ONCE: usize = 16;
/// Records that wait for the answers of a window, at most: many may refer to the same few keys.
const WAITING: usize = 64 * 1024;

/// What the gate needs to know of the references of a file to itself.
pub(crate) struct Own<'a> {
    pub(crate) references: &'a dyn References,
    /// What the records of each chunk refer to: the settled ones, and those that `validate` judged.
    pub(crate) parts: &'a [[Part; 2]],
}

impl Own<'_> {
    /// Rejects the records whose references lead nowhere: adds them to the losers, and marks them.
    pub(crate) async fn reject_missing(
        &self,
        source: &Source<'_>,
        open: Lots<'_>,
        losers: &mut Lots<'_>,
        broken: &mut Marks,
    ) -> Result<(), Fault> {
        let mut texts = Texts::new(source.objects, source.chunks, self.parts);
        let mut window = Window::new(self.references, source);
        let (mut open, mut batch) = (open.sorted().await?, Vec::new());
        while open.next(&mut batch).await? {
            for loser in &batch {
                let Reason::Missing(index) = loser.reason else { continue };
                let text = texts.of(loser.record, usize::from(index)).await?;
                window.add(*loser, usize::from(index), text);
                if window.is_full() {
                    window.ask(losers, broken).await?;
                    losers.make_room().await?;
                }
            }
        }
        texts.finish().await?;
        window.ask(losers, broken).await
    }
}

/// Open references, and the keys that are to be asked of the table for them.
struct Window<'a> {
    references: &'a dyn References,
    objects: &'a dyn Objects,
    run: &'a RunId,
    plan: &'a FeedPlan,
    target: Target,
    /// The number of the window, from 1. What is in it depends on the file alone.
    number: usize,
    /// Each record, and the index of its key; `None` if it is known that there is no such item.
    waiting: Vec<(Loser, Option<usize>)>,
    keys: Vec<Vec<String>>,
    known: HashMap<String, usize>,
}

impl<'a> Window<'a> {
    fn new(references: &'a dyn References, source: &Source<'a>) -> Self {
        let Source { objects, run, plan, .. } = *source;
        let (waiting, keys, known) = (Vec::new(), Vec::new(), HashMap::new());
        Self { references, objects, run, plan, target: Target::of(plan), number: 1, waiting, keys, known }
    }

    fn add(&mut self, loser: Loser, index: usize, text: &str) {
        let may_exist = |reference: &Reference| reference.may_exist(&[text]);
        let asks = loser.other != DELETED && self.plan.own_references.get(index).is_some_and(may_exist);
        let key = asks.then(|| {
            let keys = &mut self.keys;
            *self.known.entry(text.to_owned()).or_insert_with(|| {
                keys.push(vec![text.to_owned()]);
                keys.len() - 1
            })
        });
        self.waiting.push((loser, key));
    }

    fn is_full(&self) -> bool {
        self.keys.len() >= REQUEST * AT_ONCE || self.waiting.len() >= WAITING
    }

    /// Asks the table, and rejects the records whose keys it does not have.
    async fn ask(&mut self, losers: &mut Lots<'_>, broken: &mut Marks) -> Result<(), Fault> {
        let found = if self.keys.is_empty() { Vec::new() } else { self.answers().await? };
        for (loser, key) in self.waiting.drain(..) {
            if !key.is_some_and(|key| found.get(key).copied().unwrap_or_default()) {
                broken.set(loser.record);
                losers.push(Loser { other: 0, ..loser });
            }
        }
        self.keys.clear();
        self.known.clear();
        self.number += 1;
        Ok(())
    }

    /// Whether the table has each of the keys: the answers of the first call that asked.
    async fn answers(&self) -> Result<Vec<bool>, Fault> {
        let key = keys::gate_answers(self.run, self.number);
        let answers = match find_json::<GateAnswers>(self.objects, &key).await? {
            Some(answers) => answers,
            None => {
                let requests = stream::iter(self.keys.chunks(REQUEST));
                let requests = requests.map(|keys| self.references.existing(&self.target, keys));
                let found: Vec<Vec<bool>> = requests.buffered(AT_ONCE).try_collect().await?;
                let answers = GateAnswers { version: Version, run_id: self.run.clone(), exists: found.concat() };
                settle_json(self.objects, &key, answers).await?
            }
        };
        let (answered, asked) = (answers.exists.len(), self.keys.len());
        if answered == asked {
            return Ok(answers.exists);
        }
        Err(Fault::Corrupt { what: format!("object {key}"), found: format!("{answered} answers to {asked} questions") })
    }
}

/// What records refer to, for records in the order of the file.
struct Texts<'a> {
    objects: &'a dyn Objects,
    /// The chunks that were not opened yet, with what their records refer to.
    chunks: Vec<(&'a Chunk, &'a [Part; 2])>,
    /// The rows of the chunk of the last record, each with the number of its current record; `None` after the last.
    rows: Vec<(Records, Option<u64>)>,
}

impl<'a> Texts<'a> {
    fn new(objects: &'a dyn Objects, chunks: &'a [Chunk], parts: &'a [[Part; 2]]) -> Self {
        Self { objects, chunks: chunks.iter().zip(parts).rev().collect(), rows: Vec::new() }
    }

    /// What the record refers to by a reference.
    async fn of(&mut self, record: u64, index: usize) -> Result<&str, Fault> {
        while self.chunks.last().is_some_and(|(chunk, _)| chunk.first_record <= record) {
            self.finish().await?;
            let Some((chunk, parts)) = self.chunks.pop() else { break };
            // Only the chunk of the record is opened.
            if chunk.first_record.saturating_add(chunk.records) <= record {
                continue;
            }
            for part in parts.iter().filter(|part| part.records > 0) {
                let mut rows = Records::written(self.objects, part).await?;
                // The header.
                rows.advance().await?;
                let number = next(&mut rows).await?;
                self.rows.push((rows, number));
            }
        }
        for (rows, number) in &mut self.rows {
            while number.is_some_and(|number| number < record) {
                *number = next(rows).await?;
            }
        }
        let row = self.rows.iter().find(|(_, number)| *number == Some(record));
        let cell = row.and_then(|(rows, _)| std::str::from_utf8(rows.record().get(1 + index)?).ok());
        cell.ok_or_else(|| corrupt(format!("the references of record {record} are not there")))
    }

    /// Reads what is left of the open chunk, so that all of it is compared with what was written.
    async fn finish(&mut self) -> Result<(), Fault> {
        for (mut rows, mut number) in self.rows.drain(..) {
            while number.is_some() {
                number = next(&mut rows).await?;
            }
        }
        Ok(())
    }
}

/// Goes to the next row, and returns the number of its record; `None` after the last.
async fn next(rows: &mut Records) -> Result<Option<u64>, Fault> {
    if !rows.advance().await? {
        return Ok(None);
    }
    let number = rows.record().get(0).and_then(|cell| std::str::from_utf8(cell).ok()?.parse().ok());
    number.map(Some).ok_or_else(|| corrupt("a row does not begin with the number of a record".to_owned()))
}

fn corrupt(found: String) -> Fault {
    Fault::Corrupt { what: "the references of a chunk".to_owned(), found }
}
