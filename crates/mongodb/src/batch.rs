//! A batch of items, which is written until each item has an answer.

use std::collections::HashMap;
use std::time::Duration;

use sluice_platform::Fault;
use sluice_platform::sink::{Item, Target, Written};

use crate::bson::Writer;
use crate::command::{Command, Kind, Sent};
use crate::state::State;
use crate::statement;

/// How often a batch is written before the call fails. The state machine repeats the call.
const ATTEMPTS: u32 = 5;
/// The pause before the second attempt; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(100);
/// The size of the statements of one command, in bytes. A command has the limit of a document and 16 KiB more: 16 MiB + 16 KiB. A
/// larger statement goes alone.
const COMMAND_BYTES: usize = 15 << 20;

/// The items of a batch, and what became of them so far.
pub(crate) struct Batch<'a, 't> {
    items: &'a [Item<'t>],
    /// The first item of each key.
    keys: HashMap<String, usize>,
    /// For each item, the first with the same key. It has the answer of that one, because a run writes a document only once.
    firsts: Vec<usize>,
    answers: Vec<Option<Written>>,
}

impl<'a, 't> Batch<'a, 't> {
    pub(crate) fn new(target: &Target, items: &'a [Item<'t>]) -> Self {
        let mut keys = HashMap::with_capacity(items.len());
        let (mut firsts, mut answers) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
        for (at, item) in items.iter().enumerate() {
            let (first, answer) = match statement::key(target, item) {
                Ok(key) => (*keys.entry(key).or_insert(at), None),
                Err(refusal) => (at, Some(Written::Refused(refusal))),
            };
            firsts.push(first);
            answers.push(answer);
        }
        Self { items, keys, firsts, answers }
    }

    /// What became of each item.
    pub(crate) fn into_answers(self) -> impl Iterator<Item = Option<Written>> {
        let Self { firsts, answers, .. } = self;
        firsts.into_iter().map(move |first| answers.get(first).cloned().flatten())
    }

    /// Writes the items until each has an answer.
    ///
    /// # Errors
    /// If that fails, also after repetitions.
    pub(crate) async fn write(&mut self, command: Command<'_>) -> Result<(), Fault> {
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(PAUSE * 2_u32.pow(attempt - 1)).await;
            }
            if self.attempt(command).await? {
                return Ok(());
            }
        }
        let source = "the server did not confirm every document, though it was asked several times".into();
        Err(Fault::Transient { what: command.what.to_owned(), source })
    }

    /// Reads the states of the items without an answer, and writes those that are to be written. Returns whether each item has an answer
    /// now.
    async fn attempt(&mut self, command: Command<'_>) -> Result<bool, Fault> {
        let open: Vec<usize> = (0..self.items.len()).filter(|at| self.is_open(*at)).collect();
        let items = open.iter().filter_map(|at| self.items.get(*at));
        let Some(states) = command.find(items).await? else { return Ok(false) };
        let states: HashMap<usize, State> =
            states.into_iter().filter_map(|(key, state)| Some((*self.keys.get(&key)?, state))).collect();
        let mode = command.target.manner.mode;
        for at in &open {
            let answer = match states.get(at) {
                Some(state) => state.answer(command.stamp, mode),
                None => mode.leaves(false).then_some(Written::Left),
            };
            if let Some(answer) = answer.filter(|_| self.is_open(*at)) {
                self.answer(*at, answer);
            }
        }
        for kind in [Kind::Insert, Kind::Update] {
            let of_kind = |at: &usize| states.contains_key(at) == (kind == Kind::Update);
            let items: Vec<usize> = open.iter().copied().filter(|at| of_kind(at) && self.is_open(*at)).collect();
            self.write_all(command, kind, &items, &states).await?;
        }
        Ok(!(0..self.items.len()).any(|at| self.is_open(at)))
    }

    /// Writes items in as few commands as hold them.
    async fn write_all(
        &mut self,
        command: Command<'_>,
        kind: Kind,
        items: &[usize],
        states: &HashMap<usize, State>,
    ) -> Result<(), Fault> {
        let (mut statements, mut sent) = (Writer::default(), Vec::new());
        for at in items.iter().copied() {
            let Some(item) = self.items.get(at) else { continue };
            let push = |index: usize, statements: &mut Writer| match states.get(&at) {
                Some(state) => statement::push_change(command.target, item, state, command.stamp, index, statements),
                None => statement::push_new(command.target, item, command.stamp, index, statements),
            };
            let before = statements.len();
            let mut pushed = push(sent.len(), &mut statements);
            if statements.len() > COMMAND_BYTES && before > 0 {
                statements.truncate(before);
                self.send(command, kind, &statements, &sent, states).await?;
                statements.truncate(0);
                sent.clear();
                pushed = push(0, &mut statements);
            }
            match pushed {
                Ok(()) => sent.push(at),
                Err(refusal) => {
                    statements.truncate(if sent.is_empty() { 0 } else { before });
                    self.answer(at, Written::Refused(refusal));
                }
            }
        }
        self.send(command, kind, &statements, &sent, states).await
    }

    /// Sends the statements of these items, whose documents had these states. Items without an answer are to be looked at again.
    async fn send(
        &mut self,
        command: Command<'_>,
        kind: Kind,
        statements: &Writer,
        sent: &[usize],
        states: &HashMap<usize, State>,
    ) -> Result<(), Fault> {
        if sent.is_empty() {
            return Ok(());
        }
        match command.write(kind, statements, sent.len()).await? {
            Sent::Again => {}
            // Several statements have room in a command, so only a single one can be refused as a whole.
            Sent::Refused(written) => match sent {
                [only] => self.answer(*only, written),
                _ => {
                    let (what, source) = (command.what.to_owned(), "the batch is too large".into());
                    return Err(Fault::Misconfigured { what, source });
                }
            },
            Sent::Acknowledged { all: true, .. } => {
                for at in sent {
                    if let Some(item) = self.items.get(*at) {
                        self.answer(*at, State::written(states.get(at), item.hash));
                    }
                }
            }
            // Which of the others took effect is to be seen in the documents.
            Sent::Acknowledged { all: false, refused } => {
                for (index, written) in refused {
                    if let Some(at) = sent.get(index) {
                        self.answer(*at, written);
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether an item is the first of its key and has no answer.
    fn is_open(&self, at: usize) -> bool {
        self.firsts.get(at) == Some(&at) && self.answers.get(at).is_some_and(Option::is_none)
    }

    fn answer(&mut self, at: usize, written: Written) {
        if let Some(answer) = self.answers.get_mut(at) {
            *answer = Some(written);
        }
    }
}
