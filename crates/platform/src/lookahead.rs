//! Asks for keys that rows name, some way ahead of the reader that works on the rows.
//!
//! The rows are read a second time, by a reader that runs ahead. It asks for keys in windows of rows, a few of which
//! are under way at once; the reader behind goes on to a row when the answers for its window are there. So no row waits
//! in memory, and rows stay in the order of the file. Each distinct key of a window is asked for once, and answers are
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

/// What is asked: which keys a row names, and what the answers to them are. Keys are told apart by a `K`, asked for by
/// a `Q`, and answered by an `A`.
#[async_trait]
pub trait Lookup<K, Q, A>: Send + Sync {
    /// Names the keys of a row, each by [`Asking::key`].
    fn keys(&self, row: &Record<'_>, asking: &mut Asking<'_, K, Q, A>);

    /// Answers a batch of keys, each of which is in it once.
    ///
    /// # Errors
    /// If not all can be answered.
    async fn answer(&self, questions: Vec<(K, Q)>) -> Result<Vec<(K, A)>, Fault>;
}

/// How far ahead keys are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A window ends at the row with which it asks for so many keys,
    pub keys: usize,
    /// or at so many rows: some name keys that are known, and others name none.
    pub rows: u64,
    /// Windows that are under way at once.
    pub ahead: usize,
    /// Answers that are remembered at least; at most twice as many are.
    pub remembered: usize,
}

/// Rows whose keys are asked for ahead.
pub struct Lookahead<'a, K, Q, A> {
    lookup: Arc<dyn Lookup<K, Q, A> + 'a>,
    limits: Limits,
    /// The rows, ahead of those that are worked on.
    records: Records,
    ended: bool,
    coming: FuturesOrdered<BoxFuture<'a, Result<Window<K, A>, Fault>>>,
    /// The window of the row that is worked on.
    window: Window<K, A>,
    known: Memory<K, A>,
}

/// Some rows, and the answers to the keys that they name.
struct Window<K, A> {
    /// How many of them are to come.
    rows: u64,
    /// `None` while an answer is under way.
    answers: HashMap<K, Option<A>>,
}

/// What a window asks for.
pub struct Asking<'w, K, Q, A> {
    window: &'w mut Window<K, A>,
    known: &'w Memory<K, A>,
    questions: Vec<(K, Q)>,
}

/// What is to be done about a key that is not known yet.
pub enum Asked<Q, A> {
    /// This is the answer: nobody needs to be asked.
    Answer(A),
    /// This is asked.
    Question(Q),
}

impl<K, A> Default for Window<K, A> {
    fn default() -> Self {
        Self { rows: 0, answers: HashMap::new() }
    }
}

impl<K: Copy + Eq + Hash, Q, A: Clone> Asking<'_, K, Q, A> {
    /// Names a key; `asked` says what is to be done about it, where it is not known.
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
    /// Looks ahead over the rows that `records` has from here on. The reader behind reads the same rows.
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

    /// Goes on to the next row where it is of the same window, without waiting; where it returns `false`,
    /// [`Lookahead::advance`] does.
    #[inline]
    pub fn advance_at_hand(&mut self) -> bool {
        let found = self.window.rows > 0;
        self.window.rows -= u64::from(found);
        found
    }

    /// Goes on to the next row: then the keys that it names are known. After the last row there are no answers.
    ///
    /// # Errors
    /// If the rows cannot be read or keys not be answered.
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

    /// The answer to a key of the row; `None` if that was not asked for.
    #[inline]
    pub fn answer(&self, key: &K) -> Option<&A> {
        self.window.answers.get(key)?.as_ref()
    }

    /// Reads the rows of a window, and asks for what is not known of them.
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
