//! Looks up the keys of other tables that records refer to, ahead of the record that is being validated.
//!
//! A feed without references does without all of this.

use std::sync::Arc;

use async_trait::async_trait;
use sluice_engine::Problem;
use sluice_engine::feed::FeedPlan;
use sluice_engine::record::Record;
use sluice_engine::rules::Reference;
use sluice_platform::Fault;
use sluice_platform::lookahead::{Asked, Asking, Limits, Lookahead, Lookup};
use sluice_platform::objects::Objects;
use sluice_platform::records::Records;
use sluice_platform::references::References;
use sluice_platform::sink::Target;

use crate::row::before_fields;

/// How far ahead keys are looked up. A window has as many keys as DynamoDB takes in one request. Four windows are 400 keys; at 10 ms
/// each that is 40,000 keys a second. A remembered answer takes about 50 bytes: 13 MB at most.
const LIMITS: Limits = Limits { keys: 100, rows: 4096, ahead: 4, remembered: 128 * 1024 };

/// A key that a record refers to: the index of the reference in the feed, and the hash of the key.
type Key = (usize, u128);

/// The lookups of a chunk, and the answers so far.
pub(crate) struct Lookups<'a> {
    plan: &'a FeedPlan,
    ahead: Lookahead<'a, Key, Vec<String>, bool>,
}

/// The tables that a feed refers to.
struct Referenced<'a> {
    references: &'a dyn References,
    plan: &'a FeedPlan,
    targets: Vec<Target>,
}

#[async_trait]
impl Lookup<Key, Vec<String>, bool> for Referenced<'_> {
    fn keys(&self, row: &Record<'_>, asking: &mut Asking<'_, Key, Vec<String>, bool>) {
        // The validation of the row reports what is wrong with it.
        let Some(cells) = row.text() else { return };
        let text = |field: usize| cells.get(before_fields(self.plan) + field).unwrap_or_default();
        for (at, reference) in self.plan.references.iter().enumerate() {
            let Some(texts) = reference.ahead(&self.plan.fields, text) else { continue };
            asking.key((at, Reference::hash_of(&texts)), || {
                if reference.may_exist(&texts) {
                    Asked::Question(texts.iter().map(|text| text.clone().into_owned()).collect())
                } else {
                    Asked::Answer(false)
                }
            });
        }
    }

    /// Asks the tables one after the other; most feeds refer to one.
    async fn answer(&self, questions: Vec<(Key, Vec<String>)>) -> Result<Vec<(Key, bool)>, Fault> {
        let mut answers = Vec::with_capacity(questions.len());
        for (at, target) in self.targets.iter().enumerate() {
            let of_table = questions.iter().filter(|((reference, _), _)| *reference == at);
            let (hashes, keys): (Vec<Key>, Vec<Vec<String>>) = of_table.cloned().unzip();
            if !keys.is_empty() {
                answers.extend(hashes.into_iter().zip(self.references.existing(target, &keys).await?));
            }
        }
        Ok(answers)
    }
}

impl<'a> Lookups<'a> {
    /// Opens the lookups for the rows of an object; `None` if the feed has no references.
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
        let targets = plan.references.iter().map(Target::referenced).collect();
        let tables = Arc::new(Referenced { references, plan, targets });
        Ok(Some(Box::new(Self { plan, ahead: Lookahead::new(tables, records, LIMITS) })))
    }

    /// Goes on to the next row without waiting, if the row is in the same window. Otherwise returns false, and the caller must call
    /// [`Lookups::advance`].
    #[inline]
    pub(crate) fn advance_at_hand(&mut self) -> bool {
        self.ahead.advance_at_hand()
    }

    /// Goes on to the next row, and waits for the answers about its references.
    pub(crate) async fn advance(&mut self) -> Result<(), Fault> {
        self.ahead.advance().await
    }

    /// Adds a problem for each reference of a record whose key does not exist. `text` gives the canonical text of a field.
    pub(crate) fn check<'t>(
        &self,
        text: impl Fn(usize) -> &'t str,
        problems: &mut Vec<Problem>,
    ) -> Result<(), &'static str> {
        let plan = self.plan;
        for (at, reference) in plan.references.iter().enumerate() {
            let Some(hash) = reference.hash(&text) else { continue };
            let exists = self.ahead.answer(&(at, hash)).ok_or("what it refers to was not looked up")?;
            if !exists {
                problems.push(reference.problem(&plan.fields, &plan.masks, &text));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
