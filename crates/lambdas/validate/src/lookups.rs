//! Looks up the keys that records name, some way ahead of the record that is checked.
//!
//! The rows are read a second time, by a reader that goes before the one that checks them. It asks for keys in windows of
//! rows, of which a few are on their way; a row is checked when the answers for its window are there. So nothing that is
//! checked waits in memory, and what is written stays in the order of the file. A feed without references has none of this.

use std::collections::HashMap;

use futures::future::BoxFuture;
use futures::stream::{FuturesOrdered, TryStreamExt};
use sluice_engine::Problem;
use sluice_engine::feed::FeedPlan;
use sluice_engine::rules::Reference;
use sluice_platform::Fault;
use sluice_platform::objects::Objects;
use sluice_platform::records::Records;
use sluice_platform::references::References;
use sluice_platform::sink::Target;

use crate::row::OWN;

/// A window ends where so many keys are to be looked up: as many as DynamoDB takes at once.
const KEYS: usize = 100;
/// Or at so many rows: some of which name keys that are known, and the others none.
const ROWS: u64 = 4096;
/// Windows whose keys are looked up at once: 400 keys, which at 10 ms each are 40,000 keys in a second.
const AHEAD: usize = 4;
/// Keys that are remembered at least; twice as many at most, of some 50 bytes each: 13 MB.
const REMEMBERED: usize = 128 * 1024;

/// A key of a reference: the place of that among those of the feed, and the hash of the key.
type Key = (usize, u128);

/// What records refer to, as far as it is known.
pub(crate) struct Lookups<'a> {
    references: &'a dyn References,
    plan: &'a FeedPlan,
    targets: Vec<Target>,
    /// The rows, ahead of those that are checked.
    records: Records,
    ended: bool,
    coming: FuturesOrdered<BoxFuture<'a, Result<Window, Fault>>>,
    /// The window of the row that is checked.
    window: Window,
    known: Known,
}

/// Some rows, and whether the keys that they name are there.
#[derive(Default)]
struct Window {
    /// How many of them are to come.
    rows: u64,
    answers: HashMap<Key, bool>,
}

/// What is remembered of windows that have passed: the younger half, and the older one, which goes when that is full.
#[derive(Default)]
struct Known {
    young: HashMap<Key, bool>,
    old: HashMap<Key, bool>,
}

impl Known {
    fn get(&self, key: Key) -> Option<bool> {
        self.young.get(&key).or_else(|| self.old.get(&key)).copied()
    }

    fn learn(&mut self, answers: &HashMap<Key, bool>) {
        if self.young.len() >= REMEMBERED {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.extend(answers);
    }
}

impl<'a> Lookups<'a> {
    /// Lookups for the rows of an object; `None` where the feed refers to nothing.
    pub(crate) async fn open(
        objects: &dyn Objects,
        references: &'a dyn References,
        plan: &'a FeedPlan,
        key: &str,
    ) -> Result<Option<Box<Self>>, Fault> {
        if plan.references.is_empty() {
            return Ok(None);
        }
        let mut records = Records::canonical(objects, key).await?;
        records.advance().await?;
        Ok(Some(Box::new(Self {
            references,
            plan,
            targets: plan.references.iter().map(Target::referenced).collect(),
            records,
            ended: false,
            coming: FuturesOrdered::new(),
            window: Window::default(),
            known: Known::default(),
        })))
    }

    /// Goes on to the next row where it is of the same window, without waiting; where not, [`Lookups::advance`] does.
    #[inline]
    pub(crate) fn advance_at_hand(&mut self) -> bool {
        let found = self.window.rows > 0;
        self.window.rows -= u64::from(found);
        found
    }

    /// Goes on to the next row: then what it refers to is known.
    pub(crate) async fn advance(&mut self) -> Result<(), Fault> {
        while self.window.rows == 0 {
            while !self.ended && self.coming.len() < AHEAD {
                self.send().await?;
            }
            // Where there is no window any more, whoever reads the rows has more of them, and finds no answers.
            let Some(window) = self.coming.try_next().await? else { return Ok(()) };
            self.known.learn(&window.answers);
            self.window = window;
        }
        self.window.rows -= 1;
        Ok(())
    }

    /// Holds a record of these canonical texts against what was found.
    pub(crate) fn hold<'t>(
        &self,
        text: impl Fn(usize) -> &'t str,
        problems: &mut Vec<Problem>,
    ) -> Result<(), &'static str> {
        for (at, reference) in self.plan.references.iter().enumerate() {
            let Some(hash) = reference.hash(&text) else { continue };
            let exists = self.window.answers.get(&(at, hash)).ok_or("what it refers to was not looked up")?;
            if !exists {
                problems.push(reference.problem(&self.plan.fields, &self.plan.masks, &text));
            }
        }
        Ok(())
    }

    /// Reads the rows of a window, and asks for what is not known of them.
    async fn send(&mut self) -> Result<(), Fault> {
        let mut window = Window::default();
        let mut asked: Vec<(Key, Vec<String>)> = Vec::new();
        while window.rows < ROWS && asked.len() < KEYS {
            if !(self.records.advance_at_hand()? || self.records.advance().await?) {
                self.ended = true;
                break;
            }
            window.rows += 1;
            let record = self.records.record();
            // What is wrong with a row is for the reader that checks it.
            let Some(cells) = record.text() else { continue };
            for (at, reference) in self.plan.references.iter().enumerate() {
                let text = |field: usize| cells.get(OWN + field).unwrap_or_default();
                let Some(texts) = reference.ahead(&self.plan.fields, text) else { continue };
                let key = (at, Reference::hash_of(&texts));
                if window.answers.contains_key(&key) {
                    continue;
                }
                let known = self.known.get(key).or_else(|| (!reference.may_exist(&texts)).then_some(false));
                if known.is_none() {
                    asked.push((key, texts.iter().map(|text| text.clone().into_owned()).collect()));
                }
                window.answers.insert(key, known.unwrap_or_default());
            }
        }
        if window.rows > 0 {
            self.coming.push_back(Box::pin(answer(self.references, self.targets.clone(), window, asked)));
        }
        Ok(())
    }
}

/// Asks the tables, one after the other: mostly there is one.
async fn answer(
    references: &dyn References,
    targets: Vec<Target>,
    mut window: Window,
    asked: Vec<(Key, Vec<String>)>,
) -> Result<Window, Fault> {
    for (at, target) in targets.iter().enumerate() {
        let of_table = asked.iter().filter(|((reference, _), _)| *reference == at);
        let (hashes, keys): (Vec<Key>, Vec<Vec<String>>) = of_table.cloned().unzip();
        if !keys.is_empty() {
            let existing = references.existing(target, &keys).await?;
            window.answers.extend(hashes.into_iter().zip(existing));
        }
    }
    Ok(window)
}

#[cfg(test)]
mod tests;
