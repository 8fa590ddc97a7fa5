//! Looks up the keys that rows refer to, ahead of the reader that processes the rows.
//!
//! A second reader of the same rows runs ahead. It looks up keys in windows of rows, of which a few are under way at
//! the same time. The first reader goes on to a row once the answers for its window have arrived. So no row waits in
//! memory, and rows stay in the order of the file. Each distinct key of a window is looked up once, and answers are
//! remembered for a while.

mod memory;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::stream::{FuturesOrdered, TryStreamExt};
use sluice_engine::record::Record;

use self::memory::Memory;
use crate::Fault;
use crate::records::Records;

/// Finds the keys of a row, and answers them. A `K` identifies a key, a `Q` is the question about it, and an `A` its
/// answer.
#[async_trait]
pub trait Lookup<K, Q, A>: Send + Sync {
    /// Calls [`Asking::key`] for each key of a row.
    fn keys(&self, row: &Record<'_>, asking: &mut Asking<'_, K, Q, A>);

    /// Answers a batch of distinct keys.
    ///
    /// # Errors
    /// If one of them cannot be answered.
    async fn answer(&self, questions: Vec<(K, Q)>) -> Result<Vec<(K, A)>, Fault>;
}

/// How far ahead keys are looked up.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A window ends with the row at which it asks for this many keys.
    pub keys: usize,
    /// A window ends after this many rows in any case, because rows may have only known keys, or none.
    pub rows: u64,
    /// Windows that are under way at the same time.
    pub ahead: usize,
    /// The minimum number of answers that are remembered; the maximum is about twice as many.
    pub remembered: usize,
}

/// Rows whose keys are looked up ahead.
pub struct Lookahead<'a, K, Q, A> {
    lookup: Arc<dyn Lookup<K, Q, A> + 'a>,
    limits: Limits,
    /// The reader that runs ahead.
    records: Records,
    ended: bool,
    coming: FuturesOrdered<BoxFuture<'a, Result<Window<K, A>, Fault>>>,
    /// The window of the row that is being processed.
    window: Window<K, A>,
    known: Memory<K, A>,
}

/// Some rows, and the answers to their keys.
struct Window<K, A> {
    /// How many of the rows are still to be processed.
    rows: u64,
    /// `None` while an answer is under way.
    answers: HashMap<K, Option<A>>,
}

/// Collects the keys of a window, and the questions about those that are not known yet.
pub struct Asking<'w, K, Q, A> {
    window: &'w mut Window<K, A>,
    known: &'w Memory<K, A>,
    questions: Vec<(K, Q)>,
}

/// What to do about a key that is not known yet.
pub enum Asked<Q, A> {
    /// The answer is known without a lookup.
    Answer(A),
    /// The question to look up.
    Question(Q),
}

impl<K, A> Default for Window<K, A> {
    fn default() -> Self {
        Self { rows: 0, answers: HashMap::new() }
    }
}

impl<K: Copy + Eq + Hash, Q, A: Clone> Asking<'_, K, Q, A> {
    /// Adds a key. `asked` is called if its answer is not known yet.
    pub fn key(&mut self, key: K, asked: impl FnOnce() -> Asked<Q, A>) {
        let Entry::Vacant(place) = self.window.answers.entry(key) else { return };
        place.insert(self.known.get(&key).or_else(|| match asked() {
            Asked::Answer(answer) => Some(answer),
            Asked::Question(question) => {
                self.questions.push((key, question));
                None
            }
        }));
    }
}

impl<'a, K, Q, A> Lookahead<'a, K, Q, A>
where
    K: Copy + Eq + Hash + Send + Sync + 'a,
    Q: Send + 'a,
    A: Clone + Send + Sync + 'a,
{
    /// Looks ahead over the remaining rows of `records`. The caller processes the same rows with a reader of its own.
    pub fn new(lookup: Arc<dyn Lookup<K, Q, A> + 'a>, records: Records, limits: Limits) -> Self {
        Self {
            lookup,
            limits,
            records,
            ended: false,
            coming: FuturesOrdered::new(),
            window: Window::default(),
            known: Memory::new(limits.remembered),
        }
    }

    /// Goes to the next row without waiting, if it is in the same window. If it returns `false`, call
    /// [`Lookahead::advance`].
    #[inline]
    pub fn advance_at_hand(&mut self) -> bool {
        let found = self.window.rows > 0;
        self.window.rows -= u64::from(found);
        found
    }

    /// Goes to the next row, whose keys are answered then. After the last row there are no answers.
    ///
    /// # Errors
    /// If the rows cannot be read, or a key cannot be answered.
    pub async fn advance(&mut self) -> Result<(), Fault> {
        while self.window.rows == 0 {
            while !self.ended && self.coming.len() < self.limits.ahead {
                self.send().await?;
            }
            let Some(window) = self.coming.try_next().await? else { return Ok(()) };
            let answers = window.answers.iter().filter_map(|(key, answer)| Some((*key, answer.clone()?)));
            self.known.learn(answers);
            self.window = window;
        }
        self.window.rows -= 1;
        Ok(())
    }

    /// The answer to a key of the row; `None` if the key was not looked up.
    #[inline]
    pub fn answer(&self, key: &K) -> Option<&A> {
        self.window.answers.get(key)?.as_ref()
    }

    /// Reads the rows of a window, and begins to look up their unknown keys.
    async fn send(&mut self) -> Result<(), Fault> {
        let mut window = Window::default();
        let mut rows = 0;
        let mut asking = Asking { window: &mut window, known: &self.known, questions: Vec::new() };
        while rows < self.limits.rows && asking.questions.len() < self.limits.keys {
            if !(self.records.advance_at_hand()? || self.records.advance().await?) {
                self.ended = true;
                break;
            }
            rows += 1;
            self.lookup.keys(&self.records.record(), &mut asking);
        }
        let questions = asking.questions;
        window.rows = rows;
        if rows > 0 {
            self.coming.push_back(Box::pin(answered(Arc::clone(&self.lookup), window, questions)));
        }
        Ok(())
    }
}

/// A window with the answers to its questions.
async fn answered<K: Eq + Hash, Q, A>(
    lookup: Arc<dyn Lookup<K, Q, A> + '_>,
    mut window: Window<K, A>,
    questions: Vec<(K, Q)>,
) -> Result<Window<K, A>, Fault> {
    if !questions.is_empty() {
        let answers = lookup.answer(questions).await?;
        window.answers.extend(answers.into_iter().map(|(key, answer)| (key, Some(answer))));
    }
    Ok(window)
}

#[cfg(test)]
mod tests;
